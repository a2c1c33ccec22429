"""Sees a group's share of a metric cross a line, up or down."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from detectors.alone import Alone, alone
from detectors.asked import OnShares, asked, nothing_shared
from detectors.base import NEAREST, Lack, Short, part
from detectors.interval import interval
from detectors.scope import quoted
from detectors.share import Share, ShareQuestion
from detectors.shift import About, Event, Facts, Severity, Shift, Status
from detectors.snapshot import Snapshot

ANYONE = ""

_HALF = 0.5
_POINT = 0.01


class Side(StrEnum):
    """Which side of the line the rule watches."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True)
class ShareThreshold(OnShares):
    """A group's share goes beyond `fire_at`, and has come back when it is beyond `clear_at`.

    `who` is a group's name, or ANYONE for every known group. Both edges are strict: 5 of 10 is
    not above 50 %. Unknown groups stay in the denominator and never fire. `clear_at` defaults to
    `fire_at`; a gap between the two keeps a share that wobbles on the line from being told twice.

    Models and people count once each, so of `new`, `derivatives`, `finetunes` and `contributors`
    a crossing, either way, waits until the line lies outside the 95 % interval (Wilson 1927, see
    `interval`). Downloads, likes and places are not drawn and never wait. Of downloads and likes
    a crossing that one model makes alone names it (see `alone`).

    Prefer `top_entry` for single models, `lead_change` for who is first, `contributors` for whom
    newcomers build on, `momentum` for a move before any line is crossed, `concentration` for how
    few hold all of it.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22 (1927), 209-212, for the interval.

    >>> from detectors.share import Of, By
    >>> question = ShareQuestion(Of.DERIVATIVES, By.FAMILY)
    >>> print(ShareThreshold(question, "Qwen", Side.ABOVE, 0.40, 0.37))
    share of derivatives by family who Qwen above 40% clear 37%
    >>> ShareThreshold(question, "Qwen", Side.ABOVE, 0.40, 0.45)
    Traceback (most recent call last):
        ...
    ValueError: clear 45% must not lie above the line of 40% that it clears
    """

    question: ShareQuestion
    who: str
    side: Side
    fire_at: float
    clear_at: float = -1.0
    name: ClassVar[str] = "share_threshold"

    def __post_init__(self) -> None:
        part("the line", self.fire_at)
        if self.clear_at == -1.0:
            object.__setattr__(self, "clear_at", self.fire_at)
        part("clear", self.clear_at)
        wrong = self.clear_at > self.fire_at if self.above else self.clear_at < self.fire_at
        if wrong:
            raise ValueError(
                f"clear {percent(self.clear_at)} must not lie {self.side.value} "
                f"the line of {percent(self.fire_at)} that it clears"
            )

    def __str__(self) -> str:
        who = f"who {quoted(self.who)}" if self.who else "anyone"
        line = f"{self.question.head} {who} {self.side.value} {percent(self.fire_at)}"
        if self.clear_at != self.fire_at:
            line += f" clear {percent(self.clear_at)}"
        return line + self.question.tail

    @property
    def above(self) -> bool:
        """Whether the rule watches for a rise."""
        return self.side is Side.ABOVE

    @property
    def questions(self) -> tuple[ShareQuestion, ...]:
        """The share it is measured on."""
        return (self.question,)

    def holding(self, snapshot: Snapshot, standing: Collection[str], /) -> Mapping[str, str]:
        """Return the groups beyond the line, and those that stood and have not come back."""
        share = asked(self.question, snapshot)
        held = {}
        for group in self._groups(share, standing):
            beyond = self._beyond(share, group)
            if beyond or (group in standing and not self._back(share, group)):
                held[group] = group
        return held

    def detect(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Iterable[Shift]:
        """Yield the groups that are beyond the line now, and those that are back."""
        del past
        then, now = asked(self.question, before), asked(self.question, after)
        for group in self._moving(then, now, standing):
            # "Anyone below" means anyone who was not: a lab that only now appears fell nowhere.
            fell = then.total and group in then.amounts and not self._beyond(then, group)
            crossed = self.who or self.above or fell
            if self._beyond(now, group):
                if crossed and group not in standing:
                    yield self._shift(group, Status.FIRING, before, after)
            elif self._back(now, group) and (group in standing or self._beyond(then, group)):
                yield self._shift(group, Status.RESOLVED, before, after)

    @property
    def step(self) -> float:
        """The part a share must move to be told again: the rule's own band, one point at least."""
        return max(abs(self.fire_at - self.clear_at), _POINT)

    def short_of(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Sequence[Short]:
        """Return the groups nearest to the line that are not beyond it, by how far they are."""
        del before, past
        now = asked(self.question, after)
        if not now.total:
            return [nothing_shared(self.who)]
        groups = [group for group in self._groups(now, ()) if group not in standing]
        groups.sort(key=lambda group: (abs(now.part(group) - self.fire_at), group))
        return [
            Short(group, group, *self._lack(now, group))
            for group in groups[:NEAREST]
            if not self._beyond(now, group)
        ]

    def _lack(self, share: Share, group: str) -> tuple[Lack, str]:
        value, (low, high) = share.part(group), interval(share, group)
        line = f"the line of {percent(self.fire_at)}"
        if value > self.fire_at if self.above else value < self.fire_at:
            chance = f"chance alone gives {shown(low)} to {shown(high)}"
            return Lack.UNCONFIRMED, f"{shown(value)}, and {chance}, across {line}"
        if value == self.fire_at:
            return Lack.BELOW, f"{shown(value)}, on {line} and not beyond it"
        side = "below" if self.above else "above"
        return Lack.BELOW, f"{shown(value)}, {points(self.fire_at - value)} {side} {line}"

    def _groups(self, share: Share, standing: Collection[str]) -> list[str]:
        return [self.who] if self.who else sorted({*share.amounts, *standing})

    def _moving(self, then: Share, now: Share, standing: Collection[str]) -> list[str]:
        """Return who may have crossed a line: few of all groups, most of the time.

        The ends of an interval rise with the part, so on the upper side of the line are the
        largest groups, none of them after one that is not.
        """
        if self.who:
            return [self.who]
        found = set(standing)
        for share in (then, now):
            for group, _ in share.leaders:
                if self._beyond(share, group) is not self.above:
                    break
                found.add(group)
        return sorted(found)

    def _beyond(self, share: Share, group: str) -> bool:
        low, high = interval(share, group)
        if not share.total:
            return False
        return low > self.fire_at if self.above else high < self.fire_at

    def _back(self, share: Share, group: str) -> bool:
        low, high = interval(share, group)
        if not share.total:
            return True
        return high < self.clear_at if self.above else low > self.clear_at

    def _shift(self, group: str, status: Status, before: Snapshot, after: Snapshot) -> Shift:
        then, now = asked(self.question, before), asked(self.question, after)
        old, new = then.part(group), now.part(group)
        line = self.fire_at if status is Status.FIRING else self.clear_at
        single, (low, high) = alone(then, now, group, line), interval(now, group)
        rising = (status is Status.FIRING) == self.above
        return Shift(
            rule=str(self),
            detector=self.name,
            subject=group,
            key=group,
            status=status,
            taken_at=after.taken_at,
            facts=Facts(Event.UP if rising else Event.DOWN, before=old, after=new),
            evidence=self.evidence(group, (before, after)),
            about={
                "by": self.question.by.value,
                "unit": self.question.of.unit,
                "line": line,
                "low": low,
                "high": high,
                "amount_before": then.amounts.get(group, 0.0),
                "amount": now.amounts.get(group, 0.0),
                "total_before": then.total,
                "heaviest": now.heaviest.get(group, ("", 0.0))[0],
                "holders": " ".join(now.holders.get(group, ())),
                "without_heaviest": now.part_without_heaviest(group),
                "heaviest_before": then.heaviest.get(group, ("", 0.0))[0],
                "without_heaviest_before": then.part_without_heaviest(group),
            }
            | ({} if single is None else {"alone": single.model, **_told(single)}),
            severity=_gravity(status, line, old, new),
            size=round(abs(new - old), 12),
        )


def _told(single: Alone) -> About:
    """Return what is said of the model that makes the difference: its value, whose, and when."""
    return {
        "alone_without": single.without,
        "alone_whose": "own" if single.own else "other",
        "alone_when": "before" if single.earlier else "after",
    }


def _gravity(status: Status, line: float, before: float, after: float) -> Severity:
    """Return how grave it is by definition: a majority is won or lost, or a crossing ends."""
    majority = line == _HALF and status is Status.FIRING
    if majority or min(before, after) <= _HALF < max(before, after):
        return Severity.MAJOR
    return Severity.NOTABLE if status is Status.FIRING else Severity.INFO


def shown(value: float) -> str:
    """Return a part of 1 as people read it: 38.4 %."""
    return f"{value * 100:.1f}".removesuffix(".0") + " %"


def points(value: float) -> str:
    """Return how far two parts of 1 are apart, as people read it: 1 point, 2.5 points."""
    count = shown(abs(value)).removesuffix(" %")
    return f"{count} point" if count == "1" else f"{count} points"


def percent(value: float) -> str:
    """Return a part of 1 as a rule writes it: 0.4 is 40%."""
    return f"{value * 100:.10f}".rstrip("0").rstrip(".") + "%"
