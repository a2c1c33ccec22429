"""The command group /hubshift, and what becomes of a command that does not end well."""

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

import discord
from discord import app_commands

from bot.chat.discord.asking import admitted
from bot.chat.discord.changes import CHANGES
from bot.chat.discord.lookups import LOOKUPS
from bot.chat.discord.replies import FAILED, say, sending
from bot.chat.discord.setup import setup

log = logging.getLogger(__name__)

# Kinds of commands, of options, and of options that hold options:
# https://docs.discord.com/developers/interactions/application-commands
_COMMANDS, _OPTIONS, _HOLDERS = range(1, 4), range(1, 12), (1, 2)

_UNKNOWN = (
    "This command is of another version of Hubshift. Whoever runs it brings Discord up to date "
    "with `hubshift discord sync`; `/hubshift help` tells what can be asked."
)
_MISFIT = (
    "What was typed into the options does not fit them. Pick the command again, so that Discord "
    "shows its options anew; `/hubshift help` tells what can be asked."
)


def group() -> app_commands.Group:
    """Return /hubshift. Who is in the server may look things up; what changes asks for more."""
    made = app_commands.Group(
        name="hubshift",
        description="Ask what shifts among open models, and choose what this channel is told",
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True),
        allowed_installs=app_commands.AppInstallationType(guild=True),
    )
    for command in (*LOOKUPS, setup, *CHANGES):
        made.add_command(command)
    return made


class Tree(app_commands.CommandTree[Any]):
    """Lets a command be carried out once, and tells people what went wrong, never a traceback."""

    def __init__(self, client: discord.Client) -> None:
        super().__init__(client)
        self.add_command(group())

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Refuse what comes a second time, what nobody can read, and what comes too late."""
        readable = _readable(interaction.data)
        if interaction.type is discord.InteractionType.autocomplete:
            completes = readable and _completes(interaction)
            if not completes:
                await _nothing(interaction)
            return completes
        if not readable:
            await say(interaction, _UNKNOWN)
        return readable and await admitted(interaction)

    async def on_error(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        """Say what was wrong; what is a fault of ours goes into the log as well."""
        if interaction.type is discord.InteractionType.autocomplete:
            await _nothing(interaction)
            return
        if isinstance(error, app_commands.CommandNotFound):
            await say(interaction, _UNKNOWN)
        elif isinstance(
            error, app_commands.CommandSignatureMismatch | app_commands.TransformerError
        ):
            await say(interaction, _MISFIT)
        else:
            log.error("a command on Discord failed", exc_info=error)
            await say(interaction, FAILED)


async def _nothing(found: discord.Interaction) -> None:
    """Complete nothing."""
    async with sending():
        await found.response.autocomplete([])


def _completes(found: discord.Interaction) -> bool:
    """Whether the option that is being typed has names to choose from here."""
    told, command = cast("Mapping[str, Any]", found.data), found.command
    if not isinstance(command, app_commands.Command):
        return False
    typed = [str(each["name"]) for each in _innermost(told) if each.get("focused")]
    option = command.get_parameter(typed[0]) if typed else None
    return option is not None and option.autocomplete


def _innermost(told: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    options: Sequence[Mapping[str, Any]] = told.get("options", [])
    inner = next((each for each in options if "options" in each), None)
    return options if inner is None else _innermost(inner)


def _readable(told: object, kinds: Collection[int] = _COMMANDS, depth: int = 3) -> bool:
    """Whether a command is of the shape that Discord documents, at most `depth` levels deep.

    https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object
    """
    if not isinstance(told, Mapping) or not isinstance(told.get("name"), str) or not depth:
        return False
    kind, options = told.get("type"), told.get("options", [])
    if not isinstance(kind, int) or kind not in kinds or not isinstance(options, list):
        return False
    plain = kinds is _OPTIONS and kind not in _HOLDERS
    return ("value" in told or not plain) and all(
        _readable(each, _OPTIONS, depth - 1) for each in options
    )
