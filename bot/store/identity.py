"""What a repo is for life, written once: who publishes it and when it was created.

Each census appends one entry to the log: the rows that are new, and what it corrects of those
before (a base model whose repo appears at last, a repo that moved). A snapshot knows how many
entries there were after it, so that an earlier one is read as it was. Ids are the ledger's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import zstandard

from bot.store.frame import DamagedBlock, framed, in_parts, unframed
from bot.store.planes import Cursor, packed
from detectors.columns import NEVER, UNKNOWN, Columns, Ints, Text
from detectors.names import Names

_LEVEL = 6
# One row in so many is room for new ones: some three weeks of the Hub's growth.
_SPARE = 16


class _Room:
    """Columns with room behind them, so that what is appended need not copy what was there."""

    def __init__(self, size: int) -> None:
        self.codes = np.empty(size, np.int32)
        self.created = np.empty(size, np.int64)
        self.used = 0

    def add(self, codes: Ints, created: Ints) -> None:
        """Append rows; there must be room for them."""
        end = self.used + len(codes)
        self.codes[self.used : end], self.created[self.used : end] = codes, created
        self.used = end


@dataclass(frozen=True, eq=False)
class Identity:
    """Of every ordinal: its namespace, and int64 seconds of its creation. `entries` made it.

    One and the next share the memory of all that did not change between them.
    """

    namespace: Text
    created_at: Ints
    entries: int = 0
    room: _Room = field(default_factory=lambda: _Room(0), repr=False)

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


NOBODY = Identity(Text(np.empty(0, np.int32), Names.of(())), np.empty(0, np.int64))


@dataclass(frozen=True, eq=False)
class Entry:
    """One entry of the log: new rows from `start` on, corrected rows, and new words.

    codes, created_at: of the new rows and after them of the corrected ones.
    """

    start: int
    corrected: Ints
    codes: Ints
    created_at: Ints
    words: Names = field(default_factory=lambda: Names.of(()))

    def __bool__(self) -> bool:
        """Whether it says anything."""
        return len(self.codes) > 0


def learnt(columns: Columns, known: Identity) -> Entry:
    """Return what a census adds to what is known; of repos that are not listed only new ones."""
    start = len(known)
    codes, words = _recoded(columns.namespace, known.namespace.words)
    created = columns.created_at
    differs = (codes[:start] != known.namespace.codes) | (created[:start] != known.created_at)
    corrected = np.flatnonzero(differs & columns.present[:start])
    rows = np.append(np.arange(start, len(columns)), corrected)
    return Entry(start, corrected, codes[rows], created[rows], words)


def after(known: Identity, entry: Entry) -> Identity:
    """Return what is known after an entry."""
    old, new = len(known), len(entry.codes) - len(entry.corrected)
    count, room = old + new, known.room
    # Rows behind those known may be another's already; and what is corrected stays as it was there.
    if room.used != old or len(room.codes) < count or len(entry.corrected):
        room = _Room(count + count // _SPARE)
        room.add(known.namespace.codes, known.created_at)
    room.add(entry.codes[:new], entry.created_at[:new])
    codes, created = room.codes[:count], room.created[:count]
    codes[entry.corrected] = entry.codes[new:]
    created[entry.corrected] = entry.created_at[new:]
    words = known.namespace.words
    if len(entry.words):
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
        packed(np.diff(entry.created_at[dated], prepend=0)),
        packed(np.diff(entry.words.ends, prepend=0)),
        entry.words.blob,
    ]
    squeezed = zstandard.ZstdCompressor(level=_LEVEL).compress(b"".join(parts))
    return [framed(piece) for piece in in_parts(squeezed)]


def read(key: str, values: Sequence[bytes]) -> Entry:
    """Return the entry that `written` wrote.

    Raises:
        DamagedBlock: a value is not whole; the text names the key.
    """
    data = b"".join(unframed(key, str(part), value) for part, value in enumerate(values))
    try:
        cursor = Cursor(zstandard.ZstdDecompressor().decompress(data))
        start, count = cursor.numbers().tolist()
        corrected = np.cumsum(cursor.numbers()).astype(np.int64)
        codes = cursor.numbers()
        dated = np.unpackbits(cursor.raw(-(-count // 8)), count=count).astype(np.bool_)
        created = np.cumsum(cursor.numbers(), dtype=np.int64)
        if not dated.all():
            told, created = created, np.full(count, NEVER, np.int64)
            created[dated] = told
        ends = np.cumsum(cursor.numbers(), dtype=np.int64)
        blob = cursor.raw(int(ends[-1]) if len(ends) else 0).tobytes()
    except (ValueError, IndexError, zstandard.ZstdError) as error:
        raise DamagedBlock(f"{key}: cannot be unpacked ({error})") from None
    return Entry(start, corrected, codes, created, Names(blob, ends))


def _recoded(text: Text, words: Sequence[str]) -> tuple[npt.NDArray[np.int32], Names]:
    """Return codes into the words known, and the words that are new, after which they go on."""
    own = text.words if isinstance(text.words, Names) else Names.of(text.words)
    if isinstance(words, Names) and own.begins_with(words):
        return text.codes.astype(np.int32, copy=False), own.after(len(words))
    place = {word: code for code, word in enumerate(words)}
    known = len(place)
    moved = np.array([*(place.setdefault(word, len(place)) for word in own), UNKNOWN], np.int32)
    return moved[text.codes], Names.of(list(place)[known:])
