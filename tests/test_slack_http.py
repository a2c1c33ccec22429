"""Slack over HTTP: what it verifies, retries and is answered, in the shapes it sends."""

import asyncio
import json
import time
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.chat.slack.http import MOST_BYTES
from bot.store.store import Store
from tests.slack_place import RULE, Place, place
from tests.test_slack_guard import signed
from tests.test_slack_home import event
from tests.test_slack_tune import sent_in, tuned


async def posts(
    here: Place, body: bytes, kind: str, stamp: int = 0, **more: str
) -> tuple[int, str, str]:
    """Send a signed body; return status, content type and text of the answer."""
    headers = dict(signed(body, str(stamp or int(time.time())))) | {"Content-Type": kind, **more}
    async with here.session.post(here.url, data=body, headers=headers) as answer:
        return answer.status, answer.content_type, await answer.text()


async def sends(here: Place, payload: dict[str, Any], stamp: int = 0, **more: str) -> int:
    body = json.dumps(payload).encode()
    return (await posts(here, body, "application/json", stamp, **more))[0]


async def test_slack_finds_the_address_its_own(store: Store) -> None:
    async with place(store) as here:
        body = json.dumps({"type": "url_verification", "challenge": "c-123", "token": "t"}).encode()
        status, _, text = await posts(here, body, "application/json")
        assert (status, json.loads(text)) == (200, {"challenge": "c-123"})
        form = urlencode({"ssl_check": "1", "token": "t"}).encode()
        status, _, text = await posts(here, form, "application/x-www-form-urlencoded")
        assert (status, text) == (200, "")


async def test_an_event_that_slack_sends_again_is_taken_once(store: Store) -> None:
    async with place(store) as here:
        payload = event("app_home_opened", user="U1", tab="home")
        now = int(time.time())
        statuses = [await sends(here, payload, now)]
        for number in ("1", "2", "3"):
            more = {"X-Slack-Retry-Num": number, "X-Slack-Retry-Reason": "http_timeout"}
            statuses.append(await sends(here, payload, now + int(number), **more))
        await here.answered()
        assert statuses == [200] * 4
        assert len(here.slack.called("views.publish")) == 1


async def test_a_modal_gets_its_answer_in_the_acknowledgement(store: Store) -> None:
    async with place(store) as here:
        view = await tuned(here)
        form = urlencode({"payload": json.dumps(sent_in(view, "share of slots"))}).encode()
        status, kind, text = await posts(here, form, "application/x-www-form-urlencoded")
    assert (status, kind) == (200, "application/json")
    assert json.loads(text)["errors"] == {"rule": "says above or below"}
    assert here.clerk.lines[-1] == f"retune {RULE} > share of slots"


async def test_a_body_that_comes_in_pieces_is_read_whole(store: Store) -> None:
    async with place(store) as here:
        body = urlencode({**here.command("top 1"), "filler": "x" * 200_000}).encode()

        async def pieces() -> Any:
            for begin in range(0, len(body), 50_000):
                yield body[begin : begin + 50_000]
                await asyncio.sleep(0.02)

        headers = dict(signed(body, str(int(time.time()))))
        headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        async with here.session.post(here.url, data=pieces(), headers=headers) as answer:
            assert answer.status == 200
        assert len(await here.answered()) == 1


async def test_a_body_larger_than_any_of_slacks_is_turned_away(store: Store) -> None:
    async with place(store) as here:
        body = b"a=" + b"x" * MOST_BYTES
        headers = dict(signed(body, str(int(time.time()))))
        async with here.session.post(here.url, data=BytesIO(body), headers=headers) as answer:
            assert answer.status == 413
        assert await here.asks("top 1") == 200


@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE", "HEAD"])
async def test_other_verbs_are_turned_away(store: Store, verb: str) -> None:
    async with place(store) as here, here.session.request(verb, here.url) as answer:
        assert answer.status == 405


async def test_a_press_in_a_thread_is_answered_in_the_thread(store: Store) -> None:
    async with place(store) as here:
        container = {"channel_id": "C0HUBSHIFT", "thread_ts": "1780000000.000100"}
        await here.presses("alert_why", "0123456789ab", container=container)
        await here.presses("alert_mute", "0123456789ab", container=container)
        why, mute = await here.answered()
    assert why["thread_ts"] == "1780000000.000100"
    assert "thread_ts" not in mute
