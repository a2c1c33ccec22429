"""The card every picture is drawn on: its size, its colours, its words.

A card has a ground of its own, so that it reads the same in a light and in a dark channel. It is
narrow, so that a phone of 340 points shows its letters at three quarters of their size. Colours
are Okabe and Ito's (https://jfly.uni-koeln.de/color), told apart by eyes of every kind, and none
carries a meaning alone: lines are named where they end and have a shape each.
"""

from dataclasses import dataclass

from bot.pictures.letters import FONT, broken
from bot.pictures.sheet import GRID, GROUND, SOFT, Json, Sheet

WIDTH = 480.0
MARGIN = 16.0
TITLE, SMALL = 16.0, 11.5
BLUE, RED, GREEN, PURPLE, BROWN = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#8C6D1F"
UNKNOWN = "#8A8F96"
COLOURS = (BLUE, RED, GREEN, PURPLE, BROWN)
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")
_LINE = 1.25
_GAP = 6.0
_MOST_TITLE, _MOST_LEAD, _MOST_FOOT = 2, 2, 3


@dataclass(frozen=True)
class Words:
    """What stands on a card beside its drawing: a title, a line under it, and where it is from."""

    title: str
    lead: str
    foot: str


@dataclass(frozen=True)
class Frame:
    """The room for a drawing on a card: its margins around a plot of width and height."""

    height: float
    left: float
    right: float
    bottom: float = 0.0

    @property
    def width(self) -> float:
        """How wide the plot is."""
        return round(WIDTH - self.left - self.right, 1)

    @property
    def sheet(self) -> Sheet:
        """An empty sheet of the plot's size."""
        return Sheet(self.width, self.height)


def card(words: Words, frame: Frame, sheet: Sheet) -> Json:
    """Return the specification of a card: the words, and what is drawn in the plot."""
    room = WIDTH - 2 * MARGIN
    title = broken(words.title, room, TITLE, _MOST_TITLE, bold=True)
    lead = broken(words.lead, room, SMALL, _MOST_LEAD) if words.lead else []
    foot = broken(words.foot, room, SMALL, _MOST_FOOT)
    top = MARGIN + len(title) * TITLE * _LINE + len(lead) * SMALL * _LINE + 2 * _GAP
    bottom = frame.bottom + len(foot) * SMALL * _LINE + _GAP + MARGIN
    x, y = MARGIN - frame.left, MARGIN - top
    for at, line in enumerate(title):
        place = (x, y + (at + 0.5) * TITLE * _LINE)
        sheet.text(line, place, size=TITLE, bold=True)
    y += len(title) * TITLE * _LINE + 2
    below = frame.height + frame.bottom + _GAP
    for start, lines in ((y, lead), (below, foot)):
        for at, line in enumerate(lines):
            place = (x, start + (at + 0.5) * SMALL * _LINE)
            sheet.text(line, place, size=SMALL, colour=SOFT)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": frame.width,
        "height": frame.height,
        "padding": {"left": frame.left, "right": frame.right, "top": top, "bottom": bottom},
        "autosize": {"type": "none"},
        "background": None,
        "view": {"stroke": None},
        "config": {"font": FONT, "text": {"font": FONT}},
        "layer": [_ground(frame, top, bottom), *sheet.layers()],
    }


def _ground(frame: Frame, top: float, bottom: float) -> Json:
    height = frame.height + top + bottom
    return {
        "data": {"values": [{}]},
        "mark": {"type": "rect", "fill": GROUND, "stroke": GRID, "cornerRadius": 10},
        "encoding": {
            "x": {"value": 0.5 - frame.left},
            "x2": {"value": WIDTH - frame.left - 0.5},
            "y": {"value": 0.5 - top},
            "y2": {"value": height - top - 0.5},
        },
    }
