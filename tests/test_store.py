"""The store, always a real one: a look is whole or not there; what is sent twice is done once."""

import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from bot.channel import Channel
from bot.chat.base import Receipt
from bot.deliveries import Rooms, fan_out
from bot.lessons import NOTHING, Lessons
from bot.look import Look
from bot.store.connect import Connection, connect
from bot.store.embedded import EmbeddedServer
from bot.store.errors import Conflict, StoreError
from bot.store.keys import STAGED_SECONDS, Keys
from bot.store.outbox import Begun
from bot.store.store import State, Store
from bot.store.writes import Staged, stage
from bot.trouble import Occasion, Trouble, source_shifts
from bot.views import Note
from detectors.evaluate import RuleStanding
from detectors.labs import Labs
from detectors.metric import Kind, Metric
from detectors.shift import Shift
from detectors.snapshot import Snapshot
from detectors.verdict import Reason, Verdict
from tests.looks import CHANNEL, FEW, TOP
from tests.tap import Tap
from tests.test_pulses import parts_of, wide
from tests.world import World, day

LEASE = timedelta(seconds=60)


def note_of(snapshot: Snapshot) -> Note:
    return Note.of(snapshot, Verdict(Reason.ADMITTED), digest="0123")


def shifts_at(at: datetime, *reasons: str) -> list[Shift]:
    after = Trouble({f"stream {reason}": reason for reason in reasons})
    return source_shifts(Trouble({}), after, Occasion(at, "pulse", "seen by a test", None))


def a_look(name: str, cycle: int, at: datetime, reasons: Sequence[str] = ("frozen",)) -> Look:
    """Return a look with something of everything in it."""
    snapshot = World().snapshot(at, Kind.PULSE, {Metric.TRENDING: list(FEW)})
    shifts = shifts_at(at, *reasons)
    return Look(
        id=name,
        cycle=cycle,
        note=note_of(snapshot),
        snapshot=snapshot,
        lessons=Lessons.of([(cycle, "66f0", "lab/a")]),
        standing={TOP: RuleStanding("board/1", at, {"0": "lab/a"}, {"1": at})},
        trouble={"pulse": reasons[0]},
        shifts=shifts,
        deliveries=fan_out(shifts, {}, cycle, Rooms(first=[CHANNEL])),
    )


async def is_empty(store: Store) -> bool:
    held = [await store.streams(), await store.lessons(), await store.shifts()]
    held.append(await store.waiting(CHANNEL))
    return await store.state() == State(0, {}, {}) and not any(held)


async def names_of(client: Redis, keys: Keys, pattern: str = "*") -> list[str]:
    found = [name async for name in client.scan_iter(f"{{{keys.namespace}}}:{pattern}", 1000)]
    return sorted(name.decode() for name in found)


@asynccontextmanager
async def tapped(
    server: EmbeddedServer, labs: Labs, keys: Keys
) -> AsyncIterator[tuple[Tap, Store]]:
    async with Tap(server.socket) as tap:
        # The script that commits, not those that lay aside for it.
        tap.of = keys.cycle.encode()
        line = await connect(tap.url, Path("unused"))
        try:
            yield tap, Store(line.client, labs, keys)
        finally:
            await line.close()


async def test_what_was_committed_is_read_back(store: Store) -> None:
    look = a_look("one", 0, day(1))
    await store.commit(look)
    assert look.note is not None
    assert look.snapshot is not None
    assert await store.state() == State(1, look.standing, {"pulse": "frozen"})
    assert await store.streams() == ["pulse"]
    assert await store.notes("pulse") == [look.note]
    assert await store.lessons() == look.lessons
    assert await store.shifts() == look.shifts
    assert await store.waiting(CHANNEL) == [(look.deliveries[0], look.shifts)]
    back = await store.snapshot(look.note)
    assert back is not None
    assert parts_of(back) == parts_of(look.snapshot)


async def test_a_snapshot_of_many_large_blocks_comes_back(store: Store) -> None:
    from random import Random  # noqa: PLC0415

    snapshot = wide(60_000, Random(1))  # noqa: S311 - figures of a story, no secrets
    lessons = Lessons.of((at, None, name) for at, name in enumerate(snapshot.columns.ids))
    await store.commit(
        Look(id="wide", cycle=0, note=note_of(snapshot), snapshot=snapshot, lessons=lessons)
    )
    back = await store.snapshot(note_of(snapshot))
    assert back is not None
    assert parts_of(back) == parts_of(snapshot)
    assert await store.lessons() == lessons


