"""Sees a share fall into fewer hands, or into more: its Herfindahl index crosses a line."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

from detectors.asked import OnShares, asked, evidence_of, nothing_shared
from detectors.base import Lack, Short, whole
from detectors.interval import DRAWN, Z
from detectors.share import Share, ShareQuestion
from detectors.share_threshold import Side
from detectors.shift import About, Event, Evidence, Facts, Severity, Shift, Status
from detectors.snapshot import Snapshot

# One group that holds all of it.
WHOLE = 10_000

# The index of fewer things is one of their number: three models of three labs have 3,333.
LEAST = 30

_SHOWN = 3


@dataclass(frozen=True)
class Concentration(OnShares):
    """The Herfindahl index of a share goes beyond `fire_at`, and is back beyond `clear_at`.

    The index is the sum of the squares of all groups' parts, in points of 10,000: one group with
    everything has 10,000, ten equal ones 1,000. Antitrust calls a market above 1,800 highly
    concentrated and one above 1,000 moderately so (US Merger Guidelines 2023, guideline 1), which
    is what lines are best drawn at. The unknown part counts as very many small groups, so that
    the index is the least that it can be; the message gives the most, were it all one group.

    Of what is drawn (new models, derivatives, finetunes, contributors) it takes LEAST of them,
    and a crossing waits until the line is 1.96 standard errors away (Simpson 1949). Of an empty
    share nothing stands.

    Prefer `share_threshold` or `lead_change` for which group it is that grows.

    Source: A. O. Hirschman, "The paternity of an index", American Economic Review 54 (1964), 761;
    E. H. Simpson, "Measurement of diversity", Nature 163 (1949), 688, for the error.

    >>> from detectors.share import By, Of
    >>> question = ShareQuestion(Of.DERIVATIVES, By.FAMILY)
    >>> print(Concentration(question, Side.ABOVE, 1800, 1500))
    concentration of derivatives by family above 1800 clear 1500
    >>> Concentration(question, Side.ABOVE, 1800, 2000)
    Traceback (most recent call last):
        ...
    ValueError: clear 2000 must not lie above the line of 1800 that it clears
    """

    question: ShareQuestion
    side: Side
    fire_at: int
    clear_at: int = 0
    name: ClassVar[str] = "concentration"

    def __post_init__(self) -> None:
        whole("the line", self.fire_at, 1)
        if self.clear_at == 0:
            object.__setattr__(self, "clear_at", self.fire_at)
        whole("clear", self.clear_at, 1)
        if max(self.fire_at, self.clear_at) > WHOLE:
            raise ValueError(f"an index is at most {WHOLE}, got {max(self.fire_at, self.clear_at)}")
        wrong = self.clear_at > self.fire_at if self.above else self.clear_at < self.fire_at
        if wrong:
            raise ValueError(
                f"clear {self.clear_at} must not lie {self.side.value} "
                f"the line of {self.fire_at} that it clears"
            )

    def __str__(self) -> str:
        line = self.question.head.replace("share", "concentration", 1)
        line += f" {self.side.value} {self.fire_at}"
        if self.clear_at != self.fire_at:
            line += f" clear {self.clear_at}"
        return line + self.question.tail

    @property
    def above(self) -> bool:
        """Whether the rule watches for fewer hands."""
        return self.side is Side.ABOVE

    @property
    def questions(self) -> tuple[ShareQuestion, ...]:
        """The share it is measured on."""
        return (self.question,)

    @property
    def step(self) -> float:
        """The points the index must move to be told again: the rule's own band, 100 at least."""
        return float(max(abs(self.fire_at - self.clear_at), WHOLE // 100))

    def holding(self, snapshot: Snapshot, standing: Collection[str], /) -> Mapping[str, str]:
        """Return the share itself while it is beyond the line, or stood and has not come back."""
        share = asked(self.question, snapshot)
        holds = self._beyond(share) or (bool(standing) and not self._back(share))
        return {self._subject: self._subject} if holds else {}

    def detect(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Iterable[Shift]:
        """Yield that the index is beyond the line, or back."""
        del past
        share = asked(self.question, after)
        if self._beyond(share):
            if not standing:
                yield self._shift(Status.FIRING, before, after)
        elif self._back(share) and (standing or self._beyond(asked(self.question, before))):
            yield self._shift(Status.RESOLVED, before, after)

    def evidence(self, subject: str, reads: Sequence[Snapshot], /) -> Evidence:
        """Return the index at both ends, in points, and what it is made of."""
        del subject
        before, after = reads[0], reads[-1]
        then, now = (index(asked(self.question, read)) for read in (before, after))
        return evidence_of(self.question, before, after, (then, now))

    def short_of(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Sequence[Short]:
        """Return how far the index is from the line, where it does not stand."""
        del before, past
        now = asked(self.question, after)
        if standing or self._beyond(now):
            return []
        if not now.total:
            return [nothing_shared(self._subject)]
        value, (low, high) = index(now), self._ends(now)
        if not self._told(now):
            few = f"of {now.total:g} {self.question.of.unit} the index is one of their number"
            return [Short(self._subject, self._subject, Lack.UNCONFIRMED, few)]
        if value > self.fire_at if self.above else value < self.fire_at:
            chance = f"{value:,.0f} points, and chance alone gives {low:,.0f} to {high:,.0f}"
            return [Short(self._subject, self._subject, Lack.UNCONFIRMED, chance)]
        gap = f"{abs(self.fire_at - value):,.0f} from the line of {self.fire_at:,}"
        return [Short(self._subject, self._subject, Lack.BELOW, f"{value:,.0f} points, {gap}")]

    @property
    def _subject(self) -> str:
        return f"{self.question.of.value} by {self.question.by.value}"

    def _ends(self, share: Share) -> tuple[float, float]:
        """Return between what the index lies: chance may move what is drawn, nothing else."""
        value = index(share)
        if self.question.of not in DRAWN:
            return value, value
        return value - Z * error(share), value + Z * error(share)

    def _told(self, share: Share) -> bool:
        return share.total >= LEAST or self.question.of not in DRAWN

    def _beyond(self, share: Share) -> bool:
        low, high = self._ends(share)
        if not share.total or not self._told(share):
            return False
        return low > self.fire_at if self.above else high < self.fire_at

    def _back(self, share: Share) -> bool:
        low, high = self._ends(share)
        if not share.total:
            return True
        if not self._told(share):
            return False
        return high < self.clear_at if self.above else low > self.clear_at

    def _shift(self, status: Status, before: Snapshot, after: Snapshot) -> Shift:
        evidence = self.evidence(self._subject, (before, after))
        now, fires = asked(self.question, after), status is Status.FIRING
        about: About = {
            "by": self.question.by.value,
            "unit": self.question.of.unit,
            "line": float(self.fire_at if fires else self.clear_at),
            "most": round(
                (evidence.after or 0.0) + WHOLE * (now.unknown / (now.total or 1)) ** 2, 6
            ),
        }
        for place, (group, _) in enumerate(now.leaders[:_SHOWN], start=1):
            about |= {f"group_{place}": group, f"part_{place}": now.part(group)}
        return Shift(
            rule=str(self),
            detector=self.name,
            subject=self._subject,
            key=self._subject,
            status=status,
            taken_at=after.taken_at,
            facts=Facts(
                Event.UP if fires == self.above else Event.DOWN, evidence.before, evidence.after
            ),
            evidence=evidence,
            about=about,
            severity=Severity.NOTABLE if fires else Severity.INFO,
            size=round(abs((evidence.after or 0.0) - (evidence.before or 0.0)), 6),
        )


def index(share: Share) -> float:
    """Return the Herfindahl index in points of 10,000; of an empty share it is 0."""
    return round(WHOLE * share.squares, 6)


def error(share: Share) -> float:
    """Return the standard error of the index in points, by Simpson's large-sample formula."""
    spread = max(share.cubes - share.squares**2, 0.0)
    return WHOLE * 2 * sqrt(spread / share.total) if share.total else 0.0
