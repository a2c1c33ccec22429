"""Names and `_id`s in bulk: keys to look them up by, and comparing them, without an object each."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.names import Names

Ints = npt.NDArray[np.integer[Any]]
Bools = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]
# Rows of 12 bytes: the Hub's `_id`s are 24 hexadecimal digits.
Oids = npt.NDArray[np.uint8]

OID_BYTES = 12
_HEX = frozenset("0123456789abcdef")
# Odd, with about as many ones as zeros (Knuth, TAOCP 3, 6.4).
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_MOST = np.iinfo(np.uint64).max
_WORD = 8
# The first n of a word's eight bytes.
_HEADS = np.array([(1 << 8 * size) - 1 for size in range(_WORD + 1)], np.uint64)
# So many rows at a time stay in the processor's cache.
_ROWS = 1 << 16
# Pieces of so many names on average are worth a look each.
_WORTH = 64


def oid_of(text: str | None) -> bytes:
    """Return an `_id` as 12 bytes: those it spells, for any other text (and None) a digest."""
    if text is not None and len(text) == 2 * OID_BYTES and _HEX.issuperset(text):
        return bytes.fromhex(text)
    return digest_of(text or "")


def digest_of(text: str) -> bytes:
    """Return 12 bytes that stand for a text; that of the empty one stands for none."""
    return hashlib.blake2b(text.encode(), digest_size=OID_BYTES).digest()


NO_OID = np.frombuffer(digest_of(""), np.uint8)


def oids_of(texts: Iterable[str | None]) -> Oids:
    """Return `_id`s as rows of 12 bytes."""
    return np.frombuffer(b"".join(map(oid_of, texts)), np.uint8).reshape(-1, OID_BYTES)


def without_oid(oids: Oids) -> Bools:
    """Return which rows hold no `_id`."""
    return same_oids(oids, NO_OID[None])


def oid_keys(oids: Oids) -> Keys:
    """Return a number for each `_id` that rises with its time: seconds first, then the counter."""
    thirds = oids.view(">u4")
    keys = thirds[:, 0].astype(np.uint64)
    keys <<= np.uint64(32)
    keys |= thirds[:, 2]
    return keys


def same_oids(one: Oids, other: Oids) -> Bools:
    """Return which rows of two hold the same `_id`; one of them may be a single row."""
    left, right = one.view("<u4"), other.view("<u4")
    alike: Bools = left[:, 0] == right[:, 0]
    for third in range(1, 3):
        alike &= left[:, third] == right[:, third]
    return alike


class Letters:
    """The bytes of names, eight at a time: any name's next word is one look into `words`."""

    def __init__(self, names: Names) -> None:
        ends = names.ends
        self.starts: Ints = np.zeros_like(ends)
        self.starts[1:] = ends[:-1]
        self.lengths: Ints = ends - self.starts
        # No copy of the Hub's names just for the few letters that the last word lacks.
        blob = names.blob if len(names.blob) >= _WORD else names.blob + bytes(_WORD)
        self.words = words_of(np.frombuffer(blob, np.uint8))


def words_of(letters: npt.NDArray[np.uint8]) -> Keys:
    """Return the eight bytes from each place on as a number; the last seven places have none."""
    return np.ndarray((max(0, len(letters) - _WORD + 1),), "<u8", letters.data, strides=(1,))


def _words_at(words: Keys, places: Ints) -> Keys:
    """Return the eight bytes from some places on; those behind the last word's are 0."""
    last = len(words) - 1
    if places.max(initial=0) <= last:
        return words[places]
    found: Keys = words[np.minimum(places, last)]
    found >>= (np.maximum(places - last, 0) * 8).astype(np.uint64)
    return found


def name_keys(words: Keys, starts: Ints, lengths: Ints) -> Keys:
    """Return a number for each name, by which it can be looked up; others may share it."""
    keys = np.empty(len(starts), np.uint64)
    for first in range(0, len(starts), _ROWS):
        some = slice(first, first + _ROWS)
        length = lengths[some]
        sums = length.astype(np.uint64) * _MIX
        for rows, word in _words(words, starts[some], length):
            mixed = (sums[rows] ^ word) * _MIX
            sums[rows] = mixed ^ (mixed >> _SHIFT)
        keys[some] = sums
    return keys


