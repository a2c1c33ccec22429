"""The real desk asked on Discord: what is pressed under a real alert changes a real channel."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

from bot.channel import Channel
from bot.chat.discord import DiscordMessenger
from bot.chat.discord.asking import Sources
from bot.chat.discord.completing import near
from bot.desk import Desk
from bot.dispatch import STREAM, Composer, Works, drain
from bot.store.store import Store
from bot.subscriptions import Subscription
from detectors.labs import Labs
from tests.discord_people import (
    MANAGER,
    NOBODY,
    Counted,
    asked,
    connected,
    filled,
    pressed,
    typed,
)
from tests.discord_schema import components_of
from tests.discord_server import TOKEN, LoopbackDiscord
from tests.discord_world import GUILD, Json
from tests.looks import FEW, RISEN, TOP, days, look_all, trending, watching
from tests.world import day

ROOM = Channel("discord", "100", GUILD)
NOW = partial(day, 4)


def now() -> datetime:
    return NOW()


def desk_sources(store: Store, labs: Labs) -> Sources:
    """Return what a client answers from, with the real desk."""
    none = partial(near, names=[])
    desk = Desk(store, labs, now)
    return Sources(desk, store.once.first, none, none, none, none)


@asynccontextmanager
async def alerted(store: Store, labs: Labs) -> AsyncIterator[tuple[LoopbackDiscord, Json]]:
    """Let a guild's channel be told of a shift, and lend the message with its buttons."""
    await store.subscriptions.put(Subscription(ROOM.key, TOP, day(1)))
    watch = watching(store, labs)
    await look_all(watch, days(trending(*FEW), trending(*RISEN), first=2))
    async with connected(Counted(), answering=desk_sources(store, labs)) as discord:
        messenger = DiscordMessenger(TOKEN, discord.api)
        works = Works(store.outbox, Composer(store), {("discord", "*"): messenger}, STREAM)
        await drain(works)
        await messenger.close()
        (message,) = discord.world.rooms["100"].messages
        yield discord, message


def shift_of(message: Json) -> str:
    """Return the Shift that a message's buttons carry."""
    customs = [
        each["custom_id"] for each in components_of(message["components"]) if "custom_id" in each
    ]
    assert len(customs) == 4
    return str(customs[0].rpartition(":")[2])


async def test_the_buttons_of_a_real_alert_answer_mute_and_tune(store: Store, labs: Labs) -> None:
    async with alerted(store, labs) as (discord, message):
        shift = shift_of(message)
        why = str(await asked(discord, pressed("why", shift, NOBODY)))
        assert "lab/e" in why
        assert "Only those who may configure" in str(
            await asked(discord, pressed("mute", shift, NOBODY))
        )
        (held,) = await store.subscriptions.of(ROOM)
        assert held.muted_until is None
        muted = await asked(discord, pressed("mute", shift, MANAGER))
        assert "Muted until" in str(muted)
        assert muted["data"]["flags"] == 1 << 15
        (held,) = await store.subscriptions.of(ROOM)
        assert held.muted_until == day(11)
        form = await asked(discord, pressed("tune", shift, MANAGER))
        assert form["data"]["components"][1]["component"]["value"] == TOP
        new = "top 5 by trending in all"
        assert "Tuned in" in str(await asked(discord, filled(shift, new, MANAGER)))
        (held,) = await store.subscriptions.of(ROOM)
        assert held.rule == new


async def test_a_watch_that_was_ended_leaves_buttons_that_answer_kindly(
    store: Store, labs: Labs
) -> None:
    async with alerted(store, labs) as (discord, message):
        shift = shift_of(message)
        await asked(discord, typed("unwatch", may=MANAGER, which="all"))
        for told in (
            pressed("mute", shift, MANAGER),
            pressed("tune", shift, MANAGER),
            filled(shift, "top 5 by trending in all", MANAGER),
        ):
            answer = await asked(discord, told)
            assert "is not watched in" in str(answer)
            assert answer["data"]["flags"] & 1 << 6
        assert await store.subscriptions.of(ROOM) == []


async def test_what_is_typed_into_the_form_and_cannot_be_read_keeps_the_watch(
    store: Store, labs: Labs
) -> None:
    async with alerted(store, labs) as (discord, message):
        shift = shift_of(message)
        for rule in (
            "top 10 by likse",
            "x" * 1000,
            "top 5 by likes in all\n\n; drop",
            "`@everyone`",
        ):
            answer = await asked(discord, filled(shift, rule, MANAGER))
            assert answer["data"]["flags"] & 1 << 6
            assert "@everyone" not in str(answer["data"]["components"])
        (held,) = await store.subscriptions.of(ROOM)
        assert held.rule == TOP


async def test_every_command_is_understood_by_the_real_desk(store: Store, labs: Labs) -> None:
    lines: dict[str, dict[str, object]] = {
        "top": {"places": 3},
        "share": {"of": "slots", "by": "country", "scope": "top 3 by trending"},
        "lab": {"name": "Qwen"},
        "model": {"name": "lab/e"},
        "country": {"name": "France"},
        "compare": {"one": "Qwen", "other": "Mistral AI", "third": "Meta"},
        "chart": {"what": "top 3 by trending", "since": "2026-01-01"},
        "shifts": {"since": "2026-01-02", "held": True},
        "why": {"shift": "lab/e"},
        "why-not": {"rule": TOP, "on": "2026-01-03"},
        "claims": {},
        "help": {"topic": "rules"},
        "ask": {"line": "top 3 by trending in all"},
        "watch": {"rule": TOP, "how": "thread", "floor": "major", "exclude": "word gguf"},
        "pack": {"name": "newsroom", "how": "digest"},
        "watches": {},
        "mute": {"span": "12h", "which": "1"},
        "unmute": {"which": "1"},
        "settings": {"digest": "friday", "hour": 17, "zone": "Europe/Berlin", "quiet": "22-7"},
        "preview": {"rule": TOP, "include": "Qwen"},
        "test": {},
        "unwatch": {"which": "all"},
    }
    async with alerted(store, labs) as (discord, _):
        for number, (name, options) in enumerate(lines.items()):
            told = typed(name, may=MANAGER, **options)
            # Another person each time: one alone may not ask that much in a minute.
            told["member"]["user"]["id"] = str(number + 2)
            answer = await asked(discord, told)
            shown = str(answer["data"]["components"])
            assert "^" not in shown, (name, shown)
            assert "Something went wrong" not in shown
