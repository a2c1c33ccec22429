"""Sees that a lab leads in attention but not in use, or the reverse: popularity is not adoption."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import ClassVar

from detectors.asked import OnShares, asked, evidence_of, nothing_shared
from detectors.base import Lack, Short, part
from detectors.metric import Metric
from detectors.scope import LLM, Scope
from detectors.share import By, Of, Places, Share, ShareQuestion
from detectors.share_threshold import percent, points
from detectors.shift import About, Event, Evidence, Facts, Severity, Shift, Status
from detectors.snapshot import Snapshot

# Two shares of the same models differ by less than this for many reasons; a tenth of the whole is
# one place of ten, and more than most labs have of anything.
MARGIN = 0.10
PLACES = 10


class Field(StrEnum):
    """What a lab can lead in."""

    LIKES = "likes"
    TRENDING = "trending"
    DOWNLOADS = "downloads"


@dataclass(frozen=True)
class AttentionGap(OnShares):
    """A lab is first in one field, is not in the other, and is a margin further ahead in the first.

    The fields are attention (likes, or places in trending) and use (downloads), in either order:
    `of` likes `over` downloads tells who is loved more than used, downloads over likes the
    reverse. Both are shares by lab of the same scope, language models unless said otherwise, for
    the most downloaded models of the Hub are encoders that nobody likes. Trending has no amounts
    to share out, so there the places of two boards of `n` are compared.

    It fires when the lab leads in `of`, does not in `over`, and its part of `of` is more than
    `fire_at` greater than its part of `over`. It has closed when that is less than `clear_at`, or
    when the lab leads in `over` as well, or has nothing left in `of`. Unknown labs stay in both
    denominators and never lead.

    Prefer `lead_change` for who is first in one field alone.

    Source: the Hub counts likes over all time and downloads over 30 days
    (https://huggingface.co/docs/hub/models-download-stats), so the two are set side by side as
    parts of their own wholes, and never added up.

    >>> print(AttentionGap(Field.LIKES, Field.DOWNLOADS))
    gap of likes over downloads above 10% clear 5% in llm
    >>> print(AttentionGap(Field.DOWNLOADS, Field.TRENDING, fire_at=0.3, clear_at=0.2))
    gap of downloads over trending above 30% clear 20% in top 10 in llm
    >>> AttentionGap(Field.LIKES, Field.TRENDING)
    Traceback (most recent call last):
        ...
    ValueError: a gap is between downloads and likes or trending, in either order
    """

    of: Field
    over: Field
    fire_at: float = MARGIN
    clear_at: float = -1.0
    scope: Scope = LLM
    n: int = PLACES
    name: ClassVar[str] = "attention_gap"

    def __post_init__(self) -> None:
        if (self.of is Field.DOWNLOADS) == (self.over is Field.DOWNLOADS):
            raise ValueError("a gap is between downloads and likes or trending, in either order")
        part("the margin", self.fire_at)
        if self.clear_at == -1.0:
            object.__setattr__(self, "clear_at", self.fire_at / 2)
        part("clear", self.clear_at)
        if self.clear_at > self.fire_at:
            raise ValueError(
                f"clear {percent(self.clear_at)} must not lie above "
                f"the margin of {percent(self.fire_at)} that it clears"
            )

    def __str__(self) -> str:
        line = f"gap of {self.of.value} over {self.over.value} above {percent(self.fire_at)}"
        line += f" clear {percent(self.clear_at)}"
        return (
            f"{line} in top {self.n} in {self.scope}"
            if self.by_places
            else (f"{line} in {self.scope}")
        )

    @property
    def by_places(self) -> bool:
        """Whether places of two boards are compared, as trending has no amounts."""
        return Field.TRENDING in {self.of, self.over}

    @cached_property
    def questions(self) -> tuple[ShareQuestion, ...]:
        """The share of the field led, and of the other."""
        return self._question(self.of), self._question(self.over)

    @property
    def step(self) -> float:
        """The part a gap must move to be told again: the rule's own band."""
        return max(self.fire_at - self.clear_at, 0.01)

    def holding(self, snapshot: Snapshot, standing: Collection[str], /) -> Mapping[str, str]:
        """Return the lab that leads in one field alone, and those whose gap has not closed."""
        led, other = self._shares(snapshot)
        labs = {*(lab for lab, _ in led.leaders[:1]), *standing}
        return {
            lab: lab
            for lab in sorted(labs)
            if self._gapes(led, other, lab)
            or (lab in standing and not self._closed(led, other, lab))
        }

    def detect(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Iterable[Shift]:
        """Yield the lab whose gap is open now, and those whose gap has closed."""
        del past
        led, other = self._shares(after)
        then = self._shares(before)
        leads = {each for share in (led, then[0]) for each, _ in share.leaders[:1]}
        for lab in sorted({*leads, *standing}):
            if self._gapes(led, other, lab):
                if lab not in standing:
                    yield self._shift(lab, Status.FIRING, before, after)
            elif self._closed(led, other, lab) and (lab in standing or self._gapes(*then, lab)):
                yield self._shift(lab, Status.RESOLVED, before, after)

    def evidence(self, subject: str, reads: Sequence[Snapshot], /) -> Evidence:
        """Return the gap at both ends, as parts of 1; the denominator is that of the field led."""
        before, after = reads[0], reads[-1]
        then, now = (_gap(*self._shares(read), subject) for read in (before, after))
        return evidence_of(self.questions[0], before, after, (then, now))

    def short_of(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Sequence[Short]:
        """Return who leads in the first field, and why that is no gap."""
        del before, past
        led, other = self._shares(after)
        if not led.total or not other.total or not led.leaders:
            return [nothing_shared("")]
        lab = led.leaders[0][0]
        if lab in standing or self._gapes(led, other, lab):
            return []
        if not _leads(led, lab):
            why = f"nobody leads in {self.of.value}: {lab} shares the first place"
        elif _leads(other, lab):
            why = f"it leads in {self.over.value} too"
        else:
            more = points(max(_gap(led, other, lab), 0.0))
            why = f"{more} more than in {self.over.value}, of {percent(self.fire_at)}"
        return [Short(lab, lab, Lack.BELOW, why)]

    def _question(self, of: Field) -> ShareQuestion:
        if self.by_places:
            return ShareQuestion(Of.SLOTS, By.LAB, self.scope, Places(self.n, Metric(of.value)))
        return ShareQuestion(Of(of.value), By.LAB, self.scope)

    def _shares(self, snapshot: Snapshot) -> tuple[Share, Share]:
        led, other = self.questions
        return asked(led, snapshot), asked(other, snapshot)

    def _gapes(self, led: Share, other: Share, lab: str) -> bool:
        if not led.total or not other.total or not _leads(led, lab) or _leads(other, lab):
            return False
        return _gap(led, other, lab) > self.fire_at

    def _closed(self, led: Share, other: Share, lab: str) -> bool:
        if not led.total or not other.total or not led.part(lab):
            return True
        return _leads(other, lab) or _gap(led, other, lab) < self.clear_at

    def _shift(self, lab: str, status: Status, before: Snapshot, after: Snapshot) -> Shift:
        evidence, (led, other) = self.evidence(lab, (before, after)), self._shares(after)
        fires = status is Status.FIRING
        leader = next((each for each, _ in other.leaders if each != lab), "")
        place = [each for each, _ in other.leaders].index(lab) + 1 if lab in other.amounts else None
        about: About = {
            "by": By.LAB.value,
            "of": self.of.value,
            "over": self.over.value,
            "unit": self.questions[0].of.unit,
            "line": self.fire_at if fires else self.clear_at,
            "part_of": led.part(lab),
            "part_over": other.part(lab),
            "total_over": other.total,
            "unknown_over": other.unknown,
            "place_over": place,
            "leader_over": leader,
            "leader_part": other.part(leader),
            "heaviest": led.heaviest.get(lab, ("", 0.0))[0],
        }
        return Shift(
            rule=str(self),
            detector=self.name,
            subject=lab,
            key=lab,
            status=status,
            taken_at=after.taken_at,
            facts=Facts(Event.UP if fires else Event.DOWN, evidence.before, evidence.after),
            evidence=evidence,
            about=about,
            severity=Severity.NOTABLE if fires else Severity.INFO,
            size=round(abs(evidence.after or 0.0), 12),
        )


def _gap(led: Share, other: Share, lab: str) -> float:
    return round(led.part(lab) - other.part(lab), 12)


def _leads(share: Share, lab: str) -> bool:
    """Whether a lab has more than any other known one; of two that tie none leads."""
    own = share.amounts.get(lab, 0.0)
    return own > max((amount for each, amount in share.leaders[:2] if each != lab), default=0.0)
