"""Settings, read once from the environment; every one has its default and its reason."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from bot.chat_settings import (
    DISCORD_API,
    DISCORD_GATEWAY,
    SLACK_API,
    ChatSettings,
    read_chat_settings,
    token_of,
)
from bot.retention import Retention

_DURATION = re.compile(r"(\d+)\s*([smhd])", re.IGNORECASE)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
LEAST_INTERVAL = timedelta(seconds=1)
MOST_INTERVAL = timedelta(days=366)
# Totals are held against their median over 15 days, and shares against four weeks before.
LEAST_KEPT = timedelta(days=15)
MOST_PORT = 65_535
FOR_EVER = timedelta(days=36_500)


class SettingError(ValueError):
    """A setting cannot be used; the text names it, its value and what it may be."""

    exit_code = 2


@dataclass(frozen=True)
class Setting:
    """One environment variable: its name, what it is for, and its default as a person reads it."""

    name: str
    purpose: str
    default: str


SETTINGS = (
    Setting("HUBSHIFT_DATA", "folder of the embedded store and of unfinished crawls", ".hubshift"),
    Setting("REDIS_URL", "server to keep everything in, instead of the embedded one", "embedded"),
    Setting("HUBSHIFT_RULES", "file of rules, one a line", "the rules shipped (default.rules)"),
    Setting("HUBSHIFT_LABS", "lab table to use instead of the one shipped", "detectors/labs.toml"),
    Setting("HUBSHIFT_PULSE_EVERY", "how often the first 1,000 by each metric are read", "1h"),
    Setting("HUBSHIFT_CENSUS_EVERY", "how often every model is read; `never` is allowed", "1d"),
    Setting("HUBSHIFT_KEEP_ALL", "how long every snapshot is kept", "35d"),
    Setting("HUBSHIFT_KEEP_DAILY", "how long one a day is kept; after that one a week is", "400d"),
    Setting("HF_ENDPOINT", "the Hub to read", "https://huggingface.co"),
    Setting("HF_TOKEN", "a token of the Hub, for a larger quota; read access is enough", "none"),
    Setting(
        "HUBSHIFT_CHANNELS",
        "where alerts go: `slack:C…,discord:123…,webhook:https://…`, `console`",
        "console",
    ),
    Setting("SLACK_BOT_TOKEN", "bot token of a Slack workspace; enough to post", "none"),
    Setting(
        "SLACK_APP_TOKEN",
        "app-level token, for slash commands by socket mode",
        "none",
    ),
    Setting(
        "SLACK_SIGNING_SECRET",
        "signing secret, for slash commands over HTTP",
        "none",
    ),
    Setting(
        "HUBSHIFT_SLACK_CHANGES",
        "who may change what a Slack channel is told: `members` or `admins` of the workspace",
        "members",
    ),
    Setting(
        "DISCORD_BOT_TOKEN",
        "token of a Discord bot; `run` posts with it and answers `/hubshift`",
        "none",
    ),
    Setting("HUBSHIFT_WEBHOOK_SECRET", "signs what web hooks are sent", "none: not signed"),
    Setting("HUBSHIFT_SLACK_API_URL", "Slack's Web API", SLACK_API),
    Setting("HUBSHIFT_DISCORD_API_URL", "Discord's REST API", DISCORD_API),
    Setting("HUBSHIFT_DISCORD_GATEWAY_URL", "Discord's gateway", DISCORD_GATEWAY),
    Setting(
        "HUBSHIFT_LISTEN",
        "host:port that answers /healthz, /readyz, /metrics and Slack over HTTP",
        "none",
    ),
    Setting("HUBSHIFT_LOG", "how much is logged: `debug`, `info` or `warning`", "info"),
    Setting("HUBSHIFT_LEASE", "how long a worker may keep a delivery", "60s"),
    Setting("HUBSHIFT_SETTLE", "how long an unanswered message may take to show up", "30s"),
    Setting("HUBSHIFT_SEND_TIMEOUT", "how long one message may take to be sent", "50s"),
)
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}
_DEFAULTS = {setting.name: setting.default for setting in SETTINGS}


@dataclass(frozen=True)
class Settings:
    """What the environment says; None stands for "not set" or, for an interval, "never"."""

    data: Path
    redis_url: str | None
    rules: Path | None
    labs: Path | None
    pulse_every: timedelta
    census_every: timedelta | None
    retention: Retention
    endpoint: str
    token: str | None
    chat: ChatSettings
    listen: tuple[str, int] | None = None
    log_level: int = logging.INFO

    def __repr__(self) -> str:
        """Return nothing of what may hold a secret: the address of the store, the token."""
        return f"Settings(data={self.data}, endpoint={self.endpoint})"


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings; an empty variable counts as not set.

    Raises:
        SettingError: naming the variable and what it may be.
    """
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    rules, labs = given.get("HUBSHIFT_RULES"), given.get("HUBSHIFT_LABS")
    pulse = _interval(given, "HUBSHIFT_PULSE_EVERY")
    if pulse is None:
        raise SettingError(
            "HUBSHIFT_PULSE_EVERY=never would leave nothing to watch; give a time such as 1h"
        )
    chat, listen = read_chat_settings(given), _listen(given.get("HUBSHIFT_LISTEN"))
    if chat.slack_asks and chat.slack_app_token is None and listen is None:
        raise SettingError(
            "SLACK_SIGNING_SECRET is for Slack over HTTP, and nothing listens: set "
            "HUBSHIFT_LISTEN, such as 0.0.0.0:8080, or SLACK_APP_TOKEN for the socket"
        )
    return Settings(
        data=Path(given.get("HUBSHIFT_DATA", _DEFAULTS["HUBSHIFT_DATA"])),
        redis_url=given.get("REDIS_URL"),
        rules=Path(rules) if rules else None,
        labs=Path(labs) if labs else None,
        pulse_every=pulse,
        census_every=_interval(given, "HUBSHIFT_CENSUS_EVERY"),
        retention=_retention(given),
        endpoint=_endpoint(given.get("HF_ENDPOINT", _DEFAULTS["HF_ENDPOINT"])),
        token=token_of(given, "HF_TOKEN"),
        chat=chat,
        listen=listen,
        log_level=_log_level(given.get("HUBSHIFT_LOG", _DEFAULTS["HUBSHIFT_LOG"])),
    )


