"""What the ledger has learnt, in columns: which ordinal goes by which id, oldest lesson first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.growing import Growing
from bot.packed import OID_BYTES, Bools, Ints, Letters, Oids, oids_of, same_names, words_of
from detectors.columns import AT_ONCE
from detectors.names import Names
from detectors.squeezed import TOGETHER, again, squeezed

# Eight bytes that belong to no name.
_TAIL = np.zeros(8, np.uint8)


@dataclass(frozen=True, eq=False)
class Lessons:
    """Things learnt, one a row: this ordinal goes by this id, and by this `_id` where it is known.

    ordinals: int32; one that was not met before is the next new one. oids: rows of 12 bytes,
    NO_OID where there is none. names: the ids.
    """

    ordinals: npt.NDArray[np.int32]
    oids: Oids
    names: Names

    def __len__(self) -> int:
        return len(self.ordinals)

    def __eq__(self, other: object) -> bool:
        """Whether the same was learnt in the same order."""
        if not isinstance(other, Lessons):
            return NotImplemented
        same = np.array_equal(self.ordinals, other.ordinals)
        return same and np.array_equal(self.oids, other.oids) and self.names == other.names

    def __hash__(self) -> int:
        return hash((self.ordinals.tobytes(), self.oids.tobytes(), self.names.blob))

    @classmethod
    def of(cls, rows: Iterable[tuple[int, str | None, str]]) -> "Lessons":
        """Pack ordinals, `_id`s and ids."""
        kept = list(rows)
        return cls(
            np.array([ordinal for ordinal, _, _ in kept], np.int32),
            oids_of(oid for _, oid, _ in kept),
            Names.of(name for _, _, name in kept),
        )

    @classmethod
    def joined(cls, parts: Sequence["Lessons"]) -> "Lessons":
        """Put lessons one after the other."""
        if len(parts) == 1:
            return parts[0]
        sizes = [len(part.names.blob) for part in parts]
        before = np.cumsum([0, *sizes])
        ends = [part.names.ends + shift for part, shift in zip(parts, before[:-1], strict=True)]
        return cls(
            np.concatenate([np.empty(0, np.int32), *(part.ordinals for part in parts)]),
            np.concatenate([np.empty((0, OID_BYTES), np.uint8), *(part.oids for part in parts)]),
            Names(
                b"".join(part.names.blob for part in parts),
                np.concatenate([np.empty(0, np.int64), *ends]),
            ),
        )

    def pieces(self, most_bytes: int, most_rows: int) -> Iterator["Lessons"]:
        """Yield them in pieces of so many rows and bytes of names at most, but at least one."""
        ends, start = self.names.ends, 0
        while start < len(self):
            begun = int(ends[start - 1]) if start else 0
            end = int(np.searchsorted(ends, begun + most_bytes, side="right"))
            end = max(min(end, start + most_rows), start + 1)
            blob = self.names.blob[begun : int(ends[end - 1])]
            yield Lessons(
                self.ordinals[start:end], self.oids[start:end], Names(blob, ends[start:end] - begun)
            )
            start = end


NOTHING = Lessons.of(())


# Fewer names than this are little as they are.
_MANY = 8192


class Roll:
    """The names of all repos, as they are and as they were after any number of lessons."""

    def __init__(self) -> None:
        self._ordinals = Growing(np.int32)
        self._ends = Growing(np.int64)
        self._letters = Growing(np.uint8)
        self._letters.append(_TAIL)
        self._latest = Growing(np.int32)
        self._told: tuple[int, Names] | None = None

    @property
    def lessons(self) -> int:
        """How many lessons there were."""
        return len(self._ordinals)

    def __len__(self) -> int:
        """Return how many repos have an ordinal."""
        return len(self._latest)

    def add(self, lessons: Lessons) -> None:
        """Take in further lessons, in their order."""
        if not len(lessons):
            return
        first, text = self.lessons, len(self._letters) - len(_TAIL)
        self._ordinals.append(lessons.ordinals)
        self._ends.append(lessons.names.ends + text)
        letters = np.frombuffer(lessons.names.blob, np.uint8)
        self._letters.append(letters)
        # The tail lets the last name's last word be read like any other.
        self._letters.array[text : text + len(letters)] = letters
        self._letters.array[text + len(letters) :] = 0
        more = int(lessons.ordinals.max()) + 1 - len(self)
        if more > 0:
            self._latest.append(np.zeros(more, np.int32))
        self._latest.array[lessons.ordinals] = np.arange(first, self.lessons, dtype=np.int32)

    @property
    def ordinals(self) -> npt.NDArray[np.int32]:
        """Which repo each lesson was about."""
        return self._ordinals.array

    @property
    def latest(self) -> npt.NDArray[np.int32]:
        """The last lesson about each repo."""
        return self._latest.array

    @property
    def words(self) -> npt.NDArray[np.uint64]:
        """The names taught, as bot.packed reads them."""
        return words_of(self._letters.array)

    def spans(self, lessons: Ints) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return where the names taught by some lessons begin, and their lengths, in bytes."""
        ends = self._ends.array
        starts = np.where(lessons > 0, ends[lessons - 1], 0) if len(ends) else ends
        return starts, ends[lessons] - starts

    def same(self, lessons: Ints, letters: Letters, rows: Ints) -> Bools:
        """Return which lessons taught the names that stand in some rows."""
        found = np.empty(len(rows), np.bool_)
        for start in range(0, len(rows), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            found[some] = self._same(lessons[some], letters, rows[some])
        return found

    def _same(self, lessons: Ints, letters: Letters, rows: Ints) -> Bools:
        starts, lengths = self.spans(lessons)
        equal: Bools = lengths == letters.lengths[rows]
        equal[equal] = same_names(
            letters.words,
            letters.starts[rows[equal]],
            self.words,
            starts[equal],
            lengths[equal],
        )
        return equal

    def name(self, ordinal: int) -> str:
        """Return the id a repo went by last."""
        [start], [length] = self.spans(self.latest[ordinal : ordinal + 1])
        return self._letters.array[start : start + length].tobytes().decode()

    def names(self, lessons: int | None = None) -> Names:
        """Return the id of each ordinal as it was after the first so many lessons, or is now."""
        count = self.lessons if lessons is None else min(lessons, self.lessons)
        if self._told is None or self._told[0] != count:
            self._told = count, self._names_after(count)
        return self._told[1]

    def _names_after(self, count: int) -> Names:
        """Return the id of each ordinal, what was told last gone on from where there is much."""
        latest = self._latest_after(count)
        if len(latest) < _MANY:
            return self._gathered(latest)
        if self._told is not None:
            known, held = self._told
            taught = self.ordinals[min(known, count) : max(known, count)]
            touched = np.unique(taught[taught < len(latest)] // TOGETHER).astype(np.int64)
            rows = (touched[:, None] * TOGETHER + np.arange(TOGETHER)).ravel()
            names = self._gathered(latest[rows[rows < len(latest)]])
            found = again(held, names, touched, len(latest))
            if found is not None:
                return found
        return squeezed(self._gathered(latest))

    def names_of(self, ordinals: Ints) -> Names:
        """Return the ids that some repos went by last."""
        if len(ordinals) == len(self) and (ordinals == np.arange(len(self))).all():
            return self.names()
        return self._gathered(self.latest[ordinals])

    def taught(self, first: int) -> Names:
        """Return the names of the lessons from one on."""
        return self._gathered(np.arange(first, self.lessons))

    def _latest_after(self, count: int) -> Ints:
        if count == self.lessons:
            return self.latest
        told = self.ordinals[:count]
        latest = np.zeros(int(told.max(initial=-1)) + 1, np.int32)
        latest[told] = np.arange(count, dtype=np.int32)
        return latest

    def _gathered(self, lessons: Ints) -> Names:
        starts, lengths = self.spans(lessons)
        return gathered(self._letters.array.data, starts, lengths)


def gathered(letters: bytes | memoryview, starts: Ints, lengths: Ints) -> Names:
    """Return names that lie somewhere in a blob; those that lie together are copied together."""
    if not len(starts):
        return Names.of(())
    ends = starts + lengths
    firsts = np.concatenate([[0], np.flatnonzero(starts[1:] != ends[:-1]) + 1])
    lasts = np.concatenate([firsts[1:], [len(starts)]]) - 1
    spans = zip(starts[firsts].tolist(), ends[lasts].tolist(), strict=True)
    return Names(b"".join([letters[a:b] for a, b in spans]), np.cumsum(lengths))
