"""Which guilds the bot is in, and what is forgotten of those that removed it.

A guild that cannot be reached for a while (`unavailable`) is still one of ours: nothing of it is
deleted. https://docs.discord.com/developers/events/gateway-events#guild-delete
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Annotated, Protocol

import discord
import msgspec

from bot.channel import DISCORD
from bot.chat.discord.replies import UNREACHED
from bot.store.errors import StoreError

log = logging.getLogger(__name__)


class _Guild(msgspec.Struct):
    id: str


class _Session(msgspec.Struct):
    guilds: list[_Guild]
    shard: tuple[int, Annotated[int, msgspec.Meta(ge=1)]] = (0, 1)


class _Event(msgspec.Struct):
    t: str | None = None
    d: msgspec.Raw = msgspec.Raw(b"null")


class Kept(Protocol):
    """What is kept of guilds; see `bot.desk.Desk`."""

    async def tenants(self, platform: str, /) -> Sequence[str]:
        """Return the tenants of a platform of which anything is kept."""

    async def forget(self, platform: str, tenant: str, addresses: Sequence[str] = (), /) -> int:
        """Delete all that is kept of a tenant; return how many channels it had."""


class Owners(Protocol):
    """Which bot a guild's data came by; see `bot.store.remembered.Remembered`."""

    async def of(self, kind: str, names: Sequence[str], /) -> Mapping[str, str]:
        """Return what is remembered of names."""

    async def put(self, kind: str, told: Mapping[str, str], /) -> None:
        """Remember something of names."""

    async def drop(self, kind: str, names: Sequence[str], /) -> None:
        """Remember nothing of names any longer."""


_BOT = "discord-guilds"


class Guilds:
    """Forgets what is kept of guilds that the bot was removed from, also while it was away."""

    def __init__(self, kept: Kept, owners: Owners) -> None:
        self._kept = kept
        self._owners = owners

    async def received(self, client: discord.Client, text: str) -> None:
        """Take an event of the gateway; one that begins a session names the shard's guilds."""
        if '"READY"' not in text:
            return
        try:
            event = msgspec.json.decode(text, type=_Event)
            if event.t != "READY":
                return
            told = msgspec.json.decode(event.d, type=_Session)
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            log.warning("which servers a Discord session is of cannot be read: %s", error)
            return
        await self._compare(client, frozenset(each.id for each in told.guilds), *told.shard)

    async def removed(self, guild: str, channels: Sequence[str] = ()) -> None:
        """Forget a guild that removed the bot, and its channels where they are known."""
        try:
            count = await self._kept.forget(DISCORD, guild, channels)
            await self._owners.drop(_BOT, [guild])
        except StoreError as error:
            log.error(  # noqa: TRY400  # the sentence says it all
                "what is kept of a Discord server that removed the bot is deleted at the next "
                "start, since now it could not be: %s",
                error,
            )
        else:
            log.info(
                "a Discord server removed the bot; what was kept of %d of its channels is deleted",
                count,
            )

    async def _compare(
        self, client: discord.Client, there: frozenset[str], shard: int, shards: int
    ) -> None:
        """Forget the guilds of a shard that are no longer among those it is in."""
        bot = str(client.application_id or "")
        try:
            held = [each for each in await self._kept.tenants(DISCORD) if each.isdigit()]
            ours = [each for each in held if (int(each) >> 22) % shards == shard]
            owners = await self._owners.of(_BOT, ours)
            await self._owners.put(_BOT, {each: bot for each in ours if each in there})
        except StoreError as error:
            log.error("the Discord servers held could not be read: %s", error)  # noqa: TRY400 - as above
            return
        for guild in ours:
            if guild in there:
                continue
            if owners.get(guild, bot) != bot:
                log.warning(
                    "what is kept of a Discord server came by another bot than this one, and stays"
                )
            elif await _left(client, int(guild)):
                await self.removed(guild)


async def _left(client: discord.Client, guild: int) -> bool:
    """Ask once more before anything is deleted: only a plain no is one."""
    try:
        await client.fetch_guild(guild, with_counts=False)
    except (discord.NotFound, discord.Forbidden):
        return True
    except UNREACHED as error:
        log.warning("whether the bot is still in a Discord server is not known: %s", error)
    return False
