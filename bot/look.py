"""What one look commits, together or not at all, and what becomes of its Reading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.delivery import Delivery
from bot.lessons import NOTHING, Lessons
from bot.views import Note
from detectors.evaluate import RuleStanding
from detectors.shift import Shift
from detectors.snapshot import Snapshot


@dataclass(frozen=True)
class Look:
    """Everything that one look writes. `cycle` is the number of looks committed before it.

    Without note and Snapshot it is the news that none came. The Snapshot is `belated` where a
    later one of its kind is held; what earlier belated ones changed for the next look of its
    stream is settled by one that has `caught_up`.
    """

    id: str
    cycle: int
    note: Note | None = None
    snapshot: Snapshot | None = None
    lessons: Lessons = NOTHING
    standing: Mapping[str, RuleStanding] = field(default_factory=dict)
    trouble: Mapping[str, str] | None = None
    shifts: Sequence[Shift] = ()
    deliveries: Sequence[Delivery] = ()
    belated: bool = False
    caught_up: bool = False


class OutOfOrder(ValueError):
    """A Reading is not later than what is held of its kind, and cannot be put in before it."""

    exit_code = 2


@dataclass(frozen=True)
class Outcome:
    """What became of a Reading: its note and its Shifts, or that it was held already.

    `held_back` are the Shifts that are stored and not told, each with its reason. A `belated` one
    was put in before one that was held. `repeated` rows listed a model again and were not counted.
    """

    note: Note
    shifts: Sequence[Shift] = ()
    held_back: Sequence[Shift] = ()
    held_already: bool = False
    belated: bool = False
    repeated: int = 0
