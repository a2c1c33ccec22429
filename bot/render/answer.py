"""What an answer is made of, on no platform in particular."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from bot.render.picture import Chart, Picture
from bot.wording import NBSP, padded, width

# A terminal's; what has no place to be broken at may be wider.
COLUMNS = 80
_GAP = "  "
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
        return self.fitted(None)

    def fitted(self, columns: int | None) -> list[str]:
        """Return it as lines of so many columns; what has no room in a cell goes on below it.

        Words are not broken, nor what is set to the right: a table of those alone may be wider.
        """
        rows = [*([self.head] if self.head else []), *self.rows]
        cells = list(zip_longest(*rows, fillvalue=""))
        body = list(zip_longest(*self.rows, fillvalue=""))
        shown = [at for at in range(len(cells)) if any(body[at])]
        wide = {at: _widest(cells[at]) for at in shown}
        if columns is not None:
            wide = self._narrowed(cells, wide, columns)
        lines = []
        for row in range(len(rows)):
            parts = [_hung(cells[at][row], wide[at]) for at in shown]
            for line in zip_longest(*parts, fillvalue=""):
                each = zip(line, wide.items(), strict=True)
                drawn = [padded(part, room, right=at in self.right) for part, (at, room) in each]
                lines.append(_GAP.join(drawn).rstrip())
        return lines

    def _narrowed(
        self, cells: Sequence[Sequence[str]], wide: Mapping[int, int], columns: int
    ) -> dict[int, int]:
        """Return how wide each column may be, the widest made narrower first."""
        least = {
            at: room if at in self.right else _widest(_broken(cells[at], 0))
            for at, room in wide.items()
        }
        found, room = dict(wide), columns - len(_GAP) * (len(wide) - 1)
        while sum(found.values()) > room:
            loose = [at for at in found if found[at] > least[at]]
            if not loose:
                break
            found[max(loose, key=found.__getitem__)] -= 1
        return {at: _widest(_broken(cells[at], found[at])) for at in found}


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
        return plain([*wrapped(self.title), "", *said, "", *wrapped(self.closing)])


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


def _hung(cell: str, columns: int) -> list[str]:
    """Return a cell in lines, those after the first set in by two more; no word is broken."""
    if width(cell) <= columns:
        return [cell]
    start = " " * (len(cell) - len(cell.lstrip(" ")))
    first, *words = cell.lstrip(" ").split(" ")
    lines = [start + first]
    for word in words:
        longer = f"{lines[-1]} {word}"
        if width(longer) > columns:
            lines.append(f"{start}  {word}")
        else:
            lines[-1] = longer
    return lines


def _broken(cells: Sequence[str], columns: int) -> Iterator[str]:
    return (line for cell in cells for line in _hung(cell, columns))


def _widest(cells: Iterable[str]) -> int:
    return max(map(width, cells), default=0)


def _lines(part: str | Table) -> list[str]:
    """Return a part as a terminal shows it: sentences and cells broken, what is drawn as it is."""
    if isinstance(part, Table):
        return part.fitted(COLUMNS)
    return [part] if len(part) <= COLUMNS or "  " in part.strip() else wrapped(part)


def text_lines(parts: Sequence[str | Table]) -> list[str]:
    """Return lines and tables as lines."""
    lines: list[str] = []
    for part in parts:
        lines += part.lines if isinstance(part, Table) else [part]
    return lines
