"""A look from end to end on a real store: what is news, what is kept apart, what happens twice."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from redis.asyncio import Redis

from bot.hub.port import Reading
from bot.look import OutOfOrder
from bot.store.connect import Connection, connect
from bot.store.embedded import EmbeddedServer
from bot.store.errors import StoreError
from bot.store.keys import Keys
from bot.store.store import Store
from bot.watch import Watch
from detectors.labs import Labs
from detectors.shift import AT_ONCE, Held, Severity, Shift
from detectors.verdict import Reason
from tests.looks import (
    CHANNEL,
    FEW,
    RISEN,
    TOP,
    census,
    counted,
    days,
    look_all,
    pulse,
    told,
    trending,
    watching,
)
from tests.tap import Tap
from tests.world import Row, day

LIKED = "top 3 by likes in all confirm 1 of 1"
ENTERED = ["lab/e firing", "lab/c resolved"]
LARGE = 24
"""Models with enough downloads each to see counters stand still."""


def figures(number: int, factor: float = 1.0) -> list[Row]:
    """Return downloads that move by a hundredth a day, as they are on a day."""
    return counted([int(factor * (50_000 + at) * 1.01**number) for at in range(LARGE)])


def good(number: int, board: Sequence[Row] = FEW) -> Reading:
    return pulse(day(number), board, downloads=figures(number))


async def waiting(store: Store) -> list[str]:
    return told(shift for _, shifts in await store.waiting(CHANNEL) for shift in shifts)


async def standing_in(store: Store) -> dict[str, set[str]]:
    held = (await store.state()).standing
    return {rule: set(each.holding.values()) for rule, each in held.items()}


# What is news


async def test_the_first_look_is_quiet_and_the_second_tells_what_changed(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs)
    assert await look_all(watch, days(FEW)) == []
    assert told(await look_all(watch, days(RISEN, first=2))) == ENTERED
    assert await waiting(store) == ENTERED
    assert await look_all(watch, days(RISEN, RISEN, first=3)) == []


async def test_what_is_less_than_notable_is_stored_and_waits_for_the_digest(
    store: Store, labs: Labs
) -> None:
    watch = replace(watching(store, labs), floor=AT_ONCE)
    assert told(await look_all(watch, days(FEW, RISEN))) == ENTERED
    assert await waiting(store) == ["lab/e firing"]
    assert [shift.severity for shift in await store.shifts()] == [Severity.NOTABLE, Severity.INFO]


async def test_what_is_held_back_is_stored_with_its_reason_and_counted_and_told_to_nobody(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs)
    readings = days(FEW, RISEN, FEW, RISEN, FEW)
    outcomes = [await watch.look(reading) for reading in readings]
    held = [shift for shift in await store.shifts() if not shift.told]
    assert held
    assert [shift for outcome in outcomes for shift in outcome.held_back] == held
    assert all(shift.judgement.why for shift in held)
    counts = (await store.standing())[TOP].held
    assert counts == Counter(shift.judgement.held for shift in held)
    assert counts[Held.COOLING] > 0
    assert not {shift.id for shift in held} & {
        shift.id for _, shifts in await store.waiting(CHANNEL) for shift in shifts
    }


async def test_a_rule_that_is_new_starts_quiet_on_a_store_that_knows_others(
    store: Store, labs: Labs
) -> None:
    await look_all(watching(store, labs), days(FEW, FEW))
    both = watching(store, labs, TOP, "top 1 by trending in all confirm 1 of 1")
    assert await look_all(both, days(FEW, first=3)) == []
    swapped = ("lab/b", "lab/a", *FEW[2:])
    assert told(await look_all(both, days(swapped, first=4))) == ["lab/b firing", "lab/a resolved"]


async def test_who_reads_the_state_anew_before_each_look_says_the_same_as_who_remembers(
    client: Redis, labs: Labs, keys: Keys
) -> None:
    chance = Random(3)  # noqa: S311 - figures of a story, no secrets
    boards = [chance.sample(FEW, len(FEW)) for _ in range(12)]
    rules = ("top 2 by trending in all", "top 1 by trending in all", TOP)
    remembers = watching(Store(client, labs, keys), labs, *rules)
    one = await look_all(remembers, days(*boards))
    restarted: list[Shift] = []
    other = Store(client, labs, Keys(f"{keys.namespace}-anew"))
    for reading in days(*boards):
        restarted += await look_all(watching(other, labs, *rules), [reading])
    assert one
    assert restarted == one


async def test_a_model_renamed_on_the_hub_neither_enters_nor_leaves(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs)
    before: list[Row] = [(name, {"oid": name}) for name in FEW]
    after: list[Row] = [(name.replace("lab/", "moved/"), {"oid": name}) for name in FEW]
    assert await look_all(watch, days(before, before, after, after)) == []
    risen: list[Row] = [(name.replace("lab/", "moved/"), {"oid": name}) for name in RISEN]
    assert told(await look_all(watch, days(risen, first=5))) == [
        "moved/e firing",
        "moved/c resolved",
    ]


async def test_a_name_taken_over_by_another_repo_is_another_model(store: Store, labs: Labs) -> None:
    watch = watching(store, labs)
    before: list[Row] = [(name, {"oid": name}) for name in FEW]
    after: list[Row] = [("lab/a", {"oid": "of another"}), *before[1:]]
    assert told(await look_all(watch, days(before, after))) == ["lab/a firing", "lab/a resolved"]


async def test_a_pulse_without_the_likes_list_changes_nothing_for_rules_about_likes(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs, LIKED)
    await watch.look(pulse(day(1), likes=FEW))
    with_likes = (await store.state()).standing
    assert await look_all(watch, [pulse(day(2), RISEN)]) == []
    assert (await store.state()).standing == with_likes
    assert await look_all(watch, [pulse(day(3), likes=FEW), pulse(day(4))]) == []
    shifts = await look_all(watch, [pulse(day(5), likes=RISEN)])
    assert told(shifts) == ENTERED
    assert shifts[0].evidence.snapshots == (
        "pulse@2026-01-03T00:00:00Z",
        "pulse@2026-01-05T00:00:00Z",
    )


async def test_an_entry_seen_by_the_pulse_is_not_told_again_by_the_census(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs)
    looks = [
        pulse(day(1), trending(*FEW)),
        census(day(1, 1), trending(*FEW)),
        pulse(day(1, 2), trending(*RISEN)),
        census(day(1, 3), trending(*RISEN)),
        pulse(day(1, 4), trending(*RISEN)),
        census(day(1, 5), trending(*FEW)),
        pulse(day(1, 6), trending(*FEW)),
        census(day(1, 7), trending(*FEW)),
    ]
    assert told(await look_all(watch, looks)) == [*ENTERED, "lab/c firing", "lab/e resolved"]


# What comes twice, late, or at the same time


async def test_the_same_reading_again_is_passed_over(store: Store, labs: Labs) -> None:
    readings = days(FEW, RISEN, FEW)
    first = await look_all(watching(store, labs), readings)
    cycle = (await store.state()).cycle
    again = watching(store, labs)
    outcomes = [await again.look(reading) for reading in readings]
    assert [outcome.held_already for outcome in outcomes] == [True, True, True]
    assert [shift for outcome in outcomes for shift in outcome.shifts] == []
    assert (await store.state()).cycle == cycle
    assert len(await waiting(store)) == len(first)


@pytest.mark.parametrize(
    "late",
    [
        pulse(day(2), RISEN),
        pulse(day(1, 23)),
        pulse(day(2), partial="half of it"),
        pulse(day(2), likes=FEW),
    ],
)
async def test_a_reading_that_is_not_later_than_its_kind_is_refused_and_changes_nothing(
    store: Store, labs: Labs, late: Reading
) -> None:
    watch = watching(store, labs)
    await look_all(watch, days(FEW, FEW))
    before = await store.state()
    with pytest.raises(OutOfOrder, match=re.escape("pulse@2026-01-02T00:00:00Z")) as caught:
        await watch.look(late)
    assert caught.value.exit_code == 2
    assert await store.state() == before
    assert len(await store.notes("pulse")) == 2
    assert told(await look_all(watch, days(RISEN, first=3))) == ENTERED


async def test_each_kind_has_its_own_time_and_panels_of_a_kind_share_it(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs)
    await watch.look(pulse(day(5)))
    await watch.look(census(day(2), FEW, "large"))
    await watch.look(census(day(3), FEW))
    with pytest.raises(OutOfOrder, match="census@2026-01-03"):
        await watch.look(census(day(3), FEW, "large"))


async def test_two_watches_on_one_store_tell_every_shift_once(
    client: Redis, labs: Labs, keys: Keys
) -> None:
    chance = Random(5)  # noqa: S311 - figures of a story, no secrets
    readings = days(*(chance.sample(FEW, len(FEW)) for _ in range(14)))
    alone = Store(client, labs, keys)
    expected = await look_all(watching(alone, labs), readings)
    shared = Store(client, labs, Keys(f"{keys.namespace}-shared"))
    # Each finds its memory outdated by the other's look before.
    pair = (watching(shared, labs), watching(shared, labs))
    found: list[Shift] = []
    for number, reading in enumerate(readings):
        found += await look_all(pair[number % 2], [reading])
    assert expected
    assert found == expected
    assert await waiting(shared) == await waiting(alone)
    assert await shared.lessons() == await alone.lessons()


async def test_two_watches_that_look_at_once_commit_one_after_the_other(
    client: Redis, labs: Labs, keys: Keys
) -> None:
    chance = Random(6)  # noqa: S311 - figures of a story, no secrets
    readings = days(*(chance.sample(FEW, len(FEW)) for _ in range(8)))
    alone = Store(client, labs, keys)
    expected = await look_all(watching(alone, labs), readings)
    shared = Store(client, labs, Keys(f"{keys.namespace}-shared"))
    pair = (watching(shared, labs), watching(shared, labs))
    for reading in readings:
        outcomes = await asyncio.gather(*(watch.look(reading) for watch in pair))
        assert sorted(outcome.held_already for outcome in outcomes) == [False, True]
    assert await waiting(shared) == told(expected)
    assert (await shared.state()).cycle == len(readings)


async def test_a_look_whose_every_reply_is_lost_is_told_once_when_it_is_taken_again(
    server: EmbeddedServer, labs: Labs, keys: Keys
) -> None:
    async with Tap(server.socket) as tap:
        line = await connect(tap.url, Path("unused"))
        store = Store(line.client, labs, keys)
        watch = watching(store, labs)
        await look_all(watch, days(FEW))
        tap.of = keys.cycle.encode()
        tap.lost = 3
        (risen,) = days(RISEN, first=2)
        with pytest.raises(StoreError):
            await watch.look(risen)
        tap.lost = 0
        assert (await watch.look(risen)).held_already
        assert await waiting(store) == ENTERED
        await line.close()


# What fails


async def test_a_look_that_finds_no_memory_fails_with_the_reason_and_the_next_one_tells(
    own: Connection, labs: Labs
) -> None:
    store = Store(own.client, labs)
    watch = watching(store, labs)
    await look_all(watch, days(FEW))
    before = await store.state()
    await own.client.config_set("maxmemory", 1)
    with pytest.raises(StoreError, match="out of memory"):
        await look_all(watch, days(RISEN, first=2))
    assert await store.state() == before
    assert [note.id for note in await store.notes("pulse")] == ["pulse@2026-01-01T00:00:00Z"]
    await own.client.config_set("maxmemory", 0)
    assert told(await look_all(watch, days(RISEN, first=3))) == ENTERED


async def test_a_look_after_a_failed_one_numbers_models_as_if_it_had_never_been(
    own: Connection, labs: Labs
) -> None:
    store = Store(own.client, labs)
    watch = watching(store, labs)
    await look_all(watch, days(FEW))
    await own.client.config_set("maxmemory", 1)
    with pytest.raises(StoreError):
        await look_all(watch, days(("lab/new", *FEW), first=2))
    await own.client.config_set("maxmemory", 0)
    await look_all(watch, days(("lab/newer", "lab/new", *FEW), first=3))
    lessons = await store.lessons()
    ordinals = dict(zip(lessons.names, lessons.ordinals.tolist(), strict=True))
    assert ordinals["lab/newer"] == len(FEW)
    assert ordinals["lab/new"] == len(FEW) + 1


async def test_a_snapshot_with_a_damaged_block_counts_as_missing_and_tells_nothing(
    store: Store, client: Redis, labs: Labs, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    await look_all(watching(store, labs), days(FEW, FEW, RISEN))
    key = keys.blocks("pulse@2026-01-03T00:00:00Z")
    await client.hset(key, "ids/0", b"nothing of use")
    watch = watching(store, labs)
    assert await look_all(watch, days(RISEN, first=4)) == []
    assert f"{key}: block ids/0" in caplog.text
    assert told(await look_all(watch, days(FEW, first=5))) == ["lab/c firing", "lab/e resolved"]


# What is withheld


def bad_partial(number: int) -> Reading:
    return pulse(day(number), RISEN, downloads=figures(number), partial="page 2 broke off")


def bad_empty(number: int) -> Reading:
    return pulse(day(number), [], downloads=figures(number))


def bad_duplicated(number: int) -> Reading:
    return pulse(day(number), [*RISEN, "lab/a"], downloads=figures(number))


def bad_truncated(number: int) -> Reading:
    return pulse(day(number), ("lab/e", "lab/f"), downloads=figures(number))


def bad_reset(number: int) -> Reading:
    return pulse(day(number), RISEN, downloads=figures(number, 0.5))


def bad_frozen(number: int) -> Reading:
    return pulse(day(number), RISEN, downloads=figures(3))


BAD = pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (bad_partial, "partial"),
        (bad_empty, "empty"),
        (bad_duplicated, "duplicated"),
        (bad_truncated, "truncated"),
        (bad_reset, "reset"),
        (bad_frozen, "frozen"),
    ],
)


@BAD
@pytest.mark.parametrize("restarted", [False, True])
async def test_what_is_withheld_is_told_of_the_source_once_and_its_end_once(
    store: Store, labs: Labs, bad: Callable[[int], Reading], reason: str, *, restarted: bool
) -> None:
    watch = watching(store, labs)
    assert await look_all(watch, [good(1), good(2), good(3)]) == []
    begun = await look_all(watch, [bad(5), bad(6)])
    assert told(begun) == [f"source {reason} firing"]
    assert begun[0].taken_at == day(5)
    assert begun[0].about["detail"]
    notes = (await store.notes("pulse"))[3:]
    assert [note.reason.value for note in notes] == [reason, reason]
    if restarted:
        watch = watching(store, labs)
    ended = await look_all(watch, [good(7), good(8)])
    assert told(ended) == [f"source {reason} resolved"]
    assert ended[0].evidence.snapshots == (
        "pulse@2026-01-03T00:00:00Z",
        "pulse@2026-01-07T00:00:00Z",
    )
    assert await waiting(store) == [f"source {reason} firing", f"source {reason} resolved"]


async def test_a_census_whose_all_time_counters_fall_is_withheld_as_reset(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs)

    def counters(fallen: int) -> list[Row]:
        return counted([900 if at < fallen else 1_100 for at in range(40)], "downloads_all_time")

    start = counted([1_000] * 40, "downloads_all_time")
    assert await look_all(watch, [census(day(1), start), census(day(2), counters(2))]) == []
    assert told(await look_all(watch, [census(day(3), start)])) == ["source reset firing"]


async def test_what_shifted_while_snapshots_were_withheld_is_told_by_the_next_good_one(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs)
    await look_all(watch, [good(1), good(2), bad_partial(3)])
    assert told(await look_all(watch, [good(4, RISEN)])) == [*ENTERED, "source partial resolved"]


async def test_other_trouble_of_a_stream_in_trouble_is_the_same_trouble(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs)
    looks = [good(1), good(2), bad_partial(3), bad_truncated(4), bad_empty(5), good(6)]
    assert told(await look_all(watch, looks)) == [
        "source partial firing",
        "source partial resolved",
    ]


async def test_the_same_trouble_of_two_streams_ends_with_the_last_of_them(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs)
    looks = [good(1), census(day(1), FEW), bad_empty(2), census(day(2), [])]
    assert told(await look_all(watch, looks)) == ["source empty firing"]
    assert await look_all(watch, [good(3)]) == []
    assert told(await look_all(watch, [census(day(3), FEW)])) == ["source empty resolved"]


async def test_after_three_that_agree_the_baseline_moves_without_a_word_about_models(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs)
    await look_all(watch, [good(1), good(2)])
    looks = [bad_truncated(number) for number in (3, 4, 5)]
    assert told(await look_all(watch, looks)) == [
        "source truncated firing",
        "source truncated resolved",
    ]
    notes = await store.notes("pulse")
    assert [(note.reason, note.moved) for note in notes[2:]] == [
        (Reason.TRUNCATED, False),
        (Reason.TRUNCATED, False),
        (Reason.ADMITTED, True),
    ]
    assert await standing_in(store) == {TOP: {"lab/e", "lab/f"}}
    assert await look_all(watch, [bad_truncated(6), bad_truncated(7)]) == []
    assert told(await look_all(watch, [pulse(day(8), ("lab/e", "lab/g"))])) == [
        "lab/g firing",
        "lab/f resolved",
    ]


async def test_three_that_do_not_agree_leave_the_baseline_where_it_is(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs)
    many = [f"lab/{at}" for at in range(40)]
    await look_all(watch, days(many, many))
    sizes = (19, 4, 15, 2, 9)
    await look_all(watch, days(*(many[:size] for size in sizes), first=3))
    assert not any(note.moved for note in await store.notes("pulse"))
    assert await look_all(watch, days([*many[:3], *many[4:]], first=9)) != []


async def test_a_snapshot_that_is_no_matter_of_comparing_keeps_the_baseline_from_moving(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs)
    looks = [good(1), bad_truncated(2), bad_truncated(3), bad_partial(4), bad_truncated(5)]
    await look_all(watch, [*looks, bad_truncated(6)])
    assert not any(note.moved for note in await store.notes("pulse"))
    for number in (7, 8, 9):
        await watch.look(bad_empty(number))
    assert not any(note.admitted for note in (await store.notes("pulse"))[1:])


async def test_a_level_once_taken_for_the_baseline_is_not_measured_by_the_one_before(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs)

    def liked(number: int, each: int) -> Reading:
        return pulse(day(number), FEW, likes=counted([each] * 6, "likes"))

    before = [liked(number, 1_000) for number in range(1, 11)]
    after = [liked(number, 100) for number in range(11, 25)]
    assert told(await look_all(watch, [*before, *after])) == [
        "source reset firing",
        "source reset resolved",
    ]


async def test_counters_that_stand_still_for_weeks_are_told_once_and_silence_no_other_board(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs)
    await look_all(watch, [good(1), good(2), good(3)])

    def still(number: int, board: Sequence[Row] = FEW) -> Reading:
        return pulse(day(number), board, downloads=figures(3))

    begun = await look_all(watch, [still(number) for number in range(4, 12)])
    assert told(begun) == ["source frozen firing"]
    assert told(await look_all(watch, [still(12, RISEN)])) == ENTERED
    watch = watching(store, labs)
    assert await look_all(watch, [still(number, RISEN) for number in range(13, 20)]) == []
    moving = [good(number, RISEN) for number in (20, 21, 22)]
    assert told(await look_all(watch, moving)) == ["source frozen resolved"]


# What does not come


async def test_that_nothing_came_is_told_once_and_its_end_once(store: Store, labs: Labs) -> None:
    watch = watching(store, labs)
    await look_all(watch, [good(1)])
    silent = await watch.miss("pulse", day(1, 3), "no good pulse for 3 hours: the Hub hangs")
    assert told(silent) == ["source silent firing"]
    assert silent[0].evidence.snapshots == (
        "pulse@2026-01-01T00:00:00Z",
        "pulse@2026-01-01T03:00:00Z",
    )
    assert await watch.miss("pulse", day(1, 4), "still") == []
    assert await watching(store, labs).miss("pulse", day(1, 5), "still") == []
    assert told(await look_all(watch, [good(2), good(3)])) == ["source silent resolved"]
    assert await waiting(store) == ["source silent firing", "source silent resolved"]


async def test_silence_after_trouble_that_was_told_is_the_same_trouble(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs)
    await look_all(watch, [good(1), bad_partial(2)])
    assert await watch.miss("pulse", day(2, 3), "the Hub hangs") == []
    assert told(await look_all(watch, [good(3)])) == ["source partial resolved"]


async def test_silence_missed_by_two_watches_is_told_once(store: Store, labs: Labs) -> None:
    first, second = watching(store, labs), watching(store, labs)
    await look_all(first, [good(1)])
    await second.last_good("pulse")
    found: list[Shift] = []
    for watch in (first, second):
        found += await watch.miss("pulse", day(1, 4), "the Hub hangs")
    assert told(found) == ["source silent firing"]
    assert await waiting(store) == ["source silent firing"]


async def test_the_last_good_snapshot_is_the_last_admitted_one(store: Store, labs: Labs) -> None:
    watch: Watch = watching(store, labs)
    assert await watch.last_good("pulse") is None
    await look_all(watch, [good(1), good(2), bad_partial(3)])
    for each in (watch, watching(store, labs)):
        last = await each.last_good("pulse")
        assert last is not None
        assert last.taken_at == day(2)


async def test_what_is_remembered_does_not_grow_with_the_years(store: Store, labs: Labs) -> None:
    watch = watching(store, labs)
    month = timedelta(days=30)
    for number in range(30):
        await watch.look(pulse(day(1) + number * month))
    history = await watch._histories.of("pulse")
    assert len(history.notes) <= 4
    assert len(await store.notes("pulse")) == 30
