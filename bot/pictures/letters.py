"""How wide text is in the one font every picture is drawn with, and which signs that font has."""

import re
import unicodedata

from bot.wording import NBSP, clean

# What vl-convert carries with it, so that a bare machine draws the same pixels as any other.
FONT = "Liberation Sans"
MORE = "…"
# Thousandths of the size of the letters, from " " to "~": https://learn.microsoft.com/typography,
# Arial, whose widths Liberation Sans shares.
_WIDTHS = (
    *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278),
    *(556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556),
    *(1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778),
    *(667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556),
    *(333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556),
    *(556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584),
)
_OTHER = 700
_BOLD = 1.08
_FIRST = ord(" ")
# Latin, Greek and Cyrillic letters, marks of punctuation, the euro, arrows, triangles, squares.
_FOREIGN = re.compile(
    "[^\u0020-\u007e\u00a0-\u024f\u0370-\u03ff\u0400-\u045f\u2010-\u2026\u2030"
    "\u2039\u203a\u20ac\u2190-\u2195\u2212\u25a0\u25b2\u25bc\u25cf]+"
)


def drawable(text: str) -> str:
    """Return text as one line of signs that the font has; what it has not becomes "…".

    The words beside a picture say such a name in full.

    >>> drawable("智谱 AI")
    '… AI'
    """
    line = unicodedata.normalize("NFC", clean(text, None)).strip()
    return _FOREIGN.sub(MORE, line) or MORE


def wide(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a line is, in the unit of its size; a little too much rather than less."""
    total = sum(_width(sign) for sign in text)
    return total / 1000 * size * (_BOLD if bold else 1.0)


def fitted(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """Return a line, drawable, cut visibly to a width."""
    line = drawable(text)
    if wide(line, size, bold=bold) <= room:
        return line
    while line and wide(line + MORE, size, bold=bold) > room:
        line = line[:-1]
    return line.rstrip() + MORE


def broken(text: str, room: float, size: float, most: int, *, bold: bool = False) -> list[str]:
    """Return a text in at most so many lines of a width; what has no room is cut visibly."""
    lines = [""]
    words = [fitted(word, room, size, bold=bold) for word in text.split(" ") if word]
    for at, word in enumerate(words):
        longer = f"{lines[-1]} {word}".strip()
        if wide(longer, size, bold=bold) <= room:
            lines[-1] = longer
        elif len(lines) < most:
            lines.append(word)
        else:
            rest = " ".join([lines[-1], *words[at:]])
            lines[-1] = fitted(rest, room, size, bold=bold)
            break
    return [line.replace(NBSP, " ") for line in lines]


def apart(wanted: list[float], gap: float, top: float, bottom: float) -> list[float]:
    """Return heights for labels that want to stand at some, none closer to another than `gap`.

    Each stays as near as it can to where it wants to be; all stay between top and bottom where
    there is room for them at all.

    >>> apart([10, 12, 80], 15, 0, 100)
    [3.5, 18.5, 80.0]
    """
    order = sorted(range(len(wanted)), key=lambda at: (wanted[at], at))
    groups: list[tuple[float, int]] = []
    for at in order:
        groups.append((wanted[at], 1))
        while len(groups) > 1 and _touch(groups[-2], groups[-1], gap):
            (middle, count), (other, more) = groups[-2], groups[-1]
            groups[-2:] = [((middle * count + other * more) / (count + more), count + more)]
        middle, count = groups[-1]
        half = (count - 1) * gap / 2
        groups[-1] = (max(min(middle, bottom - half), top + half), count)
    spots = [
        middle + (place - (count - 1) / 2) * gap
        for middle, count in groups
        for place in range(count)
    ]
    found = [0.0] * len(wanted)
    for at, spot in zip(order, _pushed(spots, gap, top, bottom), strict=True):
        found[at] = spot
    return found


def _pushed(spots: list[float], gap: float, top: float, bottom: float) -> list[float]:
    """Return heights pushed up from the bottom, then down from the top."""
    kept = list(spots)
    for at in reversed(range(len(kept))):
        low = kept[at + 1] - gap if at + 1 < len(kept) else bottom
        kept[at] = min(kept[at], low)
    for at in range(len(kept)):
        high = kept[at - 1] + gap if at else top
        kept[at] = max(kept[at], high)
    return [float(round(each, 2)) for each in kept]


def _touch(above: tuple[float, int], below: tuple[float, int], gap: float) -> bool:
    (middle, count), (other, more) = above, below
    return other - middle < gap * (count + more) / 2


def _width(sign: str) -> int:
    at = ord(sign) - _FIRST
    return _WIDTHS[at] if 0 <= at < len(_WIDTHS) else _OTHER
