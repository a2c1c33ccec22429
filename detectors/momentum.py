"""Sees the trend of a share break, before any line is crossed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import accumulate, combinations, pairwise
from math import sqrt
from statistics import median
from typing import ClassVar

from detectors.asked import OnShares, asked, evidence_of, nothing_shared
from detectors.base import NEAREST, Lack, Short, whole
from detectors.interval import DRAWN
from detectors.scope import quoted
from detectors.share import Of, Share, ShareQuestion
from detectors.shift import About, Event, Evidence, Facts, Severity, Shift, Status
from detectors.snapshot import Snapshot
from detectors.spaced import Spaced

WEEK = timedelta(days=7)
_HALF = WEEK / 2
# Half a year: a quarter that says what is usual, and a quarter that is held against it.
WEEKS = 26
# So few changes have a median and a spread that one odd week does not decide.
USUAL = 8
# Page's chart in units of spread. With half a unit of slack it adds up moves of one unit a week;
# at 5 a share that only wavers is told once in some 465 weeks (Hawkins and Olwell 1998, ch. 3).
SLACK, FIRES, CLEARS = 0.5, 5.0, 2.5
# What moves less than a quarter of a point a week is not redrawing any map in a quarter.
LEAST_SPREAD = 0.0025
# The median deviation of a normal spread is so much smaller than its standard deviation.
_NORMAL = 1.4826


class Way(StrEnum):
    """Which way the trend breaks."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class Trend:
    """How far a share has run from its usual pace, and since when.

    `strength` is what CUSUM has added up, in units of `spread`; `since` the place of the read that
    the run began at. `usual` and `pace` are parts of 1 a week, before the run and in it.
    """

    strength: float
    since: int
    usual: float
    pace: float
    spread: float


