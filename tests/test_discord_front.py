"""People ask on Discord and are answered; what the gateway goes through loses no alert."""

import asyncio
import logging
from datetime import UTC, datetime
from typing import get_args

import pytest

from bot.channel import Channel
from bot.chat.base import Posting
from bot.chat.discord import DiscordMessenger
from bot.chat.discord.asking import PRIVATE, line_of
from bot.chat.discord.completing import CHARTS, choices, near
from bot.chat.discord.lookups import Groups, Metrics, Whats
from bot.lookups.questions import parse_question, words_of
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.share import By, Of
from tests.discord_people import (
    ADMINISTRATOR,
    MANAGER,
    NOBODY,
    Counted,
    asked,
    connected,
    replied,
    typed,
    typing,
)
from tests.discord_server import TOKEN, Fault
from tests.discord_world import GUILD, Json
from tests.test_discord_payload import entry

ROOM = Channel("discord", "100")
HIDDEN = 1 << 6


async def test_a_typed_command_is_answered_to_the_asker_alone() -> None:
    desk = Counted()
    async with connected(desk) as discord:
        answer = await asked(discord, typed("top", places=5, by="likes"))
    assert desk.lines == ["top 5 by likes"]
    assert answer["data"]["flags"] == 1 << 15 | HIDDEN
    assert "1  Qwen/Q\n2  a/ˋbˋ" in str(answer["data"]["components"]).replace("\\n", "\n")


async def test_a_shared_answer_is_for_everybody() -> None:
    async with connected(Counted()) as discord:
        answer = await asked(discord, typed("lab", name="qwen", share=True))
    assert answer["data"]["flags"] == 1 << 15


async def test_the_desk_is_told_channel_guild_person_and_what_they_may_do() -> None:
    desk = Counted()
    async with connected(desk) as discord:
        for may in (NOBODY, MANAGER, ADMINISTRATOR, None):
            await asked(discord, typed("help", may=may))
    assert [each.may_configure for each in desk.askers] == [False, True, True, False]
    assert {each.user for each in desk.askers} == {"1"}
    assert desk.askers[0].channel == Channel("discord", "100", GUILD)
    assert desk.askers[3].channel == Channel("discord", "100", PRIVATE)


async def test_what_takes_long_is_deferred_and_then_answered() -> None:
    async with connected(Counted(seconds=0.1), soon=0.01) as discord:
        await discord.gateway.dispatch("INTERACTION_CREATE", typed("model", name="qwen"))
        first, second = await replied(discord, 2)
    assert first["type"] == 5
    assert "Trending top 2" in str(second["components"])


async def test_a_shared_answer_that_takes_long_is_still_for_everybody() -> None:
    async with connected(Counted(seconds=0.1), soon=0.01) as discord:
        told = typed("model", name="qwen", share=True)
        await discord.gateway.dispatch("INTERACTION_CREATE", told)
        first, *rest = await replied(discord, 3)
    assert first == {"type": 5, "data": {"flags": HIDDEN}}
    assert [each["flags"] & HIDDEN for each in rest] == [HIDDEN, 0]


async def test_a_question_that_nothing_can_answer_is_answered_with_why() -> None:
    async with connected(Counted()) as discord:
        answer = await asked(discord, typed("lab", name="nothing", share=True))
    assert "No snapshot is held" in str(answer)
    assert answer["data"]["flags"] & HIDDEN


async def test_a_fault_of_ours_is_told_kindly_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with connected(Counted()) as discord:
        answer = await asked(discord, typed("lab", name="broken"))
    assert "it is in the log" in str(answer)
    assert "a fault of ours" in caplog.text


async def test_an_interaction_that_comes_twice_is_answered_once() -> None:
    desk = Counted()
    async with connected(desk) as discord:
        told = typed("top", places=3)
        for _ in range(3):
            await discord.gateway.dispatch("INTERACTION_CREATE", told)
        await asked(discord, typed("help"))
    assert sorted(desk.lines) == ["help", "top 3"]


async def test_an_interaction_that_has_expired_costs_a_line_in_the_log_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gone: Json = {"message": "Unknown interaction", "code": 10062}
    desk = Counted(seconds=0.05)
    async with connected(desk, soon=0.01) as discord:
        discord.faults = [
            Fault(path="/interactions/", times=1, status=404, body=gone),
            Fault(path="/webhooks/", times=1, status=401, body={"message": "", "code": 50027}),
        ]
        for _ in range(2):
            await discord.gateway.dispatch("INTERACTION_CREATE", typed("model", name="q"))
        answer = await asked(discord, typed("help"))
    assert answer["type"] == 5
    assert "it answered 404, code 10062" in caplog.text
    assert "Traceback" not in caplog.text


def broken() -> list[Json]:
    """Return interactions as no client of Discord sends them."""
    unknown = typed("lag", name="qwen")
    unnamed = typed("lab")
    wrong = typed("top", places="many")
    deep = typed("lab", name={"$": ["x"]})
    listed = typed("lab", name="qwen")
    listed["data"]["options"] = "lab"
    flat = typed("lab", name="qwen")
    flat["data"]["options"] = [{"name": "lab", "value": 1, "type": 3}]
    bare = typed("lab", name="qwen")
    del bare["data"]["options"]
    menu = typed("lab", name="qwen")
    menu["data"] |= {"type": 3, "target_id": "5"}
    other = typed("lab", name="qwen")
    other["data"]["name"] = "hubshfit"
    return [unknown, unnamed, wrong, deep, listed, flat, bare, menu, other]


