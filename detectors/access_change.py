"""Sees a model's licence, gating, listing or name change."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from detectors.base import whole
from detectors.board import BOARD_DEFINITION
from detectors.columns import UNKNOWN
from detectors.described import described
from detectors.metric import Kind
from detectors.moments import Moments
from detectors.scope import Scope, ScopeKind, default_scope
from detectors.share import Places
from detectors.shift import Event, Evidence, Facts, Severity, Shift, Status
from detectors.snapshot import Snapshot

ACCESS_DEFINITION = "access/2"

# A listing that lacks more of the models watched than this at once is at fault, not their labs.
MOST_VANISHED = 0.05
FEW = 3


class Access(StrEnum):
    """What of a model's access can change, the gravest first."""

    LISTING = "listing"
    GATING = "gating"
    LICENSE = "license"
    NAME = "name"


# What a field said before and says now.
_Values = tuple[str, str]

_GONE = ("listed", "gone")
_BACK = ("gone", "listed")
_LISTED = ("gone", "listed")
_GATES = ("open", "gated")
# What can be counted of these is 1 where it holds; a licence and a name are no figures.
_COUNTED = {"gone": 0.0, "listed": 1.0, "open": 0.0, "gated": 1.0}


@dataclass(frozen=True)
class AccessChange(Moments):
    """A model of weight changes its licence, its gate, its name, or is gone from the Hub.

    It watches the first `n` models of a board: whose access nobody depends on may change it in
    peace. `n` is best left at 1,000, what a pulse lists. A licence or gate that is unknown at
    either end has not changed. That a model is gone only a census can say, and not one of a
    panel; one that lacks more than 5 % of the models watched is taken to be cut short, and says
    so of none. A model that was told to be gone is told when it is back. Several changes of one
    model in one look are one Shift, led by the gravest: listing, gate, licence, name.

    Prefer `top_entry` for a model that leaves a board and stays on the Hub.

    Source: the fields are the Hub's own: `gated`, the `license:` tag, and the repo's `_id`, by
    which a model is the same under another name (https://huggingface.co/docs/hub/models-gated).

    >>> from detectors.metric import Metric
    >>> from detectors.scope import ALL
    >>> print(AccessChange(Places(1000, Metric.LIKES), ALL))
    access change in top 1000 by likes
    >>> print(AccessChange(Places(50, Metric.DOWNLOADS), ALL, Access.LICENSE))
    access change of license in top 50 by downloads in all
    >>> AccessChange(Places(0, Metric.LIKES), ALL)
    Traceback (most recent call last):
        ...
    ValueError: top N must be a whole number of at least 1, got 0
    """

    places: Places
    scope: Scope
    what: Access | None = None
    name: ClassVar[str] = "access_change"

    def __post_init__(self) -> None:
        whole("top N", self.places.n, 1)

    def __str__(self) -> str:
        of = f" of {self.what.value}" if self.what else ""
        scope = "" if self.scope == default_scope(self.places.metric) else f" in {self.scope}"
        return f"access change{of} in {self.places}{scope}"

    def covers(self, snapshot: Snapshot, /) -> bool:
        """Whether the Snapshot can say who is in the top n."""
        return snapshot.reaches(self.places.metric, self.scope, self.places.n)

    def definition(self, snapshot: Snapshot, /) -> str:
        """Return the versions of what a change is and of the board, and of the scope's table."""
        scoped = self.scope.kind in {ScopeKind.LAB, ScopeKind.COUNTRY}
        table = f" labs:{snapshot.labs.version}" if scoped else ""
        return f"{ACCESS_DEFINITION} {BOARD_DEFINITION}{table}"

    def detect(
        self,
        before: Snapshot,
        after: Snapshot,
        past: Sequence[Snapshot],
        standing: Collection[str] = (),
        /,
    ) -> Iterable[Shift]:
        """Yield the models watched that have changed between two reads, gone and back among them.

        `standing` names those of which something was told before.
        """
        del past
        watched = sorted({*self._top(before), *self._top(after)})
        found = {each: self._changes(each, before, after) for each in watched}
        lost = [each for each in watched if found[each].get(Access.LISTING) == _GONE]
        cut_short = len(lost) > max(FEW, MOST_VANISHED * len(watched))
        found |= {int(each): self._changes(int(each), before, after) for each in standing}
        for ordinal, changes in sorted(found.items()):
            listing = changes.get(Access.LISTING)
            back = listing == _BACK and str(ordinal) in standing
            gone = listing == _GONE and ordinal in watched and not cut_short
            if changes and (listing is None or back or gone):
                yield self._shift(ordinal, changes, before, after)

    def evidence(self, subject: str, reads: Sequence[Snapshot], /) -> Evidence:
        """Return the gravest change, as 0 and 1 where it can be counted, and of how many models.

        Those are the first `n` among which it was before, or else is now; `unknown` are those of
        them of which one of the reads does not say what the change is of.
        """
        before, after = reads[0], reads[-1]
        changes = self._changes(int(subject), before, after)
        first = next(iter(changes), None)
        values = changes[first] if first else ("", "")
        top = self._top(before)
        if int(subject) not in top:
            top = self._top(after)
        said = [each for each in top if first and _values(first, each, before, after) is not None]
        return Evidence(
            metric=first.value if first else "access",
            scope=after.listed_in(f"{self.places} in {self.scope}"),
            window=f"from one {after.kind.value} to the next",
            denominator=len(top),
            unknown=len(top) - len(said),
            before=_COUNTED.get(values[0]),
            after=_COUNTED.get(values[1]),
            snapshots=(before.id, after.id),
            definition=self.definition(after),
        )

    def _top(self, read: Snapshot) -> list[int]:
        board = read.board(self.places.metric, self.scope, self.places.n)
        if board is None:
            raise ValueError(f"{read.id} has no board of the {self.places} in {self.scope}")
        return [int(each) for each in board.ordinals[: self.places.n].tolist()]

    def _changes(self, ordinal: int, before: Snapshot, after: Snapshot) -> Mapping[Access, _Values]:
        """Return what has changed of what the rule asks for, from what to what, gravest first."""
        found: dict[Access, _Values] = {}
        for each in Access:
            values = _values(each, ordinal, before, after) if self.what in {None, each} else None
            if values is not None and not _same(each, values):
                found[each] = values
        return found

    def _shift(
        self,
        ordinal: int,
        changes: Mapping[Access, _Values],
        before: Snapshot,
        after: Snapshot,
    ) -> Shift:
        evidence = self.evidence(str(ordinal), (before, after))
        origin = after if _row(ordinal, after) is not None else before
        row = _row(ordinal, origin)
        board = origin.board(self.places.metric, self.scope, self.places.n)
        rank = board.rank(ordinal) if board else None
        about = described(ordinal, origin)
        for change, (was, now) in changes.items():
            about |= {f"{change.value}_before": was, f"{change.value}_after": now}
        first = next(iter(changes))
        return Shift(
            rule=str(self),
            detector=self.name,
            subject=str(ordinal),
            key="" if row is None else origin.columns.ids[row],
            status=Status.FIRING,
            taken_at=after.taken_at,
            facts=Facts(
                event=_event(first, *changes[first]),
                before=evidence.before,
                after=evidence.after,
                rank=rank,
            ),
            evidence=evidence,
            about=about | {"by": self.places.metric.value, "changes": " ".join(changes)},
            severity=Severity.INFO if first is Access.NAME else Severity.NOTABLE,
            size=0.0 if rank is None else float(max(self.places.n + 1 - rank, 0)),
        )