def same_names(mine: Keys, my_starts: Ints, its: Keys, its_starts: Ints, lengths: Ints) -> Bools:
    """Return which names of two blobs are the same; both have these lengths, in bytes."""
    same = np.empty(len(lengths), np.bool_)
    together, pieces = _pieces(my_starts, its_starts, lengths)
    for first, last in pieces:
        some = slice(first, last)
        left, right = int(my_starts[first]), int(its_starts[first])
        size = int(my_starts[last - 1]) + int(lengths[last - 1]) - left
        if together and _same_bytes(mine, left, its, right, size):
            same[some] = True
        else:
            same[some] = _same_each(mine, my_starts[some], its, its_starts[some], lengths[some])
    return same


def _pieces(mine: Ints, its: Ints, lengths: Ints) -> tuple[bool, list[tuple[int, int]]]:
    """Return pieces of names, and whether each lies together in both blobs.

    As good as all names do in two censuses, and a piece can be compared as one text.
    """
    breaks = (mine[1:] != mine[:-1] + lengths[:-1]) | (its[1:] != its[:-1] + lengths[:-1])
    together = bool(np.count_nonzero(breaks) * _WORTH <= len(breaks))
    breaks &= together
    breaks[_ROWS - 1 :: _ROWS] = True
    ends = [*(breaks.nonzero()[0] + 1).tolist(), len(lengths)] if len(lengths) else []
    return together, list(zip([0, *ends], ends, strict=False))


def _same_bytes(mine: Keys, left: int, its: Keys, right: int, size: int) -> bool:
    """Whether so many bytes are the same in two blobs, from a place of each on."""
    whole, rest = size - size % _WORD, size % _WORD
    if not np.array_equal(mine[left : left + whole : _WORD], its[right : right + whole : _WORD]):
        return False
    ends = (_words_at(mine, np.array([left + whole])), _words_at(its, np.array([right + whole])))
    return not rest or bool((ends[0] ^ ends[1])[0] & _HEADS[rest] == 0)


def _same_each(mine: Keys, my_starts: Ints, its: Keys, its_starts: Ints, lengths: Ints) -> Bools:
    found = np.ones(len(lengths), np.bool_)
    pairs = zip(_words(mine, my_starts, lengths), _words(its, its_starts, lengths), strict=True)
    for (rows, left), (_, right) in pairs:
        found[rows] &= left == right
    return found


def _words(words: Keys, starts: Ints, lengths: Ints) -> Iterable[tuple[Any, Keys]]:
    """Yield, word by word, the names that reach so far and their word, cut to their length."""
    longest = int(lengths.max(initial=0))
    rows: Any = slice(None)
    for at in range(0, longest, _WORD):
        if at:
            rows = np.flatnonzero(lengths > at)
        left = np.minimum(lengths[rows] - at, _WORD)
        yield rows, _words_at(words, starts[rows] + at) & _HEADS[left]


def beginning(letters: Letters, rows: Ints, beginnings: Sequence[str]) -> Ints:
    """Return those rows of names that may begin with one of some texts, whatever their case."""
    some = (
        rows[start : start + _ROWS][_begin(letters, rows[start : start + _ROWS], beginnings)]
        for start in range(0, len(rows), _ROWS)
    )
    return np.concatenate([np.empty(0, np.int64), *some])


def _begin(letters: Letters, rows: Ints, beginnings: Sequence[str]) -> Bools:
    small = np.uint64(0x2020202020202020)
    first = _words_at(letters.words, letters.starts[rows]) | small
    found = np.zeros(len(first), np.bool_)
    for text in beginnings:
        head = text.encode()[:_WORD]
        mask = np.uint64(2 ** (8 * len(head)) - 1)
        wanted = (np.uint64(int.from_bytes(head, "little")) | small) & mask
        found |= (first & mask) == wanted
    return found


