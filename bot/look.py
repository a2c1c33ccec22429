"""What one look commits: the snapshot and all that follows from it, together or not at all."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from bot.ledger import Entry
from bot.render import stories
from bot.views import Note
from detectors.evaluate import RuleStanding
from detectors.shift import Shift
from detectors.snapshot import Snapshot

# Slack metadata, Discord nonces: 25 ASCII characters at most.
_DELIVERY_ID = 24


class Delivery(msgspec.Struct, frozen=True):
    """One message on its way to one channel: the Shifts it tells, in order."""

    id: str
    channel: str
    shifts: tuple[str, ...]
    cycle: int


@dataclass(frozen=True)
class Look:
    """Everything that one look writes. `cycle` is the number of looks committed before it.

    Without note and Snapshot it is the news that none came.
    """

    id: str
    cycle: int
    note: Note | None = None
    snapshot: Snapshot | None = None
    entries: Sequence[Entry] = ()
    standing: Mapping[str, RuleStanding] = field(default_factory=dict)
    trouble: Mapping[str, str] | None = None
    shifts: Sequence[Shift] = ()
    deliveries: Sequence[Delivery] = ()


def deliveries_of(shifts: Sequence[Shift], channels: Sequence[str], cycle: int) -> list[Delivery]:
    """Return one delivery for each channel and message; what belongs together is one message."""
    messages = [[shift.id for shift in story] for story in stories(shifts)]
    return [
        Delivery(_delivery_id(channel, message, cycle), channel, tuple(message), cycle)
        for channel in channels
        for message in messages
    ]


def _delivery_id(channel: str, shifts: Sequence[str], cycle: int) -> str:
    parts = "\x1f".join((channel, str(cycle), *shifts))
    return hashlib.sha256(parts.encode()).hexdigest()[:_DELIVERY_ID]