def _log_level(text: str) -> int:
    try:
        return _LEVELS[text.lower()]
    except KeyError:
        raise SettingError(f"HUBSHIFT_LOG={text!r} is none of {', '.join(_LEVELS)}") from None


def interval(every: timedelta) -> str:
    """Return a time as its setting is written: 1h, 30m, 1d."""
    seconds = int(every.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _retention(given: Mapping[str, str]) -> Retention:
    all_for = _interval(given, "HUBSHIFT_KEEP_ALL", most=FOR_EVER) or FOR_EVER
    daily_for = _interval(given, "HUBSHIFT_KEEP_DAILY", most=FOR_EVER) or FOR_EVER
    if all_for < LEAST_KEPT:
        raise SettingError(
            f"HUBSHIFT_KEEP_ALL is shorter than {interval(LEAST_KEPT)}, the time over which "
            "counters are checked; give that or more"
        )
    if daily_for < all_for:
        raise SettingError(
            "HUBSHIFT_KEEP_DAILY is shorter than HUBSHIFT_KEEP_ALL; give the same time or a longer"
        )
    return Retention(all_for, daily_for)


def _interval(
    given: Mapping[str, str], name: str, most: timedelta = MOST_INTERVAL
) -> timedelta | None:
    text = given.get(name, _DEFAULTS[name])
    if text.lower() == "never":
        return None
    found = _DURATION.fullmatch(text)
    if not found:
        raise SettingError(f"{name}={text!r} is no time; write it like 30m, 1h or 1d")
    seconds = int(found[1]) * _UNITS[found[2].lower()]
    if seconds < LEAST_INTERVAL.total_seconds():
        raise SettingError(f"{name}={text!r} is too often; the shortest is 1s")
    if seconds > most.total_seconds():
        too = "seldom" if most == MOST_INTERVAL else "long"
        raise SettingError(f"{name}={text!r} is too {too}; the longest is {most.days}d")
    return timedelta(seconds=seconds)


def _listen(text: str | None) -> tuple[str, int] | None:
    """Read host and port; a host in brackets is IPv6, none is every address of the machine."""
    if text is None:
        return None
    host, colon, port = text.rpartition(":")
    name = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    numbered = colon and port.isascii() and port.isdigit() and int(port) <= MOST_PORT
    if not numbered or "/" in text or (":" in name and name == host):
        raise SettingError(
            f"HUBSHIFT_LISTEN={text!r} is no address to listen on; write it like 127.0.0.1:8080 "
            "or 0.0.0.0:8080"
        )
    return name or "0.0.0.0", int(port)  # noqa: S104 - what an empty host means everywhere


def _endpoint(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number
        usable = False
    if not usable or "@" in text:
        raise SettingError(
            "HF_ENDPOINT must be an address such as https://huggingface.co, without user or token"
        )
    return text.rstrip("/")
