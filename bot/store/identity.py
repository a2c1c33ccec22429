"""What a repo is for life, written once: who publishes it and when it was created.

Each census appends one entry to the log: the rows that are new, and what it corrects of those
before (a base model whose repo appears at last, a repo that moved). A snapshot knows how many
entries there were after it, so that an earlier one is read as it was. Ids are the ledger's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, cast

import numpy as np
import numpy.typing as npt
import zstandard

from bot.store.frame import MOST_BYTES, DamagedBlock, framed, in_parts, unframed
from bot.store.planes import Flow, packed
from detectors.columns import AT_ONCE, NEVER, UNKNOWN, Bools, Columns, Ints, Text, narrow_dates
from detectors.names import Names, slender

_LEVEL = 6
# One row in so many is room for new ones: some three weeks of the Hub's growth.
_SPARE = 16


class _Room:
    """Columns with room behind them, so that what is appended need not copy what was there."""

    def __init__(self, codes: Ints, created: Ints, used: int) -> None:
        self.codes = codes
        self.created = created
        self.used = used

    @classmethod
    def of(cls, size: int, kind: npt.DTypeLike) -> "_Room":
        """Return empty room for so many rows, their dates of some kind of integers."""
        return cls(np.empty(size, np.int32), np.empty(size, kind), 0)

    def add(self, codes: Ints, created: Ints) -> None:
        """Append rows; there must be room for them."""
        end = self.used + len(codes)
        self.codes[self.used : end], self.created[self.used : end] = codes, created
        self.used = end


@dataclass(frozen=True, eq=False)
class Identity:
    """Of every ordinal: its namespace, and seconds of its creation. `entries` made it.

    One and the next share the memory of all that did not change between them.
    """

    namespace: Text
    created_at: Ints
    entries: int = 0
    room: _Room = field(default_factory=lambda: _Room.of(0, np.uint32), repr=False)

    def __len__(self) -> int:
        """Return the number of ordinals known."""
        return len(self.created_at)

    def first(self, rows: int) -> "Identity":
        """Return what is known of the first ordinals."""
        if rows == len(self):
            return self
        codes = self.namespace.codes[:rows]
        namespace = Text(codes, self.namespace.words)
        return Identity(namespace, self.created_at[:rows], self.entries, self.room)


NOBODY = Identity(Text(np.empty(0, np.int32), Names.of(())), np.empty(0, np.uint32))


@dataclass(frozen=True, eq=False)
class Entry:
    """One entry of the log: new rows from `start` on, corrected rows, and new words.

    codes, created_at: of the new rows and after them of the corrected ones; dates are uint32 where
    all fit. room: what they were read into, where they are nothing but new.
    """

    start: int
    corrected: Ints
    codes: Ints
    created_at: Ints
    words: Names = field(default_factory=lambda: Names.of(()))
    room: _Room | None = field(default=None, repr=False)

    def __bool__(self) -> bool:
        """Whether it says anything."""
        return len(self.codes) > 0

    @property
    def anew(self) -> bool:
        """Whether it says all that is known, whatever was said before."""
        return not self.start


def learnt(columns: Columns, known: Identity) -> Entry:
    """Return what a census adds to what is known; of repos that are not listed only new ones."""
    start = len(known)
    # Nothing known after some entries: all is said anew, of those that are gone, too.
    anew = known.entries and not start
    namespace = _told_by_ids(columns) if anew else columns.namespace
    codes, words = _recoded(namespace, known.namespace.words)
    created = columns.created_at
    differs = (codes[:start] != known.namespace.codes) | (created[:start] != known.created_at)
    corrected = np.flatnonzero(differs & columns.present[:start])
    rows = np.append(np.arange(start, len(columns)), corrected)
    return Entry(start, corrected, codes[rows], narrow_dates(created[rows]), words)


def after(known: Identity, entry: Entry) -> Identity:
    """Return what is known after an entry."""
    if entry.anew:
        known = Identity(NOBODY.namespace, NOBODY.created_at, known.entries)
    old, new = len(known), len(entry.codes) - len(entry.corrected)
    count, room = old + new, known.room
    # Rows behind those known may be another's already; and what is corrected stays as it was there.
    kind = np.promote_types(known.created_at.dtype, entry.created_at.dtype)
    if not old and entry.room is not None:
        room = entry.room
    else:
        full = room.used != old or len(room.codes) < count
        if full or len(entry.corrected) or kind != room.created.dtype:
            room = _Room.of(count + count // _SPARE, kind)
            room.add(known.namespace.codes, known.created_at)
        room.add(entry.codes[:new], entry.created_at[:new])
    codes, created = room.codes[:count], room.created[:count]
    codes[entry.corrected] = entry.codes[new:]
    created[entry.corrected] = entry.created_at[new:]
    words = known.namespace.words
    if not len(words):
        words = entry.words
    elif len(entry.words):
        words = Names.joined([words if isinstance(words, Names) else Names.of(words), entry.words])
    return Identity(Text(codes, words), created, known.entries + 1, room)


def written(entry: Entry) -> list[bytes]:
    """Return an entry as framed values of at most 1 MB."""
    dated = entry.created_at != NEVER
    parts = [
        packed(np.array([entry.start, len(entry.codes)])),
        packed(np.diff(entry.corrected, prepend=0)),
        packed(entry.codes),
        np.packbits(dated).tobytes(),
        packed(np.diff(entry.created_at[dated].astype(np.int64), prepend=0)),
        packed(np.diff(entry.words.ends, prepend=0)),
        entry.words.blob,
    ]
    squeezed = zstandard.ZstdCompressor(level=_LEVEL).compress(b"".join(parts))
    return [framed(piece) for piece in in_parts(squeezed)]


def read(key: str, values: Iterable[bytes]) -> Entry:
    """Return the entry that `written` wrote.

    Raises:
        DamagedBlock: a value is not whole; the text names the key.
    """
    pieces = (unframed(key, str(part), value) for part, value in enumerate(values))
    try:
        # So much at a time as is asked for: it stands nowhere else unpacked.
        source = cast("IO[bytes]", _Pieces(pieces))
        flow = Flow(zstandard.ZstdDecompressor().stream_reader(source, MOST_BYTES).read)
        start, count = flow.narrow().tolist()
        corrected = np.cumsum(flow.narrow(), dtype=np.int64)
        spare = count // _SPARE
        codes = flow.narrow(spare)
        codes = codes.astype(np.int32, copy=False)
        dated = np.unpackbits(flow.raw(-(-count // 8)), count=count).view(np.bool_)
        told = int(np.count_nonzero(dated))
        spare += count - told
        created = _dates(dated, flow.narrow(spare), told)
        ends = slender(np.cumsum(flow.narrow(), dtype=np.int64))
        blob = flow.letters(int(ends[-1]) if len(ends) else 0)
    except DamagedBlock:
        raise
    except (ValueError, IndexError, zstandard.ZstdError) as error:
        raise DamagedBlock(f"{key}: cannot be unpacked ({error})") from None
    room = None if len(corrected) else _Room(codes, created, count)
    return Entry(start, corrected, codes[:count], created[:count], Names(blob, ends), room)


class _Pieces:
    """Pieces of a whole as a file, of which no more than one is held at a time."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, _: int) -> bytes:
        """Return the next piece; none at the end."""
        return next(self._pieces, b"")


