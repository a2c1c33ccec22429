"""Checks what Hubshift stands on, and says of each what is so and what to do."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from bot import app, named_files
from bot.chat_settings import ChatSettings
from bot.hub.gatherer import COMPILED
from bot.hub.port import HubError
from bot.settings import Settings, interval, read_settings
from bot.store.errors import BadStoreUrl, StoreError
from bot.store.room import room_of
from bot.wording import clean, exact, plural
from detectors.snapshot import instant

_RECENT = timedelta(days=7)


@dataclass(frozen=True)
class Finding:
    """One thing checked: whether it is well, and what is so."""

    what: str
    well: bool
    detail: str
    exit_code: int = 0


async def examine(environ: Mapping[str, str], data: Path | None) -> list[Finding]:
    """Check settings, rules, store, Hub and tokens; a fault in one does not hide the others."""
    try:
        settings = read_settings(environ)
    except ValueError as error:
        return [Finding("settings", well=False, detail=str(error), exit_code=2)]
    if data is not None:
        settings = replace(settings, data=data)
    findings = [Finding("settings", well=True, detail=_said(settings))]
    findings.append(Finding("scanner", well=True, detail=_scanner(compiled=COMPILED)))
    findings.append(await _check("rules", lambda: _rules(settings)))
    findings.append(await _check("store", lambda: _store(settings)))
    findings.append(await _check("values", lambda: _values(settings)))
    findings.append(await _check("notices", lambda: _notices(settings)))
    findings.append(await _check("Hub", lambda: _hub(settings)))
    findings.append(await _check("HF_TOKEN", lambda: _token(settings)))
    findings.append(Finding("chat", well=True, detail=_chat(settings)))
    if settings.chat.slack_bot_token is not None:
        findings.append(await _check("Slack", lambda: _slack(settings.chat)))
    if settings.chat.discord_bot_token is not None:
        findings.append(await _check("Discord", lambda: _discord(settings.chat)))
    return findings


async def _check(what: str, look: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(what, well=True, detail=await look())
    except (StoreError, BadStoreUrl, HubError, ValueError) as error:
        code = int(getattr(error, "exit_code", 1))
        return Finding(what, well=False, detail=str(error), exit_code=code)


def _said(settings: Settings) -> str:
    census = settings.census_every
    told = "no census" if census is None else f"a census every {interval(census)}"
    return f"data in {settings.data}, a pulse every {interval(settings.pulse_every)}, {told}"


def _scanner(*, compiled: bool) -> str:
    if compiled:
        return "compiled: the pages of a census are read the short way"
    return (
        "not compiled, and all works without; a census takes three times the processor's time "
        "until there are a C compiler and Python's headers, and Hubshift is installed anew (in a "
        "clone: touch setup.py, make demo)"
    )


async def _rules(settings: Settings) -> str:
    labs = named_files.labs_of(settings)
    rules = named_files.rules_of(settings, labs)
    source = settings.rules or "the rules shipped"
    return f"{len(rules)} rules in {source}; {len(labs.labs)} labs in the table"


async def _store(settings: Settings) -> str:
    async with app.opened(settings) as stood:
        held = []
        for stream in await stood.store.streams():
            notes = await stood.store.notes(stream)
            if not notes:
                continue
            count = plural(len(notes), "snapshot", whole=True)
            held.append(f"{stream}: {count}, last {instant(notes[-1].taken_at)}")
        room = await room_of(stood.connection.client)
    where = "the server of REDIS_URL" if settings.redis_url else f"embedded in {settings.data}"
    return f"{where} answers; holds {'; '.join(held) or 'no snapshot yet'}; {room}"


async def _values(settings: Settings) -> str:
    """Return that all that is held passes its checksums; StoreError with what does not."""
    async with app.opened(settings) as stood:
        checked = await stood.store.checked()
    if checked.damaged:
        more = len(checked.damaged) - 1
        raise StoreError(
            f"{checked.damaged[0]}{f' (and {exact(more)} more)' if more else ''}: what needs it "
            "counts as missing, the rest can be asked; a backup of the store has it"
        )
    return f"all {exact(checked.values)} values of the snapshots held pass their checksums"


async def _notices(settings: Settings) -> str:
    """Return that nothing needs the owner's care; StoreError with what does."""
    async with app.opened(settings) as stood:
        notices = await stood.store.office.notices()
    recent = [each for each in notices if each.time > app.now() - _RECENT]
    if recent:
        newest = recent[0]
        raise StoreError(
            f"{instant(newest.time)}: {newest.about}: {clean(newest.text, None)}"
            f" ({plural(len(recent), 'notice')} in the last {_RECENT.days} days: `hubshift outbox`)"
        )
    return f"none in the last {_RECENT.days} days"


async def _hub(settings: Settings) -> str:
    from bot.hub.probe import listing_answers  # noqa: PLC0415 - huggingface_hub imports slowly

    await listing_answers(settings.endpoint, settings.token, app.now)
    return f"{settings.endpoint} lists models"


async def _token(settings: Settings) -> str:
    from bot.hub.probe import token_owner  # noqa: PLC0415 - as above

    if settings.token is None:
        return (
            "not set: the Hub allows 500 requests in 5 minutes, and a census keeps to that; "
            "a free token of https://huggingface.co/settings/tokens doubles that"
        )
    return f"belongs to {await token_owner(settings.endpoint, settings.token)}"


async def _slack(chat: ChatSettings) -> str:
    from bot.chat.slack.probe import slack_knows  # noqa: PLC0415 - as above

    return await slack_knows(chat.slack_bot_token or "", chat.slack_app_token, chat.slack_api)


async def _discord(chat: ChatSettings) -> str:
    from bot.chat.discord.probe import discord_knows  # noqa: PLC0415 - as above

    return await discord_knows(chat.discord_bot_token or "", chat.discord_api)


def _chat(settings: Settings) -> str:
    chat = settings.chat
    tokens = {"Slack": chat.slack_bot_token, "Discord": chat.discord_bot_token}
    named = [name for name, token in tokens.items() if token]
    told = f"alerts go to {', '.join(each.shown for each in app.channels_of(settings))}"
    if not chat.channels and not named:
        return "alerts go to this terminal"
    signed = any(each.platform == "webhook" for each in chat.channels) and not chat.webhook_secret
    hint = "; web hooks are not signed: set HUBSHIFT_WEBHOOK_SECRET" if signed else ""
    return f"{told}; tokens: {', '.join(named) or 'none'}{hint}"
