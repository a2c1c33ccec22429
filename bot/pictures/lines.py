"""Values over time: a line each, named where it ends, with the line of a rule and its shifts."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from bot.pictures.card import COLOURS, MARGIN, SHAPES, SMALL, UNKNOWN, WIDTH, card
from bot.pictures.days import millis, ticks
from bot.pictures.letters import apart, wide
from bot.pictures.scale import SIGN, Scale
from bot.pictures.sheet import GRID, INK, LABEL, SOFT, Sheet
from bot.pictures.stroke import Lines, Point, Stroke, alt_of
from bot.render.picture import Chart
from bot.wording import NBSP

# A gap longer than so many usual ones is drawn as one: nobody measured in between.
_HOLE = 3.5
_LABEL_GAP = 17.0
_THICK, _THIN = 2.25, 1.75
_DOT = 14.0
_MARK = 110.0


def lines_chart(lines: Lines) -> Chart:
    """Return the chart of some lines; at least one has a point with a value."""
    scale = Scale.of(lines)
    sheet = scale.frame.sheet
    _axes(lines, scale, sheet)
    for number, stroke in enumerate(lines.strokes):
        _stroke(stroke, number, scale, sheet)
    for mark in lines.marks:
        shape = "triangle-up" if mark.rise else "triangle-down"
        place = (scale.x(mark.at), scale.y(mark.value))
        sheet.dot(place, INK, shape=shape, size=_MARK, edged=True)
    _labels(lines, scale, sheet)
    return Chart(card(lines.words, scale.frame, sheet), alt_of(lines))


def _look(stroke: Stroke, number: int) -> tuple[str, str]:
    """Return colour and shape of a line; those past the fifth are grey, told apart by name."""
    if not stroke.known or number >= len(COLOURS):
        return UNKNOWN, "circle"
    return COLOURS[number], SHAPES[number]


def _axes(lines: Lines, scale: Scale, sheet: Sheet) -> None:
    """Draw a faint line across at each tick, what it stands for beside it, and days below."""
    frame = scale.frame
    heights = [(scale.y(value), scale.unit.shown(value)) for value in scale.ticks]
    for height, _ in heights:
        sheet.rule((0, height), (frame.width, height), GRID)
    if lines.line is not None:
        taken = scale.y(lines.line)
        sheet.rule((0, taken), (frame.width, taken), SOFT, thick=1.25, dashed=True)
        _beside(taken, lines.line_name, sheet, bold=True)
        heights = [each for each in heights if abs(each[0] - taken) > SMALL]
    for height, name in heights:
        _beside(height, name, sheet)
    for at, name in ticks(scale.since, scale.until, frame.width, SMALL):
        part = (at - millis(scale.since)) / (millis(scale.until) - millis(scale.since))
        place = (part * frame.width, frame.height + 14)
        sheet.text(name, place, size=SMALL, colour=SOFT, align="center")


def _beside(height: float, name: str, sheet: Sheet, *, bold: bool = False) -> None:
    colour = INK if bold else SOFT
    shown = name.replace(NBSP, " ")
    sheet.text(shown, (-8, height), size=SMALL, colour=colour, align="right", bold=bold)


def _stroke(stroke: Stroke, number: int, scale: Scale, sheet: Sheet) -> None:
    colour, shape = _look(stroke, number)
    for part in _parts(stroke.points):
        places = [(scale.x(at), scale.y(value)) for at, value in part]
        if len(places) == 1:
            sheet.dot(places[0], colour, size=_DOT)
        else:
            thick = _THICK if stroke.known else _THIN
            sheet.line(places, colour, thick=thick, dashed=not stroke.known)
    if stroke.told:
        at, value = stroke.told[-1]
        sheet.dot((scale.x(at), scale.y(value)), colour, shape=shape)


def _parts(points: Sequence[Point]) -> Iterator[list[tuple[datetime, float]]]:
    """Yield the pieces of a line: it ends where there is no value, or nobody measured for long."""
    steps = [(after - before).total_seconds() for (before, _), (after, _) in pairwise(points)]
    longest = timedelta(seconds=median(steps) * _HOLE) if steps else timedelta(0)
    piece: list[tuple[datetime, float]] = []
    for at, value in points:
        if piece and (value is None or at - piece[-1][0] > longest):
            yield piece
            piece = []
        if value is not None:
            piece.append((at, value))
    if piece:
        yield piece


def _labels(lines: Lines, scale: Scale, sheet: Sheet) -> None:
    """Name each line beside its end: where names would stand on one another they move apart."""
    ends = [(each, *each.told[-1]) for each in lines.strokes if each.told]
    looks = [_look(each, at)[0] for at, each in enumerate(lines.strokes) if each.told]
    wanted = [scale.y(value) for _, _, value in ends]
    spots = apart(wanted, _LABEL_GAP, 0, scale.frame.height + 4)
    for (stroke, at, value), colour, want, spot in zip(ends, looks, wanted, spots, strict=True):
        x = scale.frame.width + 2 * SIGN
        # A thin line leads from where a line ends to its name.
        sheet.rule((scale.x(at) + 5, want), (x - 4, spot), colour, thick=0.6)
        figure = scale.unit.shown(value).replace(NBSP, " ")
        taken = MARGIN + 2 * SIGN + wide(f" {figure}", LABEL, bold=True)
        sheet.text(stroke.name, (x, spot), room=scale.frame.right - taken)
        end = WIDTH - MARGIN - scale.frame.left
        sheet.text(figure, (end, spot), align="right", bold=True)
