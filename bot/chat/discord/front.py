"""Discord's front: people ask by the gateway, and are answered. Posting does not need it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import discord

from bot.chat.discord.asking import Sources
from bot.chat.discord.client import Client, unreadable
from bot.chat.discord.guilds import Guilds
from bot.chat.discord.refusals import REVOKED
from bot.chat.discord.replies import UNREACHED
from bot.chat_settings import DISCORD_GATEWAY, ChatSettings
from bot.desk import Desk
from bot.known import Known
from bot.store.store import Store

log = logging.getLogger(__name__)

_DISALLOWED = (
    "Discord does not let the bot connect (its gateway's code {code}). Update Hubshift and start "
    "again."
)
# https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
_BAD_TOKEN = 4004
_FINAL = frozenset({4010, 4011, 4012, 4013, 4014})
# Seconds. A shard that is away for a moment is no news; one that stays away is.
_PATIENCE = 30.0
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 300.0


class DiscordFront:
    """Runs a Client until it is told to stop, and again where it breaks; a bot.front.Front.

    A token that Discord refuses ends it, and nothing else. `beside` runs as long as it does,
    until the event that it is given is set.
    """

    name = "Discord"

    def __init__(
        self,
        token: str,
        client: Callable[[], Client],
        beside: Callable[[asyncio.Event], Coroutine[Any, Any, None]],
        *,
        first_wait: float = _FIRST_WAIT,
    ) -> None:
        self._token = token
        self._make = client
        self._beside = beside
        self._first_wait = first_wait
        self._client: Client | None = None
        self._ended = ""

    @property
    def trouble(self) -> str:
        """Why nobody can ask on Discord now, "" where they can."""
        if self._ended:
            return self._ended
        client = self._client
        if client is None or client.is_closed() or not client.is_ready():
            return "Discord's gateway is not connected yet"
        if client.down_for > _PATIENCE:
            return "the connection to Discord's gateway is lost; it is tried again and again"
        return ""

    async def run(self, stop: asyncio.Event, /) -> None:
        """Serve until `stop` is set, or until Discord refuses the bot for good."""
        # Not cancelled: the store's client may swallow that while it connects (redis-py 8.1).
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._beside(over))
            try:
                await self._serve(stop)
            finally:
                over.set()

    async def _serve(self, stop: asyncio.Event) -> None:
        wait = self._first_wait
        while not stop.is_set():
            self._client = self._make()
            error = await self._connected(self._client, stop)
            if stop.is_set():
                return
            if self._client.is_ready():
                wait = self._first_wait
            self._ended = final(error)
            if self._ended:
                log.error("nobody can ask on Discord: %s", self._ended)
                return
            _note(error, wait)
            try:
                await asyncio.wait_for(stop.wait(), wait)
            except TimeoutError:
                wait = min(wait * 2, _LONGEST_WAIT)

    async def _connected(self, client: Client, stop: asyncio.Event) -> BaseException | None:
        """Hold one connection until it ends or is told to; return what ended it."""
        connection = asyncio.create_task(client.start(self._token), name="Discord's gateway")
        told = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({connection, told}, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                await client.drain()
        finally:
            told.cancel()
            if not client.is_ready():
                connection.cancel()
            await client.close()
            (ended,) = await asyncio.gather(connection, return_exceptions=True)
        return ended


def front_of(chat: ChatSettings, desk: Desk, known: Known, store: Store) -> DiscordFront:
    """Return the front of the bot whose token is set, asked by `desk` and completed by `known`."""
    sources = Sources(
        desk=desk,
        first=store.once.first,
        labs=known.labs,
        countries=known.countries,
        models=known.models,
        rules=known.rules,
    )

    def client() -> Client:
        return Client(
            sources,
            Guilds(desk, store.remembered),
            store.remembered,
            api=chat.discord_api,
            # Where no other is named, Discord tells which gateway to take.
            gateway=None if chat.discord_gateway == DISCORD_GATEWAY else chat.discord_gateway,
        )

    return DiscordFront(chat.discord_bot_token or "", client, known.keep_fresh)


def final(error: BaseException | None) -> str:
    """Return why trying again will not help, "" where it may."""
    if isinstance(error, discord.LoginFailure):
        return REVOKED
    if isinstance(error, discord.PrivilegedIntentsRequired):
        return _DISALLOWED.format(code=4014)
    code = error.code if isinstance(error, discord.ConnectionClosed) else 0
    if code == _BAD_TOKEN:
        return REVOKED
    return _DISALLOWED.format(code=code) if code in _FINAL else ""


def _note(error: BaseException | None, wait: float) -> None:
    """Log what ended a connection; only what nobody expects with its traceback."""
    garbage = unreadable(error)
    expected = error is None or isinstance(error, (*UNREACHED, discord.DiscordException))
    log.warning(
        "%s (%s); the next try is in %g s",
        "Discord's gateway sent what cannot be read"
        if garbage
        else "the connection to Discord's gateway ended",
        type(error).__name__ if error else "closed",
        wait,
        exc_info=None if expected or garbage else error,
    )
