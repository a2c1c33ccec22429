"""/hubshift and what else is a line for the desk: answered to the person, shared on a click."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.chat.base import DeliveryError
from bot.chat.slack.answers import answer_blocks, plain_answer, share_block, trouble_blocks
from bot.chat.slack.came import Came, typed
from bot.chat.slack.firsts import Firsts
from bot.chat.slack.people import People
from bot.chat.slack.reply import Payload, Reply, quiet
from bot.chat.slack.sharing import Sharing, read_value, shared
from bot.chat.slack.wire import SlackApi
from bot.desk import KIND, Asker, Refused
from bot.render.answer import Answer

_LOG = logging.getLogger(__name__)
_SHARED_SECONDS = 3600
_BROKEN = (
    "Hubshift could not answer this. Nothing is lost; whoever runs it finds the reason in its "
    "log. /hubshift help shows what can be asked."
)
_ALREADY = "This answer is in the channel already."


class Desk(Protocol):
    """What the front asks of bot.desk.Desk."""

    async def answer(self, line: str, asker: Asker) -> Answer:
        """Answer a line; raises what KIND names, for people to read."""
        ...


@dataclass(frozen=True)
class Asking:
    """Answers lines. Nothing here raises: the person is told, or a log is.

    `clock` is a monotonic one, in seconds.
    """

    desk: Desk
    api: SlackApi
    people: People
    sharing: Sharing
    firsts: Firsts
    clock: Callable[[], float]

    def reply(self, came: Came) -> Reply:
        """Return what answers to one thing that a person did."""
        return Reply(self.api, came, self.clock)

    async def command(self, text: str, came: Came) -> None:
        """Answer what was typed after /hubshift; nothing at all asks for help."""
        await self.line(typed(text) or "help", came, self.reply(came))

    async def line(self, line: str, came: Came, reply: Reply) -> None:
        """Answer a line to the person, with a button that shares the answer."""
        found = await self.answered(line, came)
        if isinstance(found, str):
            await reply.say(troubled(found))
            return
        payload = presented(found)
        share = await self.sharing.keep(payload, line)
        if share:
            payload["blocks"] = [*payload["blocks"], share_block(share)]
        await reply.say(payload)

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
            if isinstance(found, str):
                await reply.say(troubled(found))
                return
            payload = presented(found)
        await reply.say(shared(payload, question or "help", came))

    async def answered(self, line: str, came: Came) -> Answer | str:
        """Return the answer to a line, or why there is none, for the person to read."""
        unsure = ""
        try:
            may = await self.people.may_configure(came.user)
        except DeliveryError as error:
            may, unsure = False, error.reason
        try:
            return await self.desk.answer(line, Asker(came.room, came.user, may))
        except Refused as error:
            return f"{error}\nSlack did not say who you are: {unsure}" if unsure else str(error)
        except KIND as error:
            return str(error)
        except Exception:  # noqa: BLE001  # a person waits for an answer, whatever broke
            _LOG.exception("a question could not be answered")
            return _BROKEN


def presented(answer: Answer) -> Payload:
    """Return an answer as one person gets it."""
    return quiet(plain_answer(answer.text), answer_blocks(answer))


def troubled(words: str) -> Payload:
    """Return words that are no answer: what went wrong, where, and what to do."""
    return quiet(plain_answer(words), trouble_blocks(words))
