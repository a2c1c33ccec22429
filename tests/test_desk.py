"""The desk: one place that answers what people type, kind to who asks too much."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.channel import Channel
from bot.desk import TERMINAL, Asker, Desk, QuestionError, Refused, TooOften
from bot.lookups import answer
from bot.store.store import Store
from detectors.labs import Labs
from tests.looks import FEW, RISEN, days, look_all, watching

NOW = datetime(2026, 1, 3, 12, tzinfo=UTC)
PERSON = Asker(Channel("slack", "C1"), "U1")


async def test_a_look_up_is_answered_as_it_always_was(store: Store, labs: Labs) -> None:
    await look_all(watching(store, labs), days(FEW, RISEN))
    found = await Desk(store, labs, lambda: NOW).answer("top 3", PERSON)
    assert found == await answer("top 3", store, labs, NOW)


async def test_who_asks_too_much_is_told_when_to_go_on_and_others_are_not(
    store: Store, labs: Labs
) -> None:
    now = NOW
    desk = Desk(store, labs, lambda: now)
    for _ in range(60):
        await desk.answer("help", PERSON)
    now += timedelta(seconds=15)
    with pytest.raises(TooOften, match=r"60 questions within a minute\. Ask again in 46 seconds"):
        await desk.answer("help", PERSON)
    await desk.answer("help", Asker(Channel("slack", "C1"), "U2"))
    await desk.answer("help", Asker(Channel("slack", "C1", "T2"), "U1"))
    now += timedelta(seconds=46)
    await desk.answer("help", PERSON)


async def test_nobody_counts_what_is_asked_at_the_terminal(store: Store, labs: Labs) -> None:
    desk = Desk(store, labs, lambda: NOW)
    for _ in range(50):
        await desk.answer("help", TERMINAL)


async def test_a_line_longer_than_any_question_is_refused_unread(store: Store, labs: Labs) -> None:
    with pytest.raises(Refused, match="100,000 characters"):
        await Desk(store, labs, lambda: NOW).answer("t" * 100_000, TERMINAL)


async def test_what_cannot_be_read_is_shown_with_a_caret(store: Store, labs: Labs) -> None:
    with pytest.raises(QuestionError, match=r'Did you mean "top"\?'):
        await Desk(store, labs, lambda: NOW).answer("tpo 10", TERMINAL)
