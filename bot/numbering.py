"""Numbering what cannot be numbered all at once: renamed, taken over, told apart by a table."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bot.packed import NO_OID, Bools, Ints, Keys, Letters, Oids
from detectors.labs import Labs
from detectors.names import Names

NONE = NO_OID.tobytes()
Ordinals = npt.NDArray[np.int64]


class Known(Protocol):
    """What is known of repos before a Reading."""

    labs: Labs

    def __len__(self) -> int: ...

    def name(self, ordinal: int) -> str:
        """Return the id a repo went by last."""

    def oid(self, ordinal: int) -> bytes:
        """Return the `_id` of a repo, NONE where it is not known."""

    def canonical(self, name: str) -> int | None:
        """Return the repo of a namespace in the table of renames by its canonical id."""


@dataclass(frozen=True)
class Asked:
    """The models of one Reading; `waiting` are the rows whose `ordinals` are not settled yet.

    keys and holders are of those that wait: the number of the name, who bore it last or -1.
    """

    letters: Letters
    names: Names
    oids: Oids
    ordinals: Ordinals
    waiting: Ints
    keys: Keys
    holders: Ordinals


@dataclass(frozen=True)
class Learnt:
    """Which of the waiting models turned out to be new, and which taught something."""

    new: Bools
    taught: Bools


@dataclass
class Singly:
    """Numbers models one after the other, each knowing what those before it taught."""

    ledger: Known
    asked: Asked
    by_oid: Ordinals
    new: Bools
    _ids: dict[str, int] = field(default_factory=dict)
    _oids: dict[bytes, int] = field(default_factory=dict)
    _bound: dict[int, bytes] = field(default_factory=dict)
    _canonical: dict[str, int] = field(default_factory=dict)
    _names: dict[int, str] = field(default_factory=dict)
    _used: Bools = field(init=False)

    def numbered(self, places: Ints) -> Learnt:
        """Give these of the waiting their ordinals, new ones by their place among all new ones."""
        learnt = Learnt(
            np.zeros(len(self.asked.waiting), np.bool_), np.zeros(len(self.asked.waiting), np.bool_)
        )
        if not len(places):
            return learnt
        at_once = np.cumsum(self.new)
        before = {place: self._known_before(place) for place in places.tolist()}
        known = self.asked.ordinals
        self._used = np.zeros(len(self.ledger) + len(self.asked.waiting), np.bool_)
        self._used[known[known >= 0]] = True
        self._used[[each for each in before.values() if each is not None]] = True
        singly = 0
        for place, found in before.items():
            row = int(self.asked.waiting[place])
            name, oid = self.asked.names[row], self.asked.oids[row].tobytes()
            # One before it may have turned out to be the repo that was known by that name alone.
            ordinal = None if found is None or self._another(found, oid) else found
            if ordinal is None:
                # Two records of one Reading with the same name are the same repo.
                ordinal = self._known_now(name, oid)
            if ordinal is None:
                ordinal = self._renamed(name, oid)
            if ordinal is None:
                ordinal = len(self.ledger) + int(at_once[place]) + singly
                singly += 1
                learnt.new[place] = True
            self.asked.ordinals[row] = ordinal
            self._used[ordinal] = True
            holder = self._ids.get(name, int(self.asked.holders[place]))
            binds = oid != NONE and self._oid(ordinal) == NONE
            if holder != ordinal or binds or self._name(ordinal) != name:
                learnt.taught[place] = True
                self._keep(ordinal, name, oid)
        return learnt

    def _known_before(self, place: int) -> int | None:
        if self.by_oid[place] >= 0:
            return int(self.by_oid[place])
        holder = int(self.asked.holders[place])
        oid = self.asked.oids[self.asked.waiting[place]].tobytes()
        return None if holder < 0 or self._another(holder, oid) else holder

    def _known_now(self, name: str, oid: bytes) -> int | None:
        if oid != NONE and oid in self._oids:
            return self._oids[oid]
        ordinal = self._ids.get(name)
        return None if ordinal is None or self._another(ordinal, oid) else ordinal

    def _renamed(self, name: str, oid: bytes) -> int | None:
        """Return the model this one was before its namespace was renamed, if the table knows."""
        canonical = self.ledger.labs.canonical_id(name)
        ordinal = self.ledger.canonical(canonical)
        if ordinal is None:
            ordinal = self._canonical.get(canonical)
        if ordinal is None or self._used[ordinal] or self._another(ordinal, oid):
            return None
        return ordinal

    def _another(self, ordinal: int, oid: bytes) -> bool:
        """Whether a name was taken over: the repo that bore it has a different `_id`."""
        bound = self._oid(ordinal)
        return NONE not in {oid, bound} and oid != bound

    def _oid(self, ordinal: int) -> bytes:
        if ordinal in self._bound or ordinal >= len(self.ledger):
            return self._bound.get(ordinal, NONE)
        return self.ledger.oid(ordinal)

    def _name(self, ordinal: int) -> str | None:
        if ordinal in self._names or ordinal >= len(self.ledger):
            return self._names.get(ordinal)
        return self.ledger.name(ordinal)

    def _keep(self, ordinal: int, name: str, oid: bytes) -> None:
        self._ids[name] = ordinal
        self._names[ordinal] = name
        self._canonical.setdefault(self.ledger.labs.canonical_id(name), ordinal)
        if oid != NONE:
            self._oids[oid] = ordinal
            self._bound[ordinal] = oid
