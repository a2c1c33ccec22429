"""The first places of a board over time: who climbed, who fell, who came and who left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from bot.pictures.card import (
    BLUE,
    FAINT,
    INK,
    MARGIN,
    RED,
    SMALL,
    SOFT,
    WIDTH,
    Frame,
    Json,
    Words,
    card,
    drawn,
    text,
)
from bot.pictures.days import millis, ticks
from bot.pictures.letters import wide
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


@dataclass(frozen=True)
class Climb:
    """A model's places at each of the times, None where it was not among the first."""

    name: str
    places: tuple[int | None, ...]

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
    layers = []
    passing = [each for each in bump.climbs if not each.last]
    for climb in passing:
        layers += _way(climb, bump, frame, FAINT, 1.0)
    for climb in bump.now:
        loud = _colour(climb) != SOFT
        layers += _way(climb, bump, frame, _colour(climb), 2.5 if loud else 1.5)
        layers += _named(climb, frame)
    layers += [
        text(str(place), -14, _y(place), size=SMALL, colour=SOFT, align="right")
        for place in range(1, bump.n + 1)
    ]
    for at, name in ticks(bump.times[0], bump.times[-1], frame.width, SMALL):
        x = _x(at, bump, frame)
        y = frame.height + 14
        layers.append(text(name, x, y, size=SMALL, colour=SOFT, align="center"))
    return Chart(card(bump.words, frame, layers), alt_of(bump))


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


def _way(climb: Climb, bump: Bump, frame: Frame, colour: str, thick: float) -> list[Json]:
    """Draw the way of a model; where it comes in or goes out the line ends below the last place."""
    xs = [_x(millis(at), bump, frame) for at in bump.times]
    parts: list[list[tuple[float, float]]] = []
    steps = list(zip(xs, climb.places, strict=True))
    for (x, place), (next_x, coming) in pairwise(steps):
        if place is None and coming is None:
            continue
        start = (x, _y(place)) if place else ((x + next_x) / 2, _y(bump.n + _OUT))
        end = (next_x, _y(coming)) if coming else ((x + next_x) / 2, _y(bump.n + _OUT))
        if parts and parts[-1][-1] == start:
            parts[-1].append(end)
        else:
            parts.append([start, end])
    mark = {
        "type": "line",
        "color": colour,
        "strokeWidth": thick,
        "strokeJoin": "round",
        "strokeCap": "round",
        "interpolate": "monotone",
    }
    layers = [drawn(mark, _points(part), _PLACED | _scaled(frame, bump)) for part in parts]
    if climb.last:
        dot = {"type": "point", "filled": True, "size": 52, "color": colour, "opacity": 1}
        here = [(xs[-1], _y(climb.last))]
        layers.append(drawn(dot, _points(here), _scaled(frame, bump)))
    return layers


_PLACED: Json = {"order": {"field": "x", "type": "quantitative"}}


def _points(part: Sequence[tuple[float, float]]) -> list[Json]:
    return [{"x": round(x, 2), "y": round(y, 2)} for x, y in part]


def _scaled(frame: Frame, bump: Bump) -> Json:
    """Take figures as places on the card: they are worked out already."""
    low = bump.n * _ROW
    return {
        "x": {
            "field": "x",
            "type": "quantitative",
            "scale": {"domain": [0, frame.width], "nice": False, "zero": False},
            "axis": None,
        },
        "y": {
            "field": "y",
            "type": "quantitative",
            "scale": {"domain": [0, low], "reverse": True, "nice": False, "zero": False},
            "axis": None,
        },
    }


def _named(climb: Climb, frame: Frame) -> list[Json]:
    y = _y(climb.last or 0)
    room = frame.right - MARGIN - _MOVED - 14
    moved = arrow(climb.first, climb.last or 0) if len(climb.places) > 1 else ""
    end = WIDTH - MARGIN - _LEFT
    colour = INK if _colour(climb) == SOFT else _colour(climb)
    return [
        text(climb.name, frame.width + 12, y, size=_NAME, room=room),
        text(moved, end, y, size=_NAME, align="right", colour=colour, bold=True),
    ]
