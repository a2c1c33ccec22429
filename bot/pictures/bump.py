"""The first places of a board over time: who climbed, who fell, who came and who left."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from bot.pictures.card import BLUE, MARGIN, RED, SMALL, WIDTH, Frame, Words, card
from bot.pictures.days import millis, ticks
from bot.pictures.letters import wide
from bot.pictures.sheet import FAINT, SOFT, Place, Sheet
from bot.render.charts import arrow
from bot.render.picture import Chart
from bot.wording import clean, day, listing

_ROW = 25.0
_LEFT = MARGIN + 18
_NAME = 12
_MOST_NAME = 170.0
_MOVED = 34.0
# Beyond the last place, where those stand that are not among the first.
_OUT = 0.75
# Those that stand among the first, where the picture is about another; and who stayed in place.
BEHIND = "#8F959C"
_THIN = {BEHIND: 1.2, SOFT: 1.5}


@dataclass(frozen=True)
class Climb:
    """A model's places at each of the times, None where it was not among the first.

    Where one is `loud` the picture is about it, and the others are in the background.
    """

    name: str
    places: tuple[int | None, ...]
    loud: bool = False

    @property
    def first(self) -> int | None:
        """The place it began with."""
        return self.places[0]

    @property
    def last(self) -> int | None:
        """The place it has now."""
        return self.places[-1]


@dataclass(frozen=True)
class Bump:
    """The first `n` places at some times, oldest first."""

    words: Words
    times: tuple[datetime, ...]
    climbs: tuple[Climb, ...]
    n: int

    @property
    def now(self) -> list[Climb]:
        """Those that are among the first now, in their order."""
        return sorted((each for each in self.climbs if each.last), key=lambda each: each.last or 0)

    @property
    def gone(self) -> list[Climb]:
        """Those that were among the first at the beginning and are not now."""
        left = [each for each in self.climbs if each.first and not each.last]
        return sorted(left, key=lambda each: each.first or 0)


def bump_chart(bump: Bump) -> Chart:
    """Return the chart of the first places; there is one time and one model at least."""
    names = [wide(each.name, _NAME) for each in bump.now]
    right = min(max(names, default=0.0), _MOST_NAME) + _MOVED + MARGIN + 14
    frame = Frame(bump.n * _ROW, _LEFT, round(right, 1), bottom=20)
    sheet = frame.sheet
    about = any(each.loud for each in bump.climbs)
    for climb in (each for each in bump.climbs if not each.last):
        for part in _ways(climb, bump, frame):
            sheet.line(part, FAINT, thick=1, curved=True)
    for climb in sorted(bump.now, key=lambda each: each.loud):
        colour = _colour(climb) if climb.loud or not about else BEHIND
        for part in _ways(climb, bump, frame, comes=True):
            sheet.line(part, colour, thick=_THIN.get(colour, 2.5), curved=True)
        _named(climb, frame, colour, sheet)
    for place in range(1, bump.n + 1):
        sheet.text(str(place), (-14, _y(place)), size=SMALL, colour=SOFT, align="right")
    for at, name in ticks(bump.times[0], bump.times[-1], frame.width, SMALL):
        spot = (_x(at, bump, frame), frame.height + 14)
        sheet.text(name, spot, size=SMALL, colour=SOFT, align="center")
    return Chart(card(bump.words, frame, sheet), alt_of(bump))


def alt_of(bump: Bump) -> str:
    """Say what the picture says: each place now and before, and who left."""
    since, until = bump.times[0], bump.times[-1]
    now = [f"{each.last} {clean(each.name)}{_was(each)}" for each in bump.now]
    gone = [f"{clean(each.name)} ({each.first})" for each in bump.gone]
    left = f" No longer among them: {', '.join(gone)}." if gone else ""
    when = f"on {day(until)}, against {day(since, until)}" if since != until else f"on {day(until)}"
    return f"{clean(bump.words.title)} {when}: {listing(now)}.{left}"


def _was(climb: Climb) -> str:
    if len(climb.places) == 1:
        return ""
    return f" (was {climb.first})" if climb.first else " (new)"


def _colour(climb: Climb) -> str:
    """Return blue for who climbed or came, vermilion for who fell, grey for who stayed."""
    if climb.first == climb.last:
        return SOFT
    return RED if climb.first and (climb.last or 0) > climb.first else BLUE


def _x(at: int, bump: Bump, frame: Frame) -> float:
    since, until = millis(bump.times[0]), millis(bump.times[-1])
    return (at - since) / (until - since) * frame.width if until > since else frame.width


def _y(place: float) -> float:
    return (place - 0.5) * _ROW


def _ways(climb: Climb, bump: Bump, frame: Frame, *, comes: bool = False) -> Iterator[list[Place]]:
    """Yield the pieces of a model's way.

    Of one that `comes` into a board they begin and end below the last place.
    """
    xs = [_x(millis(at), bump, frame) for at in bump.times]
    below = _y(bump.n + _OUT)
    piece: list[Place] = []
    for (x, place), (later, coming) in pairwise(zip(xs, climb.places, strict=True)):
        middle = (x + later) / 2
        if place:
            piece.append((x, _y(place)))
        elif coming and comes:
            piece.append((middle, below))
        if place and not coming:
            piece += [(middle, below)] if comes else []
            yield from [piece] if len(piece) > 1 else []
            piece = []
    if climb.last:
        yield [*piece, (xs[-1], _y(climb.last))]
    elif len(piece) > 1:
        yield piece


def _named(climb: Climb, frame: Frame, colour: str, sheet: Sheet) -> None:
    y = _y(climb.last or 0)
    sheet.dot((frame.width, y), colour, size=52)
    room = frame.right - MARGIN - _MOVED - 14
    moved = arrow(climb.first, climb.last or 0) if len(climb.places) > 1 else ""
    sheet.text(climb.name, (frame.width + 12, y), size=_NAME, room=room, bold=climb.loud)
    end = (WIDTH - MARGIN - _LEFT, y)
    sheet.text(moved, end, size=_NAME, align="right", colour=colour, bold=True)
