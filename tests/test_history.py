"""A look reads back as far as its rules want, and no further."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.history import History, Reach
from bot.store.keys import Keys
from bot.store.store import Store
from bot.views import Note
from detectors.labs import Labs
from detectors.metric import Kind, Metric
from detectors.shift import Shift
from detectors.snapshot import Snapshot
from detectors.verdict import Reason
from tests.looks import census, look_all, watching
from tests.world import Row, World, day

WEEK = timedelta(days=7)


def daily(days: int) -> World:
    world = World()
    for number in range(1, days + 1):
        world.pulse(day(number), ["Qwen/a"])
    return world


async def days_of(history: History) -> list[int]:
    return [(read.taken_at - day(1)).days + 1 for read in await history.past()]


async def test_without_rules_that_look_far_back_only_the_latest_reads_are_read() -> None:
    history = await History.load(daily(30).views, "pulse", Reach(3, {}))
    assert await days_of(history) == [28, 29, 30]


async def test_of_the_weeks_before_the_first_read_of_each_is_read() -> None:
    # 5 January 2026 is a Monday.
    history = await History.load(daily(30).views, "pulse", Reach(2, {WEEK: 4}))
    assert await days_of(history) == [5, 12, 19, 26, 29, 30]


async def test_what_lies_a_week_apart_is_not_forgotten_as_looks_go_on() -> None:
    world = daily(120)
    history = await History.load(world.views, "pulse", Reach(1, {WEEK: 16}))
    for number in range(121, 128):
        world.pulse(day(number), ["Qwen/a"])
        note, snapshot = world.views.held[-1]
        assert snapshot is not None
        history.add(note, snapshot)
    assert await days_of(history) == [*range(19, 125, 7), 127]


async def test_a_withheld_read_is_not_the_first_of_its_week() -> None:
    world = daily(4)
    world.withhold(day(5), Reason.TRUNCATED, "cut")
    world.pulse(day(6), ["Qwen/a"])
    world.pulse(day(7), ["Qwen/a"])
    history = await History.load(world.views, "pulse", Reach(1, {WEEK: 5}))
    assert await days_of(history) == [1, 6, 7]


async def test_each_list_has_a_first_of_its_own() -> None:
    world = daily(6)
    world.look(day(7), Kind.PULSE, {Metric.LIKES: ["Qwen/a"]})
    history = await History.load(world.views, "pulse", Reach(1, {WEEK: 5}))
    assert await days_of(history) == [1, 5, 6, 7]


class Counting(Store):
    """A store with the number of Snapshots that were read with all their columns."""

    wholes = 0

    async def whole(self, note: Note) -> Snapshot | None:
        """Read it, and count it."""
        self.wholes += 1
        return await super().whole(note)


def of_one_lab(number: int) -> list[Row]:
    """Return two models of a lab, of which the second leads from day 89 on."""
    return [
        ("Qwen/a", {"likes": 90}),
        ("Qwen/b", {"likes": number + 1}),
        ("nobody/c", {"likes": 9}),
    ]


async def test_a_rule_in_a_lab_does_not_let_others_read_the_columns_of_weeks(
    client: Redis, labs: Labs, keys: Keys
) -> None:
    store = Counting(client, labs, keys)
    rules = (
        "momentum of likes by lab anyone up over 9 weeks",
        "top 1 by likes in lab Qwen leave 1",
    )
    watch, told = watching(store, labs, *rules), list[Shift]()
    for number in range(1, 100, 3):
        store.wholes = 0
        told += (await watch.look(census(day(number), of_one_lab(number)))).shifts
        assert store.wholes <= 2
    assert [(shift.key, shift.status.value) for shift in told] == [
        ("Qwen/b", "firing"),
        ("Qwen/a", "resolved"),
    ]


class Damaged(Store):
    """A store in which the columns of some days can no longer be read, though their tables can."""

    days: frozenset[int] = frozenset()

    async def whole(self, note: Note) -> Snapshot | None:
        """Read it, unless it is of one of the days."""
        damaged = note.taken_at in {day(number) for number in self.days}
        return None if damaged else await super().whole(note)


def without_likes() -> list[Row]:
    """Return the same models on a day on which no model's likes are known."""
    return [(name, {"downloads": 9}) for name in ("Qwen/a", "Qwen/b", "nobody/c")]


@pytest.mark.parametrize(
    ("damaged", "bare"),
    [({91}, set()), (set(), {91}), ({50, 57, 91}, {94})],
    ids=["a damaged day", "a day without the metric", "both, and damaged weeks"],
)
async def test_where_a_near_read_drops_out_older_ones_are_read_with_their_columns(
    client: Redis, labs: Labs, keys: Keys, damaged: set[int], bare: set[int]
) -> None:
    store = Damaged(client, labs, keys)
    store.days = frozenset(damaged)
    rules = (
        "momentum of likes by lab anyone up over 9 weeks",
        "top 1 by likes in lab Qwen leave 1 confirm 2 of 3",
    )
    watch, told = watching(store, labs, *rules), list[Shift]()
    for number in range(1, 104, 3):
        rows = without_likes() if number in bare else of_one_lab(number)
        outcome = await watch.look(census(day(number), rows))
        assert outcome.note.admitted
        told += outcome.shifts
    assert ("Qwen/b", "firing") in [(shift.key, shift.status.value) for shift in told]


async def test_of_reads_that_are_wanted_whole_a_damaged_one_is_left_out(
    client: Redis, labs: Labs, keys: Keys
) -> None:
    store = Damaged(client, labs, keys)
    await look_all(watching(store, labs), [census(day(n), of_one_lab(n)) for n in range(1, 7)])
    store.days = frozenset({4})
    history = await History.load(store, "census", Reach(3, {WEEK: 2}))
    assert [read.tables is None for read in await history.past()] == [False, False, False, True]
    assert await days_of(history) == [1, 4, 5, 6]
    whole = await history.past(whole=history.reach)
    assert [read.taken_at for read in whole] == [day(1), day(5), day(6)]
    assert all(read.tables is None for read in whole)


async def test_where_the_last_read_is_damaged_the_one_before_is_there_with_its_columns(
    client: Redis, labs: Labs, keys: Keys
) -> None:
    store = Damaged(client, labs, keys)
    await look_all(watching(store, labs), [census(day(n), of_one_lab(n)) for n in range(1, 7)])
    store.days = frozenset({5, 6})
    past = await (await History.load(store, "census", Reach(4, {}))).past()
    assert [(read.taken_at, read.tables is None) for read in past] == [
        (day(3), False),
        (day(4), True),
    ]
