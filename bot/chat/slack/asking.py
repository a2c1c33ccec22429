"""/hubshift and what else is a line for the desk: answered to the person, shared on a click."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.channel import Channel
from bot.chat.base import DeliveryError
from bot.chat.slack.answers import answer_blocks, plain_answer, share_block, trouble_blocks
from bot.chat.slack.blocks import small
from bot.chat.slack.came import Came, typed
from bot.chat.slack.firsts import Firsts
from bot.chat.slack.kindly import No, kindly
from bot.chat.slack.people import People
from bot.chat.slack.pictures import Pictures
from bot.chat.slack.reply import Payload, Reply, quiet
from bot.chat.slack.sharing import Sharing, changed, read_value, shared
from bot.chat.slack.spoken import spoken, spoken_answer
from bot.chat.slack.wire import SlackApi
from bot.desk import COMMANDS, Asker, Home, Tuning
from bot.render.answer import Answer

_LOG = logging.getLogger(__name__)
_SHARED_SECONDS = 3600
_PICTURE_SECONDS = 15.0
_ABSENT = (
    "■ Hubshift is not in this channel yet, and cannot post here: write /invite @Hubshift to let "
    "it in."
)
_ALREADY = "This answer is in the channel already."


class Desk(Protocol):
    """What the front asks of bot.desk.Desk; it raises what KIND names, for people to read."""

    async def answer(self, line: str, asker: Asker) -> Answer:
        """Answer a line: a question or a change."""
        ...

    async def rule_of(self, shift: str) -> str:
        """Return the rule of a Shift."""
        ...

    async def tuning(self, rule: str, asker: Asker) -> Tuning:
        """Return how often a watch would have alerted, and at settings near it."""
        ...

    async def retune(self, old: str, new: str, asker: Asker) -> Answer:
        """Let a watch go from one rule to another."""
        ...

    async def home(self, asker: Asker, channels: Sequence[Channel]) -> Home:
        """Return channels at a glance."""
        ...

    async def forget(self, platform: str, tenant: str) -> int:
        """Delete what is kept of a tenant."""
        ...


@dataclass(frozen=True)
class Asking:
    """Answers lines. Nothing here raises: the person is told, or a log is.

    `clock` is a monotonic one, in seconds; `changed` hears of everybody who changed something.
    """

    desk: Desk
    api: SlackApi
    people: People
    pictures: Pictures
    sharing: Sharing
    firsts: Firsts
    clock: Callable[[], float]
    changed: Callable[[Came], None]

    def reply(self, came: Came) -> Reply:
        """Return what answers to one thing that a person did."""
        return Reply(self.api, came, self.clock)

    async def command(self, text: str, came: Came) -> None:
        """Answer what was typed after /hubshift; nothing at all asks for help."""
        await self.line(typed(text) or "help", came)

    async def line(self, line: str, came: Came) -> None:
        """Answer a line: to the person, with a button that shares it, or, a change, to all."""
        reply = self.reply(came)
        found = await self.answered(line, came)
        if isinstance(found, No):
            await reply.say(troubled(found.words, came))
            return
        payload = await self.presented(found, came)
        if found.lasts:
            payload = changed(payload, line, came)
            if came.channel and not await self.people.can_post(came.channel):
                payload["blocks"] = [*payload["blocks"], small(_ABSENT)]
            await reply.say(payload)
            self.changed(came)
            return
        share = await self.sharing.keep(payload, line)
        if share:
            payload["blocks"] = [*payload["blocks"], share_block(share)]
        await reply.say(payload)

    async def mute(self, shift: str, came: Came) -> None:
        """Mute the rule of a Shift for a week in the channel where it was told."""
        rule = await kindly(self.desk.rule_of(shift))
        if isinstance(rule, No):
            await self.reply(came).say(troubled(rule.words, came))
            return
        await self.line(f"mute 7d {rule}", came)

    async def tell(self, answer: Answer, line: str, came: Came) -> None:
        """Confirm a change where it lasts: in the channel, for all to see."""
        await self.reply(came).say(changed(await self.presented(answer, came), line, came))
        self.changed(came)

    async def share(self, value: str, came: Came) -> None:
        """Show an answer to the channel, once: as it was, or, where that is gone, asked again."""
        reply = self.reply(came)
        name, question = read_value(value)
        if name and not await self.firsts.first("share", name, _SHARED_SECONDS):
            await reply.say(troubled(_ALREADY))
            return
        payload = await self.sharing.kept(name)
        if payload is None:
            found = await self.answered(question or "help", came)
            if isinstance(found, No):
                await reply.say(troubled(found.words, came))
                return
            payload = await self.presented(found, came)
        await reply.say(shared(payload, question or "help", came))

    async def presented(self, answer: Answer, came: Came) -> Payload:
        """Return an answer as one person gets it, its picture brought to Slack."""
        file = None
        if answer.picture is not None:
            try:
                async with asyncio.timeout(_PICTURE_SECONDS):
                    file = await self.pictures.upload(answer.picture)
            except (DeliveryError, TimeoutError) as error:
                _LOG.warning("an answer is sent without its picture: %s", error or "too late")
        told = spoken_answer(answer, came.room)
        return quiet(plain_answer(told.text), answer_blocks(told, file))

    async def answered(self, line: str, came: Came) -> Answer | No:
        """Return the answer to a line, or why there is none, for the person to read."""

        async def answer(asker: Asker) -> Answer:
            return await self.desk.answer(line, asker)

        word, *_ = line.split(maxsplit=1) or [""]
        return await self.done(answer, came, changes=word.casefold() in COMMANDS)

    async def done(
        self, work: Callable[[Asker], Awaitable[Answer]], came: Came, *, changes: bool = True
    ) -> Answer | No:
        """Return what the desk answers, or why it does not, for the person to read.

        Slack is asked who the person is where something `changes` that not all may change.
        """
        may, unsure = False, ""
        try:
            may = changes and await self.people.may_configure(came.user)
        except DeliveryError as error:
            unsure = f"\nSlack did not say who you are: {error.reason}."
        found = await kindly(work(Asker(came.room, came.user, may, came.name)))
        return No(found.words + unsure) if unsure and isinstance(found, No) else found


def troubled(words: str, came: Came | None = None) -> Payload:
    """Return words that are no answer: what went wrong, where, and what to do."""
    told = spoken(words, came.room if came else None)
    return quiet(plain_answer(told), trouble_blocks(told))
