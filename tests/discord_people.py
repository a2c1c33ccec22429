"""People on a loopback Discord: what they type and press, and a desk that answers them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import count
from typing import Any

from bot.channel import Channel
from bot.chat.discord.asking import Sources
from bot.chat.discord.client import Client
from bot.chat.discord.completing import near
from bot.chat.discord.guilds import Guilds
from bot.chat.discord.payload import Payload, Sign, components
from bot.desk import Asker, NothingHeld, Refused, Setting, Tuning
from bot.render.answer import Answer, Table
from bot.render.message import Message
from bot.render.picture import Picture
from bot.store.errors import StoreError
from tests.discord_schema import components_of
from tests.discord_server import TOKEN, LoopbackDiscord
from tests.discord_world import BOT, GUILD, Json
from tests.test_discord_payload import entry

ANSWER = Answer("Trending top 2", (Table((("1", "Qwen/Q"), ("2", "a/`b`"))),), "Measured today.")
RULE = "top 10 by trending in all"
TUNING = Tuning(
    RULE,
    (
        Setting("top 5 by trending in all", "about one alert in 2 weeks"),
        Setting(RULE, "about 1.3 alerts a week", own=True),
        Setting("top 20 by trending in all", "about 4.1 alerts a week"),
    ),
    "Tried on 180 looks, 1 August 2025 to 28 January 2026.",
)
NOBODY, MANAGER, ADMINISTRATOR = 0, 1 << 5, 1 << 3
_numbers = count(700)


@dataclass
class Counted:
    """A desk with a visible list of what it was asked and what it changed.

    An answer takes `seconds`; with `ended` the watch that is tuned is no longer there.
    The line that it `refuses` it never does. Its `store` is well, broken or slow. `suspended` is
    why nothing is sent to the channel.
    """

    seconds: float = 0.0
    lines: list[str] = field(default_factory=list)
    askers: list[Asker] = field(default_factory=list)
    changed: list[tuple[str, str]] = field(default_factory=list)
    ended: bool = False
    refuses: str = ""
    suspended: str = ""
    store: str = "well"
    picture: Picture | None = None
    held: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    owners: dict[str, str] = field(default_factory=dict)

    async def answer(self, line: str, asker: Asker, /) -> Answer:
        """Answer anything but what is not held; change nothing for who may not."""
        self.lines.append(line)
        self.askers.append(asker)
        await asyncio.sleep(self.seconds)
        if "nothing" in line:
            raise NothingHeld("No snapshot is held from this time or before.")
        if "broken" in line:
            raise RuntimeError("a fault of ours")
        if line == self.refuses:
            raise Refused("not today")
        if line.startswith(("watch ", "mute", "unwatch", "settings ")):
            self._change(line, line, asker)
            return replace(ANSWER, title=f"Changed: {line}", lasts=True)
        return replace(ANSWER, picture=self.picture)

    async def rules_of(self, channel: Channel, /) -> Sequence[str]:
        """Return what every channel of the guild watches."""
        return [RULE, "lead of new by lab"] if channel.tenant == GUILD else []

    async def rule_of(self, shift: str, /) -> str:
        """Return the one rule of all alerts, but of those that are no longer held."""
        if shift.startswith("0"):
            raise NothingHeld("This alert is no longer held.")
        return RULE

    async def tuning(self, _rule: str, _asker: Asker, /) -> Tuning:
        """Return three settings."""
        self._watched()
        await asyncio.sleep(self.seconds)
        return TUNING

    async def retune(self, old: str, new: str, asker: Asker, /) -> Answer:
        """Keep what changes to what."""
        self._watched()
        self._change(old, new, asker)
        return replace(ANSWER, title=f"Tuned: {new}", lasts=True)

    async def resume(self, _asker: Asker, /) -> Sequence[str]:
        """Send to a suspended channel again."""
        again, self.suspended = self.suspended, ""
        return [f"Nothing was sent to it until now: {again}."] if again else []

    def _watched(self) -> None:
        if self.ended:
            raise Refused("This rule is not watched here any longer.")

    def _change(self, old: str, new: str, asker: Asker) -> None:
        if not asker.may_configure:
            raise Refused("Only who has Manage Server may change this.")
        if old != new:
            self.changed.append((old, new))

    async def tenants(self, _platform: str, /) -> Sequence[str]:
        """Return the guilds of which anything is kept."""
        return self.held

    async def forget(self, _platform: str, tenant: str, _rooms: Sequence[str] = (), /) -> int:
        """Keep who was forgotten."""
        self.forgotten.append(tenant)
        return 1

    async def first(self, _kind: str, name: str, _seconds: int, /) -> bool:
        """Whether an interaction is new."""
        if self.store == "broken":
            raise StoreError("the store failed; `hubshift doctor` says what to do")
        if self.store == "slow":
            await asyncio.sleep(9)
        new = name not in self.seen
        self.seen.add(name)
        return new

    async def of(self, _kind: str, names: Sequence[str], /) -> Mapping[str, str]:
        """Return which bot guilds came by."""
        return {name: self.owners[name] for name in names if name in self.owners}

    async def put(self, _kind: str, told: Mapping[str, str], /) -> None:
        """Remember which bot guilds came by."""
        self.owners |= told

    async def drop(self, _kind: str, names: Sequence[str], /) -> None:
        """Remember it no longer."""
        for name in names:
            self.owners.pop(name, None)


def sources(desk: Counted, soon: float = 2.0) -> Sources:
    """Return what a client answers from."""
    return Sources(
        desk=desk,
        first=desk.first,
        labs=partial(near, names=["Qwen", "Meta", "Mistral AI"]),
        models=partial(near, names=["Qwen/Qwen3-8B"]),
        countries=partial(near, names=["China", "France"]),
        rules=partial(near, names=["top 10 by trending in all", "lead of new by lab"]),
        soon=soon,
    )


@asynccontextmanager
async def connected(
    desk: Counted,
    soon: float = 2.0,
    discord: LoopbackDiscord | None = None,
    answering: Sources | None = None,
) -> AsyncIterator[LoopbackDiscord]:
    """Serve a Discord to which the bot is connected."""
    async with discord or LoopbackDiscord() as served:
        served.world.open("100")
        client = Client(
            answering or sources(desk, soon),
            Guilds(desk, desk),
            desk,
            api=served.api,
            gateway=served.gateway.url,
        )
        task = asyncio.create_task(client.start(TOKEN))
        try:
            await asyncio.wait_for(served.gateway.until_ready(), 5)
            yield served
        finally:
            await client.drain()
            await client.close()
            with suppress(asyncio.CancelledError):
                await task


def typed(command: str, kind: int = 2, /, *, may: int | None = None, **options: Any) -> Json:
    """Return what Discord sends when somebody types a command (kind 4: is still typing).

    With `may`, permission bits, it is a member of the guild who types; else a direct message.
    """
    kinds = {str: 3, int: 4, bool: 5}
    given = [
        {
            "name": key.rstrip("_"),
            "value": value,
            "type": kinds.get(type(value), 3),
            "focused": kind == 4,
        }
        for key, value in options.items()
    ]
    data = {
        "id": "5",
        "name": "hubshift",
        "type": 1,
        "options": [{"type": 1, "name": command, "options": given}],
    }
    return interaction(kind, data, may)


def typing(command: str, option: str, letters: object, may: int | None = None) -> Json:
    """Return what Discord sends while somebody types an option."""
    found = typed(command, 4, may=may, word=letters)
    found["data"]["options"][0]["options"][0]["name"] = option
    return found


def pressed(
    verb: str, shift: str, may: int | None, draw: Callable[..., Payload] = components
) -> Json:
    """Return what Discord sends when somebody presses a button of an alert."""
    custom = f"hubshift:{verb}:{shift}"
    alert = draw(_alert(), Sign.of("a" * 24), None, shift)
    told = interaction(3, {"custom_id": custom, "component_type": 2, "id": 7}, may)
    told["message"] = {
        "id": "555",
        "channel_id": "100",
        "type": 0,
        "author": {"id": BOT, "username": "hubshift", "discriminator": "0", "avatar": None},
        "content": "",
        "embeds": alert.get("embeds", []),
        "components": numbered(alert["components"]),
        "flags": alert.get("flags", 0),
        "timestamp": "2026-01-27T00:00:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "pinned": False,
    }
    return told


@cache
def _alert() -> Message:
    return entry()


def numbered(parts: list[Json]) -> list[Json]:
    """Give every component an id, as Discord does."""
    for number, part in enumerate(components_of(parts), start=1):
        part.setdefault("id", number)
    return parts


def filled(shift: str, rule: str, may: int | None) -> Json:
    """Return what Discord sends when somebody sends the form of Tune."""
    typed = {"type": 4, "id": 3, "custom_id": "rule", "value": rule}
    parts = [{"type": 10, "id": 1}, {"type": 18, "id": 2, "component": typed}]
    return interaction(5, {"custom_id": f"hubshift:retune:{shift}", "components": parts}, may)


def interaction(kind: int, data: Json, may: int | None = None) -> Json:
    """Return an interaction: of a member of the guild with permission bits, or of a person."""
    user = {"id": "1", "username": "ann", "discriminator": "0", "avatar": None}
    told: Json = {
        "id": str(next(_numbers)),
        "application_id": BOT,
        "type": kind,
        "token": "interaction-canary",
        "version": 1,
        "channel_id": "100",
        "entitlements": [],
        "attachment_size_limit": 1,
        "authorizing_integration_owners": {},
        "data": data,
    }
    if may is None:
        return {
            **told,
            "user": user,
            "channel": {"id": "100", "type": 1, "recipients": [user]},
        }
    member = {
        "user": user,
        "roles": [],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
        "permissions": str(may),
    }
    room = {"id": "100", "type": 0, "guild_id": GUILD, "name": "general", "position": 0}
    return {**told, "guild_id": GUILD, "member": member, "channel": room}


async def replied(discord: LoopbackDiscord, calls: int = 1) -> list[Any]:
    """Wait for answers to interactions, and return what they are."""
    for _ in range(4000):
        found = discord.asked("POST", "interactions") + discord.asked("POST", "webhooks")
        if len(found) >= calls:
            return [call.body for call in found]
        await asyncio.sleep(0.002)
    raise AssertionError(f"no answer: {discord.calls}")


async def asked(discord: LoopbackDiscord, told: Json) -> Any:
    """Let somebody type or press, and return the first answer to that."""
    before = len(discord.asked("POST", "interactions"))
    await discord.gateway.dispatch("INTERACTION_CREATE", told)
    return (await replied(discord, before + 1))[before]
