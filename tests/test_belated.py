"""A day that comes after a later one is held is put where it belongs, and changes nothing else."""

import asyncio
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from bot.hub.port import Reading
from bot.look import Look, OutOfOrder
from bot.retention import Retention
from bot.store.chain import LINKS, Manifest
from bot.store.keys import Keys
from bot.store.lessons import Register
from bot.store.replies import all_bytes, one_bytes
from bot.store.store import Store
from bot.store.tips import FARTHEST, Placed, nearest_tip
from bot.turn import Turn
from bot.watch import Watch
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.snapshot import Snapshot
from detectors.verdict import Reason
from tests.belated_world import Days, all_said, quiet, taken_in
from tests.looks import FEW, RISEN, census, look_all, pulse, told, watching
from tests.shares import downloaded
from tests.test_momentum import CLIMB, STEADY
from tests.test_retention import models
from tests.world import Row, day

MOMENTUM = "momentum of downloads by lab who Qwen up"


def orders(count: int, seed: int) -> list[int]:
    """Return an order in which days may come: backwards, the newer half first, or any."""
    newer = [*range(count // 2, count), *range(count // 2)]
    shuffled = random.Random(seed).sample(range(count), count)  # noqa: S311 - no secret
    return [[*range(count)][::-1], newer, shuffled][min(seed, 2)]


@pytest.mark.parametrize("seed", range(5))
async def test_days_say_the_same_in_whatever_order_they_came(
    store: Store, labs: Labs, seed: int
) -> None:
    days = Days(seed)
    in_order = Store(store._redis, labs, Keys(f"{store.keys.namespace}-in-order"))
    await taken_in(in_order, labs, days, range(days.count))
    await taken_in(store, labs, days, orders(days.count, seed))
    expected, found = await all_said(in_order, labs), await all_said(store, labs)
    assert found.keys() == expected.keys()
    for name, said in expected.items():
        assert found[name] == said, name


async def blocks(store: Store) -> dict[str, dict[str, bytes]]:
    """Return every block and table held, by its key."""
    found = {}
    for note in await store.notes("census"):
        for key in (store.keys.blocks(note.id), store.keys.tables(note.id)):
            held = await store._redis.hgetall(key)
            found[key] = {str(name): one_bytes(value) for name, value in held.items()}
    return found


@pytest.mark.parametrize("seed", [2, 3])
async def test_no_link_that_is_held_is_written_again_and_no_ordinal_moves(
    store: Store, labs: Labs, seed: int
) -> None:
    days = Days(seed)
    order = orders(days.count, seed)
    for at, number in enumerate(order):
        held, looks = await blocks(store), await store._redis.llen(store.keys.ledger)
        register = Register(store._redis, store.keys)
        names = [*await register.names(looks)]
        lessons = await store.lessons()
        await taken_in(store, labs, days, [number])
        after = await blocks(store)
        assert len(after) == 2 * at + 2
        assert held.items() <= after.items()
        assert [*await Register(store._redis, store.keys).names(looks)] == names
        longer = await store.lessons()
        assert longer.ordinals[: len(lessons)].tolist() == lessons.ordinals.tolist()
        assert [*longer.names][: len(lessons)] == [*lessons.names]
    assert all_bytes(await store._redis.smembers(store.keys.belated))


def week(number: int, qwen: int) -> Reading:
    """Return the census of a Monday on which Qwen has so many of 1000 downloads."""
    return census(day(5 + 7 * number), downloaded(qwen=qwen, meta=1000 - qwen))


async def test_what_holds_already_by_the_days_put_in_is_not_told_as_news(
    store: Store, labs: Labs
) -> None:
    counts = [*STEADY, *CLIMB]
    bot = watching(store, labs, MOMENTUM)
    assert await look_all(bot, [week(len(counts) - 1, counts[-1])]) == []
    for number, count in enumerate(counts[:-1]):
        outcome = await quiet(store, labs).look(week(number, count))
        assert outcome.belated
        assert outcome.shifts == ()
    assert (await store.state()).belated == {"census"}
    # Of a running bot nothing is begun anew: it meets what another process has put in.
    assert told(await look_all(bot, [week(len(counts), 261)])) == []
    state = await store.state()
    assert state.belated == frozenset()
    assert [*state.standing[MOMENTUM].holding] == ["Qwen"]
    assert await store.shifts() == []
    falling = [week(len(counts) + at, 260) for at in range(1, 9)]
    assert "Qwen resolved" in told(await look_all(bot, falling))


async def test_what_begins_after_the_days_put_in_is_told(store: Store, labs: Labs) -> None:
    bot = watching(store, labs, MOMENTUM)
    await bot.look(week(len(STEADY) - 1, STEADY[-1]))
    for number in range(len(STEADY) - 1):
        await quiet(store, labs).look(week(number, STEADY[number]))
    climb = [week(len(STEADY) + at, count) for at, count in enumerate(CLIMB)]
    assert told(await look_all(bot, climb)) == ["Qwen firing"]


async def test_a_bot_goes_on_while_days_are_put_in_beside_it(store: Store, labs: Labs) -> None:
    bot = watching(store, labs)
    await look_all(bot, [pulse(day(60)), census(day(60), models(59))])

    async def running() -> list[str]:
        news = []
        for number in range(61, 71):
            news += await look_all(bot, [pulse(day(number), RISEN if number > 65 else FEW)])
            await bot.look(census(day(number), models(number - 1)))
            await asyncio.sleep(0.2)
        return told(news)

    async def importing() -> None:
        watch = quiet(Store(store._redis, labs, store.keys), labs)
        for number in range(40, 60):
            assert (await watch.look(census(day(number), models(number - 1)))).belated

    news, _ = await asyncio.gather(running(), importing())
    assert sorted(news) == ["lab/c resolved", "lab/e firing"]
    notes = await store.notes("census")
    assert [note.taken_at for note in notes] == [day(number) for number in range(40, 71)]
    likes = [await store.whole(note) for note in notes]
    for number, whole in zip(range(40, 71), likes, strict=True):
        assert whole is not None
        expected = {name: fields["likes"] for name, fields in named(models(number - 1))}
        figures = whole.columns.figures[Metric.LIKES]
        rows = np.flatnonzero(whole.columns.present).tolist()
        assert {whole.columns.ids[row]: figures[row] for row in rows} == expected
    assert not (await store.checked()).damaged


class Overtaken(Store):
    """A store in which another looks, some times, just before a commit."""

    times = 0

    def beside(self, times: int, bot: Watch) -> "Overtaken":
        """Let a bot look so many times."""
        self.times, self._bot = times, bot
        return self

    async def commit(self, look: Look) -> None:
        """Commit, after the other."""
        if self.times:
            self.times -= 1
            await self._bot.look(pulse(day(60) + timedelta(hours=9 - self.times)))
        await super().commit(look)


async def test_an_import_gives_way_to_looks_as_often_as_there_are_any(
    store: Store, labs: Labs
) -> None:
    bot = watching(store, labs)
    await look_all(bot, [pulse(day(60)), census(day(60), models(59))])
    late = Overtaken(store._redis, labs, store.keys).beside(9, bot)
    outcome = await quiet(late, labs).look(census(day(40), models(39)))
    assert (outcome.belated, late.times) == (True, 0)
    assert len(await store.notes("pulse")) == 10


def named(rows: Sequence[Row]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield rows that have fields."""
    for row in rows:
        assert not isinstance(row, str)
        yield row


async def test_only_an_import_puts_days_in(store: Store, labs: Labs) -> None:
    await quiet(store, labs).look(week(3, 200))
    with pytest.raises(OutOfOrder, match="not later than the one held"):
        await watching(store, labs, MOMENTUM).look(week(2, 200))
    assert [note.taken_at for note in await store.notes("census")] == [day(26)]


async def test_a_pulse_is_put_in_by_nobody(store: Store, labs: Labs) -> None:
    watch = quiet(store, labs)
    await watch.look(pulse(day(3)))
    with pytest.raises(OutOfOrder, match="not later than the one held"):
        await watch.look(pulse(day(2)))


async def test_a_day_put_in_is_judged_by_those_before_it_and_troubles_nobody(
    store: Store, labs: Labs
) -> None:
    days = Days(1)
    await taken_in(store, labs, days, [0, 8])
    before = await store.shifts()
    few = census(day(3), [("Qwen/m1", {"downloads": 1})])
    outcome = await quiet(store, labs).look(few)
    assert (outcome.note.reason, outcome.shifts) == (Reason.TRUNCATED, ())
    state = await store.state()
    assert state.trouble == {}
    assert await store.shifts() == before
    # The next one is judged by the last good one before it.
    await taken_in(store, labs, days, [3])


async def test_thinning_breaks_no_chain_of_days_put_in(store: Store, labs: Labs) -> None:
    days, short = Days(4, 40), Retention(timedelta(days=5), timedelta(days=10))
    newer, older = [*range(20, 40)], [*range(20)]
    await taken_in(store, labs, days, [*newer, *older[::-1][:10], *older[:10:2], *older[1:10:2]])
    before = await all_said(store, labs)
    notes = await store.notes("census")
    dropped = short.dropped(notes)
    thinned = (await store.thin(short)).snapshots
    left = await store.notes("census")
    assert thinned == len(notes) - len(left) > 10
    assert {note.id for note in notes} - {note.id for note in left} <= dropped
    after = await all_said(store, labs)
    for note in left:
        for kind in ("columns", "boards", "shares"):
            assert after[f"{kind} {note.id}"] == before[f"{kind} {note.id}"], note.id
    assert not (await store.checked()).damaged
    # And more can be put in, and thinned.
    await taken_in(store, labs, days, [2, 12])
    await store.thin(short)
    again = await all_said(store, labs)
    assert again[f"columns {left[0].id}"] == before[f"columns {left[0].id}"]


async def test_days_put_in_backwards_or_between_go_on_with_each_other(
    store: Store, labs: Labs
) -> None:
    later, backwards = [*range(20, 24)], [*range(10, 20)][::-1]
    for at in (*later, *backwards, *range(0, 10, 2), *range(1, 10, 2)):
        await quiet(store, labs).look(census(day(at + 1), models(at)))
    notes = await store.notes("census")
    chains: dict[str, list[int]] = {}
    for note in notes:
        manifest = await store._censuses.manifest(note.id)
        assert manifest is not None
        chains.setdefault(manifest.key, []).append(manifest.place)
    assert chains.pop("census@2026-01-21T00:00:00Z") == [0, 1, 2, 3]
    # One for each run of days; what came from farther away differs in too much to go on with one.
    assert len(chains) == 3
    for places in chains.values():
        assert sorted(places) == [*range(len(places))]
    assert (await store.costs()).churn is not None


def test_a_chain_is_gone_on_with_at_its_end_alone_where_it_has_room_and_is_near() -> None:
    def link(number: int, key: int, place: int) -> Placed:
        at = day(number)
        manifest = Manifest(
            base="",
            key=str(key),
            place=place,
            rows=0,
            tracks=(),
            real=(),
            words={},
            parts={},
            identity=0,
            lessons=0,
        )
        return Placed(str(number), at, manifest)

    newest = [link(90, 90, 0), link(91, 90, 1)]
    assert nearest_tip([], day(1)) is None
    assert nearest_tip(newest, day(89)) is None
    older = [link(1, 1, 0), link(2, 1, 1), link(5, 5, 0)]
    assert nearest_tip([*older, *newest], day(3)) == "2"
    assert nearest_tip([*older, *newest], day(4)) == "5"
    # A link in the middle of a chain is none to go on with, however near.
    assert nearest_tip([link(3, 1, 0), *older[1:], *newest], day(4)) == "5"
    assert nearest_tip([link(1, 1, LINKS - 1), *newest], day(2)) is None
    assert nearest_tip([*older, *newest], day(5) + FARTHEST) == "5"
    assert nearest_tip([*older, *newest], day(6) + FARTHEST) is None


async def test_an_import_waits_for_a_look_that_was_overtaken(store: Store, labs: Labs) -> None:
    bot = watching(store, labs)
    await bot.look(census(day(60), models(59)))
    overtaken = Turn(store)
    await overtaken.ask()
    putting_in = asyncio.create_task(quiet(store, labs).look(census(day(50), models(49))))
    await asyncio.sleep(0.3)
    assert len(await store.notes("census")) == 1
    await overtaken.done()
    assert (await putting_in).belated
    # The bot looked when only its own day was held: it loses, asks for its turn and gets it.
    assert not (await bot.look(census(day(61), models(60)))).belated
    assert await store.shelf.read("turn", "look") is None


def likes(store_holds: Snapshot | None) -> dict[str, int]:
    """Return the likes of all that a census lists, by their ids."""
    assert store_holds is not None
    columns = store_holds.columns
    figures = columns.figures[Metric.LIKES]
    return {columns.ids[row]: int(figures[row]) for row in np.flatnonzero(columns.present).tolist()}


@pytest.mark.parametrize("bot_adds", [True, False])
async def test_what_the_other_adds_between_two_looks_is_learnt_and_no_census_is_lost(
    store: Store, labs: Labs, *, bot_adds: bool
) -> None:
    bot, putting_in = (
        make(Store(store._redis, labs, store.keys), labs) for make in (watching, quiet)
    )
    hub = [(f"lab/m{at}", {"likes": at}) for at in range(50)]
    more = [*hub, *((f"lab/new{at}", {"likes": 1}) for at in range(10))]
    # Who comes second numbers fewer repos, by the ledger that it has, than are known by then.
    lost = [(f"lab/gone{at}", {"likes": 2}) for at in range(5 if bot_adds else 15)]
    now, past = census(day(20), hub), census(day(9), hub[1:])
    new, gone = census(day(21), more), census(day(10), [*hub, *lost])
    looks = [(bot, now), (putting_in, past), (bot, new), (putting_in, gone)]
    for watch, reading in looks if bot_adds else [*looks[:2], *looks[:1:-1]]:
        await watch.look(reading)
    held = Store(store._redis, labs, store.keys)
    notes = await held.notes("census")
    for note, reading in zip(notes, (past, gone, now, new), strict=True):
        said = {each.id: each.likes for each in reading.listings[0].models}
        assert likes(await held.whole(note)) == said
    assert not (await held.checked()).damaged


async def test_an_import_does_not_wait_for_a_look_that_came_too_late(
    store: Store, labs: Labs
) -> None:
    bot = watching(store, labs)
    await bot.look(census(day(60), models(59)))
    putting_in = quiet(store, labs)
    await putting_in.look(census(day(62), models(61)))
    # Overtaken, it asks for its turn, and finds that a later census is held.
    with pytest.raises(OutOfOrder, match="not later than the one held"):
        await bot.look(census(day(61), models(60)))
    async with asyncio.timeout(10):
        assert (await putting_in.look(census(day(50), models(49)))).belated


async def test_counters_that_stand_still_are_judged_as_they_were_on_their_days(
    store: Store, labs: Labs
) -> None:
    still: list[Row] = [(f"lab/m{at}", {"downloads": 10**6 + at}) for at in range(60)]
    in_order = Store(store._redis, labs, Keys(f"{store.keys.namespace}-in-order"))
    for number in range(1, 10):
        await quiet(in_order, labs).look(census(day(number), still))
    await quiet(store, labs).look(census(day(40), [("lab/later", {})]))
    one = quiet(store, labs)
    for number in range(1, 10):
        # Each by a process of its own, but for some by one that goes on.
        watch = one if number in {5, 6, 7} else quiet(store, labs)
        await watch.look(census(day(number), still))
    expected = [(note.reason, note.moved) for note in await in_order.notes("census")]
    assert [reason for reason, _ in expected].count(Reason.FROZEN) == 2
    assert expected[-1] == (Reason.ADMITTED, False)
    found = [(note.reason, note.moved) for note in await store.notes("census", None, day(39))]
    assert found == expected
