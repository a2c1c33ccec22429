"""The card every picture is drawn on: its size, its colours, its words.

A card has a ground of its own, so that it reads the same in a light and in a dark channel. It is
narrow, so that a phone of 340 points shows its letters at three quarters of their size. Colours
are Okabe and Ito's (https://jfly.uni-koeln.de/color), told apart by eyes of every kind, and none
carries a meaning alone: lines are named where they end and have a shape each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.pictures.letters import FONT, broken, fitted

Json = dict[str, Any]

WIDTH = 480.0
MARGIN = 16.0
TITLE, SMALL, LABEL = 16.0, 11.5, 13.0
INK, SOFT, FAINT, GRID, GROUND = "#1D1C1D", "#5A5F66", "#B9BEC5", "#E6E8EB", "#FFFFFF"
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
        return WIDTH - self.left - self.right


def card(words: Words, frame: Frame, layers: Sequence[Json]) -> Json:
    """Return the specification of a card: the words, and layers that draw in the plot."""
    room = WIDTH - 2 * MARGIN
    title = broken(words.title, room, TITLE, _MOST_TITLE, bold=True)
    lead = broken(words.lead, room, SMALL, _MOST_LEAD) if words.lead else []
    foot = broken(words.foot, room, SMALL, _MOST_FOOT)
    top = MARGIN + len(title) * TITLE * _LINE + len(lead) * SMALL * _LINE + 2 * _GAP
    bottom = frame.bottom + len(foot) * SMALL * _LINE + _GAP + MARGIN
    x = MARGIN - frame.left
    y = MARGIN - top
    under = y + len(title) * TITLE * _LINE + 2
    last = frame.height + frame.bottom + _GAP
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": frame.width,
        "height": frame.height,
        "padding": {"left": frame.left, "right": frame.right, "top": top, "bottom": bottom},
        "autosize": {"type": "none"},
        "background": None,
        "view": {"stroke": None},
        "config": {"font": FONT, "text": {"font": FONT}},
        "layer": [
            _ground(frame, top, bottom),
            *layers,
            *_texts(title, x, y, TITLE, INK, bold=True),
            *_texts(lead, x, under, SMALL, SOFT),
            *_texts(foot, x, last, SMALL, SOFT),
        ],
    }


def text(
    line: str,
    x: float,
    y: float,
    *,
    size: float = LABEL,
    colour: str = INK,
    align: str = "left",
    bold: bool = False,
    room: float | None = None,
) -> Json:
    """Return a layer with one line of text, its middle at a height in the plot."""
    shown = line if room is None else fitted(line, room, size, bold=bold)
    return {
        "data": {"values": [{"text": shown}]},
        "mark": {
            "type": "text",
            "align": align,
            "baseline": "middle",
            "fontSize": size,
            "color": colour,
            "fontWeight": "bold" if bold else "normal",
        },
        "encoding": {
            "text": {"field": "text", "type": "nominal"},
            "x": {"value": round(x, 2)},
            "y": {"value": round(y, 2)},
        },
    }


def drawn(mark: Mapping[str, Any], values: Sequence[Json], encoding: Mapping[str, Any]) -> Json:
    """Return a layer of marks with figures of its own."""
    return {"data": {"values": list(values)}, "mark": dict(mark), "encoding": dict(encoding)}


def across(height: float, width: float, colour: str, *, dashed: bool = False) -> Json:
    """Return a layer with one line across the plot."""
    dashes = {"strokeDash": [6, 3], "strokeWidth": 1.25} if dashed else {"strokeWidth": 1}
    return {
        "data": {"values": [{}]},
        "mark": {"type": "rule", "color": colour, **dashes},
        "encoding": {
            "x": {"value": 0},
            "x2": {"value": round(width, 2)},
            "y": {"value": round(height, 2)},
        },
    }


def _ground(frame: Frame, top: float, bottom: float) -> Json:
    height = frame.height + top + bottom
    return {
        "data": {"values": [{}]},
        "mark": {
            "type": "rect",
            "fill": GROUND,
            "stroke": GRID,
            "strokeWidth": 1,
            "cornerRadius": 10,
            "clip": False,
        },
        "encoding": {
            "x": {"value": 0.5 - frame.left},
            "x2": {"value": WIDTH - frame.left - 0.5},
            "y": {"value": 0.5 - top},
            "y2": {"value": height - top - 0.5},
        },
    }


def _texts(
    lines: Sequence[str], x: float, y: float, size: float, colour: str, *, bold: bool = False
) -> list[Json]:
    return [
        text(line, x, y + (at + 0.5) * size * _LINE, size=size, colour=colour, bold=bold)
        for at, line in enumerate(lines)
    ]
