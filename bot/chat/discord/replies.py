"""Answers to interactions: at once where they are quick, else after saying that it takes long."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import aiohttp
import discord

from bot.chat.discord import limits
from bot.chat.discord.answers import refused
from bot.chat.discord.payload import PICTURE, Payload
from bot.chat.discord.text import cut, plain
from bot.chat.discord.view import view_of
from bot.render.picture import Picture

log = logging.getLogger(__name__)

# Discord waits 3 s for a first word; after that the answer may take 15 minutes.
# https://docs.discord.com/developers/interactions/receiving-and-responding
SOON = 2.0
FAILED = "Something went wrong here, and it is in the log. Try it again in a minute."
# What ends between Discord and this machine, and never in the hands of who asked.
UNREACHED = (discord.HTTPException, aiohttp.ClientError, OSError)
_BAD_REQUEST = 400
# https://docs.discord.com/developers/resources/message#create-message
MOST_CONTENT = 2000
_DEFERRED = discord.InteractionResponseType.deferred_channel_message


@dataclass(frozen=True)
class Reply:
    """An answer as Discord draws it; who asked sees it alone unless it is `public`."""

    payload: Payload
    public: bool = False
    picture: Picture | None = None


async def respond(
    found: discord.Interaction, work: Coroutine[Any, Any, Reply], soon: float = SOON
) -> None:
    """Answer an interaction with what `work` returns, within `soon` seconds or later.

    What was done is done, also where the answer no longer arrives: that is only logged.
    """
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=soon)
    if not done:
        async with sending():
            await found.response.defer(ephemeral=True, thinking=True)
    async with kindly(found), sending():
        reply = await task
        try:
            await _sent(found, reply)
        except discord.HTTPException as error:
            if error.status != _BAD_REQUEST:
                raise
            await _plainly(found, reply)


async def say(found: discord.Interaction, text: str) -> None:
    """Tell who asked a sentence, whether or not they were answered before."""
    async with sending():
        await _sent(found, Reply(refused(text)))


@asynccontextmanager
async def kindly(found: discord.Interaction) -> AsyncIterator[None]:
    """Let a fault of ours go into the log, and a sentence to who asked."""
    try:
        yield
    except Exception:
        log.exception("an answer on Discord failed")
        await say(found, FAILED)


@asynccontextmanager
async def sending() -> AsyncIterator[None]:
    """Log what does not arrive: an interaction that expired, a network that is down."""
    try:
        yield
    except UNREACHED as error:
        # 10062, 10015, 50027: Discord had waited for longer than it waits.
        log.warning("an answer did not reach Discord: %s", _told(error))


async def _sent(found: discord.Interaction, reply: Reply) -> None:
    view, hidden, files = view_of(reply.payload), not reply.public, _files(reply.picture)
    if not found.response.is_done():
        await found.response.send_message(view=view, ephemeral=hidden, files=files)
    elif reply.public and found.response.type is _DEFERRED:
        # What was deferred for one person stays theirs: the channel is told in a second message.
        await found.followup.send(view=view_of(refused("Done, as said below.")), ephemeral=True)
        await found.followup.send(view=view, files=files)
    else:
        await found.followup.send(view=view, ephemeral=hidden, files=files)


async def _plainly(found: discord.Interaction, reply: Reply) -> None:
    """Answer as a text alone, where Discord does not take the answer as it is drawn."""
    parts = reply.payload["components"][0]["components"]
    text = cut("\n".join(part["content"] for part in parts if "content" in part), MOST_CONTENT)
    if found.response.is_done():
        await found.followup.send(text, ephemeral=not reply.public)
    else:
        await found.response.send_message(text, ephemeral=not reply.public)


def _files(picture: Picture | None) -> list[discord.File]:
    if picture is None:
        return []
    alt = plain(picture.alt, limits.MOST_DESCRIPTION)
    return [discord.File(BytesIO(picture.png), PICTURE, description=alt)]


def _told(error: Exception) -> str:
    if isinstance(error, discord.HTTPException):
        return f"it answered {error.status}, code {error.code}"
    return type(error).__name__
