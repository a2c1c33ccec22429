"""Sees growth that no people seem to be behind: downloads without likes, counters in lockstep."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np

from detectors.base import whole
from detectors.columns import Bools, Floats, Ints
from detectors.growth import GROWTH_DEFINITION, WINDOW_DAYS, Growth, flat_likes, grown
from detectors.metric import Kind, Metric
from detectors.moments import Moments
from detectors.scope import Scope, ScopeKind
from detectors.shift import Event, Evidence, Facts, Shift, Status
from detectors.snapshot import Snapshot

SUSPICION_DEFINITION = f"suspicion/1 {GROWTH_DEFINITION}"

# Trebled between two reads: in a day, twice what the whole month before had brought.
TIMES = 3.0
# What does not weigh on a share of the Hub's downloads is no matter.
LEAST = 10_000
# Two may rise alike by chance, or because one loads the other.
LOCKSTEP = 3
# What rises in lockstep rises by half at least.
RISE = 1.5
# Within this part of each other: people do not count so evenly.
ALIKE = 0.02


@dataclass(frozen=True)
class SuspiciousGrowth(Moments):
    """Downloads grow as if nobody were behind them; named as suspicion, never as success.

    Of the models of one account that had `least` downloads or have them now, those are suspected
    whose downloads grew `times` over or more since the read before while likes grew by less than
    a tenth of that (both as logarithms); not in a model's first 30 days, when downloads only add
    up and likes come first. And those that rose in lockstep: three or more that grew by half or
    more, by numbers within 2 % of each other. One account is one Shift, and is told at most once
    in 30 days. It carries the account's part of all downloads with and without those models, and
    so does what the same look tells of a share that they are in (see `suspicion`). A pipeline or a
    mirror that loads a model a million times looks the same: hence suspicion.

    Prefer `breakout` for growth that likes go along with. A counter that lies for everybody is
    the source's trouble and never comes here.

    Source: what was seen on the Hub (definitions, "When the Hub's counters lie"): one model from
    13 M to 187 M downloads and back within weeks, likes flat.

    >>> from detectors.scope import ALL
    >>> print(SuspiciousGrowth(ALL))
    suspicious growth in all
    >>> print(SuspiciousGrowth(ALL, times=5, least=100_000))
    suspicious growth in all times 5 from 100000
    >>> SuspiciousGrowth(ALL, times=1)
    Traceback (most recent call last):
        ...
    ValueError: times must be more than 1, got 1
    """

    scope: Scope
    times: float = TIMES
    least: int = LEAST
    name: ClassVar[str] = "suspicious_growth"
    rest: ClassVar[timedelta] = timedelta(days=WINDOW_DAYS)

    def __post_init__(self) -> None:
        if not self.times > 1:
            raise ValueError(f"times must be more than 1, got {self.times:g}")
        whole("the least downloads", self.least, 1)

    def __str__(self) -> str:
        line = f"suspicious growth in {self.scope}"
        if self.times != TIMES:
            line += f" times {self.times:.10g}"
        return line if self.least == LEAST else f"{line} from {self.least}"

    def covers(self, snapshot: Snapshot, /) -> bool:
        """Whether the Snapshot says what all downloads are, so that shares can be told."""
        return snapshot.kind is Kind.CENSUS

    def definition(self, snapshot: Snapshot, /) -> str:
        """Return the version of what is suspected, with the table's where the scope needs it."""
        scoped = self.scope.kind in {ScopeKind.LAB, ScopeKind.COUNTRY}
        return SUSPICION_DEFINITION + (f" labs:{snapshot.labs.version}" if scoped else "")

    def detect(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Iterable[Shift]:
        """Yield the accounts with models that grew so between two reads."""
        del past, standing
        growth = self._grown(before, after)
        for account, at in self._suspected(growth, before, after).items():
            yield self._shift(account, at, growth, before, after)

    def evidence(self, subject: str, reads: Sequence[Snapshot], /) -> Evidence:
        """Return the downloads of the models suspected at both ends, of all in the scope."""
        before, after = reads[0], reads[-1]
        growth = self._grown(before, after)
        at = self._suspected(growth, before, after).get(subject, np.empty(0, np.int64))
        return self._evidence(at, growth, before, after)

    def _grown(self, before: Snapshot, after: Snapshot) -> Growth:
        return grown(before, after, Metric.DOWNLOADS, self.scope, self.least)

    def _suspected(self, growth: Growth, before: Snapshot, after: Snapshot) -> Mapping[str, Ints]:
        """Return, by account in small letters, which of the models grown are suspected."""
        spaces = after.columns.namespace
        alone = flat_likes(growth, before, after, self.times) & (growth.new >= self.least)
        rising = np.flatnonzero((growth.new >= self.least) & (growth.new >= RISE * growth.old))
        accounts: dict[str, list[int]] = {}
        for at in sorted({*np.flatnonzero(alone).tolist(), *rising.tolist()}):
            space = spaces.at(int(growth.now[at]))
            if space is not None:
                accounts.setdefault(space.lower(), []).append(at)
        found = {}
        for account, places in sorted(accounts.items()):
            rose = np.array(places, dtype=np.int64)
            chosen = rose[alone[rose] | _in_lockstep(growth.new[rose] - growth.old[rose])]
            if len(chosen):
                found[account] = chosen
        return found

    def _evidence(self, at: Ints, growth: Growth, before: Snapshot, after: Snapshot) -> Evidence:
        figures = after.figures(Metric.DOWNLOADS)[after.within(self.scope)]
        return Evidence(
            metric=Metric.DOWNLOADS.value,
            scope=after.listed_in(str(self.scope)),
            window=Metric.DOWNLOADS.window,
            denominator=float(figures[figures > 0].sum()),
            unknown=int(np.count_nonzero(figures < 0)),
            before=float(growth.old[at].sum()),
            after=float(growth.new[at].sum()),
            snapshots=(before.id, after.id),
            definition=self.definition(after),
        )

    def _shift(
        self, account: str, at: Ints, growth: Growth, before: Snapshot, after: Snapshot
    ) -> Shift:
        columns, evidence = after.columns, self._evidence(at, growth, before, after)
        largest = at[np.argsort(-growth.new[at], kind="stable")]
        rows, then = growth.now[largest], growth.then[largest]
        space = columns.namespace.at(int(rows[0])) or account
        held = self._held_by(space, after)
        rest = evidence.denominator - (evidence.after or 0.0)
        likes = after.figures(Metric.LIKES)[rows], before.figures(Metric.LIKES)[then]
        known = all((each >= 0).all() for each in likes)
        flat = flat_likes(growth, before, after, self.times)[at]
        lab = after.labs.lab_of(space, after.taken_at)
        return Shift(
            rule=str(self),
            detector=self.name,
            subject=account,
            key=space,
            status=Status.FIRING,
            taken_at=after.taken_at,
            facts=Facts(Event.SUSPICIOUS, before=evidence.before, after=evidence.after),
            evidence=evidence,
            about={
                "models": " ".join(columns.ids[row] for row in rows.tolist()),
                "lab": lab,
                "country": after.labs.country_of(space, after.taken_at),
                "lockstep": float(np.count_nonzero(~flat)),
                "likes_before": float(likes[1].sum()) if known else None,
                "likes": float(likes[0].sum()) if known else None,
                "with": _part(held, evidence.denominator),
                "without": _part(held - (evidence.after or 0.0), rest),
            },
            size=(evidence.after or 0.0) - (evidence.before or 0.0),
        )

    def _held_by(self, space: str, after: Snapshot) -> float:
        """Return the downloads in the scope of the account's lab, or else of the account."""
        labs, at = after.labs, after.taken_at
        lab = labs.lab_of(space, at)
        words = after.columns.namespace
        spaces = after.spaces_of(Scope(ScopeKind.LAB, lab)) if lab else {space}
        figures = after.figures(Metric.DOWNLOADS)[after.within(self.scope) & words.among(spaces)]
        return float(figures[figures > 0].sum())


def _part(amount: float, total: float) -> float:
    return round(amount / total, 12) if total > 0 else 0.0


def _in_lockstep(gains: Floats) -> Bools:
    """Return which of some gains have two others within 2 % of them, as a mask."""
    order = np.argsort(gains, kind="stable")
    ordered = gains[order]
    near = np.zeros(len(gains), dtype=np.bool_)
    ends = np.searchsorted(ordered, ordered * (1 + ALIKE), side="right")
    for start, end in enumerate(ends.tolist()):
        if end - start >= LOCKSTEP:
            near[order[start:end]] = True
    return near
