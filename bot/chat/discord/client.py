"""The connection to Discord's gateway: one for each shard; all it asks for is guilds."""

import asyncio
import logging
import sys
from traceback import walk_tb
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.chat.discord.asking import Sources
from bot.chat.discord.guilds import Guilds
from bot.chat.discord.pressed import AlertButton, pressable, sent, unread
from bot.chat.discord.replies import UNREACHED
from bot.chat.discord.rest import API
from bot.chat.discord.sync import Hashes, silence_on_voice, stale
from bot.chat.discord.tree import Tree
from bot.store.errors import StoreError

log = logging.getLogger(__name__)
# Seconds; what is limited for longer is given up rather than slept on.
_LONGEST_LIMIT = 30.0
_DRAIN_SECONDS = 10.0
# What the library calls the tasks in which it lets us answer.
_OURS = ("CommandTree-invoker", "discord-ui-", "discord.py: on_")
_NOISY = ("discord.shard", "discord.gateway", "discord.client", "discord.app_commands.tree")


class Client(discord.AutoShardedClient):
    """Takes what people type and press, and learns which guilds the bot is in.

    With `gateway` the address of Discord's gateway is not asked for; `api` is the REST API,
    /api/v10 included.
    """

    def __init__(
        self,
        sources: Sources,
        guilds: Guilds,
        hashes: Hashes,
        *,
        api: str = API,
        gateway: str | None = None,
    ) -> None:
        quiet()
        Route.BASE = api.rstrip("/")
        self._named_gateway = gateway
        if gateway:
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=_LONGEST_LIMIT,
            # The library keeps guilds that a second READY no longer names.
            enable_debug_events=True,
        )
        self._guilds = guilds
        self._hashes = hashes
        self._down: dict[int, float] = {}
        self.sources = sources
        self.closing = False
        self.tree = Tree(self)
        self.add_dynamic_items(AlertButton)

    @property
    def down_for(self) -> float:
        """Seconds since when people could not ask everywhere, 0 where they can."""
        now = asyncio.get_running_loop().time()
        return max((now - since for since in self._down.values()), default=0.0)

    async def setup_hook(self) -> None:
        """Learn how many shards there are to be; commands are not synced here, only compared."""
        await self._compare_commands()
        if self._named_gateway:
            # With a count of its own the library takes the gateway named, not the one told.
            self.shard_count, _, _ = await self.http.get_bot_gateway()

    async def _compare_commands(self) -> None:
        try:
            old = await stale(self._hashes, str(self.application_id))
        except StoreError as error:
            log.warning("whether Discord knows the commands is not known: %s", error)
        else:
            if old:
                log.warning("%s", old)

    async def drain(self) -> None:
        """Take no more questions, and let what is being answered end, for ten seconds at most."""
        self.closing = True
        own = asyncio.current_task()
        tasks = [
            task
            for task in asyncio.all_tasks()
            if task is not own and task.get_name().startswith(_OURS)
        ]
        if tasks:
            await asyncio.wait(tasks, timeout=_DRAIN_SECONDS)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Take forms that were sent, and buttons that the library does not take."""
        if interaction.type is discord.InteractionType.modal_submit:
            await sent(interaction)
        elif interaction.type is discord.InteractionType.component and not pressable(interaction):
            await unread(interaction)

    async def on_socket_raw_receive(self, text: str) -> None:
        """Read which guilds a shard is in when its session begins."""
        await self._guilds.received(self, text)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Forget a guild that removed the bot; one that is out of reach for a while stays."""
        rooms = [str(each.id) for each in (*guild.channels, *guild.threads)]
        await self._guilds.removed(str(guild.id), rooms)

    async def on_shard_disconnect(self, shard: int) -> None:
        """Note since when a shard is away."""
        self._down.setdefault(shard, asyncio.get_running_loop().time())

    async def on_shard_connect(self, shard: int) -> None:
        """Note that a shard is back with a new session."""
        self._down.pop(shard, None)

    async def on_shard_resumed(self, shard: int) -> None:
        """Note that a shard is back with its old session."""
        self._down.pop(shard, None)

    async def on_error(self, event_method: str, /, *_: object, **__: object) -> None:
        """Log what failed; the event itself may hold an interaction's token."""
        log.error("an event of Discord's gateway failed: %s", event_method, exc_info=sys.exc_info())


def unreadable(error: BaseException | None) -> bool:
    """Whether an error arose as the library read what the gateway had sent."""
    reading = DiscordWebSocket.received_message.__code__
    trace = None if error is None else error.__traceback__
    return any(frame.f_code is reading for frame, _ in walk_tb(trace))


class _Short(logging.Filter):
    """Lets what only the network or Discord is to blame for be one line, without a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record, some of them shorter."""
        error: Any = record.exc_info[1] if record.exc_info else None
        network = (*UNREACHED, discord.ConnectionClosed, discord.GatewayNotFound)
        if isinstance(error, network) or unreadable(error):
            record.msg = f"{record.getMessage()} ({type(error).__name__})"
            record.args, record.exc_info, record.exc_text = (), None, None
        return True


_short = _Short()


def quiet() -> None:
    """Let the library say nothing about voice, and no interaction's token at DEBUG."""
    silence_on_voice()
    library = logging.getLogger("discord")
    library.setLevel(max(library.level, logging.INFO))
    for name in _NOISY:
        logging.getLogger(name).addFilter(_short)
