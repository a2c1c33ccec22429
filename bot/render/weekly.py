"""A week as it is told: the digest, on no platform in particular."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.render.answer import COLUMNS, Table, plain, text_lines, wrapped
from bot.render.message import Message, Tone
from bot.wording import clean
from detectors.shift import Severity

# A section's lines are set in by two, and what goes on from a line above by two more.
_COLUMNS = COLUMNS - 4


@dataclass(frozen=True)
class Section:
    """A part of the digest under its own heading."""

    heading: str
    parts: tuple[str | Table, ...]


@dataclass(frozen=True)
class Digest:
    """The week up to `at`: a title, the week in one sentence, sections, and what it is made of."""

    title: str
    lead: str
    sections: tuple[Section, ...]
    closing: str
    at: datetime

    @property
    def text(self) -> str:
        """The digest as a terminal shows it."""
        lines = [self.title, "", *wrapped(self.lead)]
        for section in self.sections:
            lines += ["", section.heading]
            lines += [f"  {line}".rstrip() for line in _narrow(section.parts)]
        return plain([*lines, "", *wrapped(self.closing)])

    @property
    def message(self) -> Message:
        """The digest as a message, for where it cannot be drawn."""
        lines = [
            line
            for section in self.sections
            for line in (section.heading, *text_lines(section.parts))
        ]
        return Message(
            title=self.title,
            sentence=self.lead,
            why=self.closing,
            evidence=tuple(clean(line, None) for line in lines if line.strip()),
            tone=Tone.NOTICE,
            at=self.at,
            severity=Severity.INFO,
        )


def _narrow(parts: Sequence[str | Table]) -> Iterator[str]:
    """Yield lines broken for a terminal; what is drawn stays as it is."""
    for part in parts:
        if isinstance(part, Table):
            yield from part.fitted(COLUMNS - 2)
        elif "  " in part:
            yield part
        else:
            first, *rest = wrapped(part, _COLUMNS) or [""]
            yield from (first, *(f"  {each}" for each in rest))
