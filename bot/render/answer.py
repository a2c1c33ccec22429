"""What an answer is made of, on no platform in particular."""

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from bot.render.picture import Chart, Picture
from bot.wording import NBSP, padded, width

# Fits a terminal of 80 columns in most cases; tables may be wider.
COLUMNS = 80
_HUNG = re.compile(r" +|\d\. ")


@dataclass(frozen=True)
class Table:
    """Rows of text; `right` names the columns that are set to the right, from 0."""

    rows: tuple[tuple[str, ...], ...]
    head: tuple[str, ...] = ()
    right: frozenset[int] = frozenset()

    @property
    def lines(self) -> list[str]:
        """The table as aligned lines; a column that is empty throughout is left out."""
        rows = [*([self.head] if self.head else []), *self.rows]
        columns = list(zip_longest(*rows, fillvalue=""))
        body = list(zip_longest(*self.rows, fillvalue=""))
        shown = [at for at, cells in enumerate(columns) if any(body[at])]
        wide = {at: max(width(cell) for cell in columns[at]) for at in shown}
        return [
            "  ".join(
                padded(columns[at][number], wide[at], right=at in self.right) for at in shown
            ).rstrip()
            for number in range(len(rows))
        ]


@dataclass(frozen=True)
class Answer:
    """A question answered: title, lines and tables, and when and over what it was measured.

    One that can be drawn has a `chart`, and once it was drawn a `picture`.

    One that `lasts` tells of a change that everybody in the channel lives with from now on: it
    is shown to all of them, where it can be read later too.
    """

    title: str
    parts: tuple[str | Table, ...]
    closing: str
    chart: Chart | None = None
    picture: Picture | None = None
    lasts: bool = False

    @property
    def text(self) -> str:
        """The answer as a terminal shows it."""
        said = [line for part in self.parts for line in _lines(part)]
        return plain([self.title, "", *said, "", *wrapped(self.closing)])


def plain(lines: Iterable[str]) -> str:
    """Return lines as one text for a terminal."""
    return "\n".join(lines).replace(NBSP, " ")


def wrapped(text: str, columns: int = COLUMNS) -> list[str]:
    """Return a sentence in lines that a terminal has room for; no word is broken.

    What goes on from a line that is set in, or numbered, is set in as it is.
    """
    hung = _HUNG.match(text)
    return textwrap.wrap(
        text,
        columns,
        subsequent_indent=" " * hung.end() if hung else "",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _lines(part: str | Table) -> list[str]:
    """Return a part as a terminal shows it: a sentence wrapped, what is drawn as it is."""
    if isinstance(part, Table):
        return part.lines
    return [part] if len(part) <= COLUMNS or "  " in part.strip() else wrapped(part)


def text_lines(parts: Sequence[str | Table]) -> list[str]:
    """Return lines and tables as lines."""
    lines: list[str] = []
    for part in parts:
        lines += part.lines if isinstance(part, Table) else [part]
    return lines
