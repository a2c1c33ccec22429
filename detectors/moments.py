"""What detectors of moments have in common: of what they tell nothing stands afterwards."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from detectors.shift import Shift
from detectors.snapshot import Snapshot


class Moments:
    """A detector of moments (a licence changes, a model breaks out) rather than of levels.

    Nothing stands and nothing is resolved. To `detect` its `standing` names the subjects it has
    told of before. A moment is told once: not where the same subject was told after the former of
    the two reads compared (a pulse saw it before the census did), nor within `rest` of that.
    """

    rest: ClassVar[timedelta] = timedelta(0)

    @property
    def past(self) -> int:
        """One: the read before."""
        return 1

    def holding(self, snapshot: Snapshot, standing: Collection[str], /) -> Mapping[str, str]:
        """Return nothing: a moment does not hold."""
        del snapshot, standing
        return {}

    def again(self, shift: Shift, /) -> Shift:
        """Return the Shift unchanged: each moment is one of its own."""
        return shift

    def is_news(self, told: datetime | None, before: datetime, after: datetime) -> bool:
        """Whether a moment between two reads is news, given when its subject was told last."""
        return told is None or after - told >= max(self.rest, after - before)