def _values(change: Access, ordinal: int, before: Snapshot, after: Snapshot) -> _Values | None:
    """Return what two reads say of one thing of a model; None where one of them does not say."""
    old, new = _row(ordinal, before), _row(ordinal, after)
    if change is Access.LISTING:
        if any(read.kind is not Kind.CENSUS or read.panel for read in (before, after)):
            return None
        return _LISTED[old is not None], _LISTED[new is not None]
    if old is None or new is None:
        return None
    then, now = before.columns, after.columns
    match change:
        case Access.GATING:
            gates = (int(then.gated[old]), int(now.gated[new]))
            return None if UNKNOWN in gates else (_GATES[gates[0]], _GATES[gates[1]])
        case Access.LICENSE:
            was, has = then.license.at(old), now.license.at(new)
            return None if was is None or has is None else (was, has)
    return before.labs.canonical_id(then.ids[old]), after.labs.canonical_id(now.ids[new])


def _same(change: Access, values: _Values) -> bool:
    was, now = values
    # The Hub takes a name for the same in large and small letters.
    return was == now or (change is Access.NAME and was.lower() == now.lower())


def _row(ordinal: int, read: Snapshot) -> int | None:
    return read.columns.row(ordinal)


def _event(change: Access, was: str, now: str) -> Event:
    match change:
        case Access.LISTING:
            return Event.VANISHED if (was, now) == _GONE else Event.RETURNED
        case Access.GATING:
            return Event.GATED if now == _GATES[1] else Event.OPENED
        case Access.LICENSE:
            return Event.LICENSE
        case Access.NAME:
            same = was.partition("/")[0].lower() == now.partition("/")[0].lower()
            return Event.RENAMED if same else Event.MOVED
