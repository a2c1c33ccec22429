"""Sees a lab release unusually often, fall silent, and return after a long silence."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from typing import ClassVar

from detectors.base import NEAREST, Lack, Short, whole
from detectors.metric import Kind
from detectors.releases import RELEASE_DEFINITION
from detectors.rhythm import MONTH, NOTHING, Rhythm, scored
from detectors.scope import quoted
from detectors.shift import Event, Evidence, Facts, Severity, Shift, Status
from detectors.snapshot import Snapshot

# Of a Poisson count three standard deviations up is one month in 700.
SCORE = 3.0
_BAND = 1.0
# Half a year: no lab of the press's claims is quiet for so long; who releases less often than
# every two months must be quiet for three times as long as it usually is.
SILENT_DAYS = 180
TIMES_USUAL = 3
# Who published once has fallen out of no rhythm.
LEAST_RELEASES = 2


class Pace(StrEnum):
    """What a rule watches for."""

    OFTEN = "often"
    SILENT = "silent"


@dataclass(frozen=True)
class Cadence:
    """A lab's releases come unusually often, or have stopped.

    *often*: of the last 30 days, n releases, where the median of the twelve months before is m.
    It fires at 2(√(n+⅜) − √(m+⅜)) ≥ `score`, which for a Poisson count is its distance from the
    usual in standard deviations (Anscombe, 1948), and clears one below. At the default of 3 a lab
    with one release a month needs 7, one with four 13. *silent*: no release for `days`, and for
    three times the lab's own median gap; a return ends it, and is told with how long it was.

    A release is a day with at least one name that is new to the lab: nine repos of one release,
    their conversions and sizes are one (`detectors/releases.py`). Days come from the table of
    release dates where it has the model, since `created_at` precedes publication.

    Prefer `share_threshold` (share of new by lab) for how much a lab publishes.

    Source: F. J. Anscombe, "The transformation of Poisson, binomial and negative-binomial data",
    Biometrika 35 (1948), 246-254.

    >>> from detectors.share_threshold import ANYONE
    >>> print(Cadence(ANYONE, Pace.SILENT))
    cadence of anyone silent 180 days
    >>> print(Cadence("Qwen", Pace.OFTEN, score=2.5))
    cadence of lab Qwen often score 2.5
    >>> round(scored(7, 1), 2), round(scored(13, 4), 2)
    (3.09, 3.13)
    >>> Cadence("Qwen", Pace.SILENT, days=0)
    Traceback (most recent call last):
        ...
    ValueError: days of silence must be a whole number of at least 1, got 0
    """

    who: str
    pace: Pace
    score: float = SCORE
    days: int = SILENT_DAYS
    name: ClassVar[str] = "cadence"

    def __post_init__(self) -> None:
        whole("days of silence", self.days, 1)
        if not self.score > 0:
            raise ValueError(f"score must be more than 0, got {self.score:g}")

    def __str__(self) -> str:
        who = f"lab {quoted(self.who)}" if self.who else "anyone"
        if self.pace is Pace.SILENT:
            return f"cadence of {who} silent {self.days} days"
        score = f" score {self.score:g}" if self.score != SCORE else ""
        return f"cadence of {who} often{score}"

    @property
    def past(self) -> int:
        """One: the read before."""
        return 1

    def covers(self, snapshot: Snapshot, /) -> bool:
        """Whether the Snapshot lists all that a lab has published."""
        return snapshot.kind is Kind.CENSUS

    def definition(self, snapshot: Snapshot, /) -> str:
        """Return the versions of what a release is, of its dates, and of the lab table."""
        return f"{RELEASE_DEFINITION} labs:{snapshot.labs.version}"

    def holding(self, snapshot: Snapshot, standing: Collection[str], /) -> Mapping[str, str]:
        """Return the labs that are beyond the line, and those that stood and are not back."""
        return {
            lab: lab
            for lab, rhythm in self._rhythms(snapshot).items()
            if self._beyond(rhythm) or (lab in standing and not self._back(rhythm))
        }

    def detect(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Iterable[Shift]:
        """Yield the labs that are beyond the line now, and those that are back."""
        del past
        then, now = self._rhythms(before), self._rhythms(after)
        for lab in sorted({*then, *now, *standing}):
            rhythm = now.get(lab, NOTHING)
            if self._beyond(rhythm):
                if lab not in standing:
                    yield self._shift(lab, Status.FIRING, (before, after), (then, now))
            elif self._back(rhythm) and (lab in standing or self._beyond(then.get(lab, NOTHING))):
                yield self._shift(lab, Status.RESOLVED, (before, after), (then, now))

    def again(self, shift: Shift, /) -> Shift:
        """Return the Shift unchanged: each silence and each burst is one of its own."""
        return shift

    def evidence(self, subject: str, reads: Sequence[Snapshot], /) -> Evidence:
        """Return releases in the month, or days without, at both ends.

        The denominator is how many releases of the lab are known, `unknown` its undated repos.
        """
        before, after = reads[0], reads[-1]
        return self._evidence(subject, (before, after), [self._rhythms(each) for each in reads])

    def short_of(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Sequence[Short]:
        """Return the labs that come nearest to the line without being beyond it."""
        del before, past
        near = [
            (self._far(rhythm), lab, rhythm)
            for lab, rhythm in self._rhythms(after).items()
            if lab not in standing and not self._beyond(rhythm) and rhythm.releases.days
        ]
        near.sort(key=lambda each: (-each[0], each[1]))
        return [Short(lab, lab, Lack.BELOW, self._lack(each)) for _, lab, each in near[:NEAREST]]

    def _far(self, rhythm: "Rhythm") -> float:
        """Return how far a lab is on its way to the line, 1 being there."""
        if self.pace is Pace.OFTEN:
            return scored(rhythm.count, rhythm.usual or 0.0) / self.score
        return (rhythm.quiet or 0.0) / max(self.days, TIMES_USUAL * rhythm.gap)

    def _lack(self, rhythm: "Rhythm") -> str:
        if self.pace is Pace.SILENT:
            line = max(self.days, TIMES_USUAL * rhythm.gap)
            return f"{rhythm.quiet or 0:.0f} days without a release, of {line:.0f}"
        if rhythm.usual is None:
            return f"{rhythm.count} in {MONTH.days} days, and too short a past to know the usual"
        far = scored(rhythm.count, rhythm.usual)
        return (
            f"{rhythm.count} in {MONTH.days} days where {rhythm.usual:g} are usual: "
            f"{far:.1f} standard deviations, of {self.score:g}"
        )

    def _evidence(
        self,
        lab: str,
        reads: tuple[Snapshot, Snapshot],
        rhythms: Sequence[Mapping[str, "Rhythm"]],
    ) -> Evidence:
        before, after = reads
        then, now = rhythms[0].get(lab, NOTHING), rhythms[-1].get(lab, NOTHING)
        often = self.pace is Pace.OFTEN
        return Evidence(
            metric="releases" if often else "days without a release",
            scope=after.listed_in(f"lab {quoted(lab)}"),
            window=f"the last {MONTH.days} days" if often else "since the last release",
            denominator=len(now.releases.days),
            unknown=now.releases.undated,
            before=float(then.count) if often else then.quiet,
            after=float(now.count) if often else now.quiet,
            snapshots=(before.id, after.id),
            definition=self.definition(after),
        )

    def _rhythms(self, snapshot: Snapshot) -> Mapping[str, "Rhythm"]:
        day = snapshot.taken_at.astimezone(UTC).date()
        found = snapshot.releases({self.who} if self.who else ())
        return {lab: Rhythm(releases, day) for lab, releases in found.items()}

    def _beyond(self, rhythm: "Rhythm") -> bool:
        if self.pace is Pace.OFTEN:
            return rhythm.usual is not None and scored(rhythm.count, rhythm.usual) >= self.score
        if len(rhythm.releases.days) < LEAST_RELEASES or rhythm.quiet is None:
            return False
        return rhythm.quiet >= max(self.days, TIMES_USUAL * rhythm.gap)

    def _back(self, rhythm: "Rhythm") -> bool:
        if self.pace is Pace.OFTEN:
            least = self.score - _BAND
            return rhythm.usual is None or scored(rhythm.count, rhythm.usual) < least
        return not self._beyond(rhythm)

    def _shift(
        self,
        lab: str,
        status: Status,
        reads: tuple[Snapshot, Snapshot],
        rhythms: tuple[Mapping[str, "Rhythm"], Mapping[str, "Rhythm"]],
    ) -> Shift:
        now = rhythms[1].get(lab, NOTHING)
        evidence = self._evidence(lab, reads, rhythms)
        begins = status is Status.FIRING
        often = self.pace is Pace.OFTEN
        fired, ended = (Event.OFTEN, Event.CALM) if often else (Event.QUIET, Event.RETURNED)
        days = now.releases.days
        returned = not often and not begins and len(days) > 1
        return Shift(
            rule=str(self),
            detector=self.name,
            subject=lab,
            key=lab,
            status=status,
            taken_at=reads[1].taken_at,
            facts=Facts(
                event=fired if begins else ended, before=evidence.before, after=evidence.after
            ),
            evidence=evidence,
            about={
                "pace": self.pace.value,
                "usual": now.usual,
                "gap": now.gap,
                "line": self.score if often else float(self.days),
                "last": days[-1].isoformat() if days else None,
                "models": " ".join(now.recent if often else now.latest),
                "silence": float((days[-1] - days[-2]).days) if returned else None,
            },
            severity=Severity.NOTABLE if begins or not often else Severity.INFO,
            size=scored(now.count, now.usual or 0.0) if often else now.quiet or 0.0,
        )