def order_of(keys: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
    """Return the order that sorts keys, equal ones as they came.

    numpy sorts in vectors only where it need not keep the order of equal ones.
    """
    order = np.argsort(keys)
    ordered = keys[order]
    same = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(same):
        tied = np.union1d(same, same + 1)
        rows = order[tied]
        order[tied] = rows[np.lexsort((rows, keys[rows]))]
    return order


def _near_order(keys: Keys) -> npt.NDArray[np.int64]:
    """Return an order in which keys rise but for their lowest bits, which say where each was.

    To sort numbers is a quarter of the work of sorting their places.
    """
    low = np.uint64(len(keys).bit_length())
    places = keys >> low
    places <<= low
    places |= np.arange(len(keys), dtype=np.uint64)
    places.sort()
    places &= (np.uint64(1) << low) - np.uint64(1)
    return places.view(np.int64)


def alone(keys: npt.NDArray[np.generic]) -> Bools:
    """Return which of some keys stand only once among them."""
    ordered = np.sort(keys)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    return ~np.isin(keys, again) if len(again) else np.ones(len(keys), np.bool_)


class Runs:
    """Key to row, for millions of keys: a few sorted runs that are merged as they grow.

    Keys may come again; what is asked for is the last row added under a key that is the same.
    """

    def __init__(self) -> None:
        self._runs: list[tuple[Keys, Ints]] = []

    def add(self, keys: Keys, rows: Ints) -> None:
        """Add rows under their keys; a later one under the same key goes before."""
        if not len(keys):
            return
        order = order_of(keys)
        self._runs.append((keys[order], rows[order].astype(np.int32)))
        while len(self._runs) > 1 and 2 * len(self._runs[-1][0]) >= len(self._runs[-2][0]):
            (new, new_rows), (old, old_rows) = self._runs.pop(), self._runs.pop()
            if old[-1] <= new[0]:
                # What rises with time goes behind all that came before.
                merged = np.concatenate([old, new]), np.concatenate([old_rows, new_rows])
            else:
                places = np.searchsorted(old, new, side="right")
                merged = np.insert(old, places, new), np.insert(old_rows, places, new_rows)
            self._runs.append(merged)

    def find(self, keys: Keys, same: Callable[[Ints, Ints], Bools]) -> npt.NDArray[np.int64]:
        """Return the last row under each key for which `same(asked, row)` holds, -1 for none."""
        found = np.full(len(keys), -1, dtype=np.int64)
        if not self._runs:
            return found
        least = keys.min(initial=_MOST)
        for held, rows in reversed(self._runs):
            if held[-1] < least:
                # What rises with time is found in few runs.
                continue
            asked = np.flatnonzero(found < 0)
            at = _places(held, keys[asked] if len(asked) < len(keys) else keys)
            hits = at >= 0
            while hits.any():
                asked, at = asked[hits], at[hits]
                good = _in_pieces(same, asked, rows[at])
                found[asked[good]] = rows[at[good]]
                asked, at = asked[~good], at[~good] - 1
                hits = (at >= 0) & (held[at] == keys[asked])
        return found


def _places(held: Keys, keys: Keys) -> Ints:
    """Return the last place of each key in a sorted run, -1 where it is not there."""
    order: Any = slice(None)
    if len(keys) > _ROWS:
        # Neighbours in a sorted run lie in the cache; keys in disorder would miss it each time.
        order = _near_order(keys)
    keys = keys[order]
    at = np.searchsorted(held, keys, side="right")
    at -= 1
    at[held[at] != keys] = -1
    places = np.empty(len(keys), np.int32)
    places[order] = at
    return places


def _in_pieces(same: Callable[[Ints, Ints], Bools], asked: Ints, rows: Ints) -> Bools:
    """Return what `same` says, asked so many at a time as stay in the cache."""
    found = np.empty(len(asked), np.bool_)
    for start in range(0, len(asked), _ROWS):
        some = slice(start, start + _ROWS)
        found[some] = same(asked[some], rows[some])
    return found
