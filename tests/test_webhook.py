"""A receiver of web hooks that wants to be left alone says for how long, in either form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channel import Channel
from bot.chat.base import DeliveryError, Fate
from bot.chat.webhook import WebhookMessenger, waits
from tests.test_messengers import posting
from tests.webhook_server import SECRET, Fault, LoopbackHook

NOON = "Mon, 30 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("Mon, 30 Nov 2026 12:02:00 GMT", 120.0),
        ("Mon, 30 Nov 2026 12:02:00 -0000", 120.0),
        ("Monday, 30-Nov-26 12:02:00 GMT", 120.0),
        ("Mon Nov 30 12:02:00 2026", 120.0),
        # It is over already.
        ("Mon, 30 Nov 2026 11:00:00 GMT", 0.0),
        # Weeks, in either form, are a mistake.
        ("1000000", None),
        ("Mon, 30 Nov 2046 12:00:00 GMT", None),
        ("", None),
        ("soon", None),
        ("-7", None),
    ],
)
def test_a_wait_is_read_as_seconds_or_as_a_date(asked: str, seconds: float | None) -> None:
    assert waits({"Retry-After": asked, "Date": NOON}) == seconds


def test_a_date_is_not_read_where_the_receiver_does_not_say_what_time_it_is_there() -> None:
    assert waits({"Retry-After": NOON}) is None
    assert waits({"Retry-After": NOON, "Date": "today"}) is None


words = st.text("0123456789 -+:,GMTMonNov", max_size=40) | st.text()


@given(words, words)
def test_whatever_a_receiver_says_is_a_wait_of_days_at_most_or_none(asked: str, date: str) -> None:
    found = waits({"Retry-After": asked, "Date": date})
    assert found is None or 0 <= found <= 1e6


async def test_a_receiver_is_left_alone_until_the_date_that_it_names() -> None:
    headers = {"Retry-After": "Mon, 30 Nov 2026 12:02:00 GMT", "Date": NOON}
    async with LoopbackHook() as hook:
        messenger = WebhookMessenger(SECRET)
        hook.faults.append(Fault(429, headers=headers))
        with pytest.raises(DeliveryError) as caught:
            await messenger.send(Channel("webhook", hook.url), posting())
        await messenger.close()
    assert (caught.value.fate, caught.value.retry_after) == (Fate.AGAIN, 120.0)
