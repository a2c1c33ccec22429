"""What a picture of lines shows, before anything is drawn, and the same in words."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.pictures.card import Words
from bot.wording import clean, day, listing, percent, percents, rank

_MOST_MARKS = 8

Point = tuple[datetime, float | None]


class Unit(Enum):
    """What a value is, which decides how it is scaled and written."""

    PART = "part"
    RANK = "rank"
    POINTS = "points"

    def shown(self, value: float | None) -> str:
        """Return a value as people read it."""
        if self is Unit.RANK:
            return rank(value)
        if value is None:
            return "unknown"
        return percent(value) if self is Unit.PART else f"{value:,.0f}"

    def both(self, first: float | None, last: float | None) -> list[str]:
        """Return two values, told apart where they differ."""
        if self is Unit.PART and first is not None and last is not None:
            return percents(first, last)
        return [self.shown(first), self.shown(last)]


@dataclass(frozen=True)
class Stroke:
    """A line: its name and its values, oldest first; None where there was none.

    One that is not `known` is what nobody can place: grey and dashed.
    """

    name: str
    points: tuple[Point, ...]
    known: bool = True

    @property
    def told(self) -> list[tuple[datetime, float]]:
        """The points that have a value."""
        return [(at, value) for at, value in self.points if value is not None]


@dataclass(frozen=True)
class Mark:
    """A Shift on a line: when, at which value, and whether it went up."""

    at: datetime
    value: float
    rise: bool


@dataclass(frozen=True)
class Lines:
    """Everything a picture of lines shows; `line` is where a rule's line runs."""

    words: Words
    unit: Unit
    strokes: tuple[Stroke, ...]
    line: float | None = None
    marks: tuple[Mark, ...] = ()

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The first and the last time there is a point of."""
        times = [at for stroke in self.strokes for at, _ in stroke.points]
        return min(times), max(times)

    @property
    def line_name(self) -> str:
        """The rule's line as it is written beside it: 40 %, top 10."""
        if self.unit is Unit.RANK:
            return f"top {int(self.line or 0)}"
        return self.unit.shown(self.line)


def alt_of(lines: Lines) -> str:
    """Say what the picture says: each line's first, last and furthest value, in words."""
    since, until = lines.span
    told = [_told(stroke, lines.unit) for stroke in lines.strokes if stroke.told]
    line = [f"The line is at {lines.line_name}."] if lines.line is not None else []
    marks = [
        f"{'up' if mark.rise else 'down'} on {day(mark.at, until)} ({lines.unit.shown(mark.value)})"
        for mark in lines.marks[-_MOST_MARKS:]
    ]
    shifts = [f"Shifts told: {listing(marks)}."] if marks else []
    when = day(until) if since == until else f"{day(since, until)} to {day(until)}"
    return " ".join([f"{clean(lines.words.title)}, {when}.", *told, *line, *shifts])


def _told(stroke: Stroke, unit: Unit) -> str:
    (_, first), (until, last) = stroke.told[0], stroke.told[-1]
    name = clean(stroke.name)
    if len(stroke.told) == 1:
        return f"{name}: {unit.shown(last)}."
    was, now = unit.both(first, last)
    best = min if unit is Unit.RANK else max
    at, most = best(stroke.told, key=lambda each: each[1])
    peak = ""
    if most not in {first, last}:
        word = "best" if unit is Unit.RANK else "most"
        peak = f", {word} {unit.shown(most)} on {day(at, until)}"
    return f"{name}: {was}, then {now}{peak}."
