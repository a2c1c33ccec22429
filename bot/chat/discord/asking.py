"""Who asks on Discord, and what is answered: the line a person would type goes to the desk."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import discord

from bot.channel import DISCORD, Channel
from bot.chat.discord.answers import answered, refused
from bot.chat.discord.replies import SOON, Reply, respond, say
from bot.desk import KIND, Asker, Tuning
from bot.render.answer import Answer

PRIVATE = "private"
"""The tenant of what is asked in a direct message: of no server, and nothing is kept of it."""
# One that comes a second time is not older than an interaction lives.
# https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages
LIFE = 15 * 60
_AT_MOST = 0.5
_CLOSING = "Hubshift is about to stop or to be updated. Ask again in a minute."

Complete = Callable[[str], Sequence[str]]
"""What was typed of a name, to the names that may be meant, the best first."""


class Desk(Protocol):
    """What answers; see `bot.desk.Desk`."""

    async def answer(self, line: str, asker: Asker, /) -> Answer:
        """Answer a line; what a person is to be told instead is raised as one of KIND."""

    async def rules_of(self, channel: Channel, /) -> Sequence[str]:
        """Return the rules that a channel watches."""

    async def rule_of(self, shift: str, /) -> str:
        """Return the rule of a Shift that an alert's button names; raises one of KIND."""

    async def tuning(self, rule: str, asker: Asker, /) -> Tuning:
        """Return how often a watch would have alerted at settings near it; raises one of KIND."""

    async def retune(self, old: str, new: str, asker: Asker, /) -> Answer:
        """Let a watch go from one rule to another; raises one of KIND."""

    async def resume(self, asker: Asker, /) -> Sequence[str]:
        """Send to a channel again if it was suspended, and say so; raises one of KIND."""


@dataclass(frozen=True)
class Sources:
    """What answers, what completes names, and what says whether an interaction is a new one.

    `first` is `bot.store.once.Once.first`. An answer that takes longer than `soon` seconds is
    announced.
    """

    desk: Desk
    first: Callable[[str, str, int], Awaitable[bool]]
    labs: Complete
    countries: Complete
    models: Complete
    rules: Complete
    soon: float = SOON


class _Fronted(Protocol):
    """The client, as far as an interaction needs it."""

    sources: Sources
    closing: bool


def sources_of(found: discord.Interaction) -> Sources:
    """Return what the client of an interaction answers from."""
    return cast("_Fronted", found.client).sources


async def admitted(found: discord.Interaction) -> bool:
    """Whether an interaction is to be answered: not again, and not when all is about to stop.

    Where the store cannot tell it is, and the answer says what is wrong.
    """
    if cast("_Fronted", found.client).closing:
        await say(found, _CLOSING)
        return False
    coming = sources_of(found).first("discord-interaction", str(found.id), LIFE)
    asking = asyncio.ensure_future(coming)
    await asyncio.wait({asking}, timeout=_AT_MOST)
    if not asking.done():
        # Discord waits three seconds: a store that takes long says the rest by itself.
        asking.add_done_callback(lambda late: late.cancelled() or late.exception())
        return True
    return asking.exception() is not None or asking.result()


def asker_of(found: discord.Interaction) -> Asker:
    """Return who asks. What they may do is read from the bits that Discord sends each time.

    An alert in a forum is a post of its own there: what is said in a post is about the forum.
    """
    room = found.channel
    if isinstance(room, discord.Thread) and isinstance(room.parent, discord.ForumChannel):
        room = room.parent
    tenant = PRIVATE if found.guild_id is None else str(found.guild_id)
    address = "" if room is None else str(room.id)
    name = getattr(room, "name", None)
    called = f"#{name}" if isinstance(name, str) and name else ""
    user = getattr(found.user, "id", "")
    return Asker(Channel(DISCORD, address, tenant), str(user), may_configure(found), called)


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


async def ask_all(found: discord.Interaction, lines: Sequence[str]) -> None:
    """Answer several lines as one."""
    sources = sources_of(found)
    await respond(found, reply_of(all_of(sources.desk, lines, asker_of(found))), sources.soon)


async def all_of(desk: Desk, lines: Sequence[str], asker: Asker) -> Answer:
    """Do what lines say, one after the other, and return one answer to all of them.

    What was done before a line that is refused stays done, and the answer says both.
    """
    done: list[Answer] = []
    refusals: list[str] = []
    for line in lines:
        try:
            done.append(await desk.answer(line, asker))
        except KIND as error:
            if not done:
                raise
            refusals += ["", "Not done:", *str(error).splitlines()]
            break
    first, *others = done
    if not others and not refusals:
        return first
    parts = [part for each in done for part in (each.title, *each.parts, each.closing, "")]
    return Answer(
        title="Part of it was done" if refusals else f"{len(done)} things were done",
        parts=(*parts[:-1], *refusals),
        closing="/hubshift watches and /hubshift settings show how it stands now.",
        lasts=any(each.lasts for each in done),
    )


async def told(desk: Desk, line: str, asker: Asker, *, public: bool = False) -> Reply:
    """Return the answer to a line; see `reply_of`."""
    return await reply_of(desk.answer(line, asker), public=public)


async def reply_of(coming: Awaitable[Answer], *, public: bool = False) -> Reply:
    """Return an answer as a reply: a change stands in the channel, for all to see.

    Why there is no answer is told to who asked alone.
    """
    try:
        answer = await coming
    except KIND as error:
        return Reply(refused(str(error)))
    return Reply(answered(answer), public or answer.lasts, answer.picture)
