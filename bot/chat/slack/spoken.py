"""What is said, in Slack's words: `watches` is “/hubshift watches”, slack:C1 this channel."""

import re
from dataclasses import replace

from bot.channel import Channel
from bot.chat.slack.scopes import COMMAND
from bot.desk import COMMANDS
from bot.lookups.questions import PARSERS
from bot.render.answer import Answer

_QUOTED = re.compile(r"`([^`\n]+)`")
_ASK = "hubshift ask "
_FIRST = frozenset({*COMMANDS, *PARSERS, "help"})


def spoken(text: str, room: Channel | None = None) -> str:
    """Return a text whose commands can be copied into Slack, and that knows where it is read.

    `room` is the channel that it is about, if there is one.
    """
    told = _QUOTED.sub(_typed, text)
    if room is None or not room.address:
        return told
    return re.sub(rf"{re.escape(room.shown)}\b", "this channel", told)


def spoken_answer(answer: Answer, room: Channel | None = None) -> Answer:
    """Return an answer as `spoken` does; what stands in tables stays as it is."""
    parts = tuple(spoken(part, room) if isinstance(part, str) else part for part in answer.parts)
    title, closing = spoken(answer.title, room), spoken(answer.closing, room)
    return replace(answer, title=title, parts=parts, closing=closing)


def _typed(found: re.Match[str]) -> str:
    line = found[1].removeprefix(_ASK)
    first = line.partition(" ")[0].casefold()
    return f"“{COMMAND} {line}”" if first in _FIRST else found[0]
