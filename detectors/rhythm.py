"""How a lab releases: how often lately, how often usually, and since when not."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from statistics import median

from detectors.releases import Releases

# A month of 30 days, as for all that is new; the twelve before it are what is usual.
MONTH = timedelta(days=30)
MONTHS = 12
# Fewer than a quarter of a year to compare with is no habit.
LEAST_MONTHS = 3


@dataclass(frozen=True)
class Rhythm:
    """How a lab releases, as seen on a day."""

    releases: Releases
    day: date

    @property
    def count(self) -> int:
        """How many releases the last month has."""
        return self.releases.within(self.day - MONTH, self.day)

    @property
    def usual(self) -> float | None:
        """The median of the months before the last, twelve at most; None with too few of them."""
        if not self.releases.days:
            return None
        months = min((self.day - self.releases.days[0]) // MONTH - 1, MONTHS)
        if months < LEAST_MONTHS:
            return None
        ends = [self.day - MONTH * back for back in range(1, months + 1)]
        return float(median(self.releases.within(end - MONTH, end) for end in ends))

    @property
    def quiet(self) -> float | None:
        """How many days the last release is ago."""
        return float((self.day - self.releases.days[-1]).days) if self.releases.days else None

    @property
    def gap(self) -> float:
        """The median of the days between one release and the next; 0 where there is but one."""
        return self.releases.gap

    @property
    def latest(self) -> tuple[str, ...]:
        """The ids that came out last."""
        return self.releases.models[-1] if self.releases.models else ()

    @property
    def recent(self) -> tuple[str, ...]:
        """One id for each release of the last month, the latest first."""
        return tuple(self.releases.models[-at][0] for at in range(1, self.count + 1))


NOTHING = Rhythm(Releases((), ()), date(1970, 1, 1))


def scored(count: float, usual: float) -> float:
    """Return how far a Poisson count lies above the usual one, in standard deviations."""
    return round(2 * (sqrt(count + 3 / 8) - sqrt(usual + 3 / 8)), 12)
