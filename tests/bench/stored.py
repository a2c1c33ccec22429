"""Two days of a made-up Hub as the store keeps them, in a folder that every competitor reads."""

import sys
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path

import msgspec
import numpy as np

from bot.store import identity as log
from bot.store.chain import MANIFEST, Held, Link, linked, manifest_of
from bot.store.rebuilding import rebuilt
from bot.store.tracks import Tracks, columns_of, tracks_of
from detectors.columns import Columns
from detectors.names import Names
from detectors.squeezed import Squeezed, blocks_of
from tests.bench.hub import Hub, hub
from tests.world import labs

# What the questions of the bench need; library, licence, gating and all-time downloads are not.
NEEDED = frozenset(
    {
        "present",
        "not_llm",
        "pipeline_tag",
        "figures.trending",
        "figures.likes",
        "figures.downloads",
        "edges",
    }
)


class Day(msgspec.Struct, frozen=True):
    """A link of a chain, where its fields lie in a file, and its entry of the log of identity."""

    fields: dict[str, tuple[int, int]]
    entry: list[str]
    seconds: int


class Fields(Mapping[str, bytes]):
    """Fields in a file, each read when it is asked for, as a store gives them."""

    def __init__(self, path: Path, places: Mapping[str, tuple[int, int]]) -> None:
        self._path = path
        self._places = places

    def __getitem__(self, name: str) -> bytes:
        start, size = self._places[name]
        with self._path.open("rb") as file:
            file.seek(start)
            return file.read(size)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class Stored:
    """A keyframe and a delta in files of their own, with the names of all repos beside them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, first: Hub, churn: float) -> None:
        """Encode a day and the day after."""
        self._folder.mkdir(parents=True, exist_ok=True)
        known, last = log.NOBODY, None
        days = [first, first.next(churn)]
        for number, day in enumerate(days):
            tracks = tracks_of(day.columns, last.tracks if last else None)
            entry = log.learnt(day.columns, known)
            known = log.after(known, entry)
            link = linked(str(number), tracks, last, None, identity=known.entries, lessons=0)
            last = Held(str(number), link.manifest, tracks)
            written = {f"entry.{part}": data for part, data in enumerate(log.written(entry))}
            held = {**link.fields, **written}
            ends = accumulate(map(len, held.values()))
            places = {
                name: (end - len(data), len(data))
                for (name, data), end in zip(held.items(), ends, strict=True)
            }
            told = Day(places, [*written], int(day.at.timestamp()))
            (self._folder / str(number)).write_bytes(msgspec.msgpack.encode(told))
            (self._folder / f"{number}.fields").write_bytes(b"".join(held.values()))
        ids = days[-1].columns.ids
        if not isinstance(ids, Names):
            raise TypeError("a made-up Hub has packed names")
        (self._folder / "names").write_bytes(ids.blob)
        (self._folder / "ends").write_bytes(ids.ends.tobytes())
        blocks = blocks_of(ids)
        (self._folder / "blocks").write_bytes(b"".join(blocks))
        np.cumsum([*map(len, blocks)]).astype(np.int64).tofile(self._folder / "block-ends")

    @property
    def seconds(self) -> list[int]:
        """The time of each day."""
        return [self._day(number).seconds for number in (0, 1)]

    def names(self) -> Names:
        """Return the names of all repos, which a bot holds whatever it decodes."""
        ends = np.fromfile(self._folder / "ends", np.int64)
        return Names((self._folder / "names").read_bytes(), ends)

    def squeezed(self) -> Names:
        """Return the same in compressed blocks, as this code holds them."""
        ends = np.fromfile(self._folder / "block-ends", np.int64)
        count = (self._folder / "ends").stat().st_size // 8
        return Squeezed((self._folder / "blocks").read_bytes(), ends, count)

    def days(self, names: Names, wanted: Collection[str] | None = None) -> Iterator[Columns]:
        """Decode one day after the other, as the store does, each onto the one before."""
        known = log.NOBODY
        state: Tracks | None = None
        for number in (0, 1):
            name, day = str(number), self._day(number)
            fields = Fields(self._folder / f"{number}.fields", day.fields)
            link = Link(name, manifest_of(name, fields[MANIFEST]), fields)
            with ThreadPoolExecutor(1) as beside:
                # Files that are open for a moment each, so that both may read at once.
                entry = beside.submit(log.read, name, map(fields.__getitem__, day.entry))
                state = rebuilt([(name, link)], wanted, state)
                known = log.after(known, entry.result())
            del entry, link, day, fields
            yield columns_of(state, known, names.first(len(state)))

    def _day(self, number: int) -> Day:
        return msgspec.msgpack.decode((self._folder / str(number)).read_bytes(), type=Day)


if __name__ == "__main__":
    _path, _models, _churn = sys.argv[1:]
    Stored(Path(_path)).write(hub(int(_models), labs()), float(_churn))
