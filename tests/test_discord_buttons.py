"""The buttons of an alert on Discord: pressed twice, late, forged, by whom they may not."""

from dataclasses import replace
from typing import Any

import pytest

from bot.chat.base import Posting
from bot.chat.discord import DiscordMessenger
from bot.chat.discord.buttons import PRESSED
from bot.chat.discord.payload import components, embed
from bot.chat.discord.tuning import lines_of
from bot.chat.pressing import pressed_for
from detectors.shift import SOURCE_RULE
from tests.discord_people import (
    MANAGER,
    NOBODY,
    RULE,
    TUNING,
    Counted,
    asked,
    connected,
    filled,
    pressed,
    typed,
)
from tests.discord_schema import components_of
from tests.discord_server import TOKEN, LoopbackDiscord
from tests.discord_world import Json
from tests.golden_files import check_golden
from tests.test_discord_front import HIDDEN, ROOM
from tests.test_discord_payload import LONG, SIGN, entry, told_shifts

SHIFT = "3f2ab12c9d4e"


def buttons(message: Any) -> list[str]:
    """Return the custom ids of a message."""
    return [each["custom_id"] for each in components_of(message) if "custom_id" in each]


def test_every_custom_id_is_short_and_is_read_as_what_it_was() -> None:
    for draw in (components, embed):
        found = buttons(draw(entry(), SIGN, None, "f" * 64)["components"])
        assert len(found) == 4
        assert all(len(each) <= 100 and PRESSED.fullmatch(each) for each in found)


def test_one_story_has_buttons_and_the_source_a_summary_and_a_sample_have_none() -> None:
    (first, *_), message = told_shifts(), entry()
    one = Posting("a", message, shifts=(first,))
    assert pressed_for(one, message) == message.shifts[0]
    other = replace(first, subject="another", judgement=replace(first.judgement, cause="another"))
    for none in (
        replace(one, shifts=()),
        replace(one, shifts=(replace(first, rule=SOURCE_RULE),)),
        replace(one, shifts=(first, other)),
    ):
        assert pressed_for(none, message) == ""
    assert pressed_for(one, LONG) == ""


async def test_an_edit_keeps_the_buttons_and_an_embed_has_them_too() -> None:
    (first, *_), message = told_shifts(), entry()
    for v2 in (True, False):
        async with LoopbackDiscord() as discord:
            discord.world.open("100")
            discord.world.v2 = v2
            messenger = DiscordMessenger(TOKEN, discord.api)
            posting = Posting("a" * 24, message, shifts=(first,))
            parent = await messenger.send(ROOM, posting)
            update = replace(posting, id="b" * 24, parent=parent, parent_message=message)
            await messenger.send(ROOM, update)
            await messenger.close()
            for stands in discord.world.rooms["100"].messages:
                assert bool(stands["embeds"]) is not v2
                assert len(buttons(stands["components"])) == 4


async def test_why_and_chart_ask_for_the_shift_and_mute_for_its_rule() -> None:
    desk = Counted()
    async with connected(desk) as discord:
        for verb in ("why", "chart"):
            answer = await asked(discord, pressed(verb, SHIFT, NOBODY))
            assert answer["data"]["flags"] & HIDDEN
        answer = await asked(discord, pressed("mute", SHIFT, MANAGER))
        assert not answer["data"]["flags"] & HIDDEN
    assert desk.lines == [f"why {SHIFT}", f"chart {SHIFT}", f"mute 7d {RULE}"]


async def test_a_button_posted_as_an_embed_is_answered_too() -> None:
    desk = Counted()
    async with connected(desk) as discord:
        await asked(discord, pressed("why", SHIFT, NOBODY, draw=embed))
    assert desk.lines == [f"why {SHIFT}"]


async def test_who_may_not_configure_neither_mutes_nor_tunes_whatever_they_send() -> None:
    desk = Counted()
    async with connected(desk) as discord:
        for told in (
            pressed("mute", SHIFT, NOBODY),
            pressed("tune", SHIFT, NOBODY),
            filled(SHIFT, "top 5 by likes in all", NOBODY),
            typed("watch", may=NOBODY, rule="top 5 by likes in all"),
            typed("mute", may=None),
        ):
            answer = await asked(discord, told)
            assert "Only who has Manage Server" in str(answer)
            assert answer["data"]["flags"] & HIDDEN
    assert desk.changed == []


async def test_tune_shows_the_rule_and_how_often_each_setting_alerts() -> None:
    async with connected(Counted()) as discord:
        answer = await asked(discord, pressed("tune", SHIFT, MANAGER))
    assert answer["type"] == 9
    form = answer["data"]
    assert form["custom_id"] == f"hubshift:retune:{SHIFT}"
    check_golden("discord_tune", form["components"][0]["content"])
    assert form["components"][1]["component"]["value"] == RULE


async def test_figures_that_take_long_are_left_out_of_the_form() -> None:
    async with connected(Counted(seconds=5), soon=0.05) as discord:
        answer = await asked(discord, pressed("tune", SHIFT, MANAGER))
    assert "/hubshift preview" in answer["data"]["components"][0]["content"]


