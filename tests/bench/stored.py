"""Two days of a made-up Hub as the store keeps them, in one file that every competitor reads."""

import sys
from pathlib import Path

import msgspec
import numpy as np

from bot.store import identity as log
from bot.store.chain import MANIFEST, Held, Link, linked, manifest_of, rebuilt
from bot.store.tracks import columns_of, tracks_of
from detectors.columns import Columns
from detectors.names import Names
from tests.bench.hub import Hub, hub
from tests.world import labs


class Stored(msgspec.Struct, frozen=True):
    """A keyframe and a delta as their fields, the log of identity, and the names of all repos."""

    fields: list[dict[str, bytes]]
    identity: list[list[bytes]]
    blob: bytes
    ends: bytes
    seconds: list[int]


def store(first: Hub, churn: float) -> Stored:
    """Encode a day and the day after."""
    fields, entries = [], []
    known, last = log.NOBODY, None
    days = [first, first.next(churn)]
    for number, day in enumerate(days):
        tracks = tracks_of(day.columns, last.tracks if last else None)
        entry = log.learnt(day.columns, known)
        known = log.after(known, entry)
        link = linked(str(number), tracks, last, None, identity=known.entries, lessons=0)
        last = Held(str(number), link.manifest, tracks)
        fields.append(dict(link.fields))
        entries.append(list(log.written(entry)))
    ids = days[-1].columns.ids
    if not isinstance(ids, Names):
        raise TypeError("a made-up Hub has packed names")
    seconds = [int(day.at.timestamp()) for day in days]
    return Stored(fields, entries, ids.blob, ids.ends.tobytes(), seconds)


def read(stored: Stored) -> list[Columns]:
    """Decode both days, as the store does."""
    known = log.NOBODY
    names = Names(stored.blob, np.frombuffer(stored.ends, np.int64))
    links: list[tuple[str, Link]] = []
    found = []
    for number, (fields, entry) in enumerate(zip(stored.fields, stored.identity, strict=True)):
        manifest = manifest_of(str(number), fields[MANIFEST])
        links.append((str(number), Link(str(number), manifest, fields)))
        known = log.after(known, log.read(str(number), entry))
        rows = manifest.rows
        found.append(columns_of(rebuilt(links[-2:]), known, names.first(rows)))
    return found


def load(path: str) -> Stored:
    """Read the file; what is in it is decoded later."""
    return msgspec.msgpack.decode(Path(path).read_bytes(), type=Stored)


if __name__ == "__main__":
    _path, _models, _churn = sys.argv[1:]
    _stored = store(hub(int(_models), labs()), float(_churn))
    Path(_path).write_bytes(msgspec.msgpack.encode(_stored))
