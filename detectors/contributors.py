"""Sees whose models newcomers build on: the part of their first derivatives a family draws."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

from detectors.asked import OnShares, asked
from detectors.base import Short
from detectors.scope import ALL, Scope
from detectors.share import By, Of, ShareQuestion
from detectors.share_threshold import ShareThreshold, Side
from detectors.shift import Shift
from detectors.snapshot import Snapshot


@dataclass(frozen=True)
class Contributors(OnShares):
    """The part of a month's newcomers who build on a family crosses a line.

    A newcomer is an author whose first derivative was created in the last 30 days; each counts
    once, by what that first one was made from (a merge of k families is 1/k for each). A prolific
    author or a script that uploads a thousand quantizations weighs as much as anybody else: that
    is what sets it apart from `share_threshold` of derivatives. Whose base cannot be traced stays
    in the denominator. The line must lie outside the 95 % interval (Wilson 1927, see `interval`),
    so a few dozen newcomers cross little and a handful nothing.

    `who` is a family, or "" for each; `clear_at` defaults to `fire_at`. A line of 50 % is the
    majority the press speaks of. Each Shift names the family that comes next.

    Prefer `share_threshold` of derivatives for how much is built on a family, whoever builds it.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22 (1927), 209-212.

    >>> print(Contributors("Qwen", Side.ABOVE, 0.50, 0.45))
    newcomers who Qwen above 50% clear 45%
    >>> print(Contributors("", Side.ABOVE, 0.50))
    newcomers anyone above 50%
    """

    who: str
    side: Side
    fire_at: float
    clear_at: float = -1.0
    scope: Scope = ALL
    name: ClassVar[str] = "contributors"

    def __post_init__(self) -> None:
        object.__setattr__(self, "clear_at", self._line.clear_at)

    def __str__(self) -> str:
        return str(self._line).replace(self.question.head, "newcomers", 1)

    @cached_property
    def question(self) -> ShareQuestion:
        """The share it is measured on."""
        return ShareQuestion(Of.CONTRIBUTORS, By.FAMILY, self.scope)

    @property
    def questions(self) -> tuple[ShareQuestion, ...]:
        """The share it is measured on."""
        return (self.question,)

    @cached_property
    def _line(self) -> ShareThreshold:
        return ShareThreshold(self.question, self.who, self.side, self.fire_at, self.clear_at)

    @property
    def step(self) -> float:
        """The part a share must move to be told again."""
        return self._line.step

    def holding(self, snapshot: Snapshot, standing: Collection[str], /) -> Mapping[str, str]:
        """Return the families beyond the line, and those that stood and have not come back."""
        return self._line.holding(snapshot, standing)

    def detect(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Iterable[Shift]:
        """Yield the families that are beyond the line now, and those that are back."""
        now = asked(self.question, after)
        for shift in self._line.detect(before, after, past, standing):
            other = next((group for group, _ in now.leaders if group != shift.subject), "")
            about = {**shift.about, "other": other, "other_part": now.part(other)}
            yield replace(shift, rule=str(self), detector=self.name, about=about)

    def short_of(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Sequence[Short]:
        """Return the families nearest to the line that are not beyond it."""
        return self._line.short_of(before, after, past, standing)
