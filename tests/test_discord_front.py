"""People ask on Discord and are answered; what the gateway goes through loses no alert."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, get_args

import pytest

from bot.channel import Channel
from bot.chat.base import Posting
from bot.chat.discord import DiscordMessenger
from bot.chat.discord.front import Front
from bot.chat.discord.rest import Rest
from bot.chat.discord.sync import fingerprint, sync
from bot.chat.discord.tree import Groups, Metrics, Sources, Whats, choices, near, question, written
from bot.lookups import Answer, NothingHeld
from bot.render.answer import Table
from detectors.metric import Metric
from detectors.share import By, Of
from tests.discord_server import TOKEN, LoopbackDiscord
from tests.discord_world import BOT, GUILD, Json
from tests.test_discord_payload import entry

ANSWER = Answer("Trending top 2", (Table((("1", "Qwen/Q"), ("2", "a/`b`"))),), "Measured today.")
ROOM = Channel("discord", "100")


@dataclass
class Asked:
    """What was asked; an answer takes `seconds`."""

    lines: list[str] = field(default_factory=list)
    seconds: float = 0.0

    async def __call__(self, line: str) -> Answer:
        """Answer anything but what is not held."""
        self.lines.append(line)
        await asyncio.sleep(self.seconds)
        if "nothing" in line:
            raise NothingHeld("No snapshot is held from this time or before.")
        return ANSWER


@dataclass
class Gone:
    """The servers that removed the bot."""

    guilds: list[str] = field(default_factory=list)

    async def __call__(self, guild: str) -> None:
        """Keep one."""
        self.guilds.append(guild)


def sources(asked: Asked, soon: float = 2.0) -> Sources:
    return Sources(asked, lambda: ["Qwen", "Meta"], lambda: ["Qwen/Qwen3-8B"], soon)


@asynccontextmanager
async def connected(asked: Asked, gone: Gone, soon: float = 2.0) -> AsyncIterator[LoopbackDiscord]:
    """Serve a Discord to which the bot is connected."""
    async with LoopbackDiscord() as discord:
        discord.world.open("100")
        front = Front(sources(asked, soon), gone, api=discord.api, gateway=discord.gateway.url)
        task = asyncio.create_task(front.start(TOKEN))
        try:
            await asyncio.wait_for(discord.gateway.until_ready(), 5)
            yield discord
        finally:
            await front.close()
            with suppress(asyncio.CancelledError):
                await task


def typed(command: str, kind: int = 2, /, **options: Any) -> Json:
    """Return what Discord sends when somebody types a command (kind 4: is still typing)."""
    kinds = {str: 3, int: 4, bool: 5}
    given = [
        {"name": key, "value": value, "type": kinds[type(value)], "focused": kind == 4}
        for key, value in options.items()
    ]
    user = {"id": "1", "username": "ann", "discriminator": "0", "avatar": None}
    return {
        "id": "700",
        "application_id": BOT,
        "type": kind,
        "token": "interaction-canary",
        "version": 1,
        "channel_id": "100",
        "channel": {"id": "100", "type": 1, "recipients": [user]},
        "user": user,
        "entitlements": [],
        "attachment_size_limit": 1,
        "authorizing_integration_owners": {},
        "data": {
            "id": "5",
            "name": "hubshift",
            "type": 1,
            "options": [{"type": 1, "name": command, "options": given}],
        },
    }


async def replied(discord: LoopbackDiscord, calls: int = 1) -> list[Any]:
    """Wait for answers to interactions, and return what they are."""
    for _ in range(400):
        found = discord.asked("POST", "interactions") + discord.asked("POST", "webhooks")
        if len(found) >= calls:
            return [call.body for call in found]
        await asyncio.sleep(0.01)
    raise AssertionError(f"no answer: {discord.calls}")


async def test_a_typed_command_is_answered_to_the_asker_alone() -> None:
    asked = Asked()
    async with connected(asked, Gone()) as discord:
        await discord.gateway.dispatch("INTERACTION_CREATE", typed("top", places=5, by="likes"))
        (answer,) = await replied(discord)
    assert asked.lines == ["top 5 by likes"]
    assert answer["data"]["flags"] == 1 << 15 | 1 << 6
    assert "1  Qwen/Q\n2  a/ˋbˋ" in str(answer["data"]["components"]).replace("\\n", "\n")


async def test_what_takes_long_is_deferred_and_then_answered() -> None:
    async with connected(Asked(seconds=0.1), Gone(), soon=0.01) as discord:
        await discord.gateway.dispatch("INTERACTION_CREATE", typed("model", name="qwen"))
        first, second = await replied(discord, 2)
    assert first["type"] == 5
    assert "Trending top 2" in str(second["components"])


async def test_a_question_that_nothing_can_answer_is_answered_with_why() -> None:
    async with connected(Asked(), Gone()) as discord:
        await discord.gateway.dispatch("INTERACTION_CREATE", typed("lab", name="nothing"))
        (answer,) = await replied(discord)
    assert "No snapshot is held" in str(answer)


async def test_names_are_completed_while_somebody_types() -> None:
    async with connected(Asked(), Gone()) as discord:
        await discord.gateway.dispatch("INTERACTION_CREATE", typed("lab", 4, name="qw"))
        (answer,) = await replied(discord)
    assert answer["data"]["choices"] == [{"name": "Qwen", "value": "Qwen"}]


async def test_the_server_that_removes_the_bot_is_forgotten_and_one_in_trouble_is_not() -> None:
    gone = Gone()
    async with connected(Asked(), gone) as discord:
        guild = {"id": GUILD, "name": "g", "unavailable": False, "member_count": 1}
        await discord.gateway.dispatch("GUILD_CREATE", guild)
        await discord.gateway.dispatch("GUILD_DELETE", {"id": GUILD, "unavailable": True})
        await discord.gateway.dispatch("GUILD_CREATE", guild)
        await discord.gateway.dispatch("GUILD_DELETE", {"id": GUILD})
        for _ in range(100):
            if gone.guilds:
                break
            await asyncio.sleep(0.01)
    assert gone.guilds == [GUILD]


async def test_it_asks_for_guilds_alone_as_one_shard_and_resumes_after_a_drop() -> None:
    async with connected(Asked(), Gone()) as discord:
        (told,) = discord.gateway.identified
        assert (told["intents"], told["shard"]) == (1, [0, 1])
        for number in range(1, 4):
            assert discord.gateway.drop() == 1
            await asyncio.wait_for(discord.gateway.until_resumed(number), 5)
        assert len(discord.gateway.identified) == 1
        assert discord.asked("PUT") == []


async def test_a_gateway_dropped_each_minute_of_a_day_costs_no_alert() -> None:
    """1,440 minutes of a day, each with a drop and an alert; posting needs no gateway."""
    async with connected(Asked(), Gone()) as discord:
        messenger = DiscordMessenger(TOKEN, discord.api)
        message = entry()
        for minute in range(1440):
            discord.gateway.drop()
            await messenger.send(ROOM, Posting(f"minute-{minute}", message))
        await messenger.close()
        assert len(discord.world.rooms["100"].messages) == 1440
        await asyncio.wait_for(discord.gateway.until_ready(), 10)


async def test_commands_are_written_when_they_change_and_never_otherwise() -> None:
    async with LoopbackDiscord() as discord:
        rest = Rest(TOKEN, discord.api)
        async with Front(sources(Asked()), Gone(), api=discord.api) as client:
            assert await sync(rest, client.tree)
            assert not await sync(rest, client.tree)
            assert len(discord.asked("PUT")) == 1
            discord.commands[0]["options"][0]["description"] = "another"
            assert await sync(rest, client.tree)
            (group,) = written(client.tree)
        await rest.close()
    names = sorted(each["name"] for each in group["options"])
    assert names == ["help", "lab", "model", "share", "shifts", "top"]
    assert fingerprint([group]) != fingerprint([])


def test_the_options_offer_what_the_core_knows() -> None:
    assert set(get_args(Metrics)) == set(Metric)
    assert set(get_args(Groups)) == set(By)
    assert set(get_args(Whats)) == set(Of)


def test_options_become_the_line_a_person_would_type() -> None:
    assert question("top", 5, by="likes", in_="lab Qwen", on=None) == "top 5 by likes in lab Qwen"
    assert question("share", of="slots", by="lab", in_="top 10 by likes") == (
        "share of slots by lab in top 10 by likes"
    )
    assert question("help", None) == "help"


def test_completing_among_200_000_names_takes_under_100_ms() -> None:
    names = [f"lab{number}/model-{number}" for number in range(200_000)]
    # Once for each reading of the names, not for each letter typed.
    choices("first", names)
    began = time.perf_counter()
    found = choices("no such", names)
    assert time.perf_counter() - began < 0.1
    assert found == []
    assert near("model-19", names)[0] == "lab19/model-19"
    assert len(choices("lab", names)) == 25


async def test_no_interaction_s_token_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with connected(Asked(), Gone()) as discord:
        await discord.gateway.dispatch("INTERACTION_CREATE", typed("help"))
        await replied(discord)
    shown = [each.getMessage() for each in caplog.records]
    assert not [line for line in shown if TOKEN in line or "interaction-canary" in line]
