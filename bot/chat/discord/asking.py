"""Who asks on Discord, and what is answered: the line a person would type goes to the desk."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import discord

from bot.channel import DISCORD, Channel
from bot.chat.discord.answers import answered, refused
from bot.chat.discord.replies import SOON, Reply, respond
from bot.desk import KIND, Asker
from bot.render.answer import Answer

PRIVATE = "private"
"""The tenant of what is asked in a direct message: of no server, and nothing is kept of it."""
# One that comes a second time is not older than an interaction lives.
# https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages
_LIFE = 15 * 60

Complete = Callable[[str], Sequence[str]]
"""What was typed of a name, to the names that may be meant, the best first."""


class Desk(Protocol):
    """What answers; see `bot.desk.Desk`."""

    async def answer(self, line: str, asker: Asker, /) -> Answer:
        """Answer a line; what a person is to be told instead is raised as one of KIND."""


@dataclass(frozen=True)
class Sources:
    """What answers, what completes names, and what says whether an interaction is a new one.

    `first` is `bot.store.once.Once.first`. An answer that takes longer than `soon` seconds is
    announced.
    """

    desk: Desk
    first: Callable[[str, str, int], Awaitable[bool]]
    labs: Complete
    models: Complete
    rules: Complete
    soon: float = SOON

    async def new(self, found: discord.Interaction) -> bool:
        """Whether an interaction is seen for the first time, by whichever process."""
        return await self.first("discord-interaction", str(found.id), _LIFE)


class _Fronted(Protocol):
    """The client, as far as an interaction needs it."""

    sources: Sources


def sources_of(found: discord.Interaction) -> Sources:
    """Return what the client of an interaction answers from."""
    return cast("_Fronted", found.client).sources


def asker_of(found: discord.Interaction) -> Asker:
    """Return who asks. What they may do is read from the bits that Discord sends each time."""
    tenant = PRIVATE if found.guild_id is None else str(found.guild_id)
    address = "" if found.channel_id is None else str(found.channel_id)
    user = getattr(found.user, "id", "")
    return Asker(Channel(DISCORD, address, tenant), str(user), may_configure(found))


def may_configure(found: discord.Interaction) -> bool:
    """Whether the person has Manage Server here.

    Discord checks permissions for a whole command and not for a part of it, only until a server
    overrides them, and for no button at all: so it is asked here, each time.
    https://docs.discord.com/developers/interactions/application-commands#permissions
    """
    held = found.permissions
    return found.guild_id is not None and (held.manage_guild or held.administrator)


def line_of(*words: object, **clauses: object) -> str:
    """Return typed options as the line a person would type.

    >>> line_of("top", 5, by="likes", in_="lab Qwen", on=None)
    'top 5 by likes in lab Qwen'
    """
    line = [str(word) for word in words if word is not None]
    # `in_` and `of`: one clause each, in the order given.
    line += [f"{name.rstrip('_')} {text}" for name, text in clauses.items() if text]
    return " ".join(" ".join(line).split())


async def ask(found: discord.Interaction, line: str, *, share: bool = False) -> None:
    """Answer a line to who asked, or with `share` to everybody in the channel."""
    sources = sources_of(found)
    await respond(found, told(sources.desk, line, asker_of(found), public=share), sources.soon)


async def told(desk: Desk, line: str, asker: Asker, *, public: bool = False) -> Reply:
    """Return the answer to a line; why there is none is told to who asked alone."""
    try:
        return Reply(answered(await desk.answer(line, asker)), public)
    except KIND as error:
        return Reply(refused(str(error)))
