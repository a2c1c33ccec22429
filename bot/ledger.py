"""Which repo is which: every model has an ordinal for life, whatever it is called later."""

from dataclasses import dataclass

import numpy as np

from bot.growing import Growing
from bot.lessons import Lessons, Roll, gathered
from bot.numbering import Asked, Ordinals, Singly
from bot.packed import (
    NO_OID,
    OID_BYTES,
    Bools,
    Ints,
    Keys,
    Letters,
    Oids,
    Runs,
    alone,
    beginning,
    name_keys,
    oid_keys,
    order_of,
    same_oids,
    without_oid,
)
from bot.vocabulary import Vocabulary
from detectors.labs import Labs
from detectors.names import Names
from detectors.scope import all_named_otherwise


@dataclass(frozen=True)
class _Named:
    """What is known of names: keys, the ordinal that bore each last or -1, and if it still does."""

    keys: Keys
    holders: Ordinals
    still: Bools


class Ledger:
    """Ordinals by `_id`; where that is missing, by id and the lab table's renames.

    What most models need, to be found again or to be new, is done for all at once; what is
    renamed, taken over or told apart by the lab table is done one by one.
    """

    def __init__(self, labs: Labs) -> None:
        self.labs = labs
        self.roll = Roll()
        self.vocabulary = Vocabulary()
        self._fresh: list[Lessons] = []
        self._oids = Growing(np.uint8, OID_BYTES)
        # Repos that share a name with another, now or once: they are always looked at singly.
        self._contested = Growing(np.bool_)
        self._otherwise = Growing(np.bool_)
        self._by_oid = Runs()
        self._by_name = Runs()
        self._by_canonical: dict[str, int] = {}
        spaces = {labs.canonical_id(f"{space}/").lower() for space in labs.renamed}
        self._renaming = sorted(spaces | {f"{space}/" for space in labs.renamed})

    def __len__(self) -> int:
        """Return how many repos have an ordinal."""
        return len(self.roll)

    def learn(self, lessons: Lessons) -> None:
        """Take in lessons already stored, oldest first."""
        letters = Letters(lessons.names)
        keys = name_keys(letters.words, letters.starts, letters.lengths)
        self._add(lessons, letters, keys)

    def take(self) -> Lessons:
        """Return what was learnt since this was last asked for, oldest first, for the store."""
        fresh, self._fresh = self._fresh, []
        return Lessons.joined(fresh)

    def name(self, ordinal: int) -> str:
        """Return the id a repo went by last."""
        return self.roll.name(ordinal)

    def oid(self, ordinal: int) -> bytes:
        """Return the `_id` of a repo as 12 bytes, NO_OID where it is not known."""
        return bytes(self._oids.array[ordinal])

    def canonical(self, name: str) -> int | None:
        """Return the repo of a namespace in the table of renames by its canonical id."""
        return self._by_canonical.get(name)

    def number(self, names: Names, oids: Oids) -> Ordinals:
        """Return the ordinal of each model of one Reading, new models getting new ones."""
        letters = Letters(names)
        bare = without_oid(oids)
        ordinals = self._known_by_oid(oids, bare)
        settled = self._settled(ordinals, letters)
        if not settled.all():
            waiting = np.flatnonzero(~settled)
            named = self._named(letters, waiting)
            # A repo that is listed under two names is followed through them in their order.
            twice = np.zeros(len(self) + 1, np.bool_)
            twice[named.holders] = twice[ordinals[waiting]] = True
            twice[-1] = False
            if (again := settled & twice[ordinals]).any():
                waiting = np.flatnonzero(~settled | again)
                named = self._named(letters, waiting)
            asked = Asked(letters, names, oids, ordinals, waiting, named.keys, named.holders)
            self._settle(asked, bare[waiting], named.still)
        return ordinals

    def _known_by_oid(self, oids: Oids, bare: Bools) -> Ordinals:
        """Return the ordinals of models by `_id`, -1 where it is new; `bare` are without one."""
        if bare.all():
            return np.full(len(oids), -1, np.int64)
        return self._by_oid.find(
            oid_keys(oids),
            lambda asked, held: same_oids(
                self._oids.array.take(held, axis=0), oids.take(asked, axis=0)
            ),
        )

    def named_otherwise(self, ordinals: Ints | slice) -> Bools:
        """Return which repos' names say that they are no language model; each is read once."""
        self._otherwise.append(all_named_otherwise(self.roll.taught(len(self._otherwise))))
        found: Bools = self._otherwise.array[self.roll.latest[ordinals]]
        return found

    def shares_its_name(self, ordinals: Ints) -> Bools:
        """Return which repos bear, or bore, a name that another one bears or bore."""
        shares: Bools = self._contested.array[ordinals]
        return shares

    def parents(self, names: Names) -> Ordinals:
        """Return the ordinals of base models by their ids, each given once.

        One that was never listed gets an ordinal of its own.
        """
        letters = Letters(names)
        named = self._named(letters, np.arange(len(names)))
        ordinals = named.holders
        fresh: list[int] = []
        taught: dict[str, int] = {}
        for row in np.flatnonzero(ordinals < 0).tolist():
            name = self.labs.canonical_id(names[row])
            known = self.canonical(name)
            if known is None:
                known = taught.setdefault(name, len(self) + len(fresh))
            if known == len(self) + len(fresh):
                fresh.append(row)
            ordinals[row] = known
        rows = np.array(fresh, np.int64)
        self._note(_some(letters, names, rows, ordinals), named.keys[rows])
        return ordinals

    def _settled(self, ordinals: Ordinals, letters: Letters) -> Bools:
        """Return which models are known by `_id` and go by the name they went by last."""
        known = np.flatnonzero(ordinals >= 0)
        of = ordinals[known]
        good = ~self._contested.array[of] & self._same_as_last(of, letters, known)
        settled = np.zeros(len(ordinals), np.bool_)
        settled[known[good]] = True
        return settled

    def _same_as_last(self, ordinals: Ordinals, letters: Letters, rows: Ints) -> Bools:
        """Return which repos are named as they were last, by the rows of what was asked."""
        return self.roll.same(self.roll.latest[ordinals], letters, rows)

    def _named(self, letters: Letters, rows: Ints) -> "_Named":
        """Look some names up."""
        keys = name_keys(letters.words, letters.starts[rows], letters.lengths[rows])
        lessons = self._taught(keys, letters, rows)
        holders = self._bearers(lessons)
        still = holders >= 0
        # Few repos have learnt another name since.
        still[still] = self.roll.latest[holders[still]] == lessons[still]
        other = np.flatnonzero((holders >= 0) & ~still)
        still[other] = self._same_as_last(holders[other], letters, rows[other])
        return _Named(keys, holders, still)

    def _taught(self, keys: Keys, letters: Letters, rows: Ints) -> Ints:
        """Return the last lesson that taught each of some names, -1 where none did."""
        return self._by_name.find(
            keys, lambda asked, found: self.roll.same(found, letters, rows[asked])
        )

    def _bearers(self, lessons: Ints) -> Ordinals:
        """Return whose lessons they were, -1 for none."""
        found = np.full(len(lessons), -1, np.int64)
        known = lessons >= 0
        found[known] = self.roll.ordinals[lessons[known]]
        return found

    def _settle(self, asked: Asked, bare: Bools, still: Bools) -> None:
        """Give the models that wait their ordinals, those that need care one by one.

        bare: which of them have no `_id`. still: whose name is the last that its holder went by.
        """
        rows, holders = asked.waiting, asked.holders
        plain = self._plain(asked, bare, still)
        new = plain & (holders < 0)
        fresh = rows[new]
        new[new] = ~np.isin(fresh, beginning(asked.letters, fresh, self._renaming))
        by_oid = asked.ordinals[rows]
        found = plain & (holders >= 0) & (bare | self._unbound(holders, ~bare))
        held = holders[found]
        found[found] = self._once(holders)[held] & ~np.isin(held, by_oid)
        asked.ordinals[rows[found]] = holders[found]
        binds = found & ~bare
        with_care = np.flatnonzero(~(new | found))
        careful = Singly(self, asked, by_oid, new)
        learnt = careful.numbered(with_care)
        first = len(self)
        added = new | learnt.new
        asked.ordinals[rows[added]] = first + np.arange(np.count_nonzero(added))
        taught = np.flatnonzero(added | binds | learnt.taught)
        lessons = _some(asked.letters, asked.names, rows[taught], asked.ordinals, asked.oids)
        self._note(lessons, asked.keys[taught])

    def _plain(self, asked: Asked, bare: Bools, still: Bools) -> Bools:
        """Return which models are new or known by a name that nobody else bears or bore."""
        rows, holders = asked.waiting, asked.holders
        plain = alone(asked.keys) & (asked.ordinals[rows] < 0)
        if not bare.all():
            plain &= bare | alone(oid_keys(asked.oids[rows]))
        held = np.flatnonzero(holders >= 0)
        plain[held] &= still[held] & ~self._contested.array[holders[held]]
        return plain

    def _once(self, holders: Ordinals) -> Bools:
        """Return which repos hold one name alone of those that some hold, by ordinal."""
        once: Bools = np.bincount(holders[holders >= 0], minlength=len(self)) == 1
        return once

    def _unbound(self, holders: Ordinals, rows: Bools) -> Bools:
        """Return which repos have no `_id` yet, of some rows alone."""
        unbound = np.zeros(len(holders), np.bool_)
        asked = np.flatnonzero(rows & (holders >= 0))
        unbound[asked] = without_oid(self._oids.array[holders[asked]])
        return unbound

    def _note(self, lessons: Lessons, keys: Keys) -> None:
        """Take in what is new, by the keys of its names."""
        if len(lessons):
            self._fresh.append(lessons)
            self._add(lessons, Letters(lessons.names), keys)

    def _add(self, lessons: Lessons, letters: Letters, keys: Keys) -> None:
        self._contest(lessons, letters, keys)
        has = np.flatnonzero(~without_oid(lessons.oids))
        ordinals = lessons.ordinals[has]
        first = self.roll.lessons
        self.roll.add(lessons)
        more = len(self.roll) - len(self._oids)
        self._oids.append(np.broadcast_to(NO_OID, (more, OID_BYTES)))
        unbound = ~same_oids(self._oids.array[ordinals], lessons.oids[has])
        has, ordinals = has[unbound], ordinals[unbound]
        self._oids.array[ordinals] = lessons.oids[has]
        self._by_oid.add(oid_keys(lessons.oids[has]), ordinals)
        self._by_name.add(keys, np.arange(first, self.roll.lessons))
        every = np.arange(len(lessons))
        for row in beginning(letters, every, self._renaming).tolist():
            name = self.labs.canonical_id(lessons.names[row])
            self._by_canonical.setdefault(name, int(lessons.ordinals[row]))

    def _contest(self, lessons: Lessons, letters: Letters, keys: Keys) -> None:
        """Mark the repos of which two bear, or bore, the same name."""
        before = self._bearers(self._taught(keys, letters, np.arange(len(keys))))
        more = int(lessons.ordinals.max(initial=-1)) + 1 - len(self._contested)
        self._contested.append(np.zeros(max(0, more), np.bool_))
        others = (before >= 0) & (before != lessons.ordinals)
        again = np.flatnonzero(~alone(keys))
        order = again[order_of(keys[again])]
        same = keys[order][1:] == keys[order][:-1]
        differ = same & (lessons.ordinals[order][1:] != lessons.ordinals[order][:-1])
        marked = self._contested.array
        marked[before[others]] = True
        marked[lessons.ordinals[others]] = True
        marked[lessons.ordinals[order[1:][differ]]] = True
        marked[lessons.ordinals[order[:-1][differ]]] = True


def _some(
    letters: Letters, names: Names, rows: Ints, ordinals: Ordinals, oids: Oids | None = None
) -> Lessons:
    """Return what some models teach."""
    lengths = letters.lengths[rows]
    return Lessons(
        ordinals[rows].astype(np.int32),
        np.broadcast_to(NO_OID, (len(rows), OID_BYTES)) if oids is None else oids[rows],
        gathered(names.blob, letters.starts[rows], lengths),
    )
