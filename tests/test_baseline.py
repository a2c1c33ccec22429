"""What is withheld stays withheld, until three in a row that agree move the baseline quietly."""

from bot.store.store import Store
from detectors.labs import Labs
from tests.counted import counted, scaled
from tests.looks import census, look_all, watching
from tests.world import Row, day

RULE = "top 3 by downloads in all confirm 1 of 1"


def shuffled(by: float) -> list[Row]:
    """Return all figures cut down, with the last models at the head."""
    return counted("downloads", scaled(by)[::-1])


async def test_a_lie_of_two_days_is_told_once_and_moves_nothing(store: Store, labs: Labs) -> None:
    watch = watching(store, labs, RULE)
    lists = [counted("downloads", scaled(1)), shuffled(0.5), shuffled(0.5)]
    lists.append(counted("downloads", scaled(1.01)))
    news = await look_all(watch, [census(day(at), rows) for at, rows in enumerate(lists, 1)])
    told = [(shift.rule, shift.key, shift.status.value) for shift in news]
    assert told == [("source", "reset", "firing"), ("source", "reset", "resolved")]


async def test_after_three_that_agree_the_baseline_moves_quietly(store: Store, labs: Labs) -> None:
    watch = watching(store, labs, RULE)
    lists = [counted("downloads", scaled(1)), *[shuffled(0.5)] * 3, shuffled(0.5)]
    news = await look_all(watch, [census(day(at), rows) for at, rows in enumerate(lists, 1)])
    assert {shift.rule for shift in news} == {"source"}
    notes = await store.notes("census")
    assert [note.reason.value for note in notes] == [
        "admitted",
        "reset",
        "reset",
        "admitted",
        "admitted",
    ]
    assert [note.moved for note in notes] == [False, False, False, True, False]


async def test_three_that_disagree_do_not_move_the_baseline(store: Store, labs: Labs) -> None:
    watch = watching(store, labs, RULE)
    lists = [counted("downloads", scaled(by)) for by in (1, 0.5, 0.2, 0.5)]
    await look_all(watch, [census(day(at), rows) for at, rows in enumerate(lists, 1)])
    notes = await store.notes("census")
    assert [note.admitted for note in notes] == [True, False, False, False]


async def test_three_empty_listings_do_not_move_the_baseline(store: Store, labs: Labs) -> None:
    watch = watching(store, labs, RULE)
    lists = [counted("downloads", scaled(1)), [], [], [], []]
    news = await look_all(watch, [census(day(at), rows) for at, rows in enumerate(lists, 1)])
    assert [(shift.key, shift.status.value) for shift in news] == [("empty", "firing")]
    assert sum(note.admitted for note in await store.notes("census")) == 1


async def test_what_comes_back_after_the_baseline_moved_is_no_news(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs, RULE)
    # The upper half of the models loses its downloads for a while.
    figures = [scaled(1 + at / 100) for at in range(7)]
    for at in range(1, 5):
        figures[at][20:] = [0.0] * 20
    lists = [counted("downloads", each) for each in figures]
    news = await look_all(watch, [census(day(at), rows) for at, rows in enumerate(lists, 1)])
    told = [(shift.rule, shift.status.value) for shift in news]
    assert told == [("source", "firing"), ("source", "resolved")]
    moved = [note.moved for note in await store.notes("census")]
    assert moved == [False, False, False, True, False, True, False]


async def test_a_lie_that_is_told_again_is_no_way_back(store: Store, labs: Labs) -> None:
    watch = watching(store, labs, RULE)
    figures = [scaled(1 + at / 100) for at in range(8)]
    for at in (1, 2, 3, 4, 6):
        figures[at][20:] = [0.0] * 20
    lists = [counted("downloads", each) for each in figures]
    news = await look_all(watch, [census(day(at), rows) for at, rows in enumerate(lists, 1)])
    told = [(shift.rule, shift.status.value) for shift in news]
    assert told == [("source", "firing"), ("source", "resolved")] * 2
    admitted = [note.admitted for note in await store.notes("census")]
    assert admitted == [True, False, False, True, True, True, False, True]


async def test_what_is_new_after_a_lie_is_news(store: Store, labs: Labs) -> None:
    watch = watching(store, labs, RULE)
    figures = [scaled(1 + at / 100) for at in range(5)]
    for lie in figures[1:]:
        lie[20:] = [0.0] * 20
    # Neither what was nor what the lie said: three others stand at the head.
    figures[4][:3] = [900_000, 800_000, 700_000]
    lists = [counted("downloads", each) for each in figures]
    news = await look_all(watch, [census(day(at), rows) for at, rows in enumerate(lists, 1)])
    assert [note.moved for note in await store.notes("census")] == [False] * 3 + [True, False]
    assert {shift.key for shift in news if shift.rule != "source"} >= {"x/0", "x/1", "x/2"}


async def test_a_crawl_cut_short_for_days_comes_back_unheard(store: Store, labs: Labs) -> None:
    watch = watching(store, labs, RULE)
    whole = counted("downloads", scaled(1))
    lists = [whole, whole[:15], whole[:15], whole[:15], whole, whole]
    news = await look_all(watch, [census(day(at), rows) for at, rows in enumerate(lists, 1)])
    assert [(shift.rule, shift.status.value) for shift in news] == [
        ("source", "firing"),
        ("source", "resolved"),
    ]
    assert all(note.admitted for note in (await store.notes("census"))[3:])
