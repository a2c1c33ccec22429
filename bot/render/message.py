"""What one message says, in words and on no platform in particular."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.wording import clean
from detectors.shift import Severity

HEADLINE = 80
_LEAST_NAME = 10


class Tone(StrEnum):
    """Which way it went, for a sign or a colour; the words say it too."""

    RISE = "rise"
    FALL = "fall"
    NOTICE = "notice"


@dataclass(frozen=True)
class Message:
    """One message, facts first.

    `title` is a headline of at most HEADLINE characters; `sentence` says what shifted, from what
    to what; `why` who it is about and what it weighs, from the facts the Shifts carry. Each line
    of `evidence` is for one figure, enough to find it again. `link` leads to the model, if one
    is meant. `shifts` are the ids of the Shifts told, `severity` the gravest of theirs. All text
    is clean: foreign names have lost what a terminal or a chat could take for more than text.
    """

    title: str
    sentence: str
    why: str
    evidence: tuple[str, ...]
    tone: Tone
    at: datetime
    link: str | None = None
    shifts: tuple[str, ...] = ()
    severity: Severity = Severity.NOTABLE


def headline(*tries: str) -> str:
    """Return the first of some headlines that is short enough, else the last one cut."""
    return next((each for each in tries if len(each) <= HEADLINE), clean(tries[-1], HEADLINE))


def shortened(name: str, rest: str) -> str:
    """Return a name and what is said of it as a headline; what is too long is cut of the name."""
    return f"{clean(name, max(HEADLINE - len(rest) - 1, _LEAST_NAME))} {rest}"


def distinct(lines: Iterable[str]) -> tuple[str, ...]:
    """Return lines in their order, each once."""
    return tuple(dict.fromkeys(lines))