@pytest.mark.parametrize("told", broken())
async def test_a_command_that_no_client_sends_is_answered_kindly(
    told: Json, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Counted()
    async with connected(desk) as discord:
        answer = await asked(discord, told)
        assert "help" in str(answer) or desk.lines
        assert "Traceback" not in caplog.text
        await asked(discord, typed("help"))
    assert desk.lines[-1] == "help"


async def test_names_are_completed_while_somebody_types() -> None:
    async with connected(Counted()) as discord:
        for command, option, letters, wanted in (
            ("lab", "name", "qw", "Qwen"),
            ("shifts", "by", "mist", "Mistral AI"),
            ("model", "name", "qwen3", "Qwen/Qwen3-8B"),
            ("why-not", "rule", "lead", "lead of new by lab"),
        ):
            answer = await asked(discord, typing(command, option, letters))
            assert answer["data"]["choices"] == [{"name": wanted, "value": wanted}]


@pytest.mark.parametrize("letters", ["", "[", "\\", "(?", "\u202e", "x" * 6000, "\x00", 7, None])
async def test_whatever_is_typed_completes_to_a_list(letters: object) -> None:
    async with connected(Counted()) as discord:
        answer = await asked(discord, typed("lab", 4, name=letters))
    assert answer["type"] == 8
    assert len(answer["data"]["choices"]) in {0, 3}


async def test_a_word_of_another_command_completes_to_nothing() -> None:
    async with connected(Counted()) as discord:
        unfocused = typed("lab", 4, name="q")
        unfocused["data"]["options"][0]["options"][0]["focused"] = False
        for told in (typed("lag", 4, name="q"), typed("top", 4, on="2"), unfocused):
            answer = await asked(discord, told)
            assert answer == {"type": 8, "data": {"choices": []}}


async def test_the_server_that_removes_the_bot_is_forgotten_and_one_in_trouble_is_not() -> None:
    desk = Counted()
    async with connected(desk) as discord:
        guild = {"id": GUILD, "name": "g", "unavailable": False, "member_count": 1}
        await discord.gateway.dispatch("GUILD_CREATE", guild)
        await discord.gateway.dispatch("GUILD_DELETE", {"id": GUILD, "unavailable": True})
        await discord.gateway.dispatch("GUILD_CREATE", guild)
        await asked(discord, typed("help"))
        assert desk.forgotten == []
        await discord.gateway.dispatch("GUILD_DELETE", {"id": GUILD})
        await asked(discord, typed("help"))
    assert desk.forgotten == [GUILD]


async def test_it_asks_for_guilds_alone_as_one_shard_and_resumes_after_a_drop() -> None:
    async with connected(Counted()) as discord:
        (told,) = discord.gateway.identified
        assert (told["intents"], told["shard"]) == (1, [0, 1])
        for number in range(1, 4):
            assert discord.gateway.drop() == 1
            await asyncio.wait_for(discord.gateway.until_resumed(number), 5)
        assert len(discord.gateway.identified) == 1
        assert discord.asked("PUT") == []


async def test_a_gateway_dropped_each_minute_of_a_day_costs_no_alert() -> None:
    """1,440 minutes of a day, each with a drop and an alert; posting needs no gateway."""
    async with connected(Counted()) as discord:
        messenger = DiscordMessenger(TOKEN, discord.api)
        message = entry()
        for minute in range(1440):
            discord.gateway.drop()
            await messenger.send(ROOM, Posting(f"minute-{minute}", message))
        await messenger.close()
        assert len(discord.world.rooms["100"].messages) == 1440
        await asyncio.wait_for(discord.gateway.until_ready(), 10)


def test_the_options_offer_what_the_core_knows() -> None:
    assert set(get_args(Metrics)) == set(Metric)
    assert set(get_args(Groups)) == set(By)
    assert set(get_args(Whats)) == set(Of)


def test_options_become_the_line_a_person_would_type() -> None:
    assert line_of("top", 5, by="likes", in_="lab Qwen", on=None) == "top 5 by likes in lab Qwen"
    assert line_of("share", of="slots", by="lab", in_="top 10 by likes") == (
        "share of slots by lab in top 10 by likes"
    )
    assert line_of("help", None) == "help"


def test_of_few_names_those_that_begin_so_come_first() -> None:
    names = ["a/llama", "Llama/x", "big-llama", "q/z"]
    assert near(" LLAMA", names) == ["a/llama", "Llama/x", "big-llama"]
    assert near("no such", names) == []
    assert len(choices("", lambda _: [f"n{number}" for number in range(99)] + ["n" * 101])) == 25


async def test_no_interaction_s_token_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with connected(Counted()) as discord:
        await asked(discord, typed("help"))
    shown = [each.getMessage() for each in caplog.records]
    assert not [line for line in shown if TOKEN in line or "interaction-canary" in line]


async def test_only_what_the_channel_watches_is_offered_to_be_ended_or_muted() -> None:
    async with connected(Counted()) as discord:
        for command in ("unwatch", "mute", "unmute"):
            answer = await asked(discord, typing(command, "which", "", NOBODY))
            assert [each["value"] for each in answer["data"]["choices"]] == [
                "top 10 by trending in all",
                "lead of new by lab",
            ]
            answer = await asked(discord, typing(command, "which", ""))
            assert answer["data"]["choices"] == []


async def test_what_can_be_drawn_is_completed() -> None:
    async with connected(Counted()) as discord:
        answer = await asked(discord, typing("chart", "what", "chi"))
        assert [each["value"] for each in answer["data"]["choices"]] == ["country China"]
        answer = await asked(discord, typing("chart", "what", ""))
        assert answer["data"]["choices"][0]["value"].startswith("share of slots")
        assert len(answer["data"]["choices"]) == 8


async def test_every_chart_that_is_offered_can_be_read(labs: Labs) -> None:
    for each in CHARTS:
        assert parse_question(words_of(f"chart {each}", labs), datetime(2026, 1, 27, tzinfo=UTC))
