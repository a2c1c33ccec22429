"""Readings in a line, Watches on a store, and a Messenger with a visible list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.channel import Channel
from bot.chat.base import DeliveryError, Messenger, Posting, Receipt
from bot.dispatch import STREAM, Composer, Timing, Works
from bot.hub.port import Listing, Reading
from bot.rules import parse_rule
from bot.store.store import Store
from bot.watch import Watch
from detectors.labs import Labs
from detectors.metric import Kind, Metric
from detectors.shift import SOURCE_RULE, Severity, Shift
from tests.world import Row, day, models

CHANNEL = Channel("console", "")
TOP = "top 3 by trending in all confirm 1 of 1"
FEW = ("lab/a", "lab/b", "lab/c", "lab/d", "lab/e", "lab/f")
"""Six models, the first three of them in the top 3."""
RISEN = ("lab/a", "lab/b", "lab/e", "lab/c", "lab/d", "lab/f")
"""The same six with lab/e in and lab/c out."""


def pulse(
    at: datetime,
    trending: Sequence[Row] | None = FEW,
    *,
    likes: Sequence[Row] | None = None,
    downloads: Sequence[Row] | None = None,
    partial: str = "",
) -> Reading:
    """Return a pulse of the lists given, each in the Hub's order."""
    lists = ((Metric.TRENDING, trending), (Metric.LIKES, likes), (Metric.DOWNLOADS, downloads))
    listings = tuple(Listing(by, models(*rows)) for by, rows in lists if rows is not None)
    return Reading(at, Kind.PULSE, listings, partial=partial)


def census(at: datetime, rows: Sequence[Row], panel: str | None = None) -> Reading:
    """Return a census of these models."""
    return Reading(at, Kind.CENSUS, (Listing(None, models(*rows)),), panel)


def trending(*ids: str) -> list[Row]:
    """Return rows whose trending scores keep the order given."""
    return [(name, {"trending_score": 100.0 - at}) for at, name in enumerate(ids)]


def days(*lists: Sequence[Row], first: int = 1) -> list[Reading]:
    """Return one pulse a day of these trending lists."""
    return [pulse(day(number), rows) for number, rows in enumerate(lists, start=first)]


def watching(store: Store, labs: Labs, *rules: str) -> Watch:
    """Return a new Watch, as a process that has just started has it, telling all it may."""
    detectors = [parse_rule(line, labs) for line in rules or (TOP,)]
    return Watch(store, labs, detectors, (CHANNEL,), floor=Severity.INFO)


async def look_all(watch: Watch, readings: Iterable[Reading]) -> list[Shift]:
    """Look at Readings one after the other and return what they tell."""
    return [shift for reading in readings for shift in (await watch.look(reading)).shifts]


def working(store: Store, messenger: Messenger, timing: Timing = STREAM) -> Works:
    """Return what tells a store's console channel through a messenger."""
    desk = {(messenger.platform, ""): messenger}
    return Works(store.outbox, Composer(store), desk, timing)


def told(shifts: Iterable[Shift]) -> list[str]:
    """Return Shifts as short lines: `lab/e firing`, `source truncated firing`."""
    return [
        f"source {shift.key} {shift.status.value}"
        if shift.rule == SOURCE_RULE
        else f"{shift.key} {shift.status.value}"
        for shift in shifts
    ]


def counted(figures: Sequence[int], field_name: str = "downloads") -> list[Row]:
    """Return models big/0, big/1, … with these figures."""
    return [(f"big/{at}", {field_name: figure}) for at, figure in enumerate(figures)]


def without(reading: Reading, **fields: Any) -> Reading:
    """Return a Reading with some of its fields replaced."""
    return replace(reading, **fields)


class Forgetful:
    """The part of a Messenger whose platform keeps no history and knows no ids again."""

    async def find(
        self, _channel: Channel, _posting: Posting, _since: datetime, /
    ) -> Receipt | None:
        """Return None: this platform has no history."""
        return None

    async def same_id(self, _channel: Channel, _posting: Posting, /) -> timedelta:
        """Return 0: it knows no ids."""
        return timedelta(0)

    async def copies(
        self, _channel: Channel, _delivery: str, _standing: Receipt, _since: datetime, /
    ) -> Sequence[Receipt]:
        """Return none: this platform has no history."""
        return []

    async def remove(self, _channel: Channel, _copy: Receipt, /) -> None:
        """Refuse: nothing stands here."""
        raise NotImplementedError

    async def close(self) -> None:
        """Hold nothing open."""


@dataclass
class Told(Forgetful):
    """A Messenger that keeps what it was given; `troubles` are raised first, one a message."""

    messages: list[tuple[Shift, ...]] = field(default_factory=list)
    troubles: list[DeliveryError] = field(default_factory=list)
    platform: str = CHANNEL.platform

    async def send(self, _channel: Channel, posting: Posting, /) -> Receipt:
        """Keep one message, or raise the next trouble."""
        if self.troubles:
            raise self.troubles.pop(0)
        self.messages.append(posting.shifts)
        return Receipt(posting.id)

    @property
    def lines(self) -> list[str]:
        """What was told, in short lines."""
        return told(shift for message in self.messages for shift in message)
