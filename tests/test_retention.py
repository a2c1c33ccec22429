"""What is kept: all of it, then one a day, then one a week; no chain breaks when links go."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from redis.asyncio import Redis

from bot.holdings import told
from bot.retention import Retention
from bot.store.connect import Connection, connect
from bot.store.keys import Keys
from bot.store.store import Store
from bot.views import Note
from bot.wording import plural
from detectors.labs import Labs
from detectors.metric import Kind
from detectors.snapshot import Snapshot
from detectors.verdict import Reason
from tests.looks import census, pulse, watching
from tests.tap import Tap
from tests.world import Row, day

RETENTION = Retention(timedelta(days=35), timedelta(days=400))
SHORT = Retention(timedelta(days=10), timedelta(days=40))
RULE = "share of likes by lab who Qwen above 90%"


def note(at: datetime, kind: Kind = Kind.CENSUS, reason: Reason = Reason.ADMITTED) -> Note:
    return Note(
        id=f"{kind.value}@{at:%Y-%m-%dT%H:%M:%S}Z",
        stream=kind.value,
        kind=kind,
        taken_at=at,
        rows=1,
        reason=reason,
    )


def kept(notes: Sequence[Note], retention: Retention = RETENTION) -> list[str]:
    dropped = retention.dropped(notes)
    return [each.id for each in notes if each.id not in dropped]


def test_everything_of_the_last_weeks_is_kept() -> None:
    notes = [note(day(number, hour)) for number in range(1, 36) for hour in (0, 12)]
    assert kept(notes) == [each.id for each in notes]


def test_then_the_last_admitted_census_of_a_day_is_kept() -> None:
    old = [
        note(day(1, 3)),
        note(day(1, 6)),
        note(day(1, 9), reason=Reason.RESET),
        note(day(1, 12), Kind.PULSE),
    ]
    assert kept([*old, note(day(60))]) == [old[1].id, note(day(60)).id]


def test_a_day_without_a_census_keeps_its_last_pulse() -> None:
    old = [note(day(1, hour), Kind.PULSE) for hour in (1, 2, 3)]
    assert kept([*old, note(day(60))]) == [old[2].id, note(day(60)).id]


def test_after_that_the_last_of_a_week_is_kept() -> None:
    # 5 January 2026 is a Monday.
    old = [note(day(number)) for number in range(5, 19)]
    assert kept([*old, note(day(600))]) == [old[6].id, old[13].id, note(day(600)).id]


def test_an_empty_store_drops_nothing() -> None:
    assert RETENTION.dropped([]) == frozenset()


def models(number: int) -> list[Row]:
    """Return twelve models; each day one of them, in turn, has one like more."""
    likes = [100 + at + (number + at) // 12 for at in range(12)]
    rest = {"downloads": 10, "pipeline_tag": "fill-mask"}
    return [(f"Qwen/m{at}", {"likes": likes[at], **rest}) for at in range(12)]


async def filled(store: Store, labs: Labs, days: int) -> None:
    watch = watching(store, labs, RULE)
    for number in range(1, days + 1):
        await watch.look(census(day(number), models(number)))
        await watch.look(pulse(day(number, 6), models(number), likes=models(number)))


def figures(snapshot: Snapshot | None) -> object:
    assert snapshot is not None
    columns = snapshot.columns
    return (
        list(columns.ids),
        {metric: each.tolist() for metric, each in columns.figures.items()},
        columns.created_at.tolist(),
        columns.edges.child.tolist(),
    )


async def test_thinning_breaks_no_chain_and_changes_no_figure(store: Store, labs: Labs) -> None:
    await filled(store, labs, 100)
    notes = await store.notes("census")
    before = {each.id: figures(await store.whole(each)) for each in notes}
    shares = {each.id: _likes(await store.snapshot(each)) for each in notes}
    manifests = [await store._censuses.manifest(each.id) for each in notes]
    assert sum(bool(each and each.base) for each in manifests) > 90
    dropped = (await store.thin(SHORT)).snapshots
    left = await store.notes("census")
    assert dropped == 2 * len(notes) - len(left) - len(await store.notes("pulse"))
    # The first chain of 32 is older than 40 days: its Sundays are left. The others wait.
    ids = {each.id for each in left}
    assert len(left) == 5 + 100 - 32
    assert {each.id for each in notes if each.id not in SHORT.dropped(notes)} <= ids
    again = Store(store._redis, labs, store.keys)
    for each in left:
        assert figures(await again.whole(each)) == before[each.id]
        assert _likes(await again.snapshot(each)) == shares[each.id]
    assert (await store.thin(SHORT)).snapshots == 0


async def test_what_is_thinned_while_it_is_read_is_read_again(
    own: Connection, labs: Labs, keys: Keys
) -> None:
    store = Store(own.client, labs, keys)
    await filled(store, labs, 100)
    notes = await store.notes("census")
    sunday = next(each for each in notes[1:32] if each.id not in SHORT.dropped(notes))
    before = figures(await store.whole(sunday))
    thinned = []

    async def thin() -> None:
        thinned.append((await store.thin(SHORT)).snapshots)

    assert own.server is not None
    async with Tap(own.server.socket) as tap:
        line = await connect(tap.url, Path("unused"))
        # Its links are known by then, and their blocks are asked for.
        tap.word, tap.of, tap.before = b"HMGET", keys.blocks(sunday.id).encode(), thin
        assert figures(await Store(line.client, labs, keys).whole(sunday)) == before
        await line.close()
    assert thinned[0] > 0


def _likes(snapshot: Snapshot | None) -> object:
    assert snapshot is not None
    assert snapshot.tables is not None
    return [(dict(share.amounts), share.total) for share in snapshot.tables.shares.values()]


async def test_after_thinning_the_next_census_goes_on(store: Store, labs: Labs) -> None:
    watch = watching(store, labs, RULE)
    for number in range(1, 81):
        await watch.look(census(day(number), models(number)))
    assert (await store.thin(SHORT)).snapshots > 0
    outcome = await watch.look(census(day(81), models(81)))
    assert figures(await store.whole(outcome.note)) is not None


async def test_nothing_dropped_leaves_a_key_behind(
    store: Store, labs: Labs, client: Redis, keys: Keys
) -> None:
    await filled(store, labs, 80)
    await store.thin(SHORT)
    left = {each.id for stream in ("census", "pulse") for each in await store.notes(stream)}
    names = [name.decode() async for name in client.scan_iter(f"{{{keys.namespace}}}:*")]
    held = {name.partition(":blocks:")[2] for name in names if ":blocks:" in name}
    assert held == left
    assert not [name for name in names if ":staged" in name]


async def test_a_models_history_is_read_off_every_census(store: Store, labs: Labs) -> None:
    await filled(store, labs, 70)
    moments = await store.history(3)
    notes = await store.notes("census")
    assert [each.taken_at for each in moments] == [each.taken_at for each in notes]
    for moment, each in zip(moments, notes, strict=True):
        snapshot = await store.whole(each)
        assert snapshot is not None
        said = {metric: float(column[3]) for metric, column in snapshot.columns.figures.items()}
        assert moment.figures == said
        assert moment.listed


async def test_what_is_held_is_told_with_its_cost(store: Store, labs: Labs) -> None:
    await filled(store, labs, 3)
    costs = await store.costs()
    assert [(each.stream, each.snapshots) for each in costs.streams] == [
        ("census", 3),
        ("pulse", 3),
    ]
    assert costs.churn is not None
    assert (costs.churn.changed, costs.churn.rows, costs.churn.days) == (1, 12, 1)
    assert costs.a_model_and_census is not None
    assert costs.bytes > 0


async def test_how_much_changed_is_known_where_it_was_too_much_for_a_chain(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs, RULE)
    for number in (1, 2, 4):
        moved: list[Row] = [(f"lab/m{at}", {"likes": at + 9 * number}) for at in range(7)]
        still: list[Row] = [(f"lab/s{at}", {"likes": at}) for at in range(5)]
        outcome = await watch.look(census(day(number), moved + still))
    manifest = await store._censuses.manifest(outcome.note.id)
    assert manifest is not None
    assert manifest.base == ""
    assert "churn: 7 of 12 rows (58.3%) differed after 2.0 days" in told(
        await store.costs(), RETENTION
    )


async def test_how_much_changed_is_known_where_the_note_of_the_one_before_is_damaged(
    store: Store, labs: Labs, client: Redis, keys: Keys
) -> None:
    await filled(store, labs, 2)
    known = (await store.costs()).churn
    await client.hset(keys.notes, (await store.notes("census"))[0].id, b"")
    assert (await store.costs()).churn == known
    assert known is not None


async def test_why_it_is_not_known_how_much_changed_is_said(store: Store, labs: Labs) -> None:
    watch = watching(store, labs, RULE)
    await watch.look(census(day(1), models(1)))
    await watch.look(census(day(2), [(f"lab/m{at}", {"downloads": at}) for at in range(9)]))
    (said,) = [
        line for line in told(await store.costs(), RETENTION).splitlines() if "churn" in line
    ]
    assert said.startswith("churn: not known, no two censuses held were compared row by row (")


async def test_all_that_is_held_is_counted_once(
    store: Store, labs: Labs, client: Redis, keys: Keys
) -> None:
    await filled(store, labs, 2)
    costs = await store.costs()
    names = [name async for name in client.scan_iter(f"{{{keys.namespace}}}:*")]
    sizes = [await client.memory_usage(name, samples=0) for name in names]
    assert costs.bytes == sum(each or 0 for each in sizes)
    noted = await client.memory_usage(keys.notes, samples=0)
    assert noted is not None
    assert costs.rest > noted > 0


async def test_what_a_snapshot_with_a_damaged_note_takes_is_counted_with_its_stream(
    store: Store, labs: Labs, client: Redis, keys: Keys
) -> None:
    await filled(store, labs, 2)
    before = (await store.costs()).streams
    for number in range(2):
        await client.hset(keys.notes, (await store.notes("census"))[0].id, b"damaged")
        costs = await store.costs()
        census, pulses = costs.streams
        assert (census.snapshots, census.damaged, pulses.damaged) == (1 - number, 1 + number, 0)
        assert [(each.blocks, each.tables) for each in costs.streams] == [
            (each.blocks, each.tables) for each in before
        ]
        assert (census.first, census.last) == (before[0].first, before[0].last)
        (line, *_) = told(costs, RETENTION).splitlines()
        assert f"{1 + number} more with a damaged note, " in line


async def test_of_one_snapshot_it_speaks_as_of_one(store: Store, labs: Labs) -> None:
    await filled(store, labs, 1)
    censuses, pulses, *rest = told(await store.costs(), RETENTION).splitlines()
    assert censuses.startswith("census: 1 snapshot, ")
    assert ["boards and shares" in line for line in (censuses, pulses)] == [True, False]
    assert "churn: not known yet, it takes two censuses" in rest
    await filled(store, labs, 2)
    assert told(await store.costs(), RETENTION).startswith("census: 2 snapshots, ")


def test_many_are_counted_to_the_last_one() -> None:
    assert plural(12_345, "snapshot", whole=True) == "12,345 snapshots"
