"""Which repo is which: every model has an ordinal for life, whatever it is called later."""

import numpy as np

from bot.lessons import Growing, Lessons, Roll, gathered
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
        self._add(lessons, letters, name_keys(letters.words, letters.starts, letters.lengths))

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
        ordinals = self._by_oid.find(
            oid_keys(oids),
            lambda asked, held: same_oids(
                self._oids.array.take(held, axis=0), oids.take(asked, axis=0)
            ),
        )
        settled = self._settled(ordinals, letters)
        if not settled.all():
            waiting = np.flatnonzero(~settled)
            keys, holders = self._named(letters, waiting)
            # A repo that is listed under two names is followed through them in their order.
            twice = np.zeros(len(self) + 1, np.bool_)
            twice[holders] = twice[ordinals[waiting]] = True
            twice[-1] = False
            if (again := settled & twice[ordinals]).any():
                waiting = np.flatnonzero(~settled | again)
                keys, holders = self._named(letters, waiting)
            self._settle(Asked(letters, names, oids, ordinals, waiting, keys, holders))
        return ordinals

    def named_otherwise(self, ordinals: Ints) -> Bools:
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
        _, ordinals = self._named(letters, np.arange(len(names)))
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
        self._note(_some(letters, names, np.array(fresh, np.int64), ordinals))
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

    def _holders(self, keys: Keys, letters: Letters, rows: Ints) -> Ordinals:
        """Return the ordinal that bore each of some names last, -1 where nobody did."""
        lessons = self._by_name.find(
            keys, lambda asked, found: self.roll.same(found, letters, rows[asked])
        )
        return np.where(lessons >= 0, self.roll.ordinals[lessons], -1) if len(self) else lessons

    def _named(self, letters: Letters, rows: Ints) -> tuple[Keys, Ordinals]:
        """Return the keys of some names, and the ordinal that bore each name last."""
        keys = name_keys(letters.words, letters.starts[rows], letters.lengths[rows])
        return keys, self._holders(keys, letters, rows)

    def _settle(self, asked: Asked) -> None:
        """Give the models that wait their ordinals, those that need care one by one."""
        rows, letters, holders = asked.waiting, asked.letters, asked.holders
        oids, by_oid = asked.oids[rows], asked.ordinals[rows]
        bare = without_oid(oids)
        single = alone(asked.keys) & (bare | alone(oid_keys(oids)))
        held = np.flatnonzero(holders >= 0)
        unbound = np.zeros(len(rows), np.bool_)
        unbound[held] = without_oid(self._oids.array[holders[held]])
        plain = single & (by_oid < 0)
        plain[held] &= ~self._contested.array[holders[held]]
        plain[held] &= self._same_as_last(holders[held], letters, rows[held])
        new = plain & (holders < 0)
        touched = beginning(letters, self._renaming)
        new &= ~np.isin(rows, touched)
        found = plain & (holders >= 0) & (bare | unbound)
        found &= alone(holders) & ~np.isin(holders, by_oid)
        asked.ordinals[rows[found]] = holders[found]
        binds = found & ~bare
        with_care = np.flatnonzero(~(new | found))
        careful = Singly(self, asked, by_oid, new)
        learnt = careful.numbered(with_care)
        first = len(self)
        added = new | learnt.new
        asked.ordinals[rows[added]] = first + np.arange(np.count_nonzero(added))
        taught = rows[added | binds | learnt.taught]
        self._note(_some(letters, asked.names, taught, asked.ordinals, asked.oids))

    def _note(self, lessons: Lessons) -> None:
        if len(lessons):
            self._fresh.append(lessons)
            self.learn(lessons)

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
        for row in beginning(letters, self._renaming).tolist():
            name = self.labs.canonical_id(lessons.names[row])
            self._by_canonical.setdefault(name, int(lessons.ordinals[row]))

    def _contest(self, lessons: Lessons, letters: Letters, keys: Keys) -> None:
        """Mark the repos of which two bear, or bore, the same name."""
        before = self._holders(keys, letters, np.arange(len(keys)))
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
