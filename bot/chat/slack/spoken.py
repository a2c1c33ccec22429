"""Commands in what is said, as people type them in Slack: `watches` is “/hubshift watches”."""

import re
from dataclasses import replace

from bot.chat.slack.scopes import COMMAND
from bot.desk import COMMANDS
from bot.lookups.questions import PARSERS
from bot.render.answer import Answer

_QUOTED = re.compile(r"`([^`\n]+)`")
_ASK = "hubshift ask "
_FIRST = frozenset({*COMMANDS, *PARSERS, "help"})


def spoken(text: str) -> str:
    """Return a text whose commands can be copied into Slack; what is none stays as it is."""
    return _QUOTED.sub(_typed, text)


def spoken_answer(answer: Answer) -> Answer:
    """Return an answer whose sentences name commands as they are typed in Slack."""
    parts = tuple(spoken(part) if isinstance(part, str) else part for part in answer.parts)
    return replace(answer, parts=parts, closing=spoken(answer.closing))


def _typed(found: re.Match[str]) -> str:
    line = found[1].removeprefix(_ASK)
    first = line.partition(" ")[0].casefold()
    return f"“{COMMAND} {line}”" if first in _FIRST else found[0]
