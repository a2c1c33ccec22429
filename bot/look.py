"""What one look commits: the snapshot and all that follows from it, together or not at all."""

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

    Without note and Snapshot it is the news that none came.
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
