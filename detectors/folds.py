"""Numbers for names, alike for small and capital letters: millions are compared in no time."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Folds = npt.NDArray[np.uint64]
# The upper halves of folds: where few are looked for among millions they tell nearly as much.
Hints = npt.NDArray[np.uint32]
Ends = npt.NDArray[np.signedinteger[Any]]

_NOTHING = np.empty(0, np.int64)
# Odd, with about as many ones as zeros: 2**64 over the golden ratio (Knuth, TAOCP 3, 6.4).
_FOLD = np.uint64(0x9E3779B97F4A7C15)
# So many names are folded at once, that what is in between stays in the cache.
_AT_ONCE = 32_768
_ONE, _LAST_BIT, _HALF = np.uint64(1), np.uint64(63), np.uint64(32)
_HINT = np.uint32(16)
# The first n of a word's eight bytes.
_HEADS = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)


def folded(blob: bytes, ends: Ends) -> Folds:
    """Mix each name's bytes, small letters for capital ones, eight at a time into one number."""
    return np.concatenate([np.empty(0, np.uint64), *_folds(blob, ends)])


def hinted(blob: bytes, ends: Ends) -> Hints:
    """Return the hint of each name."""
    return _hints(_folds(blob, ends), len(ends))


def hints_of(folds: Folds) -> Hints:
    """Return the hints of some folds."""
    return (folds >> _HALF).astype(np.uint32)


def _hints(parts: Iterator[Folds], count: int) -> Hints:
    hints, at = np.empty(count, np.uint32), 0
    for part in parts:
        hints[at : at + len(part)] = part >> _HALF
        at += len(part)
    return hints


def _folds(blob: bytes, ends: Ends) -> Iterator[Folds]:
    begin = 0
    for first in range(0, len(ends), _AT_ONCE):
        stops = ends[first : first + _AT_ONCE] - begin
        starts = np.append(0, stops[:-1])
        words = _words(blob[begin : begin + int(stops[-1])])
        yield _mixed(words, starts, stops - starts)
        begin += int(stops[-1])


def _words(letters: bytes) -> Folds:
    """Return small letters, eight at a time."""
    # Two words of room: what is read beyond a name's end is masked out.
    return np.frombuffer(letters.lower() + bytes(16 + -len(letters) % 8), np.dtype("<u8"))


def tails_hinted(blob: bytes, ends: Ends) -> Hints:
    """Return the hint of what follows the last slash of each name, or of all where it has none."""
    slashes = np.flatnonzero(np.frombuffer(blob, np.uint8) == ord("/"))
    starts = np.append(0, ends[:-1]) if len(ends) else ends
    last = np.searchsorted(slashes, ends) - 1
    after = slashes[last] + 1 if len(slashes) else starts
    starts = np.where((last >= 0) & (after > starts), after, starts)
    words = _words(blob)
    parts = (
        _mixed(words, starts[part], ends[part] - starts[part])
        for part in (slice(first, first + _AT_ONCE) for first in range(0, len(ends), _AT_ONCE))
    )
    return _hints(parts, len(ends))


def _mixed(words: Folds, starts: Ends, lengths: Ends) -> Folds:
    """Return the folds of some names, by their places in a blob of whole words."""
    folds = lengths.astype(np.uint64)
    for offset in range(0, int(lengths.max(initial=0)), 8):
        some = np.flatnonzero(lengths > offset)
        begin = starts.take(some)
        begin += offset
        shift = ((begin & 7) << 3).astype(np.uint64)
        at = begin >> 3
        # A name begins anywhere, so its eight bytes lie in two words of the blob.
        part = words.take(at) >> shift
        at += 1
        part |= words.take(at) << _ONE << (_LAST_BIT - shift)
        part &= _HEADS.take(lengths.take(some) - offset, mode="clip")
        part ^= folds.take(some)
        part *= _FOLD
        folds[some] = part ^ (part >> _HALF)
    return folds


def places_of(hints: Hints, wanted: Hints) -> npt.NDArray[np.int64]:
    """Return where wanted ones of some hints are, in order."""
    # Sixteen bits first: they leave out nearly all, for a look into a small table each.
    marked = np.zeros(1 << 16, np.bool_)
    marked[wanted >> _HINT] = True
    near = [
        np.flatnonzero(marked.take(hints[start : start + _AT_ONCE] >> _HINT)) + start
        for start in range(0, len(hints), _AT_ONCE)
    ]
    places = np.concatenate([_NOTHING, *near])
    return places[np.isin(hints[places], wanted)]