async def test_the_lessons_of_many_looks_are_read_in_their_order(store: Store) -> None:
    # More looks than are asked for at once, and some of more values than are read at once.
    sizes, taught = [*[2] * 20, 18 * 16_384, *[1] * 20, 0, 20_000], [NOTHING]
    for cycle, size in enumerate(sizes):
        first = sum(map(len, taught))
        rows = [(first + at, f"{first + at:024x}", f"l/{first + at}") for at in range(size)]
        taught.append(Lessons.of(rows))
        await store.commit(Look(id=f"{cycle:016x}", cycle=cycle, lessons=taught[-1]))
    assert await store.lessons() == Lessons.joined(taught)


async def test_a_look_that_was_only_staged_is_not_there_and_expires(
    store: Store, client: Redis, keys: Keys
) -> None:
    look = a_look("one", 0, day(1))
    await stage(client, keys, look, Staged({"0.0": b"block"}, [b"entry"]))
    assert await is_empty(store)
    staged = [keys.staged("one"), keys.staged_identity("one"), keys.staged_lessons("one")]
    assert await names_of(client, keys) == sorted(staged)
    for name in staged:
        assert 0 < await client.ttl(name) <= STAGED_SECONDS


async def test_what_is_laid_aside_twice_is_there_once(client: Redis, keys: Keys) -> None:
    # The client sends again what it got no answer to.
    look = a_look("one", 0, day(1))
    for _ in range(2):
        await stage(client, keys, look, Staged({"0.0": b"block"}, [b"entry", b"and more"]))
    identity = await client.lrange(keys.staged_identity("one"), 0, -1)
    assert identity == [b"entry", b"and more"]
    assert await client.llen(keys.staged_lessons("one")) == 1


async def test_a_program_killed_while_it_lays_aside_leaves_nothing_for_ever(
    server: EmbeddedServer, client: Redis, labs: Labs, keys: Keys
) -> None:
    async with tapped(server, labs, keys) as (tap, store):
        await store.commit(a_look("one", 0, day(1)))
        held = await names_of(client, keys)
        # Between what is laid aside and its end.
        tap.cut = b"*3\r\n$6\r\nEXPIRE"
        with pytest.raises(StoreError, match="the look at pulse@2026-01-02T00:00:00Z"):
            await store.commit(a_look("two", 1, day(2)))
    left = [name for name in await names_of(client, keys) if name not in held]
    assert left == [keys.staged("two")]
    assert 0 < await client.ttl(keys.staged("two")) <= STAGED_SECONDS


async def test_what_was_committed_does_not_expire(store: Store, client: Redis, keys: Keys) -> None:
    await store.commit(a_look("one", 0, day(1)))
    names = await names_of(client, keys)
    assert [await client.ttl(name) for name in names] == [-1] * len(names)


async def test_all_keys_lie_on_one_node_of_a_cluster(
    store: Store, client: Redis, keys: Keys
) -> None:
    await store.commit(a_look("one", 0, day(1)))
    await settle_next(store)
    names = await names_of(client, keys)
    slots = {await client.cluster("keyslot", name) for name in names}
    assert len(slots) == 1


async def test_a_server_killed_between_staging_and_commit_holds_nothing_of_the_look(
    own: Connection, labs: Labs, keys: Keys
) -> None:
    assert own.server is not None
    server, pid = own.server, int((await own.client.info("server"))["process_id"])

    async def kill() -> None:
        os.kill(pid, signal.SIGKILL)

    async with tapped(server, labs, keys) as (tap, store):
        tap.before = kill
        with pytest.raises(StoreError, match="the look at pulse@2026-01-01T00:00:00Z"):
            await store.commit(a_look("one", 0, day(1)))
        assert await server.ensure()
        assert await is_empty(store)
        staged = await names_of(own.client, keys)
        assert [0 < await own.client.ttl(name) <= STAGED_SECONDS for name in staged]
        await store.commit(a_look("two", 0, day(1)))
        assert (await store.state()).cycle == 1


async def test_the_same_look_sent_twice_is_committed_once(
    store: Store, client: Redis, keys: Keys
) -> None:
    look = a_look("one", 0, day(1))
    await store.commit(look)
    await store.commit(look)
    assert (await store.state()).cycle == 1
    assert await store.lessons() == look.lessons
    assert len(await store.waiting(CHANNEL)) == 1
    assert await names_of(client, keys, "staged*") == []


