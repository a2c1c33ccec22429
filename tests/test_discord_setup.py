"""/hubshift setup: by whom it may, where the bot may post, and nothing by accident."""

from typing import Any

import pytest

from bot.channel import Channel
from tests.discord_people import (
    MANAGER,
    NOBODY,
    Counted,
    asked,
    connected,
    interaction,
    pressed,
    typed,
)
from tests.discord_server import Fault, LoopbackDiscord
from tests.discord_world import BOT, FORUM, GUILD, Json
from tests.golden_files import check_golden
from tests.test_discord_front import HIDDEN

VIEW, SEND, EMBED, FILES, HISTORY, THREADS = 1 << 10, 1 << 11, 1 << 14, 1 << 15, 1 << 16, 1 << 38
ALL = VIEW | SEND | EMBED | FILES | HISTORY | THREADS


def guild(held: int = ALL, denied: int = 0) -> Json:
    """Return a guild with the bot in it: channel 100 is text, 200 a forum, 300 voice.

    `held` is what the bot's role allows everywhere, `denied` what channel 100 takes away.
    """
    user = {"id": BOT, "username": "hubshift", "discriminator": "0", "avatar": None, "bot": True}
    member = {
        "user": user,
        "roles": ["50"],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
    }
    bare = {"color": 0, "hoist": False, "managed": False, "mentionable": False, "position": 1}
    roles = [
        {"id": GUILD, "name": "@everyone", "permissions": "0", **bare, "position": 0},
        {"id": "50", "name": "hubshift", "permissions": str(held), **bare},
    ]
    overwrite = {"id": "50", "type": 0, "allow": "0", "deny": str(denied)}
    rooms = [
        {"id": "100", "type": 0, "name": "general", "permission_overwrites": [overwrite]},
        {"id": "200", "type": FORUM, "name": "news", "available_tags": []},
        {"id": "300", "type": 2, "name": "voice", "bitrate": 64000, "user_limit": 0},
    ]
    whole: Json = {"id": GUILD, "name": "g", "unavailable": False, "member_count": 1}
    lists = dict.fromkeys(("emojis", "stickers", "threads", "presences", "voice_states"), ())
    for room in rooms:
        room.setdefault("position", 0)
        room.setdefault("permission_overwrites", [])
    return {
        **whole,
        **{name: list(each) for name, each in lists.items()},
        "owner_id": "1",
        "roles": roles,
        "members": [member],
        "channels": rooms,
    }


def served(held: int = ALL, denied: int = 0) -> LoopbackDiscord:
    """Return a Discord that shows the bot its guild whole."""
    discord = LoopbackDiscord()
    discord.world.open("100")
    discord.world.open("200", kind=FORUM)
    discord.gateway.full = [guild(held, denied)]
    return discord


def form(may: int | None = MANAGER, channel: Any = "100", **chosen: Any) -> Json:
    """Return what Discord sends when somebody sends the form; what is left open is empty."""
    given = {"pack": [], "day": [], "hour": [], "zone": "", **chosen}
    parts: list[Json] = [{"type": 8, "custom_id": "channel", "values": [channel]}]
    parts += [
        {"type": 4, "custom_id": name, "value": value}
        if isinstance(value, str)
        else {"type": 3, "custom_id": name, "values": value}
        for name, value in given.items()
    ]
    shown = [
        {"type": 18, "id": 2 * at, "component": {**part, "id": 2 * at + 1}}
        for at, part in enumerate(parts)
    ]
    return interaction(5, {"custom_id": "hubshift:setup", "components": shown}, may)


def outline(modal: Json) -> str:
    """Return a form as a person reads it."""
    lines = [modal["title"]]
    for each in modal["components"]:
        part = each["component"]
        lines.append(f"\n{each['label']} ({each['description']})")
        lines += [
            f"  {option['label']}" + (f": {about}" if (about := option.get("description")) else "")
            for option in part.get("options", [])
        ]
        if "channel_types" in part:
            lines.append(f"  channels of types {part['channel_types']}")
    return "\n".join(lines)


async def test_setup_shows_one_form_to_who_may_configure() -> None:
    async with connected(Counted(), discord=served()) as discord:
        answer = await asked(discord, typed("setup", may=MANAGER))
        for may in (NOBODY, None):
            assert "Only who has Manage Server" in str(
                await asked(discord, typed("setup", may=may))
            )
    assert answer["type"] == 9
    (channel, *_) = answer["data"]["components"]
    (here,) = channel["component"]["default_values"]
    assert (str(here["id"]), here["type"]) == ("100", "channel")
    check_golden("discord_setup", outline(answer["data"]))


async def test_what_is_chosen_is_done_in_the_channel_chosen_and_said_there() -> None:
    desk = Counted()
    async with connected(desk, discord=served()) as discord:
        told = form(pack=["newsroom"], day=["friday"], hour=["17"], zone=" Europe/Berlin ")
        answer = await asked(discord, told)
    assert desk.lines == [
        "settings zone Europe/Berlin",
        "settings digest friday 17",
        "watch pack newsroom",
    ]
    assert {each.channel for each in desk.askers} == {Channel("discord", "100", GUILD)}
    assert not answer["data"]["flags"] & HIDDEN
    assert "3 things were done" in str(answer)


async def test_another_channel_is_told_in_a_message_of_its_own() -> None:
    desk = Counted()
    async with connected(desk, discord=served()) as discord:
        answer = await asked(discord, form(channel="200", pack=["policy"]))
        assert answer["data"]["flags"] & HIDDEN
        (post,) = [room for room in discord.world.rooms.values() if room.parent == "200"]
        assert post.name == "Hubshift is set up here"
        assert "Changed: watch pack policy" in str(post.messages)
    assert {each.channel.address for each in desk.askers} == {"200"}


