"""What is kept of a guild goes when the bot is removed from it, and at no other time."""

import asyncio
from collections.abc import Callable
from functools import partial

from bot.channel import Channel
from bot.channel_settings import UNSET
from bot.desk import Asker, Desk
from bot.store.remembered import Remembered
from bot.store.store import Store
from bot.subscriptions import Subscription
from detectors.labs import Labs
from tests.discord_people import Counted, asked, connected, typed
from tests.discord_server import Fault, LoopbackDiscord
from tests.discord_world import BOT, GUILD
from tests.world import day

OTHER, THIRD = "800000000000000002", str(7 << 22)


async def until(reached: Callable[[], object]) -> None:
    # The library waits five seconds before it begins a session anew.
    async with asyncio.timeout(15):
        while not reached():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)


async def begun(desk: Counted, discord: LoopbackDiscord | None = None) -> LoopbackDiscord:
    """Let a session begin, and everything that it causes end."""
    async with connected(desk, discord=discord) as served:
        await asked(served, typed("help"))
    return served


async def test_guilds_that_removed_the_bot_while_it_was_away_are_forgotten() -> None:
    desk = Counted(held=[GUILD, OTHER, "private"])
    await begun(desk)
    assert desk.forgotten == [OTHER]
    assert desk.owners == {GUILD: BOT}


async def test_each_shard_speaks_for_its_own_guilds_alone() -> None:
    discord = LoopbackDiscord()
    discord.gateway.shards = 2
    discord.gateway.guilds = [GUILD, THIRD]
    desk = Counted(held=[GUILD, THIRD, str(8 << 22), str(9 << 22)])
    async with connected(desk, discord=discord) as served:
        await asyncio.wait_for(served.gateway.until_ready(2), 20)
        await until(lambda: len(desk.forgotten) == 2)
    assert sorted(desk.forgotten) == [str(8 << 22), str(9 << 22)]
    assert [each["shard"] for each in discord.gateway.identified] == [[0, 2], [1, 2]]


async def test_a_guild_that_rest_still_shows_or_cannot_speak_for_is_kept() -> None:
    for status in (200, 400, 401):
        discord = LoopbackDiscord()
        body = {"id": OTHER, "name": "g", "roles": [], "emojis": []}
        discord.faults = [
            Fault("GET", f"/guilds/{OTHER}", times=None, status=status, body=body),
        ]
        desk = Counted(held=[OTHER])
        async with connected(desk, discord=discord) as served:
            await until(partial(served.asked, "GET", f"/guilds/{OTHER}"))
            await asked(served, typed("help"))
        assert desk.forgotten == []


async def test_what_came_by_another_bot_is_kept() -> None:
    desk = Counted(held=[OTHER], owners={OTHER: "another"})
    await begun(desk)
    assert desk.forgotten == []


async def test_a_guild_that_left_before_the_session_was_lost_is_forgotten_too() -> None:
    desk = Counted(held=[GUILD])
    async with connected(desk) as discord:
        await asked(discord, typed("help"))
        discord.gateway.guilds = []
        await discord.gateway.forget()
        await until(lambda: len(discord.gateway.identified) == 2)
        await until(lambda: desk.forgotten == [GUILD])


async def test_an_outage_of_all_guilds_deletes_nothing() -> None:
    desk = Counted(held=[GUILD])
    async with connected(desk) as discord:
        for _ in range(3):
            await discord.gateway.dispatch("GUILD_DELETE", {"id": GUILD, "unavailable": True})
        await asked(discord, typed("help"))
        await discord.gateway.ask_back()
        await asyncio.wait_for(discord.gateway.until_resumed(1), 5)
        await asked(discord, typed("help"))
    assert desk.forgotten == []


async def test_the_real_desk_deletes_one_guild_and_leaves_the_others(
    store: Store, labs: Labs
) -> None:
    desk = Desk(store, labs, lambda: day(1))
    rooms = [Channel("discord", "1", GUILD), Channel("discord", "2", OTHER)]
    for room in rooms:
        await store.subscriptions.put(Subscription(room.key, "top 10 by likes in all", day(1)))
    assert await desk.tenants("discord") == [GUILD, OTHER]
    await desk.forget("discord", GUILD)
    assert [len(await store.subscriptions.of(room)) for room in rooms] == [0, 1]


async def test_what_the_operator_s_channel_in_the_guild_decided_goes_too(
    store: Store, labs: Labs
) -> None:
    own, other = Channel("discord", "100"), Channel("discord", "1001")
    desk = Desk(store, labs, lambda: day(1), first=(own, other))
    for room in (own, other):
        asker = Asker(Channel("discord", room.address, GUILD), "7", may_configure=True)
        for line in ("watch top 7 by likes in all", "settings zone Europe/Berlin", "test"):
            await desk.answer(line, asker)
    await desk.forget("discord", GUILD, ["100", "300"])
    assert await store.subscriptions.of(own) == []
    assert await store.channel_settings.of(own) == UNSET
    assert await store.office.waiting(own) == []
    assert len(await store.subscriptions.of(other)) == 1
    assert (await store.channel_settings.of(other)).zone == "Europe/Berlin"
    assert len(await store.office.waiting(other)) == 1


async def test_what_is_remembered_is_given_back_until_it_is_dropped(store: Store) -> None:
    remembered: Remembered = store.remembered
    assert await remembered.of("kind", []) == {}
    await remembered.put("kind", {})
    for _ in range(2):
        await remembered.put("kind", {"a": "1", "b": "ü"})
    assert await remembered.of("kind", ["a", "b", "c"]) == {"a": "1", "b": "ü"}
    await remembered.drop("kind", ["a"])
    await remembered.drop("kind", [])
    assert await remembered.of("kind", ["a", "b"]) == {"b": "ü"}
    assert await remembered.of("other", ["b"]) == {}