@dataclass(frozen=True)
class Momentum(OnShares, Spaced):
    """A group's share leaves its usual pace, upwards or downwards, for weeks in a row.

    It reads one value a week (the first of each week, and now) over `weeks` weeks. The first half
    of the changes, USUAL at least, says what is usual: the median slope between any two of its
    weeks is the pace, the median absolute deviation of its changes from that the spread, so that
    one wild week moves neither. The rest is added up by
    Page's CUSUM: what each week goes beyond the usual pace, less a slack of half a spread, never
    below nothing. It fires above FIRES and has settled below CLEARS. Weeks without a read count
    by the time that passed.

    The spread is never taken smaller than what chance alone would give (of what is drawn), than
    one place (of places), or than LEAST_SPREAD. With fewer than USUAL + 1 changes it waits.
    Unknown groups stay in the denominator and have no momentum.

    Prefer `share_threshold` for a line that means something, `lead_change` for who is first.

    Source: E. S. Page, "Continuous inspection schemes", Biometrika 41 (1954), 100-115; P. K. Sen,
    "Estimates of the regression coefficient based on Kendall's tau", Journal of the American
    Statistical Association 63 (1968), 1379-1389, for the median slope;
    D. M. Hawkins and D. H. Olwell, "Cumulative Sum Charts" (1998), for slack and limit.

    >>> from detectors.share import By
    >>> print(Momentum(ShareQuestion(Of.DERIVATIVES, By.FAMILY), "Qwen", Way.UP))
    momentum of derivatives by family who Qwen up
    >>> print(Momentum(ShareQuestion(Of.DOWNLOADS, By.LAB), "", Way.DOWN, weeks=52))
    momentum of downloads by lab anyone down over 52 weeks
    """

    question: ShareQuestion
    who: str
    way: Way
    weeks: int = WEEKS
    name: ClassVar[str] = "momentum"
    spacing: ClassVar[timedelta] = WEEK

    def __post_init__(self) -> None:
        whole("weeks", self.weeks, USUAL + 1)

    def __str__(self) -> str:
        who = f"who {quoted(self.who)}" if self.who else "anyone"
        line = f"{self.question.head.replace('share', 'momentum', 1)} {who} {self.way.value}"
        if self.weeks != WEEKS:
            line += f" over {self.weeks} weeks"
        return line + self.question.tail

    @property
    def questions(self) -> tuple[ShareQuestion, ...]:
        """The share it is measured on."""
        return (self.question,)

    @property
    def past(self) -> int:
        """One read a week, and the read before."""
        return self.weeks + 1

    @property
    def step(self) -> float:
        """The part a share must move to be told again: what five least spreads come to."""
        return FIRES * LEAST_SPREAD

    def holding(self, snapshot: Snapshot, standing: Collection[str], /) -> Mapping[str, str]:
        """Return the groups that stood: one Snapshot shows no trend, so none begins by it."""
        share = asked(self.question, snapshot)
        return {group: group for group in sorted(standing)} if share.total else {}

    def detect(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Iterable[Shift]:
        """Yield the groups whose trend has broken, and those that have settled."""
        now = asked(self.question, after)
        if not now.total:
            for group in sorted(standing):
                yield self._shift(group, Status.RESOLVED, [before, after])
            return
        weeks = self._weekly([*past, before, after])
        for group in self._large(weeks, standing):
            trend = self._trend(group, weeks)
            if trend is not None and trend.strength > FIRES:
                if group not in standing:
                    yield self._shift(group, Status.FIRING, weeks.reads)
            elif trend is not None and trend.strength < CLEARS and group in standing:
                yield self._shift(group, Status.RESOLVED, weeks.reads)

    def evidence(self, subject: str, reads: Sequence[Snapshot], /) -> Evidence:
        """Return the group's part where the run began and now; all weekly reads are named."""
        weeks, after = self._weekly(reads), reads[-1]
        trend = self._trend(subject, weeks)
        origin = reads[0] if trend is None else weeks.reads[trend.since]
        values = tuple(asked(self.question, read).part(subject) for read in (origin, after))
        found = evidence_of(self.question, origin, after, (values[0], values[1]))
        return replace(found, reads=tuple(read.id for read in reads))

    def short_of(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Sequence[Short]:
        """Return the groups that have run furthest from their usual pace without firing."""
        weeks = self._weekly([*past, before, after])
        changes = len(weeks.reads) - 1
        if not weeks.shares[-1].total:
            return [nothing_shared(self.who)]
        if changes <= USUAL:
            held = f"{changes} weekly changes are held, and it takes {USUAL + 1} to know the usual"
            return [Short("", self.who, Lack.UNCONFIRMED, held)]
        trends = {group: self._trend(group, weeks) for group in self._large(weeks, ())}
        near = [
            (-trend.strength, group)
            for group, trend in trends.items()
            if trend is not None and trend.strength <= FIRES and group not in standing
        ]
        return [
            Short(group, group, Lack.BELOW, f"{-run:.1f} spreads {self.way.value}, of {FIRES:g}")
            for run, group in sorted(near)[:NEAREST]
        ]

    def _weekly(self, reads: Sequence[Snapshot]) -> "_Weeks":
        """Return the reads at least half a week apart that share out anything, back from the last.

        The first read of this week may have been yesterday: it says nothing of a week's change.
        """
        kept, shares = [reads[-1]], [asked(self.question, reads[-1])]
        for read in reversed(reads[:-1]):
            share = asked(self.question, read)
            if kept[-1].taken_at - read.taken_at >= _HALF and share.total:
                kept.append(read)
                shares.append(share)
        return _Weeks(kept[::-1], shares[::-1])

    def _large(self, weeks: "_Weeks", standing: Collection[str]) -> list[str]:
        """Return the groups that ever held as much as must move for them to be told."""
        large = set().union(*(share.beyond(self.step) for share in weeks.shares))
        return sorted({*standing, *(large & {self.who} if self.who else large)})

    def _trend(self, group: str, seen: "_Weeks") -> Trend | None:
        """Return the trend over weekly reads, None where they are too few to know what is usual."""
        count = len(seen.reads) - 1
        if count <= USUAL or not seen.shares[-1].total:
            return None
        values = tuple([share.part(group) for share in seen.shares])
        weeks, split = seen.gaps, max(USUAL, count // 2)
        usual, deviation, middle = usual_of(weeks[:split], values[: split + 1])
        spread = max(_NORMAL * deviation, self._least(middle, seen.shares[-1]))
        sign = 1 if self.way is Way.UP else -1
        strength, since = 0.0, split
        for at in range(split, count):
            move = values[at + 1] - values[at]
            beyond = sign * (move - usual * weeks[at]) / spread - SLACK * weeks[at]
            strength = max(0.0, strength + beyond)
            since = at + 1 if strength == 0.0 else since
        since = min(since, count - 1)
        pace = (values[-1] - values[since]) / sum(weeks[since:])
        return Trend(round(strength, 9), since, usual, pace, spread)

    def _least(self, value: float, share: Share) -> float:
        """Return the spread that a share has at least, as a part of 1 a week."""
        if self.question.of in DRAWN:
            return max(LEAST_SPREAD, sqrt(2 * value * (1 - value) / share.total))
        return max(LEAST_SPREAD, 1 / share.total) if self.question.of is Of.SLOTS else LEAST_SPREAD

    def _shift(self, group: str, status: Status, reads: Sequence[Snapshot]) -> Shift:
        after, trend = reads[-1], self._trend(group, self._weekly(reads))
        evidence = self.evidence(group, reads)
        about: About = {
            "by": self.question.by.value,
            "unit": self.question.of.unit,
            "amount": asked(self.question, after).amounts.get(group, 0.0),
        }
        if trend is not None:
            about |= {
                "usual": trend.usual,
                "pace": trend.pace,
                "spread": trend.spread,
                "strength": trend.strength,
            }
        rises = (status is Status.FIRING) == (self.way is Way.UP)
        return Shift(
            rule=str(self),
            detector=self.name,
            subject=group,
            key=group,
            status=status,
            taken_at=after.taken_at,
            facts=Facts(Event.UP if rises else Event.DOWN, evidence.before, evidence.after),
            evidence=evidence,
            about=about,
            severity=Severity.NOTABLE if status is Status.FIRING else Severity.INFO,
            size=0.0 if trend is None else trend.strength,
        )


@dataclass(frozen=True)
class _Weeks:
    """Reads of a share a week apart, oldest first, and the share at each."""

    reads: Sequence[Snapshot]
    shares: Sequence[Share]

    @cached_property
    def gaps(self) -> tuple[float, ...]:
        """The weeks from each read to the next."""
        pairs = pairwise(self.reads)
        return tuple([(later.taken_at - read.taken_at) / WEEK for read, later in pairs])


# A week's looks all ask for the same first half of their reads.
@lru_cache(maxsize=4096)
def usual_of(gaps: tuple[float, ...], values: tuple[float, ...]) -> tuple[float, float, float]:
    """Return the pace of values, the median deviation of their rates from it, and their median.

    gaps: the weeks from each value to the next.
    """
    usual = pace_of(tuple(accumulate(gaps, initial=0.0)), values)
    moves = zip(pairwise(values), gaps, strict=True)
    deviation = median(abs((later - value) / gap - usual) for (value, later), gap in moves)
    return usual, deviation, median(values)


def pace_of(weeks: tuple[float, ...], values: tuple[float, ...]) -> float:
    """Return the median of the slopes between any two values, a week: Sen's estimate.

    >>> pace_of((0, 1, 2, 3, 4), (10, 12, 99, 16, 18))
    2.0
    """
    points = list(zip(weeks, values, strict=True))
    return median(
        (late[1] - early[1]) / (late[0] - early[0]) for early, late in combinations(points, 2)
    )
