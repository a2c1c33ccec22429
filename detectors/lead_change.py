"""Sees the largest group of a share change: one passes another."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import ClassVar

from detectors.alone import WEIGHED
from detectors.asked import OnShares, asked, nothing_shared
from detectors.base import NEAREST, Lack, Short, part
from detectors.interval import DRAWN, Z
from detectors.share import Share, ShareQuestion
from detectors.share_threshold import percent, points, shown
from detectors.shift import About, Event, Facts, Severity, Shift, Status
from detectors.snapshot import Snapshot

# Below a point two shares read the same in a headline, and a race told daily is no news.
MARGIN = 0.01


@dataclass(frozen=True)
class LeadChange(OnShares):
    """A group takes the lead of a share, and the one that led loses it.

    A group leads once it is more than `margin` (points of the whole, as a part of 1) ahead of
    every other known group, and until another is as far ahead of it: two that pass each other
    daily change nothing. Of what is drawn (new models, derivatives, finetunes, contributors) the
    difference must be one that chance does not explain either: of the a + b models of both, one
    has more than sqrt(a + b) times 1.96 more than the other (McNemar 1947). The unknown part
    stays in the denominator and never leads; where it is larger than the lead the message says so.

    Prefer `top_entry` with `top 1` for the first place of a single model, and `share_threshold`
    for a line of your own, such as a majority.

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated
    proportions or percentages", Psychometrika 12 (1947), 153-157.

    >>> from detectors.share import By, Of
    >>> print(LeadChange(ShareQuestion(Of.DERIVATIVES, By.FAMILY)))
    lead of derivatives by family
    >>> print(LeadChange(ShareQuestion(Of.DOWNLOADS, By.LAB), margin=0.025))
    lead of downloads by lab margin 2.5%
    """

    question: ShareQuestion
    margin: float = MARGIN
    name: ClassVar[str] = "lead_change"

    def __post_init__(self) -> None:
        part("the margin", self.margin)

    def __str__(self) -> str:
        line = self.question.head.replace("share", "lead", 1)
        if self.margin != MARGIN:
            line += f" margin {percent(self.margin)}"
        return line + self.question.tail

    @property
    def questions(self) -> tuple[ShareQuestion, ...]:
        """The share it is measured on."""
        return (self.question,)

    @property
    def step(self) -> float:
        """The part a leader's share must move to be told again: the margin."""
        return self.margin

    def holding(self, snapshot: Snapshot, standing: Collection[str], /) -> Mapping[str, str]:
        """Return the group that is clear of all others, and those that led and are not passed."""
        share = asked(self.question, snapshot)
        leads = [group for group, _ in share.leaders[:1] if self._clear(share)]
        stand = [group for group in standing if not self._passed(share, group)]
        return {group: group for group in sorted({*leads, *stand})}

    def detect(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Iterable[Shift]:
        """Yield who is clear of all others, and who was passed."""
        del past
        then, now = asked(self.question, before), asked(self.question, after)
        led = [group for group, _ in then.leaders[:2]]
        passed = sorted(group for group in {*led[:1], *standing} if self._passed(now, group))
        if self._clear(now) and now.leaders[0][0] not in standing:
            leader = now.leaders[0][0]
            rivals = [*(each for each in passed if each in standing), *led]
            rival = next((each for each in rivals if each != leader), "")
            yield self._shift(leader, rival, Status.FIRING, before, after)
        for group in passed:
            heir = next((name for name, _ in now.leaders if name != group), "")
            yield self._shift(group, heir, Status.RESOLVED, before, after)

    def again(self, shift: Shift, /) -> Shift:
        """Return the Shift with the word that it led before."""
        return replace(shift, about={**shift.about, "again": 1.0})

    def short_of(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Sequence[Short]:
        """Return the largest groups that do not lead, by how far each is from a clear lead."""
        del before, past
        now = asked(self.question, after)
        if not now.total:
            return [nothing_shared("")]
        groups = [group for group, _ in now.leaders[: NEAREST + 1]]
        rival = groups[1] if len(groups) > 1 else ""
        short = [group for group in groups[:NEAREST] if group not in standing]
        return [
            Short(group, group, *self._lack(now, group, groups[0] if group != groups[0] else rival))
            for group in short
            if group != groups[0] or not self._clear(now)
        ]

    def _lack(self, share: Share, group: str, rival: str) -> tuple[Lack, str]:
        ahead = round(share.part(group) - share.part(rival), 12)
        gap = f"{shown(share.part(group))}, {points(ahead)} {'behind' if ahead < 0 else 'ahead of'}"
        if ahead > self.margin:
            return Lack.UNCONFIRMED, f"{gap} {rival}, which chance alone may give"
        return Lack.BELOW, f"{gap} {rival}; it takes a lead of more than {percent(self.margin)}"

    def _beats(self, share: Share, first: float, other: float) -> bool:
        """Whether an amount is ahead of another by the margin, and by more than chance."""
        if not share.total or round((first - other) / share.total, 12) <= self.margin:
            return False
        return self.question.of not in DRAWN or first - other > Z * sqrt(first + other)

    def _clear(self, share: Share) -> bool:
        amounts = [amount for _, amount in share.leaders[:2]] + [0.0]
        return len(amounts) > 1 and self._beats(share, amounts[0], amounts[1])

    def _passed(self, share: Share, group: str) -> bool:
        own = share.amounts.get(group, 0.0)
        most = next((amount for name, amount in share.leaders if name != group), 0.0)
        return not own or self._beats(share, most, own)

    def _shift(
        self, group: str, rival: str, status: Status, before: Snapshot, after: Snapshot
    ) -> Shift:
        evidence = self.evidence(group, (before, after))
        then, now = asked(self.question, before), asked(self.question, after)
        fires = status is Status.FIRING
        model, weight = now.heaviest.get(group, ("", 0.0))
        amount, other = now.amounts.get(group, 0.0), now.amounts.get(rival, 0.0)
        about: About = {
            "by": self.question.by.value,
            "unit": self.question.of.unit,
            "amount": amount,
            "amount_before": then.amounts.get(group, 0.0),
            "total_before": then.total,
            "rival": rival,
            "rival_amount": other,
            "rival_after": now.part(rival),
            "rival_before": then.part(rival),
        }
        if fires and self.question.of in WEIGHED and amount - weight <= other < amount:
            about |= {"alone": model, "alone_without": now.part_without_heaviest(group)}
        return Shift(
            rule=str(self),
            detector=self.name,
            subject=group,
            key=group,
            status=status,
            taken_at=after.taken_at,
            facts=Facts(Event.UP if fires else Event.DOWN, evidence.before, evidence.after),
            evidence=evidence,
            about=about,
            severity=Severity.MAJOR if fires else Severity.INFO,
            size=round(now.part(group) - now.part(rival), 12),
        )
