"""What is drawn on a card: lines, dots, boxes and words at their places, in few layers.

Places are in points from the plot's upper left. Vega-Lite takes its time for each layer, and next
to none for what stands in it, so what looks alike is one layer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.pictures.letters import fitted

Json = dict[str, Any]

LABEL = 13.0
INK, SOFT, FAINT, GRID, GROUND = "#1D1C1D", "#5A5F66", "#B9BEC5", "#E6E8EB", "#FFFFFF"
Place = tuple[float, float]


@dataclass
class Sheet:
    """Collects what is drawn; `layers` returns it, the lowest first."""

    width: float
    height: float
    _kinds: dict[str, Json] = field(default_factory=dict)
    _values: dict[str, list[Json]] = field(default_factory=dict)
    _lines: int = 0

    def box(self, corner: Place, other: Place, colour: str) -> None:
        """Fill a rectangle."""
        self._add("1 box", {"type": "rect"}, [_between(corner, other) | {"colour": colour}])

    def rule(
        self, start: Place, end: Place, colour: str, *, thick: float = 1.0, dashed: bool = False
    ) -> None:
        """Draw a straight line."""
        mark = {"type": "rule", **({"strokeDash": [6, 3]} if dashed else {})}
        value = _between(start, end) | {"colour": colour, "thick": thick}
        self._add("2 dashed rule" if dashed else "2 rule", mark, [value])

    def line(
        self,
        points: Sequence[Place],
        colour: str,
        *,
        thick: float,
        dashed: bool = False,
        curved: bool = False,
    ) -> None:
        """Draw a line through points."""
        self._lines += 1
        mark: Json = {"type": "line", "strokeJoin": "round", "strokeCap": "round"}
        mark |= {"strokeDash": [2, 4]} if dashed else {}
        mark |= {"interpolate": "monotone"} if curved else {}
        look = {"line": self._lines, "colour": colour, "thick": thick}
        self._add(
            "3 dashed line" if dashed else "4 line", mark, [_at(point) | look for point in points]
        )

    def dot(
        self,
        place: Place,
        colour: str,
        *,
        shape: str = "circle",
        size: float = 46.0,
        edged: bool = False,
    ) -> None:
        """Draw a filled sign; one that is `edged` stands out from a line below it."""
        mark: Json = {"type": "point", "filled": True, "opacity": 1}
        mark |= {"stroke": GROUND, "strokeWidth": 1.25} if edged else {}
        value = _at(place) | {"colour": colour, "shape": shape, "size": size}
        self._add("6 edged dot" if edged else "5 dot", mark, [value])

    def text(
        self,
        line: str,
        place: Place,
        *,
        size: float = LABEL,
        colour: str = INK,
        align: str = "left",
        bold: bool = False,
        room: float | None = None,
    ) -> None:
        """Write a line, its middle at the height of the place, cut to a width if one is given."""
        shown = line if room is None else fitted(line, room, size, bold=bold)
        weight = "bold" if bold else "normal"
        mark = {
            "type": "text",
            "align": align,
            "baseline": "middle",
            "fontSize": size,
            "fontWeight": weight,
        }
        value = _at(place) | {"text": shown, "colour": colour}
        self._add(f"7 {align} {size} {weight}", mark, [value])

    def layers(self) -> list[Json]:
        """Return the layers, boxes below lines below words."""
        return [
            {
                "data": {"values": self._values[name]},
                "mark": self._kinds[name],
                "encoding": self._encoding(self._kinds[name]["type"]),
            }
            for name in sorted(self._kinds)
        ]

    def _add(self, name: str, mark: Mapping[str, Any], values: list[Json]) -> None:
        self._kinds.setdefault(name, dict(mark))
        self._values.setdefault(name, []).extend(values)

    def _encoding(self, kind: str) -> Json:
        found: Json = {
            "x": _scaled("x", self.width),
            "y": _scaled("y", self.height, down=True),
            "color": _as_is("colour"),
        }
        match kind:
            case "rect" | "rule":
                found |= {"x2": {"field": "x2"}, "y2": {"field": "y2"}}
            case "line":
                found |= {"detail": {"field": "line", "type": "nominal"}}
                found |= {"order": {"field": "x", "type": "quantitative"}}
            case "point":
                found |= {"shape": _as_is("shape"), "size": _as_is("size", "quantitative")}
            case "text":
                found |= {"text": {"field": "text", "type": "nominal"}}
        if kind in {"rule", "line"}:
            found |= {"strokeWidth": _as_is("thick", "quantitative")}
        return found


def _at(place: Place) -> Json:
    x, y = place
    return {"x": round(x, 1), "y": round(y, 1)}


def _between(start: Place, end: Place) -> Json:
    x, y = end
    return _at(start) | {"x2": round(x, 1), "y2": round(y, 1)}


def _scaled(name: str, size: float, *, down: bool = False) -> Json:
    """Take figures as points of the plot: they are worked out already."""
    scale = {"domain": [0, size], "nice": False, "zero": False, "reverse": down}
    return {"field": name, "type": "quantitative", "scale": scale, "axis": None}


def _as_is(name: str, kind: str = "nominal") -> Json:
    return {"field": name, "type": kind, "scale": None, "legend": None}
