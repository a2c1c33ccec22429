"""Sees a model grow far beyond its age and size class."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np

from detectors.base import NEAREST, Lack, Short, whole
from detectors.columns import Bools, Floats
from detectors.described import described
from detectors.growth import (
    GROWTH_DEFINITION,
    WINDOW_DAYS,
    Growth,
    Peers,
    flat_likes,
    grown,
    peers_of,
    places_by_age,
    scores,
)
from detectors.metric import Kind, Metric
from detectors.moments import Moments
from detectors.scope import Scope, ScopeKind
from detectors.shift import Event, Evidence, Facts, Shift, Status
from detectors.snapshot import Snapshot
from detectors.suspicious_growth import TIMES

# Iglewicz & Hoaglin call 3.5 an outlier among normal figures; growth has heavier tails.
SCORE = 5.0
# As used as the tenth of its age: one of the ten that people speak of.
ADOPTION = 1.0
TENTH = 10
# Fewer downloads a month than this are a handful of people and their tests.
LEAST = 1_000
# Of fewer than this a median and a spread are chance.
PEERS = 20


@dataclass(frozen=True)
class Breakout(Moments):
    """A model grows far beyond its age and size class, and is used like the tenth of its age.

    Two things at once. Its growth since the read before, as a logarithm, lies `score` robust
    spreads (1.4826 MAD, 0.05 at least) above the median of its peers: models of like age (by
    doublings) and size (by powers of ten), or of like age where there are fewer than `peers`. And
    its figure is `adoption` times that of the tenth of its age, or more. Only models with `least`
    count, and what grew from below counts from there, so that 2 downloads becoming 80,000 is no
    miracle. What a launch or a change of the counter does to all of an age is their median, and
    so no news. A figure of 0 may mean "not tracked": it has not grown. Downloads that explode
    while likes stand still are left to `suspicious_growth`. It needs a census: of a pulse's lists
    only winners are seen. A model is told at most once in 30 days, the window of downloads.

    Prefer `top_entry` for who is large, whatever its age.

    Source of the method: B. Iglewicz and D. C. Hoaglin, How to Detect and Handle Outliers, 1993
    (modified z-score).

    >>> from detectors.scope import ALL, LLM
    >>> print(Breakout(Metric.DOWNLOADS, LLM))
    breakout by downloads in llm
    >>> print(Breakout(Metric.LIKES, ALL, score=3.5, adoption=2, least=100))
    breakout by likes in all score 3.5 adoption 2 from 100
    >>> Breakout(Metric.TRENDING, ALL)
    Traceback (most recent call last):
        ...
    ValueError: trending is a score and does not grow; use downloads or likes
    """

    metric: Metric
    scope: Scope
    score: float = SCORE
    adoption: float = ADOPTION
    least: int = LEAST
    peers: int = PEERS
    name: ClassVar[str] = "breakout"
    rest: ClassVar[timedelta] = timedelta(days=WINDOW_DAYS)

    def __post_init__(self) -> None:
        if self.metric is Metric.TRENDING:
            raise ValueError("trending is a score and does not grow; use downloads or likes")
        for what, value in (("score", self.score), ("adoption", self.adoption)):
            if not value > 0:
                raise ValueError(f"{what} must be more than 0, got {value:g}")
        whole("the least figure", self.least, 1)
        whole("peers", self.peers, 2)

    def __str__(self) -> str:
        line = f"breakout by {self.metric.value} in {self.scope}"
        for word, value, plain in (
            ("score", self.score, SCORE),
            ("adoption", self.adoption, ADOPTION),
            ("from", self.least, LEAST),
            ("peers", self.peers, PEERS),
        ):
            line += "" if value == plain else f" {word} {value:.10g}"
        return line

    def covers(self, snapshot: Snapshot, /) -> bool:
        """Whether the Snapshot lists peers too, and not only the first."""
        return snapshot.kind is Kind.CENSUS

    def definition(self, snapshot: Snapshot, /) -> str:
        """Return the version of growth and peers, with the lab table's where the scope needs it."""
        scoped = self.scope.kind in {ScopeKind.LAB, ScopeKind.COUNTRY}
        return GROWTH_DEFINITION + (f" labs:{snapshot.labs.version}" if scoped else "")

    def detect(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Iterable[Shift]:
        """Yield the models that have outgrown their peers between two reads."""
        del past, standing
        found = self._measured(before, after)
        for at in np.flatnonzero(self._out(found, before, after)).tolist():
            yield self._shift(at, found, before, after)

    def evidence(self, subject: str, reads: Sequence[Snapshot], /) -> Evidence:
        """Return the model's figures at both ends, and the number of its peers.

        `unknown` are the models listed of the scope whose figure is not known.
        """
        before, after = reads[0], reads[-1]
        found = self._measured(before, after)
        at = int(np.searchsorted(found.growth.ordinals, int(subject)))
        return self._evidence(at, found, before, after)

    def short_of(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Sequence[Short]:
        """Return the models that have outgrown their peers most without breaking out."""
        del past, standing
        found = self._measured(before, after)
        out = self._out(found, before, after)
        short = [at for at in np.argsort(-found.scores, kind="stable").tolist() if not out[at]]
        return [
            Short(
                str(int(found.growth.ordinals[at])),
                after.columns.ids[int(found.growth.now[at])],
                Lack.BELOW,
                f"{found.scores[at]:.1f} spreads above its peers, of {self.score:g}, and "
                f"{found.growth.new[at] / found.tenths[at]:.1f} times the tenth of its age, "
                f"of {self.adoption:g}",
            )
            for at in short[:NEAREST]
            if np.isfinite(found.scores[at])
        ]

    def _measured(self, before: Snapshot, after: Snapshot) -> "_Measured":
        growth = grown(before, after, self.metric, self.scope, self.least)
        peers = peers_of(growth, self.peers)
        return _Measured(growth, peers, scores(growth, peers), places_by_age(growth, TENTH))

    def _out(self, found: "_Measured", before: Snapshot, after: Snapshot) -> Bools:
        """Return which models have broken out."""
        growth = found.growth
        out: Bools = (found.scores >= self.score) & (growth.new >= self.adoption * found.tenths)
        out &= growth.new >= self.least
        if self.metric is not Metric.LIKES and out.any():
            out &= ~flat_likes(growth, before, after, TIMES)
        return out

    def _evidence(self, at: int, found: "_Measured", before: Snapshot, after: Snapshot) -> Evidence:
        bare = after.within(self.scope) & (after.figures(self.metric) < 0)
        return Evidence(
            metric=self.metric.value,
            scope=after.listed_in(str(self.scope)),
            window=self.metric.window,
            denominator=int(found.peers.count[at]),
            unknown=int(np.count_nonzero(bare)),
            before=float(found.growth.old[at]),
            after=float(found.growth.new[at]),
            snapshots=(before.id, after.id),
            definition=self.definition(after),
        )

    def _shift(self, at: int, found: "_Measured", before: Snapshot, after: Snapshot) -> Shift:
        growth, evidence = found.growth, self._evidence(at, found, before, after)
        ordinal, score = int(growth.ordinals[at]), float(found.scores[at])
        return Shift(
            rule=str(self),
            detector=self.name,
            subject=str(ordinal),
            key=after.columns.ids[int(growth.now[at])],
            status=Status.FIRING,
            taken_at=after.taken_at,
            facts=Facts(Event.BREAKOUT, before=evidence.before, after=evidence.after),
            evidence=evidence,
            about=described(ordinal, after)
            | {
                "score": score,
                "line": self.score,
                "usual": round(float(np.exp(found.peers.median[at])), 9),
                "adoption": round(float(growth.new[at] / found.tenths[at]), 9),
                "tenth": float(found.tenths[at]),
                "days": (2.0 ** float(growth.age[at])) - 1,
                "days_to": (2.0 ** float(growth.age[at] + 1)) - 1,
            },
            size=score,
        )


@dataclass(frozen=True, eq=False)
class _Measured:
    """Growth, its peers, how far each outgrew them, and the figure of the tenth of its age."""

    growth: Growth
    peers: Peers
    scores: Floats
    tenths: Floats
