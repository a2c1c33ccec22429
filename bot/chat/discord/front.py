"""Discord's gateway: people ask, the bot answers. Posting does not need it."""

import logging
import sys
from collections.abc import Awaitable, Callable

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.chat.discord.rest import API
from bot.chat.discord.tree import Hubshift, Sources

log = logging.getLogger(__name__)
# Seconds; what is limited for longer is given up rather than slept on.
_LONGEST_LIMIT = 30.0

Forget = Callable[[str], Awaitable[None]]


class Front(discord.AutoShardedClient):
    """One connection for each shard, all it needs to know is which servers it is in.

    `forget` is called with the id of a server that removed the bot. With `gateway` the address
    of Discord's gateway is not asked for; `api` is the REST API, /api/v10 included.
    """

    def __init__(
        self, sources: Sources, forget: Forget, *, api: str = API, gateway: str | None = None
    ) -> None:
        quiet()
        Route.BASE = api.rstrip("/")
        self._gateway = gateway
        if gateway:
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=_LONGEST_LIMIT,
        )
        self._forget = forget
        self.tree = app_commands.CommandTree(self)
        self.tree.add_command(Hubshift(sources))

    async def setup_hook(self) -> None:
        """Learn how many shards there are to be; commands are not synced here."""
        if self._gateway:
            # With a count of its own the library takes the gateway named, not the one told.
            self.shard_count, _, _ = await self.http.get_bot_gateway()

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Forget a server that removed the bot; one that is out of reach for a while stays."""
        await self._forget(str(guild.id))

    async def on_error(self, event_method: str, /, *_: object, **__: object) -> None:
        """Log what failed; the event itself may hold an interaction's token."""
        log.error("an event of Discord's gateway failed: %s", event_method, exc_info=sys.exc_info())


def quiet() -> None:
    """Let the library say nothing about voice, and no interaction's token at DEBUG."""
    discord.VoiceClient.warn_nacl = False
    discord.VoiceClient.warn_dave = False
    library = logging.getLogger("discord")
    library.setLevel(max(library.level, logging.INFO))
