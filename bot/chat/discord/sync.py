"""Tells Discord of the commands where they have changed: a step of a deploy, never of a start."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import discord
from discord import app_commands

from bot.chat.discord.refusals import advice_of
from bot.chat.discord.rest import Rest, Trouble, record, records
from bot.chat.discord.tree import group
from bot.chat_settings import ChatSettingError, ChatSettings

COMMANDS = "/applications/{application}/commands"
_KIND = "discord-commands"
_PARTS = (1, 2)
_GROUP = "…"
Command = Mapping[str, Any]


class SyncError(Exception):
    """Discord was not told of the commands; the text says why, and what to do."""

    exit_code = 1


class Hashes(Protocol):
    """What was written last, by application; see `bot.store.remembered.Remembered`."""

    async def of(self, kind: str, names: Sequence[str], /) -> Mapping[str, str]:
        """Return what is remembered of names."""

    async def put(self, kind: str, told: Mapping[str, str], /) -> None:
        """Remember something of names."""


async def synced(chat: ChatSettings, hashes: Hashes, *, dry_run: bool, force: bool) -> str:
    """Do what `sync` does as the bot whose token is set.

    Raises:
        ChatSettingError: there is no token.
        SyncError: Discord refuses, or cannot be asked.
    """
    if not chat.discord_bot_token:
        raise ChatSettingError(
            "DISCORD_BOT_TOKEN is not set; it is the token of the bot whose commands are told "
            "(Developer Portal, Bot)"
        )
    rest = Rest(chat.discord_bot_token, chat.discord_api)
    try:
        return await sync(rest, hashes, dry_run=dry_run, force=force)
    finally:
        await rest.close()


async def sync(rest: Rest, hashes: Hashes, *, dry_run: bool = False, force: bool = False) -> str:
    """Write the commands where their hash is another than the last time; say what changed.

    With `dry_run` only say it, with `force` write them in any case.

    Raises:
        SyncError: Discord refuses, or cannot be asked.
    """
    try:
        return await _synced(rest, hashes, dry_run=dry_run, force=force)
    except Trouble as trouble:
        said = f"Discord was not told of the commands: {trouble.note.rstrip('.')}."
        raise SyncError(f"{said} {advice_of(trouble)}") from None


async def _synced(rest: Rest, hashes: Hashes, *, dry_run: bool, force: bool) -> str:
    wanted = written()
    mark = fingerprint(wanted)
    application = str(record(await rest.call("GET", "/applications/@me"))["id"])
    last = (await hashes.of(_KIND, [application])).get(application)
    many = f"{sum(map(_typed, _named(wanted)))} commands"
    if last == mark and not force:
        return f"Nothing has changed: Discord was told of all {many}. `--force` tells it again."
    standing = records(await rest.call("GET", COMMANDS, application=application))
    news = changes(standing, wanted)
    listed = "\n".join(f"  {line}" for line in news or ["nothing: they stand there already"])
    if dry_run:
        return f"Discord would be told of {many}; what changes:\n{listed}\nNothing was sent."
    if news or force:
        await rest.call("PUT", COMMANDS, body=wanted, application=application)
    await hashes.put(_KIND, {application: mark})
    return f"Discord is told of {many}; what changed:\n{listed}"


async def stale(hashes: Hashes, application: str) -> str:
    """Say that Discord was told other commands than these, or none; "" where it knows them."""
    last = (await hashes.of(_KIND, [application])).get(application)
    if last == fingerprint(written()):
        return ""
    told = "other commands than this version has" if last else "no commands from here yet"
    return f"Discord was told {told}; `hubshift discord sync` tells it"


def written() -> list[dict[str, Any]]:
    """Return the commands as Discord is told of them."""
    silence_on_voice()
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents(guilds=True)))
    return [group().to_dict(tree)]


def silence_on_voice() -> None:
    """Let the library not warn that it cannot speak, which nobody here wants it to."""
    discord.VoiceClient.warn_nacl = False
    discord.VoiceClient.warn_dave = False


def fingerprint(commands: Sequence[Command]) -> str:
    """Return a hash of what people see of commands, whatever Discord adds when it keeps them."""
    plain = sorted((_plain(each) for each in commands), key=lambda each: str(each.get("name")))
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def changes(standing: Sequence[Command], wanted: Sequence[Command]) -> list[str]:
    """Return what is new, changed or gone, one line each, as people type it."""
    before, after = _named(standing), _named(wanted)
    lines = [f"new: /{name}" for name in after if name not in before and _typed(name)]
    lines += [
        f"changed: /{name}{_of(before[name], after[name])}"
        for name in after
        if name in before and _plain(before[name]) != _plain(after[name])
    ]
    return lines + [f"gone: /{name}" for name in before if name not in after and _typed(name)]


def _of(before: Command, after: Command) -> str:
    """Say which options differ; "" where it is the command itself."""
    was = {str(each["name"]): _plain(each) for each in before.get("options") or ()}
    now = {str(each["name"]): _plain(each) for each in after.get("options") or ()}
    options = sorted(name for name in {*was, *now} if was.get(name) != now.get(name))
    return f" ({', '.join(options)})" if options else ""


def _typed(name: str) -> bool:
    """Whether a name is one that people type, and not that of a whole group."""
    return not name.endswith(_GROUP)


def _named(commands: Sequence[Command]) -> dict[str, Command]:
    return {name: each for command in commands for name, each in _spelt(command)}


def _spelt(command: Command, before: str = "") -> Iterator[tuple[str, Command]]:
    """Yield what can be typed, by its whole name."""
    name = f"{before}{command.get('name')}"
    parts = [each for each in command.get("options") or () if each.get("type") in _PARTS]
    for part in parts:
        yield from _spelt(part, f"{name} ")
    if parts:
        yield f"{name} {_GROUP}", {key: command[key] for key in command if key != "options"}
    else:
        yield name, command


def _plain(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {key: _plain(part[key]) for key in _SEEN if part.get(key)}
    if isinstance(part, list):
        plain = [_plain(each) for each in part]
        return sorted(plain) if all(isinstance(each, int) for each in plain) else plain
    return part


_SEEN = (
    "name",
    "description",
    "type",
    "options",
    "choices",
    "value",
    "required",
    "autocomplete",
    "min_value",
    "max_value",
    "min_length",
    "max_length",
    "default_member_permissions",
    "contexts",
    "integration_types",
)
