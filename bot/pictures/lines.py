"""Values over time: a line each, named where it ends, with the line of a rule and its shifts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from bot.pictures.card import (
    COLOURS,
    GRID,
    INK,
    LABEL,
    MARGIN,
    SHAPES,
    SMALL,
    SOFT,
    UNKNOWN,
    WIDTH,
    Json,
    across,
    card,
    drawn,
    text,
)
from bot.pictures.days import millis, ticks
from bot.pictures.letters import apart, fitted, wide
from bot.pictures.scale import SIGN, Scale
from bot.pictures.stroke import Lines, Point, Stroke, alt_of
from bot.render.picture import Chart
from bot.wording import NBSP

# A gap longer than so many usual ones is drawn as one: nobody measured in between.
_HOLE = 3.5
_LABEL_GAP = 17.0


def lines_chart(lines: Lines) -> Chart:
    """Return the chart of some lines; at least one has a point with a value."""
    scale = Scale.of(lines)
    frame = scale.frame
    layers = _axes(lines, scale)
    for number, stroke in enumerate(lines.strokes):
        layers += _stroke(stroke, *_look(stroke, number), scale)
    layers += _marks(lines, scale)
    layers += _labels(lines, scale)
    return Chart(card(lines.words, frame, layers), alt_of(lines))


def _look(stroke: Stroke, number: int) -> tuple[str, str]:
    """Return colour and shape of a line; those past the fifth are grey, told apart by name."""
    if not stroke.known or number >= len(COLOURS):
        return UNKNOWN, "stroke"
    return COLOURS[number], SHAPES[number]


def _axes(lines: Lines, scale: Scale) -> list[Json]:
    """Draw a faint line across at each tick, what it stands for beside it, and days below."""
    frame = scale.frame
    heights = [(scale.y(value), scale.unit.shown(value)) for value in scale.ticks]
    layers = [across(height, frame.width, GRID) for height, _ in heights]
    if lines.line is not None:
        taken = scale.y(lines.line)
        layers.append(across(taken, frame.width, SOFT, dashed=True))
        layers.append(_beside(taken, lines.line_name, bold=True))
        heights = [each for each in heights if abs(each[0] - taken) > SMALL]
    layers += [_beside(height, name) for height, name in heights]
    for at, name in ticks(scale.since, scale.until, frame.width, SMALL):
        part = (at - millis(scale.since)) / (millis(scale.until) - millis(scale.since))
        x = part * frame.width
        layers.append(text(name, x, frame.height + 14, size=SMALL, colour=SOFT, align="center"))
    return layers


def _beside(height: float, name: str, *, bold: bool = False) -> Json:
    shown = name.replace(NBSP, " ")
    colour = INK if bold else SOFT
    return text(shown, -8, height, size=SMALL, colour=colour, align="right", bold=bold)


def _stroke(stroke: Stroke, colour: str, shape: str, scale: Scale) -> list[Json]:
    points = _with_holes(stroke.points)
    values = [{"at": millis(at), "value": value} for at, value in points]
    line = {
        "type": "line",
        "color": colour,
        "strokeWidth": 2.25 if stroke.known else 1.75,
        "strokeJoin": "round",
        "strokeCap": "round",
        **({} if stroke.known else {"strokeDash": [2, 4]}),
    }
    layers = [drawn(line, values, scale.encoding)] if len(stroke.told) > 1 else []
    lone = [{"at": millis(at), "value": value} for at, value in _lone(points)]
    if lone:
        dot = {"type": "point", "filled": True, "color": colour, "size": 14, "opacity": 1}
        layers.append(drawn(dot, lone, scale.encoding))
    if stroke.told:
        at, value = stroke.told[-1]
        sign = {
            "type": "point",
            "shape": "circle" if shape == "stroke" else shape,
            "filled": True,
            "color": colour,
            "size": 46,
            "opacity": 1,
        }
        layers.append(drawn(sign, [{"at": millis(at), "value": value}], scale.encoding))
    return layers


def _with_holes(points: Sequence[Point]) -> list[Point]:
    """Return points with one that has no value wherever nobody measured for long."""
    steps = [after - before for (before, _), (after, _) in pairwise(points)]
    if not steps:
        return list(points)
    usual = timedelta(seconds=median(step.total_seconds() for step in steps))
    found: list[Point] = [points[0]]
    for (before, _), point in pairwise(points):
        if point[0] - before > usual * _HOLE:
            found.append((before + (point[0] - before) / 2, None))
        found.append(point)
    return found


def _lone(points: Sequence[Point]) -> list[tuple[datetime, float]]:
    """Return the points that no line goes through, because both neighbours have no value."""
    around = [None, *(value for _, value in points), None]
    return [
        (at, value)
        for place, (at, value) in enumerate(points)
        if value is not None and around[place] is None and around[place + 2] is None
    ]


def _marks(lines: Lines, scale: Scale) -> list[Json]:
    """Draw each Shift as a triangle, and the day of the last one under the plot's top."""
    if not lines.marks:
        return []
    layers = []
    for rise in (True, False):
        values = [
            {"at": millis(mark.at), "value": mark.value}
            for mark in lines.marks
            if mark.rise is rise
        ]
        shape = {
            "type": "point",
            "shape": "triangle-up" if rise else "triangle-down",
            "filled": True,
            "size": 110,
            "color": INK,
            "stroke": "#FFFFFF",
            "strokeWidth": 1.25,
            "opacity": 1,
        }
        layers += [drawn(shape, values, scale.encoding)] if values else []
    return layers


def _labels(lines: Lines, scale: Scale) -> list[Json]:
    """Name each line beside its end: where names would stand on one another they move apart."""
    ends = [
        (number, stroke, *stroke.told[-1])
        for number, stroke in enumerate(lines.strokes)
        if stroke.told
    ]
    wanted = [scale.y(value) for _, _, _, value in ends]
    spots = apart(wanted, _LABEL_GAP, 0, scale.frame.height + 4)
    layers = []
    for (number, stroke, at, value), want, spot in zip(ends, wanted, spots, strict=True):
        colour, _ = _look(stroke, number)
        x = scale.frame.width + 2 * SIGN
        layers.append(_leader((scale.x(at), want), (x - 4, spot), colour))
        figure = scale.unit.shown(value).replace(NBSP, " ")
        room = scale.frame.right - MARGIN - 2 * SIGN - wide(f" {figure}", LABEL, bold=True)
        name = fitted(stroke.name, room, LABEL)
        layers.append(text(name, x, spot))
        layers.append(
            text(figure, WIDTH - MARGIN - scale.frame.left, spot, align="right", bold=True)
        )
    return layers


def _leader(start: tuple[float, float], end: tuple[float, float], colour: str) -> Json:
    """Draw a thin line from where a line ends to its name."""
    values = [{"x": round(x, 2), "y": round(y, 2)} for x, y in (start, end)]
    return {
        "data": {"values": [{}]},
        "mark": {"type": "rule", "color": colour, "strokeWidth": 1, "opacity": 0.55},
        "encoding": {
            "x": {"value": values[0]["x"] + 5},
            "x2": {"value": values[1]["x"]},
            "y": {"value": values[0]["y"]},
            "y2": {"value": values[1]["y"]},
        },
    }
