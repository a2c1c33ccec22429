"""The small tables of censuses in the store: made with each, read without its columns."""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from bot.store.chain import Manifest
from bot.store.frame import DamagedBlock
from bot.store.keys import Keys
from bot.store.replies import one_bytes
from bot.store.table_chain import Payloads, Told, base_after, placed
from bot.store.table_reader import Reader
from bot.store.tables import (
    MODELS,
    NOTHING,
    TABLE,
    board_field,
    fields,
    names_of,
    packed_of,
    payloads,
    share_field,
    table_about,
    table_of,
)
from bot.views import Asks, Note
from detectors.labs import Labs
from detectors.snapshot import Snapshot
from detectors.tabled import tabled
from detectors.tables import Tables

log = logging.getLogger(__name__)

# Values asked for at a time, some ten kB each.
_STEP = 16
# Censuses of which little is asked for at a time: some hundred kB.
_TOGETHER = 8
# A look-up compares with a week, four weeks and a year ago: as many chains as that.
_RECENT = 4


@dataclass(frozen=True, eq=False)
class Tabled:
    """The tables of a census as they are to be stored."""

    id: str
    tables: Tables
    fields: Mapping[str, bytes]


class Tabling:
    """The tables of all streams, with those of their last censuses in memory."""

    def __init__(self, redis: Redis, keys: Keys, labs: Labs) -> None:
        self._redis = redis
        self._keys = keys
        self._labs = labs
        self._last: dict[str, tuple[str, Tables]] = {}
        # The last ones read, by their ids: what comes after them is told against them.
        self._recent: dict[str, Told] = {}

    async def write(self, manifest: Manifest, snapshot: Snapshot, last: Note | None) -> Tabled:
        """Make the tables of a census that is a link of a chain; nothing is stored yet."""
        told = None if last is None else await self._whole(last.id)
        before, held = None, self._last.get(snapshot.stream)
        if held is not None and last is not None and held[0] == last.id:
            before = held[1]
        elif told is not None:
            before = Reader(told.table, told.raw).tables
        return await asyncio.to_thread(_made, snapshot, before, told, manifest.key)

    def remember(self, stream: str, written: Tabled) -> None:
        """Take what was written for stored."""
        self._last[stream] = (written.id, written.tables)

    def forget(self) -> None:
        """Trust nothing in memory any more."""
        self._last.clear()
        self._recent.clear()

    async def read(self, note: Note, asks: Asks | None = None) -> Snapshot | None:
        """Return a census that answers from its tables, or from what is asked of them alone.

        None where it has none. Raises DamagedBlock where they cannot be trusted.
        """
        reader = await self._reader(note.id, None if asks is None else _fields(asks))
        return None if reader is None else self._snapshot(note, reader)

    def _snapshot(self, note: Note, reader: Reader) -> Snapshot:
        tables = reader.tables
        return Snapshot(
            note.taken_at, note.kind, tables.models, {}, self._labs, note.panel, tables=tables
        )

    async def _whole(self, name: str) -> Told | None:
        """Return all tables of a census; those that cannot be trusted count as missing."""
        try:
            return await self._told(name)
        except DamagedBlock as error:
            log.error("the tables of %s count as missing: %s", name, error)  # noqa: TRY400 - the sentence says it all
            return None

    async def series(self, notes: Sequence[Note], asks: Asks) -> dict[str, Snapshot]:
        """Return, by their ids, those censuses whose tables answer what is asked.

        One that has no tables, or whose tables cannot be trusted, is left out.
        """
        found: dict[str, Snapshot] = {}
        wanted = _fields(asks)
        names = [TABLE, *(f"{name}.0" for name in wanted)]
        for start in range(0, len(notes), _TOGETHER):
            some = notes[start : start + _TOGETHER]
            pipe = self._redis.pipeline(transaction=False)
            for note in some:
                pipe.hmget(self._keys.tables(note.id), names)
            for note, values in zip(some, await pipe.execute(), strict=True):
                pairs = zip(names, values, strict=True)
                held = {name: value for name, value in pairs if isinstance(value, bytes)}
                try:
                    reader = await self._reader(note.id, wanted, held)
                except DamagedBlock:
                    continue
                if reader is not None:
                    found[note.id] = self._snapshot(note, reader)
        return found

    async def _reader(
        self,
        name: str,
        wanted: Sequence[str] | None = None,
        held: Mapping[str, bytes] | None = None,
    ) -> Reader | None:
        told = await self._told(name, wanted, held)
        return None if told is None else Reader(told.table, told.raw)

    async def again(
        self, name: str, last: Told | None, key: str
    ) -> tuple[dict[str, bytes], Told] | None:
        """Return the fields of tables that are held, told anew after others of their chain."""
        found = await self._told(name)
        if found is None:
            return None
        base = base_after(last, key)
        told = Told(name, placed(found.table, base, last, key), found.raw, base)
        return fields(told.table, told.raw, base.raw if base else {}), told

    async def _told(
        self,
        name: str,
        wanted: Sequence[str] | None = None,
        held: Mapping[str, bytes] | None = None,
        after: Collection[str] = (),
    ) -> Told | None:
        """Return tables, or fields of them, and what they are told against; `held` was read.

        after: those that are told against these.

        Raises:
            DamagedBlock: they cannot be trusted, or something that they are told against.
        """
        found = self._found(name, wanted)
        if found is not None:
            return found
        key = self._keys.tables(name)
        if name in after:
            raise DamagedBlock(f"{key}: its tables are told against themselves")
        names = [TABLE, *(f"{each}.0" for each in wanted or ())]
        # In one read: thinning may write them anew in between.
        values = dict(held or await self._values(key, names))
        if TABLE not in values:
            return None
        table = table_of(key, values[TABLE])
        missing = [each for each in names_of(table, wanted) if each not in values]
        values |= await self._values(key, missing)
        base = await self._told(table.base, wanted, None, {*after, name}) if table.base else None
        if table.base and base is None:
            raise DamagedBlock(f"{key}: the tables of {table.base}, its base, are missing")
        fields_held = table.parts if wanted is None else table.parts.keys() & wanted
        packed = packed_of(key, table, values, fields_held)
        told = Told(name, table, Payloads(key, packed, base.raw if base else None), base)
        self._recent.pop(name, None)
        self._recent[name] = told
        while len(self._recent) > _RECENT:
            del self._recent[next(iter(self._recent))]
        return told

    def _found(self, name: str, wanted: Sequence[str] | None) -> Told | None:
        """Return tables that were read of late, where that was all that is wanted of them."""
        for recent in self._recent.values():
            for told in recent.path:
                parts = told.table.parts
                if told.id == name and told.raw.keys() >= (
                    parts.keys() if wanted is None else parts.keys() & wanted
                ):
                    return told
        return None

    async def _values(self, key: str, names: Sequence[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for start in range(0, len(names), _STEP):
            some = names[start : start + _STEP]
            pairs = zip(some, await self._redis.hmget(key, some), strict=True)
            found |= {name: one_bytes(value) for name, value in pairs if value is not None}
        return found


def _fields(asks: Asks) -> list[str]:
    boards = [board_field(metric) for metric in sorted(asks.boards)]
    shares = [share_field(of, by) for of, by in sorted(asks.shares)]
    # A share says its heaviest models itself; only a board needs the models it ranks.
    return [*(MODELS if boards else ()), *boards, *shares]


def _made(snapshot: Snapshot, before: Tables | None, last: Told | None, key: str) -> Tabled:
    base = base_after(last, key)
    tables = tabled(snapshot, before, anew=base is None)
    table = placed(table_about(tables), base, last, key)
    known = base.raw if base else NOTHING
    raw = payloads(tables, known)
    return Tabled(snapshot.id, tables, fields(table, raw, known))
