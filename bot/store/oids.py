"""`_id`s as bytes that compress: the parts they are made of apart, like beside like.

An ObjectId is a second, five bytes that a process draws when it starts, and a count that the
process goes on with (https://www.mongodb.com/docs/manual/reference/bson-types/#objectid). Of
models in the order of their creation the seconds differ by little, and few processes made them.
"""

import numpy as np

from bot.packed import OID_BYTES, Oids
from bot.store.cursor import Cursor
from bot.store.planes import packed
from detectors.columns import Ints

_SECOND, _PROCESS = slice(0, 4), slice(4, 9)
_COUNT = slice(9, OID_BYTES)
_SIZE = 5
# Where more processes than one in so many made them, a number for each costs more than it saves.
_EACH = 4


def oids_packed(oids: Oids) -> bytes:
    """Return rows of 12 bytes as one value, not compressed yet."""
    seconds = np.ascontiguousarray(oids[:, _SECOND]).view(">u4").ravel().astype(np.int64)
    wide = np.zeros((len(oids), 8), np.uint8)
    wide[:, -_SIZE:] = oids[:, _PROCESS]
    processes, codes = np.unique(wide.view(">u8").ravel().astype(np.int64), return_inverse=True)
    some = len(processes) * _EACH <= len(oids)
    made: list[Ints] = [processes, codes] if some else [wide.view(">u8").ravel().astype(np.int64)]
    parts = [
        packed(np.array([len(oids), some])),
        packed(np.diff(seconds, prepend=0)),
        *map(packed, made),
        np.ascontiguousarray(oids[:, _COUNT].T).tobytes(),
    ]
    return b"".join(parts)


def oids_unpacked(data: bytes) -> Oids:
    """Return the rows of 12 bytes that `oids_packed` took apart."""
    cursor = Cursor(data)
    count, some = cursor.numbers().tolist()
    oids = np.empty((count, OID_BYTES), np.uint8)
    seconds = np.cumsum(cursor.numbers(), dtype=np.int64)
    oids[:, _SECOND] = seconds.astype(">u4").view(np.uint8).reshape(-1, 4)
    processes = cursor.numbers().astype(">u8")
    if some:
        processes = processes[cursor.numbers()]
    oids[:, _PROCESS] = processes.view(np.uint8).reshape(-1, 8)[:, -_SIZE:]
    left = OID_BYTES - _COUNT.start
    oids[:, _COUNT] = cursor.raw(left * count).reshape(left, count).T
    return oids
