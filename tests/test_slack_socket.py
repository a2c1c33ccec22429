"""Slack's socket: opened, refreshed, broken off and closed; each envelope is carried out once."""

import asyncio
import json
import re
from typing import Any

import pytest

from bot.chat.slack.socket import WAITS
from bot.store.store import Store
from tests.slack_faults import Fault, Reply, Silence, limited, no
from tests.slack_place import Clerk, Place, socketed


async def until(reached: Any) -> None:
    async with asyncio.timeout(10):
        while not reached():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)


async def open_at(here: Place, count: int = 1) -> None:
    async with asyncio.timeout(10):
        await here.slack.sockets.connected(count)
    await until(lambda: here.front.trouble == "")


async def asks(here: Place, text: str, name: str = "") -> str:
    return await here.slack.sockets.send("slash_commands", here.command(text), name)


async def test_a_command_by_the_socket_is_acknowledged_and_answered(store: Store) -> None:
    async with socketed(store, Clerk(seconds=0.2)) as here:
        await open_at(here)
        name = await asks(here, "top 1")
        assert await here.slack.sockets.acked(name) == [{"envelope_id": name}]
        assert here.inbox.payloads == []
        assert [each["response_type"] for each in await here.answered()] == ["ephemeral"]


async def test_an_envelope_that_comes_twice_is_acknowledged_twice_and_carried_out_once(
    store: Store,
) -> None:
    async with socketed(store) as here:
        await open_at(here)
        name = await asks(here, "top 1")
        await here.slack.sockets.acked(name)
        await asks(here, "top 1", name)
        await here.slack.sockets.acked(name, 2)
        assert len(await here.answered()) == 1


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("of_tomorrow", {"a": 1}),
        ("slash_commands", None),
        ("slash_commands", []),
        ("slash_commands", {}),
        ("interactive", {}),
        ("interactive", {"type": "block_actions", "actions": []}),
        ("interactive", {"type": "block_actions", "actions": [7], "user": 1}),
        ("interactive", {"type": "view_submission", "view": "x"}),
        ("interactive", {"type": "view_submission", "view": {"callback_id": "x"}}),
        ("interactive", {"type": "view_closed", "view": {"callback_id": "x"}}),
        ("interactive", {"type": "of_tomorrow"}),
        ("events_api", {"type": "event_callback", "event": {"type": "of_tomorrow"}}),
        ("events_api", {"type": "event_callback", "event": []}),
    ],
)
async def test_whatever_an_envelope_holds_it_is_acknowledged_and_the_socket_goes_on(
    store: Store, kind: str, payload: object
) -> None:
    async with socketed(store) as here:
        await open_at(here)
        name = await here.slack.sockets.send(kind, payload)
        [ack] = await here.slack.sockets.acked(name)
        assert ack == {"envelope_id": name}
        await here.slack.sockets.acked(await asks(here, "top 1"))
        assert len(here.slack.sockets.open) == 1
        assert here.slack.sockets.opened == 1


async def test_what_is_no_envelope_is_passed_over(store: Store) -> None:
    async with socketed(store) as here:
        await open_at(here)
        for text in ("", "{", "[]", "1", '{"type": []}', '{"payload": {}}', '{"type": "a"}'):
            await here.slack.sockets.open[-1].send_str(text)
        await here.slack.sockets.open[-1].send_bytes(b"\xff")
        await here.slack.sockets.acked(await asks(here, "top 1"))
        assert len(await here.answered()) == 1


async def test_before_slack_closes_a_socket_the_next_is_open(store: Store) -> None:
    async with socketed(store, Clerk(seconds=0.3)) as here:
        await open_at(here)
        first = here.slack.sockets.open[0]
        name = await asks(here, "top 1")
        await here.slack.sockets.disconnect()
        await here.slack.sockets.connected(2)
        assert here.front.trouble == ""
        await here.slack.sockets.acked(name)
        await here.slack.sockets.acked(await asks(here, "top 2"))
        await until(lambda: first.closed)
        assert len(await here.answered()) == 2


