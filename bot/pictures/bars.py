"""How much is whose, as bars: the largest first, what nobody can place apart and last."""

from dataclasses import dataclass

from bot.pictures.card import BLUE, MARGIN, SMALL, UNKNOWN, WIDTH, Frame, Words, card
from bot.pictures.letters import wide
from bot.pictures.sheet import INK, LABEL, SOFT, Sheet
from bot.render.picture import Chart
from bot.wording import NBSP, clean

_ROW = 27.0
_THICK = 16.0
_MOST_NAME = 150.0
_FAINT_GROUND = "#F1F2F4"


@dataclass(frozen=True)
class Row:
    """One bar: `part` and `was` are 0 to 1 of the whole, `shown` and `before` as people read it."""

    name: str
    part: float
    shown: str
    was: float | None = None
    before: str = ""
    known: bool = True


@dataclass(frozen=True)
class Bars:
    """Some bars under one another, one at least; `since` says when "was" was."""

    words: Words
    rows: tuple[Row, ...]
    since: str = ""


def bars_chart(bars: Bars) -> Chart:
    """Return the chart of some bars; a dark stroke in each stands where it was."""
    left = MARGIN + 10 + min(max(wide(row.name, LABEL) for row in bars.rows), _MOST_NAME)
    told = [_figure(row) for row in bars.rows]
    right = MARGIN + 8 + max(wide(now, LABEL, bold=True) + wide(was, SMALL) for now, was in told)
    frame = Frame(len(bars.rows) * _ROW, round(left, 1), round(right, 1))
    most = max(max(row.part, row.was or 0.0) for row in bars.rows) or 1.0
    sheet = frame.sheet
    for at, (row, (now, was)) in enumerate(zip(bars.rows, told, strict=True)):
        y = (at + 0.5) * _ROW
        _bar(row, y, most, sheet)
        sheet.text(row.name, (-10, y), align="right", room=left - MARGIN - 10)
        sheet.text(now, (frame.width + 8, y), bold=True)
        if was:
            end = (WIDTH - MARGIN - frame.left, y)
            sheet.text(was, end, size=SMALL, colour=SOFT, align="right")
    return Chart(card(bars.words, frame, sheet), alt_of(bars))


def alt_of(bars: Bars) -> str:
    """Say what the picture says: each bar's figure now and before."""
    rows = [
        f"{clean(row.name)} {row.shown}" + (f" (was {row.before})" if row.before else "")
        for row in bars.rows
    ]
    since = f" “Was” is {bars.since}." if bars.since else ""
    return f"{clean(bars.words.title)}: {', '.join(rows)}.{since}"


def _figure(row: Row) -> tuple[str, str]:
    was = f"  was {row.before}" if row.before else ""
    return row.shown.replace(NBSP, " "), was.replace(NBSP, " ")


def _bar(row: Row, y: float, most: float, sheet: Sheet) -> None:
    top, bottom, width = y - _THICK / 2, y + _THICK / 2, sheet.width
    sheet.box((0, top), (width, bottom), _FAINT_GROUND)
    if row.part > 0:
        end = max(row.part / most * width, 1.5)
        sheet.box((0, top), (end, bottom), BLUE if row.known else UNKNOWN)
    if row.was is not None:
        x = min(max(row.was / most * width, 1.0), width - 1.0)
        sheet.box((x - 1.25, top - 3), (x + 1.25, bottom + 3), INK)