async def test_a_commit_whose_reply_is_lost_is_made_once(
    server: EmbeddedServer, labs: Labs, keys: Keys
) -> None:
    async with tapped(server, labs, keys) as (tap, store):
        await store.commit(a_look("one", 0, day(1)))
        tap.lost = 2
        await store.commit(a_look("two", 1, day(2)))
        assert tap.lost == 0
        assert (await store.state()).cycle == 2
        assert len(await store.lessons()) == 2
        assert len(await store.waiting(CHANNEL)) == 2


async def test_a_commit_whose_every_reply_is_lost_does_not_claim_that_nothing_was_kept(
    server: EmbeddedServer, labs: Labs, keys: Keys
) -> None:
    async with tapped(server, labs, keys) as (tap, store):
        await store.commit(a_look("one", 0, day(1)))
        tap.lost = 3
        with pytest.raises(StoreError, match="the next look finds out whether it was kept"):
            await store.commit(a_look("two", 1, day(2)))
        tap.lost = 0
        assert (await store.state()).cycle == 2


async def test_a_settling_whose_reply_is_lost_is_made_once(
    server: EmbeddedServer, labs: Labs, keys: Keys
) -> None:
    async with tapped(server, labs, keys) as (tap, store):
        await store.commit(a_look("one", 0, day(1), ("frozen", "reset")))
        await settle_next(store)
        (claim,) = await store.outbox.claim(["console"], 9, LEASE)
        tap.of, tap.lost = b"", 1
        await store.outbox.done(claim, Receipt("2"), "sent")
        assert tap.lost == 0
        assert await store.waiting(CHANNEL) == []
        assert (await store.office.counters())["sent"] == 2


async def test_a_look_begun_before_another_was_committed_is_refused_and_leaves_nothing(
    store: Store, client: Redis, keys: Keys
) -> None:
    await store.commit(a_look("one", 0, day(1)))
    before = await names_of(client, keys)
    with pytest.raises(Conflict):
        await store.commit(a_look("two", 0, day(2)))
    assert (await store.state()).cycle == 1
    assert len(await store.notes("pulse")) == 1
    assert await names_of(client, keys) == before


async def test_a_store_out_of_memory_refuses_a_look_whole_and_takes_it_later(
    own: Connection, labs: Labs, keys: Keys
) -> None:
    store = Store(own.client, labs, keys)
    await store.commit(a_look("one", 0, day(1)))
    held = await names_of(own.client, keys)
    await own.client.config_set("maxmemory", 1)
    with pytest.raises(
        StoreError,
        match=r"out of memory; .*; nothing of it was kept, the last",
    ):
        await store.commit(a_look("two", 1, day(2)))
    assert (await store.state()).cycle == 1
    assert await store.snapshot((await store.notes("pulse"))[0]) is not None
    assert await names_of(own.client, keys) == held
    await own.client.config_set("maxmemory", 0)
    await store.commit(a_look("three", 1, day(2)))
    assert len(await store.notes("pulse")) == 2


@pytest.mark.parametrize("bare", [False, True])
async def test_memory_that_ends_between_staging_and_commit_leaves_no_half_look(
    own: Connection, labs: Labs, keys: Keys, *, bare: bool
) -> None:
    assert own.server is not None

    async def fill() -> None:
        await own.client.config_set("maxmemory", 1)

    look = a_look("two", 1, day(2), ("frozen", "reset"))
    if bare:
        look = replace(look, note=None, snapshot=None, lessons=NOTHING)
    async with tapped(own.server, labs, keys) as (tap, store):
        await store.commit(a_look("one", 0, day(1)))
        tap.before = fill
        try:
            await store.commit(look)
        except StoreError:
            assert (await store.state()).cycle == 1
            assert len(await store.waiting(CHANNEL)) == 1
            assert len(await store.notes("pulse")) == 1
        else:
            assert (await store.state()).cycle == 2
            assert len(await store.waiting(CHANNEL)) == 3
            assert len(await store.notes("pulse")) == (1 if bare else 2)


async def test_what_waits_can_be_settled_although_memory_has_ended(
    own: Connection, labs: Labs, keys: Keys
) -> None:
    store = Store(own.client, labs, keys)
    await store.commit(a_look("one", 0, day(1)))
    await own.client.config_set("maxmemory", 1)
    await settle_next(store)
    assert await store.waiting(CHANNEL) == []


