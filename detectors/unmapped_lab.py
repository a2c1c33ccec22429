"""Sees a namespace that the lab table does not know hold places of a board."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from detectors.base import NEAREST, Lack, Short, part
from detectors.board import BOARD_DEFINITION
from detectors.scope import Scope, default_scope
from detectors.share import Places
from detectors.share_threshold import percent, shown
from detectors.shift import Event, Evidence, Facts, Severity, Shift, Status
from detectors.snapshot import Snapshot

UNMAPPED_DEFINITION = "unmapped/1"


@dataclass(frozen=True)
class UnmappedLab:
    """A namespace that nobody has mapped holds more than `fire_at` of a board's places.

    Its places count as *unknown* in every share by lab or country, so the lab table needs an
    entry: a lab, or a line under `[no_public_base]` once somebody has looked, which ends the
    matter. It has lost its weight when it holds less than `clear_at`. At the default of 10 % of a
    top 10 it takes two places: one is any newcomer, a second one a publisher. Both edges are
    strict, and the places are measured against those that the board has, n at most.

    Prefer `share_threshold` for what a lab that is mapped holds.

    Source: our own; places are counted as the unknown part of a share counts them.

    >>> from detectors.metric import Metric
    >>> from detectors.scope import ALL
    >>> print(UnmappedLab(Places(10, Metric.TRENDING), ALL, 0.1, 0.05))
    unmapped lab above 10% clear 5% in top 10 by trending
    >>> UnmappedLab(Places(10, Metric.TRENDING), ALL, 0.1, 0.2)
    Traceback (most recent call last):
        ...
    ValueError: clear 20% must not lie above the line of 10% that it clears
    """

    places: Places
    scope: Scope
    fire_at: float
    clear_at: float = -1.0
    name: ClassVar[str] = "unmapped_lab"

    def __post_init__(self) -> None:
        part("the line", self.fire_at)
        if self.clear_at == -1.0:
            object.__setattr__(self, "clear_at", self.fire_at)
        part("clear", self.clear_at)
        if self.clear_at > self.fire_at:
            raise ValueError(
                f"clear {percent(self.clear_at)} must not lie above "
                f"the line of {percent(self.fire_at)} that it clears"
            )

    def __str__(self) -> str:
        line = f"unmapped lab above {percent(self.fire_at)}"
        if self.clear_at != self.fire_at:
            line += f" clear {percent(self.clear_at)}"
        scope = "" if self.scope == default_scope(self.places.metric) else f" in {self.scope}"
        return f"{line} in {self.places}{scope}"

    @property
    def past(self) -> int:
        """One: the read before."""
        return 1

    @property
    def step(self) -> float:
        """The part it must move to be told again: one place."""
        return 1 / self.places.n

    def covers(self, snapshot: Snapshot, /) -> bool:
        """Whether the Snapshot can say who is in the top n."""
        return snapshot.reaches(self.places.metric, self.scope, self.places.n)

    def definition(self, snapshot: Snapshot, /) -> str:
        """Return the versions of what is counted, of the board, and of the table it is held to."""
        return f"{UNMAPPED_DEFINITION} {BOARD_DEFINITION} labs:{snapshot.labs.version}"

    def holding(self, snapshot: Snapshot, standing: Collection[str], /) -> Mapping[str, str]:
        """Return the unmapped namespaces beyond the line, and those that stood and are not back."""
        held = self._held(snapshot)
        return {
            space: ids[0].partition("/")[0]
            for space, ids in held.spaces.items()
            if held.part(space) > self.fire_at
            or (space in standing and held.part(space) >= self.clear_at)
        }

    def detect(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Iterable[Shift]:
        """Yield the unmapped namespaces that are beyond the line now, and those that are back."""
        del past
        then, now = self._held(before), self._held(after)
        for space in sorted({*then.spaces, *now.spaces, *standing}):
            stood = space in standing or then.part(space) > self.fire_at
            if now.part(space) > self.fire_at:
                if space not in standing:
                    yield self._shift(space, Status.FIRING, before, after)
            elif stood and (now.part(space) < self.clear_at or not now.spaces.get(space)):
                yield self._shift(space, Status.RESOLVED, before, after)

    def again(self, shift: Shift, /) -> Shift:
        """Return the Shift unchanged: a line crossed again is crossed."""
        return shift

    def evidence(self, subject: str, reads: Sequence[Snapshot], /) -> Evidence:
        """Return the namespace's parts at both ends; `unknown` are the places nobody can map."""
        before, after = reads[0], reads[-1]
        then, now = self._held(before), self._held(after)
        return Evidence(
            metric="slots",
            scope=after.listed_in(f"{self.places} in {self.scope}"),
            window="at the time of the snapshot",
            denominator=now.total,
            unknown=sum(map(len, now.spaces.values())),
            before=then.part(subject),
            after=now.part(subject),
            snapshots=(before.id, after.id),
            definition=self.definition(after),
        )

    def short_of(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Sequence[Short]:
        """Return the unmapped accounts that hold most of the places without being beyond."""
        del before, past
        held = self._held(after)
        short = [
            (-held.part(space), space, ids[0].partition("/")[0])
            for space, ids in held.spaces.items()
            if space not in standing and held.part(space) <= self.fire_at
        ]
        return [
            Short(space, key, Lack.BELOW, f"{shown(-part_held)}, of {percent(self.fire_at)}")
            for part_held, space, key in sorted(short)[:NEAREST]
        ]

    def _held(self, snapshot: Snapshot) -> "_Held":
        board = snapshot.board(self.places.metric, self.scope, self.places.n)
        if board is None:
            raise ValueError(f"{snapshot.id} has no board of the {self.places} in {self.scope}")
        first = board.ids[: self.places.n]
        spaces: dict[str, list[str]] = {}
        for each in first:
            space, slash, _ = each.partition("/")
            if slash and not snapshot.labs.lists(space):
                spaces.setdefault(space.lower(), []).append(each)
        return _Held(spaces, len(first))

    def _shift(self, space: str, status: Status, before: Snapshot, after: Snapshot) -> Shift:
        then, now = self._held(before), self._held(after)
        ids = now.spaces.get(space) or then.spaces.get(space) or [f"{space}/"]
        evidence = self.evidence(space, (before, after))
        rising = status is Status.FIRING
        return Shift(
            rule=str(self),
            detector=self.name,
            subject=space,
            key=ids[0].partition("/")[0],
            status=status,
            taken_at=after.taken_at,
            facts=Facts(
                Event.UP if rising else Event.DOWN, before=evidence.before, after=evidence.after
            ),
            evidence=evidence,
            about={
                "unit": "places",
                "line": self.fire_at if rising else self.clear_at,
                "amount_before": len(then.spaces.get(space, ())),
                "amount": len(now.spaces.get(space, ())),
                "total_before": then.total,
                "holders": " ".join(now.spaces.get(space, ())),
            },
            severity=Severity.INFO,
            size=now.part(space),
        )


@dataclass(frozen=True)
class _Held:
    """The models of each unmapped namespace in small letters, of `total` places."""

    spaces: Mapping[str, Sequence[str]]
    total: int

    def part(self, space: str) -> float:
        """Return a namespace's part of the places, 0 to 1."""
        return round(len(self.spaces.get(space, ())) / self.total, 12) if self.total else 0.0
