"""Rules that only all columns answer: drawn as others are, and with few days in memory."""

import weakref
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from redis.asyncio import Redis

from bot.backtest import backtest
from bot.backtest.course import PICTURED
from bot.rules import parse_rule
from bot.store.keys import Keys
from bot.store.store import Store
from bot.views import Note
from detectors.columns import Columns
from detectors.labs import Labs
from detectors.snapshot import Snapshot
from tests.looks import census, look_all, watching
from tests.world import Row, World, day

DAYS = 30


class Weighed(Store):
    """A store with the most Snapshots of which all columns were in memory at a time."""

    most = 0

    async def onward(self, notes: Sequence[Note]) -> AsyncIterator[Snapshot | None]:
        """Yield what it does, and count."""
        held: weakref.WeakSet[Columns] = weakref.WeakSet()
        async for snapshot in super().onward(notes):
            if snapshot is not None:
                held.add(snapshot.columns)
            self.most = max(self.most, len(held))
            yield snapshot


def rows(number: int) -> list[Row]:
    """Return four models of one lab; the last passes one on day 26 and has another licence then."""
    likes = [90, 80, 70, 20 + 2 * number]
    new = "apache-2.0" if number > DAYS - 5 else "mit"
    return [
        (f"Qwen/m{at}", {"likes": each, "tags": (f"license:{new if at > 2 else 'mit'}",)})
        for at, each in enumerate(likes)
    ]


@pytest.mark.parametrize(
    "line",
    [
        "top 3 by likes in lab Qwen leave 3",
        "share of likes by license who apache-2.0 above 20% clear 10% in country China",
    ],
)
async def test_a_rule_on_columns_is_drawn_as_one_in_memory_is(
    client: Redis, labs: Labs, keys: Keys, line: str
) -> None:
    world, rule = World(), parse_rule(line, labs)
    for number in range(1, DAYS + 1):
        world.census(day(number), rows(number))
    store = Weighed(client, labs, keys)
    await look_all(watching(store, labs), [census(day(n), rows(n)) for n in range(1, DAYS + 1)])
    wanted, found = await backtest(rule, world.views), await backtest(rule, store)
    assert wanted.trial.fired
    assert [each.values for each in found.trial.fired] == [e.values for e in wanted.trial.fired]
    assert [each.shift.id for each in found.trial.fired] == [e.shift.id for e in wanted.trial.fired]
    assert 0 < store.most <= 6 < PICTURED


def rising(number: int) -> list[Row]:
    """Return two models of one lab; from day 60 on the part of the first rises."""
    likes = 1000 + number % 2 + 20 * max(number - 60, 0)
    return [
        ("Qwen/a", {"likes": likes, "downloads": likes, "tags": ("license:mit",)}),
        ("Qwen/b", {"likes": 1000, "downloads": 1000, "tags": ("license:apache-2.0",)}),
    ]


def climbing(number: int) -> list[Row]:
    """Return two licences of one lab; from day 60 on the first takes a place every other day."""
    led = max(number - 60, 0) // 2
    return [
        (f"Qwen/{name}-{at}", {"likes": likes - at, "tags": (f"license:{name}",)})
        for at in range(10)
        for name, likes in (("mit", 900 if at < led else 100), ("apache-2.0", 500))
    ]


@pytest.mark.parametrize(
    ("line", "rows_of"),
    [
        ("momentum of likes by license who mit up over 9 weeks in lab Qwen", rising),
        ("momentum of downloads by license who mit up over 9 weeks in lab Qwen", rising),
        (
            "momentum of slots by license who mit up over 9 weeks in top 10 by likes in lab Qwen",
            climbing,
        ),
    ],
    ids=["likes", "downloads", "slots"],
)
async def test_a_rule_that_looks_far_back_holds_the_tables_of_weeks_not_their_columns(
    client: Redis, labs: Labs, keys: Keys, line: str, rows_of: Callable[[int], list[Row]]
) -> None:
    world, rule = World(), parse_rule(line, labs)
    for number in range(1, 120, 3):
        world.census(day(number), rows_of(number))
    store = Weighed(client, labs, keys)
    await look_all(watching(store, labs), [census(day(n), rows_of(n)) for n in range(1, 120, 3)])
    wanted, found = await backtest(rule, world.views), await backtest(rule, store)
    assert wanted.trial.fired
    assert found.trial.fired == wanted.trial.fired
    assert found.trial.ended == wanted.trial.ended
    assert 0 < store.most <= 3