async def test_what_the_form_says_changes_the_watch_also_after_a_restart() -> None:
    desk = Counted()
    for new in ("top 5 by likes in all", "top 3 by likes in all"):
        async with connected(desk) as discord:
            answer = await asked(discord, filled(SHIFT, new, MANAGER))
            assert not answer["data"]["flags"] & HIDDEN
    assert desk.changed == [
        (RULE, "top 5 by likes in all"),
        (RULE, "top 3 by likes in all"),
    ]


async def test_a_form_shown_and_sent_by_the_same_process_changes_the_watch_once() -> None:
    desk = Counted()
    async with connected(desk) as discord:
        await asked(discord, pressed("tune", SHIFT, MANAGER))
        await asked(discord, filled(SHIFT, "top 5 by likes in all", MANAGER))
    assert len(desk.changed) == 1


async def test_pressing_twice_changes_once() -> None:
    desk = Counted()
    async with connected(desk) as discord:
        for told in (pressed("mute", SHIFT, MANAGER), filled(SHIFT, "top 5 by likes", MANAGER)):
            for _ in range(3):
                await discord.gateway.dispatch("INTERACTION_CREATE", told)
            await asked(discord, typed("help"))
    assert len([line for line in desk.lines if line.startswith("mute")]) == 1
    assert len(desk.changed) == 1


async def test_a_button_of_an_alert_that_is_no_longer_held_is_answered_kindly() -> None:
    desk = Counted()
    async with connected(desk) as discord:
        for verb in ("mute", "tune"):
            answer = await asked(discord, pressed(verb, "0" * 12, MANAGER))
            assert "This alert is no longer held" in str(answer)
        answer = await asked(discord, filled("0" * 12, "top 5 by likes in all", MANAGER))
        assert "This alert is no longer held" in str(answer)
    assert desk.changed == []


async def test_a_form_for_a_watch_that_has_ended_is_answered_kindly() -> None:
    desk = Counted(ended=True)
    async with connected(desk) as discord:
        answer = await asked(discord, filled(SHIFT, "top 5 by likes in all", MANAGER))
        assert "is not watched here any longer" in str(answer)
        answer = await asked(discord, pressed("tune", SHIFT, MANAGER))
        assert "is not watched here any longer" in str(answer)


FORGED = [
    "hubshift:why:",
    "hubshift:why:../../etc",
    f"hubshift:drop:{SHIFT}",
    f"hubshift:why:{SHIFT}\n",
    f"hubshift:why:{SHIFT} all",
    f"hubshift:why:{'f' * 65}",
    "hubshift:retune:",
    "share_answer",
    "x" * 100,
    "",
]


@pytest.mark.parametrize("custom", FORGED)
async def test_a_custom_id_that_is_forged_is_answered_and_reaches_no_desk(custom: str) -> None:
    desk = Counted()
    async with connected(desk) as discord:
        told = pressed("why", SHIFT, MANAGER)
        told["data"]["custom_id"] = custom
        answer = await asked(discord, told)
        assert "another version of Hubshift" in str(answer)
        told = filled(SHIFT, "top 5 by likes in all", MANAGER)
        told["data"]["custom_id"] = custom
        answer = await asked(discord, told)
        assert "another version of Hubshift" in str(answer)
    assert (desk.lines, desk.changed) == ([], [])


def unshown() -> list[Json]:
    """Return presses whose message does not show what was pressed."""
    bare = pressed("why", SHIFT, MANAGER)
    del bare["message"]
    empty = pressed("why", SHIFT, MANAGER)
    empty["message"]["components"] = []
    part = pressed("why", SHIFT, MANAGER)
    part["message"]["attachments"] = [{"id": "1"}]
    return [bare, empty, part]


@pytest.mark.parametrize("told", unshown())
async def test_a_press_is_answered_once_whatever_its_message_shows(told: Json) -> None:
    desk = Counted()
    async with connected(desk) as discord:
        await asked(discord, told)
    assert desk.lines == [f"why {SHIFT}"]


def broken() -> list[Json]:
    """Return forms as no client of Discord sends them."""
    unfilled = filled(SHIFT, "x", MANAGER)
    unfilled["data"]["components"] = []
    odd = filled(SHIFT, "x", MANAGER)
    odd["data"]["components"] = [{"type": 18}, {"type": 1, "components": [{"type": 4}]}]
    return [unfilled, odd]


@pytest.mark.parametrize("told", broken())
async def test_a_form_that_no_client_sends_is_answered_kindly(told: Json) -> None:
    desk = Counted()
    async with connected(desk) as discord:
        answer = await asked(discord, told)
        assert "another version of Hubshift" in str(answer)
    assert desk.changed == []


def test_how_often_each_setting_alerts_takes_two_lines_each() -> None:
    lines = lines_of(TUNING)
    assert lines[2:4] == [f"▸ {RULE}", "    about 1.3 alerts a week"]