async def test_a_channel_that_was_suspended_is_sent_to_again_and_told_so() -> None:
    desk = Counted(suspended="the bot may not post there")
    async with connected(desk, discord=served()) as discord:
        lacks = await asked(discord, form(pack=["newsroom"], channel="300"))
        assert "until now" not in str(lacks)
        answer = await asked(discord, form(pack=["newsroom"]))
        assert "Nothing was sent to it until now: the bot may not post there." in str(answer)
        assert "until now" not in str(await asked(discord, form(pack=["newsroom"])))
        desk.suspended = "it again"
        answer = await asked(discord, form())
        assert "Alerts are sent to #" in str(answer)
        assert not answer["data"]["flags"] & HIDDEN
        assert "Nothing was chosen" in str(await asked(discord, form()))
    assert desk.lines == ["watch pack newsroom"] * 2


async def test_what_the_bot_lacks_in_the_channel_is_named_and_nothing_is_changed() -> None:
    desk = Counted()
    for denied, lacks in ((SEND, "Send Messages, Attach Files"), (VIEW, "View Channel, Attach")):
        async with connected(desk, discord=served(ALL & ~FILES, denied)) as discord:
            answer = await asked(discord, form(pack=["newsroom"]))
        assert f"it lacks {lacks}" in str(answer)
    assert desk.lines == []


@pytest.mark.parametrize("channel", ["300", "999", "x", "", "１００", None, 100, {"id": "100"}])
async def test_a_channel_that_is_none_of_the_server_is_refused(channel: Any) -> None:
    desk = Counted()
    async with connected(desk, discord=served()) as discord:
        answer = await asked(discord, form(channel=channel, pack=["newsroom"]))
    assert "Pick another one" in str(answer) or "cannot see that channel" in str(answer)
    assert desk.lines == []


async def test_a_channel_of_another_server_is_refused() -> None:
    desk = Counted()
    discord = served()
    other = {"id": "700", "type": 0, "name": "theirs", "guild_id": "9", "position": 0}
    discord.faults = [Fault("GET", "/channels/700", times=None, status=200, body=other)]
    async with connected(desk, discord=discord):
        answer = await asked(discord, form(channel="700", pack=["newsroom"]))
    assert "Pick another one" in str(answer)
    assert desk.lines == []


async def test_who_may_not_configure_sends_the_form_in_vain() -> None:
    desk = Counted()
    async with connected(desk, discord=served()) as discord:
        for may in (NOBODY, None):
            answer = await asked(discord, form(may, pack=["newsroom"]))
            assert "Only who has Manage Server" in str(answer)
    assert desk.lines == []


async def test_a_form_left_open_changes_nothing_and_a_form_sent_twice_changes_once() -> None:
    desk = Counted()
    async with connected(desk, discord=served()) as discord:
        assert "Nothing was chosen" in str(await asked(discord, form()))
        told = form(day=["off"], hour=["9"])
        for _ in range(3):
            await discord.gateway.dispatch("INTERACTION_CREATE", told)
        await asked(discord, typed("help"))
    assert sorted(desk.lines) == ["help", "settings digest off"]


async def test_what_is_refused_after_a_part_was_done_says_both() -> None:
    desk = Counted(refuses="watch pack newsroom")
    async with connected(desk, discord=served()) as discord:
        answer = await asked(discord, form(pack=["newsroom"], zone="UTC"))
        assert "Part of it was done" in str(answer)
        assert "not today" in str(answer)
        desk.refuses = "settings zone Mars"
        answer = await asked(discord, form(pack=["policy"], zone="Mars"))
        assert "not today" in str(answer)
    assert "watch pack policy" not in desk.lines


async def test_a_confirmation_that_cannot_be_posted_is_said_to_who_set_it_up() -> None:
    discord = served()
    discord.world.rooms["200"].lacks.add("view")
    async with connected(Counted(), discord=discord):
        answer = await asked(discord, form(channel="200", pack=["policy"]))
    assert "could not post there to say so" in str(answer)


async def test_what_is_said_in_a_post_of_a_forum_is_about_the_forum() -> None:
    desk = Counted()
    async with connected(desk, discord=served()) as discord:
        for parent in ("200", "100"):
            for told in (typed("mute", may=MANAGER), pressed("mute", "3f2ab12c9d4e", MANAGER)):
                told["channel"] = {
                    "id": "900",
                    "type": 11,
                    "guild_id": GUILD,
                    "parent_id": parent,
                    "owner_id": BOT,
                    "name": "Kimi enters",
                    "message_count": 1,
                    "member_count": 1,
                    "rate_limit_per_user": 0,
                    "thread_metadata": {
                        "archived": False,
                        "auto_archive_duration": 60,
                        "archive_timestamp": "2026-01-27T00:00:00+00:00",
                    },
                }
                told["channel_id"] = "900"
                await asked(discord, told)
    assert [each.channel.address for each in desk.askers] == ["200", "200", "900", "900"]
    assert [each.called for each in desk.askers][::2] == ["#news", "#Kimi enters"]


async def test_a_button_of_an_alert_with_a_picture_is_answered() -> None:
    desk = Counted()
    async with connected(desk, discord=served()) as discord:
        told = pressed("why", "3f2ab12c9d4e", NOBODY)
        (box,) = told["message"]["components"]
        address = "https://cdn.discordapp.com/attachments/1/2/hubshift.png"
        media = {"url": address, "proxy_url": address, "width": 800, "height": 400}
        box["components"].insert(2, {"type": 12, "id": 99, "items": [{"media": media}]})
        await asked(discord, told)
    assert desk.lines == ["why 3f2ab12c9d4e"]
