"""Discord's bad days: forms refused, gateways down, events that nobody can read, an early end."""

import asyncio
import copy
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest
from discord.gateway import DiscordWebSocket

from bot.chat.discord.client import Client, quiet
from bot.chat.discord.front import DiscordFront
from bot.chat.discord.guilds import Guilds
from bot.render.picture import Picture
from tests.discord_people import (
    MANAGER,
    NOBODY,
    Counted,
    asked,
    connected,
    filled,
    pressed,
    replied,
    sources,
    typed,
    typing,
)
from tests.discord_server import TOKEN, Fault, LoopbackDiscord
from tests.discord_world import Json
from tests.test_discord_front import HIDDEN
from tests.test_discord_setup import form, served

REFUSED: Json = {"message": "Invalid Form Body", "code": 50035}


@asynccontextmanager
async def fronted(desk: Counted, api: str, gateway: str) -> AsyncIterator[DiscordFront]:
    """Run a front, and stop it at the end."""

    async def beside(stop: asyncio.Event) -> None:
        await stop.wait()

    def client() -> Client:
        return Client(sources(desk), Guilds(desk, desk), desk, api=api, gateway=gateway)

    front = DiscordFront(TOKEN, client, beside, first_wait=0.05)
    stop = asyncio.Event()
    task = asyncio.create_task(front.run(stop))
    try:
        yield front
    finally:
        stop.set()
        await asyncio.wait_for(task, 15)


async def until_well(front: DiscordFront) -> None:
    async with asyncio.timeout(15):
        while front.trouble:  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.02)


async def test_an_answer_that_discord_does_not_take_as_it_is_drawn_comes_as_text() -> None:
    async with connected(Counted()) as discord:
        discord.faults = [Fault(path="/interactions/", status=400, body=REFUSED)]
        await discord.gateway.dispatch("INTERACTION_CREATE", typed("top"))
        _, plain = await replied(discord, 2)
    assert plain["data"]["content"].startswith("### Trending top 2")
    assert plain["data"]["flags"] & HIDDEN


async def test_an_answer_s_picture_comes_with_it_and_is_described() -> None:
    picture = Picture(b"\x89PNG", "Qwen climbs")
    for soon, seconds in ((2.0, 0.0), (0.01, 0.1)):
        async with connected(Counted(seconds, picture=picture), soon=soon) as discord:
            await discord.gateway.dispatch("INTERACTION_CREATE", typed("chart", what="labs"))
            await replied(discord, 1 if soon > seconds else 2)
            (*_, call) = discord.asked("POST", "i")
        assert list(call.files.values()) == [b"\x89PNG"]
        shown = json.dumps(call.body)
        assert '"description": "Qwen climbs"' in shown
        assert "attachment://hubshift.png" in shown


async def test_what_is_being_answered_is_answered_before_the_end_and_nothing_more_is_taken() -> (
    None
):
    desk = Counted(seconds=0.4)
    async with LoopbackDiscord() as discord:
        async with fronted(desk, discord.api, discord.gateway.url) as front:
            await discord.gateway.until_ready()
            assert "not connected yet" in front.trouble
            await until_well(front)
            await discord.gateway.dispatch("INTERACTION_CREATE", typed("top", places=3))
            async with asyncio.timeout(5):
                while not desk.lines:  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.01)
        (answer,) = await replied(discord)
    assert "Trending top 2" in str(answer)
    assert front.trouble


async def test_a_discord_that_is_away_at_the_start_is_waited_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with LoopbackDiscord() as discord:
        discord.faults = [Fault("GET", "/users/@me", times=2, status=403, body={"code": 0})]
        async with fronted(Counted(), discord.api, discord.gateway.url) as front:
            await until_well(front)
            assert "the next try is in 0.05 s" in caplog.text
            assert "the next try is in 0.1 s" in caplog.text
    assert "Traceback" not in caplog.text


async def test_codes_after_which_trying_again_is_no_use_end_the_front() -> None:
    for code, said in ((4004, "Reset Token"), (4014, "code 4014"), (4013, "code 4013")):
        async with (
            LoopbackDiscord() as discord,
            fronted(Counted(), discord.api, discord.gateway.url) as front,
        ):
            await discord.gateway.until_ready()
            await discord.gateway.end(code)
            async with asyncio.timeout(10):
                while said not in front.trouble:  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.02)


async def answers_again(discord: LoopbackDiscord, front: DiscordFront) -> None:
    """Wait for another session, and ask in it."""
    async with asyncio.timeout(10):
        while len(discord.gateway.identified) < 2:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)
    await until_well(front)
    await asked(discord, typed("help"))


