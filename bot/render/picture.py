"""A picture before it is drawn and after: a specification or its pixels, and always the words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Chart:
    """A Vega-Lite specification that holds all its figures, and what it shows as a sentence."""

    spec: Mapping[str, Any]
    alt: str


@dataclass(frozen=True)
class Picture:
    """A chart as a PNG, with the words for who does not see it."""

    png: bytes
    alt: str