async def test_a_socket_that_breaks_off_in_the_middle_is_opened_again(store: Store) -> None:
    async with socketed(store, Clerk(seconds=0.3)) as here:
        await open_at(here)
        await here.slack.sockets.acked(await asks(here, "top 1"))
        await here.slack.sockets.close()
        await until(lambda: here.front.trouble != "")
        await open_at(here, 2)
        await here.slack.sockets.acked(await asks(here, "top 2"))
        assert len(await here.answered()) == 2


def test_after_however_long_an_outage_the_socket_is_tried_again_within_ten_seconds() -> None:
    assert list(WAITS) == sorted(WAITS)
    assert max(WAITS) <= 10


async def test_an_address_that_went_stale_is_not_tried_again(store: Store) -> None:
    stale = Reply(json.dumps({"ok": True, "url": "ws://127.0.0.1:1/link"}).encode())
    async with socketed(store) as here:
        here.slack.faults.append(Fault(stale, "apps.connections.open"))
        await open_at(here)
        assert len(here.slack.called("apps.connections.open")) == 2


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (no("invalid_auth"), r"does not take SLACK_APP_TOKEN \(invalid_auth\)"),
        (no("missing_scope", {"needed": "connections:write"}), "connections:write"),
        (limited("30"), "Slack asks to send less often"),
        (Reply(b'{"ok": true, "url": "http://x"}'), "named no socket"),
    ],
)
async def test_why_there_is_no_socket_is_said_and_the_end_is_not_waited_for(
    store: Store, fault: Reply, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with socketed(store) as here:
        here.slack.faults.append(Fault(fault, "apps.connections.open", times=99))
        await until(lambda: re.search(words, here.front.trouble))
    assert "canary" not in caplog.text


async def test_a_socket_without_a_hello_is_not_said_to_be_open(store: Store) -> None:
    async with socketed(store) as here:
        here.slack.sockets.greets = False
        await here.slack.sockets.connected()
        await asyncio.sleep(0.05)
        assert here.front.trouble == "Slack has not opened the socket yet"


async def test_what_is_being_answered_at_the_end_is_answered(store: Store) -> None:
    async with socketed(store, Clerk(seconds=0.5)) as here:
        await open_at(here)
        await here.slack.sockets.acked(await asks(here, "top 1"))
    assert len(here.inbox.payloads) == 1
    assert here.slack.sockets.open == []


async def test_a_token_that_slack_does_not_know_is_said(store: Store) -> None:
    async with socketed(store) as here:
        here.slack.faults.append(Fault(no("account_inactive"), "auth.test", times=9))
        await until(lambda: "deactivated" in here.front.trouble)


async def test_an_envelope_that_two_processes_get_is_carried_out_by_one(store: Store) -> None:
    async with socketed(store) as here, socketed(store, here.clerk) as other:
        for each in (here, other):
            await open_at(each)
        payload = here.command("top 1")
        for each in (here, other):
            await each.slack.sockets.send("slash_commands", payload, "the-same")
        for each in (here, other):
            await each.slack.sockets.acked("the-same")
            await each.answered()
        assert len(here.inbox.payloads) == 1


async def test_a_slack_that_is_slow_to_say_hello_keeps_nobody_from_asking(store: Store) -> None:
    async with socketed(store) as here:
        here.slack.faults.append(Fault(Silence.HANG, "auth.test"))
        await open_at(here)
        await here.slack.sockets.acked(await asks(here, "top 1"))
        await until(lambda: here.inbox.payloads)
        here.slack.faults.clear()


async def test_a_socket_that_is_never_opened_does_not_keep_the_program_from_ending(
    store: Store,
) -> None:
    async with socketed(store) as here:
        here.slack.faults.append(Fault(Silence.HANG, "apps.connections.open", times=9))
        await until(lambda: here.slack.called("apps.connections.open"))
        begun = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - begun < 2


async def test_a_burst_is_acknowledged_and_answered_whole(store: Store) -> None:
    async with socketed(store) as here:
        await open_at(here)
        names = [await asks(here, f"top {number}") for number in range(300)]
        for name in names:
            await here.slack.sockets.acked(name)
        await here.answered()
        assert sorted(here.clerk.lines) == sorted(f"top {number}" for number in range(300))
        assert here.slack.sockets.opened == 1
