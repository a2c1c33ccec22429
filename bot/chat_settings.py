"""What the environment says of chat platforms: tokens, addresses, first channels, times."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from bot.channel import DISCORD, SLACK, Channel, ChannelError

SLACK_API = "https://slack.com/api/"
DISCORD_API = "https://discord.com/api/v10"
DISCORD_GATEWAY = "wss://gateway.discord.gg/"
_MEMBERS, _ADMINS = "members", "admins"
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m)", re.IGNORECASE)
_TOKEN = re.compile(r"[!-~]+")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}


class ChatSettingError(ValueError):
    """A setting of a chat platform cannot be used; the text never repeats a secret."""

    exit_code = 2


@dataclass(frozen=True)
class ChatSettings:
    """Tokens are None where they are not set; a platform without its token is not started.

    With `slack_admins` only those of a workspace change what its channels are told.
    """

    channels: tuple[Channel, ...] = ()
    slack_api: str = SLACK_API
    discord_api: str = DISCORD_API
    discord_gateway: str = DISCORD_GATEWAY
    slack_bot_token: str | None = None
    slack_app_token: str | None = None
    slack_signing_secret: str | None = None
    discord_bot_token: str | None = None
    webhook_secret: str | None = None
    slack_admins: bool = False
    lease: timedelta = timedelta(seconds=60)
    settle: timedelta = timedelta(seconds=30)
    timeout: timedelta = timedelta(seconds=50)

    @property
    def slack_asks(self) -> bool:
        """Whether people can ask in Slack: by socket, or over HTTP."""
        return bool(self.slack_bot_token and (self.slack_app_token or self.slack_signing_secret))

    def __repr__(self) -> str:
        """Return how many channels there are, and no secret; a web hook's address is one."""
        return f"ChatSettings({len(self.channels)} channels)"


def read_chat_settings(given: Mapping[str, str]) -> ChatSettings:
    """Read what is set of them.

    Raises:
        ChatSettingError: naming the variable and what it may be.
    """
    lease = _span(given, "HUBSHIFT_LEASE", ChatSettings.lease)
    read = ChatSettings(
        channels=_channels(given.get("HUBSHIFT_CHANNELS", "")),
        slack_api=_address(given, "HUBSHIFT_SLACK_API_URL", SLACK_API, "http", "https"),
        discord_api=_address(given, "HUBSHIFT_DISCORD_API_URL", DISCORD_API, "http", "https"),
        discord_gateway=_address(
            given, "HUBSHIFT_DISCORD_GATEWAY_URL", DISCORD_GATEWAY, "ws", "wss"
        ),
        slack_bot_token=token_of(given, "SLACK_BOT_TOKEN"),
        slack_app_token=token_of(given, "SLACK_APP_TOKEN"),
        slack_signing_secret=token_of(given, "SLACK_SIGNING_SECRET"),
        discord_bot_token=token_of(given, "DISCORD_BOT_TOKEN"),
        webhook_secret=given.get("HUBSHIFT_WEBHOOK_SECRET"),
        slack_admins=_admins(given.get("HUBSHIFT_SLACK_CHANGES", _MEMBERS)),
        lease=lease,
        settle=_span(given, "HUBSHIFT_SETTLE", ChatSettings.settle),
        timeout=_span(given, "HUBSHIFT_SEND_TIMEOUT", min(ChatSettings.timeout, lease * 0.8)),
    )
    needed = {SLACK: read.slack_bot_token, DISCORD: read.discord_bot_token}
    for channel in read.channels:
        if channel.platform in needed and not needed[channel.platform]:
            token = f"{channel.platform.upper()}_BOT_TOKEN"
            raise ChatSettingError(f"HUBSHIFT_CHANNELS names {channel}, which needs {token}")
    if read.timeout >= read.lease:
        raise ChatSettingError(
            "HUBSHIFT_SEND_TIMEOUT must be shorter than HUBSHIFT_LEASE, so that no call outlives "
            "the lease of its delivery"
        )
    return read


def token_of(given: Mapping[str, str], name: str) -> str | None:
    """Return a token that is set, and that an HTTP header can carry.

    Another would be refused on its way, by libraries whose logs repeat what they refuse.

    Raises:
        ChatSettingError: a sign of it is none of a token; the text does not repeat it.
    """
    text = given.get(name)
    if text is not None and not _TOKEN.fullmatch(text):
        raise ChatSettingError(
            f"{name} holds a sign that no token has, such as a space, a line end or an accented "
            "letter; copy it anew"
        )
    return text


def _admins(text: str) -> bool:
    if text.lower() not in {_MEMBERS, _ADMINS}:
        raise ChatSettingError(f"HUBSHIFT_SLACK_CHANGES={text!r} is neither members nor admins")
    return text.lower() == _ADMINS


def _channels(text: str) -> tuple[Channel, ...]:
    found = []
    for part in filter(None, map(str.strip, text.split(","))):
        try:
            found.append(Channel.parse(part))
        except ChannelError as error:
            raise ChatSettingError(f"HUBSHIFT_CHANNELS: {error}") from None
    return tuple(dict.fromkeys(found))


def _address(given: Mapping[str, str], name: str, default: str, *schemes: str) -> str:
    text = given.get(name, default)
    try:
        parts = urlsplit(text)
        usable = parts.scheme in schemes and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number
        usable = False
    if not usable or "@" in text:
        raise ChatSettingError(f"{name} must be an address such as {default}, without a user")
    return text


def _span(given: Mapping[str, str], name: str, default: timedelta) -> timedelta:
    text = given.get(name)
    if text is None:
        return default
    found = _SPAN.fullmatch(text)
    if not found:
        raise ChatSettingError(f"{name}={text!r} is no time; write it like 500ms, 30s or 1m")
    return timedelta(seconds=float(found[1]) * _UNITS[found[2].lower()])
