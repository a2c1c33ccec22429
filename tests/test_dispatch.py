"""From the outbox to a Messenger on a real store: in order, once, and nothing is dropped."""

import contextlib
import os

import pytest

from bot.channel import Channel
from bot.chat.base import DeliveryError, Fate, Posting, Receipt
from bot.chat.console import ConsoleMessenger
from bot.dispatch import drain
from bot.store.store import Store
from detectors.labs import Labs
from tests.looks import CHANNEL, FEW, RISEN, Told, days, look_all, told, watching, working

ELSEWHERE = Channel("webhook", "http://elsewhere")
FIRST = "top 1 by trending in all confirm 1 of 1"
THREE = "top 3 by trending in all confirm 1 of 1"


@pytest.fixture
async def alerts(store: Store, labs: Labs) -> list[str]:
    """Leave some messages in the outbox and return what they tell."""
    boards = (FEW, RISEN, FEW, ("lab/f", *FEW[:5]), FEW)
    return told(await look_all(watching(store, labs, THREE, FIRST), days(*boards)))


async def test_what_waits_is_told_in_the_order_of_the_looks_and_then_nothing_waits(
    store: Store, alerts: list[str]
) -> None:
    messenger = Told()
    assert await drain(working(store, messenger)) == len(messenger.messages)
    assert sorted(messenger.lines) == sorted(alerts)
    times = [shift.taken_at for message in messenger.messages for shift in message]
    assert times == sorted(times)
    assert await store.waiting(CHANNEL) == []
    assert await drain(working(store, messenger)) == 0


async def test_the_shifts_of_one_model_in_one_look_are_one_message(
    store: Store, alerts: list[str]
) -> None:
    assert alerts.count("lab/f firing") == 2
    messenger = Told()
    await drain(working(store, messenger))
    both = [message for message in messenger.messages if message[0].key == "lab/f"]
    entered = [shift.rule for shift in both[0] if shift.key == "lab/f"]
    assert sorted(entered) == [FIRST, THREE]


async def test_more_than_one_helping_is_told_in_one_go(store: Store, labs: Labs) -> None:
    many = [f"lab{at}/model" for at in range(130)]
    watch = watching(store, labs, "top 65 by trending in all leave 65 confirm 1 of 1")
    shifts = await look_all(watch, days(many, many[::-1]))
    assert len(shifts) == 130
    messenger = Told()
    assert await drain(working(store, messenger)) == 130
    assert messenger.lines == told(shifts)


async def test_a_channel_that_cannot_be_reached_now_keeps_what_waits(
    store: Store, alerts: list[str]
) -> None:
    messenger = Told(troubles=[DeliveryError("the line is down", fate=Fate.AGAIN)])
    with pytest.raises(DeliveryError, match="the line is down"):
        await drain(working(store, messenger))
    assert messenger.messages == []
    await drain(working(store, messenger))
    assert sorted(messenger.lines) == sorted(alerts)


async def test_a_message_that_can_never_be_told_is_settled_with_its_reason_and_holds_nothing_up(
    store: Store, alerts: list[str]
) -> None:
    waiting = await store.waiting(CHANNEL)
    messenger = Told(troubles=[DeliveryError("the message is too long", fate=Fate.NEVER)])
    assert await drain(working(store, messenger)) == len(waiting) - 1
    assert len(messenger.lines) < len(alerts)
    entries = [*reversed(await store.office.log(CHANNEL))]
    assert [each.id for each in entries] == [delivery.id for delivery, _ in waiting]
    assert [each.outcome for each in entries] == ["never told", *["sent"] * (len(waiting) - 1)]
    assert entries[0].reason == "the message is too long"
    assert [each.delivery.id for each in await store.office.dead()] == [entries[0].id]


async def test_a_message_that_was_told_but_not_settled_is_told_again_with_the_same_ids(
    store: Store, labs: Labs
) -> None:
    await look_all(watching(store, labs), days(FEW, RISEN))

    class Dies(Told):
        """Has the message when the process ends."""

        async def send(self, channel: Channel, posting: Posting, /) -> Receipt:
            await super().send(channel, posting)
            raise KeyboardInterrupt

    dying, messenger = Dies(), Told()
    with contextlib.suppress(KeyboardInterrupt):
        await drain(working(store, dying))
    await drain(working(store, messenger))
    assert [shift.id for shift in messenger.messages[0]] == [
        shift.id for shift in dying.messages[0]
    ]
    assert len(messenger.messages) == 2


async def test_a_pipe_without_a_reader_loses_nothing_however_often_it_is_tried(
    store: Store, alerts: list[str]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    messenger = ConsoleMessenger(os.fdopen(writer, "w"))
    waiting = await store.waiting(CHANNEL)
    for _ in range(3):
        with pytest.raises(DeliveryError):
            await drain(working(store, messenger))
    assert await store.waiting(CHANNEL) == waiting
    there = Told()
    await drain(working(store, there))
    assert sorted(there.lines) == sorted(alerts)


async def test_another_channel_has_an_outbox_of_its_own(store: Store, labs: Labs) -> None:
    watch = watching(store, labs)
    watch.channels = (CHANNEL, ELSEWHERE)
    await look_all(watch, days(FEW, RISEN))
    here, there = Told(), Told(platform="webhook")
    await drain(working(store, here))
    assert len(await store.waiting(ELSEWHERE)) == len(here.messages)
    await drain(working(store, there))
    assert there.messages == here.messages
