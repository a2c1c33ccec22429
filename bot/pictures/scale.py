"""Where times and values stand in the plot of a picture of lines."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.pictures.card import MARGIN, WIDTH, Frame
from bot.pictures.days import millis
from bot.pictures.letters import fitted, wide
from bot.pictures.sheet import LABEL
from bot.pictures.stroke import Lines, Unit

SIGN = 9.0
_HEIGHT = 190.0
_LEFT = 46.0
_MOST_NAME = 112.0
_TOPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
_LEAST_RANKS = 15
_STEPS = 5
_ABOVE = 1.12


@dataclass(frozen=True)
class Scale:
    """Where times and values stand in the plot."""

    unit: Unit
    since: datetime
    until: datetime
    low: float
    high: float
    ticks: tuple[float, ...]
    frame: Frame

    @classmethod
    def of(cls, lines: Lines) -> "Scale":
        """Return the scale that has room for every point, and for every name beside the plot."""
        since, until = lines.span
        if since == until:
            since, until = since - timedelta(days=1), until + timedelta(days=1)
        values = [value for stroke in lines.strokes for _, value in stroke.told]
        values += [lines.line] if lines.line is not None else []
        low, high, marked = _range(lines.unit, max(values))
        names = [
            wide(fitted(stroke.name, _MOST_NAME, LABEL), LABEL)
            + wide(f" {lines.unit.shown(stroke.told[-1][1])}", LABEL, bold=True)
            for stroke in lines.strokes
            if stroke.told
        ]
        right = max(names, default=0.0) + MARGIN + 2 * SIGN + 4
        frame = Frame(_HEIGHT, _LEFT, round(min(right, WIDTH * 0.45), 1), bottom=20)
        return cls(lines.unit, since, until, low, high, marked, frame)

    def x(self, at: datetime) -> float:
        """Return where a time stands, from the left."""
        whole = millis(self.until) - millis(self.since)
        return (millis(at) - millis(self.since)) / whole * self.frame.width

    def y(self, value: float) -> float:
        """Return where a value stands, from the top."""
        part = (value - self.low) / (self.high - self.low)
        return (1 - part) * self.frame.height


def _range(unit: Unit, most: float) -> tuple[float, float, tuple[float, ...]]:
    """Return the values at the bottom and the top of the plot, and those with a line across."""
    if unit is Unit.RANK:
        last = max(float(_LEAST_RANKS), most + 1)
        step = next(each for each in (5, 10, 20, 50, 100, 200, 500) if last / each <= _STEPS + 1)
        return last, 0.5, (1.0, *(float(each) for each in range(step, int(last) + 1, step)))
    if unit is Unit.PART:
        top = next((each for each in _TOPS if most <= each), 1.0)
    else:
        top = _round_up(most * _ABOVE)
    count = 5 if unit is Unit.PART and top in {0.05, 0.1, 1.0} else 4
    count = 3 if unit is Unit.PART and top in {0.3, 0.6} else count
    return 0.0, top, tuple(round(top / count * each, 6) for each in range(count + 1))


def _round_up(value: float) -> float:
    size = 10.0 ** (len(str(int(max(value, 1)))) - 1)
    return next(size * each for each in (1, 2, 4, 6, 8, 10) if value <= size * each)
