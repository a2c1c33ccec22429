"""Pictures made of text, for a terminal: readable without colour, the unknown part shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.wording import clean, padded, width

# With label and note it is some 55 letters: what a chat shows in one line beside its own columns.
BAR_COLUMNS = 24
_FULL, _UNKNOWN = "█", "░"
_EIGHTHS = " ▏▎▍▌▋▊▉"
_LONGEST_LABEL = 24
_SIGNS, _NONE = "▁▂▃▄▅▆▇█", "·"
_HALF = len(_SIGNS) // 2


@dataclass(frozen=True)
class Bar:
    """One labelled bar. `part` is 0 to 1 of the whole; unknown ones are drawn apart."""

    label: str
    part: float
    note: str = ""
    known: bool = True


def bars(rows: Sequence[Bar], columns: int = BAR_COLUMNS) -> list[str]:
    """Draw bars under one another, all the columns being the whole.

    Each line is label, bar, note; labels are cut to 24 columns. Unknown parts are shaded.
    """
    if not rows:
        return []
    labels = [clean(row.label, _LONGEST_LABEL) for row in rows]
    wide = max(width(label) for label in labels)
    lines = []
    for row, label in zip(rows, labels, strict=True):
        drawn = _drawn(row, row.part * columns)
        lines.append(f"{padded(label, wide)}  {padded(drawn, columns)}  {row.note}".rstrip())
    return lines


def arrow(before: int | None, after: int) -> str:
    """Return a rank's movement: ▲2 up two places, ▼1 down one, = unmoved, new."""
    if before is None:
        return "new"
    if before == after:
        return "="
    return f"▲{before - after}" if after < before else f"▼{after - before}"


def _drawn(row: Bar, columns: float) -> str:
    if not row.known:
        return _UNKNOWN * max(round(columns), 1 if row.part > 0 else 0)
    eighths = max(round(columns * 8), 1 if row.part > 0 else 0)
    return (_FULL * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def profile(heights: Sequence[float | None], columns: int = BAR_COLUMNS) -> str:
    """Draw values of 0 to 1 in one line of text, a sign each; None is a dot.

    Of more values than columns the last of each group is drawn.
    """
    size = max(-(-len(heights) // columns), 1)
    last = heights[::-1][::size][::-1]
    most = len(_SIGNS) - 1
    return "".join(_NONE if each is None else _SIGNS[round(each * most)] for each in last)


def spark(heights: Sequence[float | None]) -> str:
    """Draw values in one line of text, a sign each: those above 0 in the upper half of a line.

    So the line that a rule draws is at half the height of the picture, whatever the values are;
    each half is drawn to its own scale. None is a dot.
    """
    known = [height for height in heights if height is not None]
    above = max([height for height in known if height > 0], default=1.0)
    below = max([-height for height in known if height <= 0], default=1.0) or 1.0
    return "".join(_NONE if each is None else _sign(each, above, below) for each in heights)


def _sign(height: float, above: float, below: float) -> str:
    if height > 0:
        return _SIGNS[_HALF + min(int(height / above * _HALF), _HALF - 1)]
    return _SIGNS[_HALF - 1 - min(int(-height / below * _HALF), _HALF - 1)]