async def settle_next(store: Store) -> None:
    (claim,) = await store.outbox.claim(["console"], 9, LEASE)
    assert (await store.outbox.begin(claim, sure=True)).begun is Begun.GO
    assert await store.outbox.done(claim, Receipt("1"), "sent")


async def test_a_delivery_is_settled_once_and_its_outcome_kept(store: Store) -> None:
    await store.commit(a_look("one", 0, day(1)))
    (claim,) = await store.outbox.claim(["console"], 9, LEASE)
    assert await store.outbox.done(claim, Receipt("1"), "sent")
    assert not await store.outbox.done(claim, Receipt("1"), "sent")
    assert await store.waiting(CHANNEL) == []
    (entry,) = await store.office.log(CHANNEL)
    assert (entry.id, entry.outcome) == (claim.delivery.id, "sent")
    assert abs(entry.time - datetime.now(UTC)) < timedelta(minutes=1)


async def test_deliveries_wait_in_the_order_of_their_looks(store: Store) -> None:
    await store.commit(a_look("one", 0, day(1), ("partial", "reset")))
    await store.commit(a_look("two", 1, day(2), ("frozen", "empty")))
    waiting = await store.waiting(CHANNEL)
    assert [shift.key for _, shifts in waiting for shift in shifts] == [
        "partial",
        "reset",
        "empty",
        "frozen",
    ]
    assert await store.waiting(CHANNEL, most=1) == waiting[:1]
    assert await store.waiting(Channel("console", "elsewhere")) == []


async def test_notes_and_shifts_are_found_by_their_time_both_ends_included(store: Store) -> None:
    for number in range(1, 5):
        await store.commit(a_look(f"look {number}", number - 1, day(number)))
    since, until = day(2), day(3)
    assert [note.taken_at for note in await store.notes("pulse", since, until)] == [since, until]
    assert [shift.taken_at for shift in await store.shifts(since, until)] == [since, until]
    tick = timedelta(microseconds=1)
    assert await store.shifts(since + tick, until - tick) == []
    assert len(await store.notes("pulse", since)) == 3
    assert len(await store.shifts(until=since)) == 2
    assert await store.notes("census") == []


async def test_the_reason_a_stream_began_with_is_forgotten_with_its_trouble(store: Store) -> None:
    await store.commit(a_look("one", 0, day(1)))
    await store.commit(replace(a_look("two", 1, day(2)), trouble=None))
    assert (await store.state()).trouble == {"pulse": "frozen"}
    await store.commit(replace(a_look("three", 2, day(3)), trouble={}))
    assert (await store.state()).trouble == {}


async def test_a_damaged_block_is_told_by_key_and_name_and_the_snapshot_is_missing(
    store: Store, client: Redis, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    look = a_look("one", 0, day(1))
    await store.commit(look)
    assert look.note is not None
    key = keys.blocks(look.note.id)
    block = await client.hget(key, "list.trending/0")
    assert isinstance(block, bytes)
    for hurt in (block[:-1], b"", None):
        await client.hdel(key, "list.trending/0")
        if hurt is not None:
            await client.hset(key, "list.trending/0", hurt)
        assert await store.snapshot(look.note) is None
        assert f"{key}: block list.trending/0" in caplog.text
        caplog.clear()


async def test_a_snapshot_that_is_no_longer_held_is_missing_not_empty(
    store: Store, client: Redis, keys: Keys
) -> None:
    look = a_look("one", 0, day(1))
    await store.commit(look)
    assert look.note is not None
    await client.delete(keys.blocks(look.note.id))
    assert await store.snapshot(look.note) is None


async def test_two_namespaces_in_one_store_know_nothing_of_each_other(
    client: Redis, labs: Labs, keys: Keys
) -> None:
    mine = Store(client, labs, keys)
    theirs = Store(client, labs, Keys(f"{keys.namespace}-theirs"))
    await mine.commit(a_look("one", 0, day(1)))
    assert await is_empty(theirs)


async def test_a_store_that_has_gone_is_told_with_what_was_being_done(
    labs: Labs, tmp_path: Path
) -> None:
    nobody, at_once = str(tmp_path / "nobody"), Retry(NoBackoff(), 0)
    async with Redis(unix_socket_path=nobody, retry=at_once, legacy_responses=False) as client:
        store = Store(client, labs)
        with pytest.raises(StoreError, match=r"while reading what stands: .*hubshift doctor"):
            await store.state()
        with pytest.raises(StoreError, match=r"the look at pulse@.* could not be stored"):
            await store.commit(a_look("one", 0, day(1)))
