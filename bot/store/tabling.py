"""The small tables of censuses in the store: made with each, read without its columns."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from bot.store.chain import Manifest
from bot.store.keys import Keys
from bot.store.replies import one_bytes
from bot.store.table_reader import Reader
from bot.store.tables import (
    MODELS,
    TABLE,
    Table,
    board_field,
    fields,
    names_of,
    payload,
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
        self._bases: dict[str, Mapping[str, bytes]] = {}

    async def write(self, manifest: Manifest, snapshot: Snapshot, last: Note | None) -> Tabled:
        """Make the tables of a census that is a link of a chain; nothing is stored yet."""
        base = manifest.key if manifest.base else ""
        before = await self._before(snapshot.stream, last)
        known = await self._raw_of(base) if base else None
        if known is None:
            base, known = "", {}
        return await asyncio.to_thread(_made, snapshot, before, base, known)

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

    async def _reader(self, name: str, wanted: Sequence[str] | None = None) -> Reader | None:
        found = await self._read_raw(name, wanted)
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
        self, name: str, wanted: Sequence[str] | None
    ) -> tuple[Table, Mapping[str, bytes]] | None:
        key = self._keys.tables(name)
        value = await self._redis.hget(key, TABLE)
        if value is None:
            return None
        table = table_of(key, one_bytes(value))
        values = await self._values(key, table, wanted)
        before: Mapping[str, bytes] = {}
        if table.base:
            before = await self._raw_of(table.base) or {}
        names = table.parts if wanted is None else [name for name in wanted if name in table.parts]
        return table, {each: payload(key, table, values, each, before.get(each)) for each in names}

    async def _raw_of(self, name: str) -> Mapping[str, bytes] | None:
        """Return what the tables say that others are compressed with; None where they are gone."""
        if name not in self._bases:
            found = await self._read_raw(name, None)
            if found is None:
                return None
            raw = found[1]
            self._keep(name, raw)
        return self._bases[name]

    def _keep(self, name: str, raw: Mapping[str, bytes]) -> None:
        self._bases[name] = raw
        while len(self._bases) > _BASES:
            del self._bases[next(iter(self._bases))]

    async def _values(
        self, key: str, table: Table, wanted: Sequence[str] | None
    ) -> dict[str, bytes]:
        names = names_of(table, wanted)
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
    return [*([MODELS] if boards else []), *boards, *shares]


def _made(
    snapshot: Snapshot, before: Tables | None, base: str, known: Mapping[str, bytes]
) -> Tabled:
    tables = tabled(snapshot, before, anew=not base)
    raw = payloads(tables)
    return Tabled(snapshot.id, tables, raw, fields(table_about(tables), raw, base, known), base)