async def test_an_event_that_nobody_can_read_costs_a_connection_and_no_more() -> None:
    desk = Counted()
    async with (
        LoopbackDiscord() as discord,
        fronted(desk, discord.api, discord.gateway.url) as front,
    ):
        await discord.gateway.until_ready()
        await discord.gateway.dispatch("INTERACTION_CREATE", {"type": 2})
        await answers_again(discord, front)
    assert desk.lines == ["help"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"op": 10}',
        b'{"op": 0, "t": "READY"',
        b'{"op": 0, "t": "READY", "d": 1, "s": 1}',
        b'{"op": 0, "t": "READY", "d": {"guilds": [1]}, "s": 1}',
        b'{"op": 0, "t": "GUILD_CREATE", "d": {}, "s": 2}',
        b"not compressed",
    ],
)
async def test_garbage_on_the_gateway_is_one_line_and_costs_a_connection(
    raw: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Counted()
    async with (
        LoopbackDiscord() as discord,
        fronted(desk, discord.api, discord.gateway.url) as front,
    ):
        await discord.gateway.until_ready()
        await discord.gateway.send_raw(raw, packed=raw != b"not compressed")
        await answers_again(discord, front)
    assert desk.lines == ["help"]
    assert caplog.text.count("Discord's gateway sent what cannot be read") == 1
    assert "Traceback" not in caplog.text


async def test_garbage_instead_of_a_greeting_is_a_line_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # What the library says of a shard that does not open; it leaves that connection unclosed.
    quiet()
    socket = SimpleNamespace(log_receive=lambda _: None)
    try:
        await DiscordWebSocket.received_message(cast("DiscordWebSocket", socket), "{")
    except ValueError:
        logging.getLogger("discord.shard").exception("Failed to connect")
    assert "Failed to connect (JSONDecodeError)" in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_fault_of_ours_keeps_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    class Faulty(Counted):
        async def tenants(self, platform: str, /) -> Sequence[str]:
            raise RuntimeError(platform)

    async with (
        LoopbackDiscord() as discord,
        fronted(Faulty(), discord.api, discord.gateway.url),
    ):
        async with asyncio.timeout(10):
            while "RuntimeError" not in caplog.text:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.02)
    assert "Traceback" in caplog.text


async def test_a_store_that_cannot_say_what_is_new_keeps_nobody_waiting() -> None:
    for store in ("broken", "slow"):
        desk = Counted(store=store)
        async with connected(desk) as discord:
            for told in (typed("top"), pressed("why", "3f2ab12c9d4e", NOBODY)):
                assert "Trending top 2" in str(await asked(discord, told))


def mutated(chance: Random) -> Json:
    """Return an interaction with something about its data that no client of Discord sends."""
    base = chance.choice(
        [
            typed("top", may=MANAGER, places=3, by="likes"),
            typed("watch", may=NOBODY, rule="top 10 by likes in all"),
            typed("settings", may=MANAGER, zone="UTC", hour=9),
            typing("lab", "name", "qw"),
            pressed("why", "3f2ab12c9d4e", MANAGER),
            filled("3f2ab12c9d4e", "top 5 by likes in all", MANAGER),
            form(pack=["newsroom"]),
        ]
    )
    told = copy.deepcopy(base)
    for _ in range(chance.randint(1, 3)):
        _change(told["data"], chance)
    if told["type"] in {3, 5} and not isinstance(told["data"].get("custom_id"), str):
        told["data"]["custom_id"] = "x"
    if told["type"] == 3:
        told["data"]["component_type"] = 2
    if told["type"] == 5 and not isinstance(told["data"].get("components"), list):
        told["data"]["components"] = []
    told["data"].pop("resolved", None)
    return told


def _change(part: Any, chance: Random) -> None:
    """Change one value somewhere inside."""
    keys = list(part) if isinstance(part, dict) else list(range(len(part)))
    if not keys:
        return
    key = chance.choice(keys)
    inner = part[key]
    if isinstance(inner, dict | list) and inner and chance.random() < 0.8:
        _change(inner, chance)
    elif isinstance(part, dict) and chance.random() < 0.2:
        del part[key]
    else:
        part[key] = chance.choice(
            ["", "x" * 5000, "\u202e<@1>", -1, 2**70, None, True, [], {}, [1], {"a": 1}, 0.5, "\n"]
        )


async def test_of_200_interactions_that_no_client_sends_none_is_left_without_an_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    chance = Random(7)  # noqa: S311 - the same interactions each time
    desk = Counted()
    async with connected(desk, discord=served()) as discord:
        for _ in range(200):
            told = mutated(chance)
            answer = await asked(discord, told)
            assert answer["type"] in {4, 8, 9}, told
        assert len(discord.gateway.identified) == 1
    assert "Traceback" not in caplog.text
