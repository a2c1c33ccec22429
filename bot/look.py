"""What one look commits: the snapshot and all that follows from it, together or not at all."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from bot.ledger import Entry
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
    """Return one delivery for each channel and message; the Shifts of one model are one message."""
    messages: dict[str, list[Shift]] = {}
    for shift in shifts:
        grouped = shift.detector == "top_entry"
        messages.setdefault(shift.subject if grouped else shift.id, []).append(shift)
    return [
        Delivery(
            id=_delivery_id(channel, [shift.id for shift in message], cycle),
            channel=channel,
            shifts=tuple(shift.id for shift in message),
            cycle=cycle,
        )
        for channel in channels
        for message in messages.values()
    ]


def _delivery_id(channel: str, shifts: Sequence[str], cycle: int) -> str:
    parts = "\x1f".join((channel, str(cycle), *shifts))
    return hashlib.sha256(parts.encode()).hexdigest()[:_DELIVERY_ID]
