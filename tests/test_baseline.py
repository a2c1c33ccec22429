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