def _dates(dated: Bools, steps: Ints, told: int) -> Ints:
    """Return dates from the steps between those there are, and behind them room for more.

    steps: `told` of them, and room. The dates are written over them where they fit, so that of
    millions there is one column: first those that are known, one after the other, and then, from
    the last on, each to its row.
    """
    last = least = most = 0
    for start in range(0, told, AT_ONCE):
        sums = np.cumsum(steps[start : min(start + AT_ONCE, told)], dtype=np.int64) + last
        last, least, most = int(sums[-1]), min(least, int(sums.min())), max(most, int(sums.max()))
    kind = np.dtype(np.uint32 if least >= 0 and most <= NEVER else np.int64)
    dates = steps.view(kind) if steps.itemsize == kind.itemsize else steps.astype(kind)
    last = 0
    for start in range(0, told, AT_ONCE):
        part = slice(start, min(start + AT_ONCE, told))
        sums = np.cumsum(steps[part], dtype=np.int64) + last
        dates[part], last = sums, int(sums[-1])
    for start in range((len(dated) - 1) // AT_ONCE * AT_ONCE, -1, -AT_ONCE):
        rows = np.flatnonzero(dated[start : start + AT_ONCE])
        known = dates[told - len(rows) : told].copy()
        told -= len(rows)
        part = slice(start, min(start + AT_ONCE, len(dated)))
        dates[part] = NEVER
        dates[part][rows] = known
    return dates


def _told_by_ids(columns: Columns) -> Text:
    """Return the namespaces of all repos, of those that are not listed by the ids they had."""
    text = columns.namespace
    place = {word: code for code, word in enumerate(text.words)}
    codes = text.codes.copy()
    for row in np.flatnonzero(codes == UNKNOWN).tolist():
        space, slash, _ = columns.ids[row].partition("/")
        if slash and space:
            codes[row] = place.setdefault(space, len(place))
    return Text(codes, Names.of(place))


def _recoded(text: Text, words: Sequence[str]) -> tuple[npt.NDArray[np.int32], Names]:
    """Return codes into the words known, and the words that are new, after which they go on."""
    own = text.words if isinstance(text.words, Names) else Names.of(text.words)
    if isinstance(words, Names) and own.begins_with(words):
        return text.codes.astype(np.int32, copy=False), own.after(len(words))
    place = {word: code for code, word in enumerate(words)}
    known = len(place)
    moved = np.array([*(place.setdefault(word, len(place)) for word in own), UNKNOWN], np.int32)
    return moved[text.codes], Names.of(list(place)[known:])
