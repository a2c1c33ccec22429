"""The small tables of censuses in the store: made with each, read without its columns."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from bot.store.chain import Manifest
from bot.store.frame import DamagedBlock
from bot.store.keys import Keys
from bot.store.replies import one_bytes
from bot.store.table_reader import Reader
from bot.store.tables import (
    ALONE,
    MODELS,
    TABLE,
    Base,
    Payloads,
    Table,
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

# Values asked for at a time, some ten kB each.
_STEP = 16
# Censuses of which little is asked for at a time: some hundred kB.
_TOGETHER = 8
# A look-up compares with a week, four weeks and a year ago: as many chains as that.
_BASES = 4


@dataclass(frozen=True, eq=False)
class Tabled:
    """The tables of a census as they are to be stored. raw: what the fields say."""

    id: str
    tables: Tables
    raw: Mapping[str, bytes]
    fields: Mapping[str, bytes]
    base: str


class Tabling:
    """The tables of all streams, with those of their last censuses in memory."""

    def __init__(self, redis: Redis, keys: Keys, labs: Labs) -> None:
        self._redis = redis
        self._keys = keys
        self._labs = labs
        self._last: dict[str, tuple[str, Tables]] = {}
        self._bases: dict[str, Base] = {}

    async def write(self, manifest: Manifest, snapshot: Snapshot, last: Note | None) -> Tabled:
        """Make the tables of a census that is a link of a chain; nothing is stored yet."""
        base = manifest.key if manifest.base else ""
        before = await self._before(snapshot.stream, last)
        known = await self._base_of(base) if base else None
        if known is None:
            base, known = "", ALONE
        return await asyncio.to_thread(_made, snapshot, before, base, known.raw)

    def remember(self, stream: str, written: Tabled) -> None:
        """Take what was written for stored."""
        self._last[stream] = (written.id, written.tables)
        if not written.base:
            self._keep(written.id, written.raw)

    def forget(self) -> None:
        """Trust nothing in memory any more."""
        self._last.clear()
        self._bases.clear()

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

    async def _before(self, stream: str, last: Note | None) -> Tables | None:
        if last is None:
            return None
        held = self._last.get(stream)
        if held is not None and held[0] == last.id:
            return held[1]
        reader = await self._reader(last.id)
        return None if reader is None else reader.tables

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
        found = await self._read_raw(name, wanted, held)
        return None if found is None else Reader(*found)

    async def again(
        self, name: str, base: str, before: Mapping[str, bytes]
    ) -> tuple[dict[str, bytes], Mapping[str, bytes]] | None:
        """Return the fields of tables that are held, compressed anew, and what they say."""
        found = await self._read_raw(name, None)
        if found is None:
            return None
        table, raw = found
        return fields(table, raw, base, before), raw

    async def _read_raw(
        self,
        name: str,
        wanted: Sequence[str] | None,
        held: Mapping[str, bytes] | None = None,
    ) -> tuple[Table, Mapping[str, bytes]] | None:
        """Return what is noted of tables, and fields of them; `held` was read already."""
        key = self._keys.tables(name)
        value = await self._redis.hget(key, TABLE) if held is None else held.get(TABLE)
        if value is None:
            return None
        table = table_of(key, one_bytes(value))
        known = held or {}
        missing = [each for each in names_of(table, wanted) if each not in known]
        values = {**known, **await self._values(key, missing)}
        base = await self._base_of(table.base) if table.base else ALONE
        if base is None:
            raise DamagedBlock(f"{key}: the tables of {table.base}, its base, are missing")
        names = table.parts if wanted is None else [name for name in wanted if name in table.parts]
        return table, Payloads(key, packed_of(key, table, values, names), base)

    async def _base_of(self, name: str) -> Base | None:
        """Return what the tables say that others are compressed with; None where they are gone."""
        if name not in self._bases:
            found = await self._read_raw(name, None)
            if found is None:
                return None
            raw = found[1]
            self._keep(name, raw)
        return self._bases[name]

    def _keep(self, name: str, raw: Mapping[str, bytes]) -> None:
        self._bases[name] = Base(raw)
        while len(self._bases) > _BASES:
            del self._bases[next(iter(self._bases))]

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


def _made(
    snapshot: Snapshot, before: Tables | None, base: str, known: Mapping[str, bytes]
) -> Tabled:
    tables = tabled(snapshot, before, anew=not base)
    raw = payloads(tables)
    return Tabled(snapshot.id, tables, raw, fields(table_about(tables), raw, base, known), base)
