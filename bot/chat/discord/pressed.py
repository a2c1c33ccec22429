"""What people press and send: the buttons of alerts, also of those posted before a restart."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

import discord
from discord import ui

from bot.chat.discord import setup, tuning
from bot.chat.discord.asking import admitted, ask, asker_of, reply_of, sources_of
from bot.chat.discord.buttons import MUTE, MUTED, PRESSED, RETUNED, TUNE
from bot.chat.discord.replies import respond, say
from bot.desk import Answer

OUTDATED = (
    "This is of another version of Hubshift, or was not made by it. `/hubshift help` tells what "
    "can be asked."
)


class AlertButton(ui.DynamicItem[ui.Button[Any]], template=PRESSED):
    """A button of an alert. Everything it needs is in its custom id, and the desk checks that."""

    def __init__(self, item: ui.Button[Any], verb: str, shift: str) -> None:
        super().__init__(item)
        self._verb = verb
        self._shift = shift

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Return the button that was pressed."""
        if not isinstance(item, ui.Button):
            raise TypeError(f"a button of an alert was pressed that is none: {item}")
        return cls(item, match["verb"], match["shift"])

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Whether it is to be answered."""
        return await admitted(interaction)

    async def callback(self, interaction: discord.Interaction) -> None:
        """Do what the button says."""
        await _do(interaction, self._verb, self._shift)


async def unread(found: discord.Interaction) -> None:
    """Take a press that the library lets fall, because the message of it does not show it."""
    match = PRESSED.fullmatch(_custom_id(found))
    if match is None:
        await say(found, OUTDATED)
    elif await admitted(found):
        await _do(found, match["verb"], match["shift"])


def pressable(found: discord.Interaction) -> bool:
    """Whether the library takes a press for one of an AlertButton of the message it came with."""
    custom = _custom_id(found)
    message = found.message
    return bool(
        PRESSED.fullmatch(custom)
        and message is not None
        and custom in set(_ids(message.components))
    )


async def sent(found: discord.Interaction) -> None:
    """Take a form that somebody filled in."""
    custom, filled = _custom_id(found), dict(_filled(found.data))
    retuned = RETUNED.fullmatch(custom)
    if custom == setup.SETUP and setup.CHANNEL in filled:
        if await admitted(found):
            await setup.take(found, filled)
    elif retuned is None or not filled.get(tuning.RULE):
        await say(found, OUTDATED)
    elif await admitted(found):
        await tuning.take(found, retuned["shift"], str(filled[tuning.RULE]))


async def _do(found: discord.Interaction, verb: str, shift: str) -> None:
    """Do what a button says."""
    if verb == TUNE:
        await tuning.show(found, shift)
    elif verb == MUTE:
        await _mute(found, shift)
    else:
        await ask(found, f"{verb} {shift}")


async def _mute(found: discord.Interaction, shift: str) -> None:
    sources = sources_of(found)

    async def muted() -> Answer:
        rule = await sources.desk.rule_of(shift)
        return await sources.desk.answer(f"mute {MUTED} {rule}", asker_of(found))

    await respond(found, reply_of(muted()), sources.soon)


def _custom_id(found: discord.Interaction) -> str:
    told: Any = found.data
    return str(told.get("custom_id", "")) if isinstance(told, Mapping) else ""


def _ids(parts: Iterable[object]) -> Iterator[str]:
    for part in parts:
        custom = getattr(part, "custom_id", None)
        if custom:
            yield str(custom)
        yield from _ids(getattr(part, "children", ()))


def _filled(part: object) -> Iterator[tuple[str, Any]]:
    """Yield what was filled in, by its custom id: a text, or the values chosen."""
    if isinstance(part, Mapping):
        if "custom_id" in part and ("value" in part or "values" in part):
            yield str(part["custom_id"]), part.get("value") or part.get("values")
        yield from _filled(part.get("component"))
        yield from _filled(part.get("components"))
    elif isinstance(part, list):
        for each in part:
            yield from _filled(each)
