"""Tune: the modal opened at once and filled when the settings were tried, and what it saves."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from bot.chat.base import DeliveryError
from bot.chat.slack.asking import Asking, Desk, troubled
from bot.chat.slack.blocks import Block
from bot.chat.slack.came import Came, Payload, said
from bot.chat.slack.kindly import No, kindly
from bot.chat.slack.spoken import spoken, spoken_answer
from bot.chat.slack.tasks import Tasks
from bot.chat.slack.tune_view import (
    Saved,
    done_view,
    errors,
    loading_view,
    said_view,
    saved,
    tune_view,
    update,
)
from bot.chat.slack.wire import SlackApi, refused
from bot.desk import Asker, Tuning
from bot.render.answer import Answer

_LOG = logging.getLogger(__name__)
# Slack gives a modal three seconds for its answer, and the way there and back takes some.
_SAVE_SECONDS = 2.0
_LATE = (
    "Slack opens a form only within three seconds of a press, and this took longer. Nothing was "
    "changed; press Tune again."
)
_STALE = (
    "This form is from an older Hubshift and cannot be saved. Nothing was changed; press Tune "
    "under the alert again."
)
_SLOW = "Saving takes longer than Slack waits for; what became of it is told in the channel."
_LATE_CODES = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"})
_LATE_CODES |= frozenset({"trigger_expired", "trigger_exchanged", "invalid_trigger"})


class Tuner:
    """Opens the modal and saves what it says. Nothing here raises: the person is told."""

    def __init__(self, desk: Desk, api: SlackApi, asking: Asking, tasks: Tasks) -> None:
        self._desk = desk
        self._api = api
        self._asking = asking
        self._tasks = tasks

    async def open(self, rule: Callable[[], Awaitable[str]], came: Came) -> None:
        """Open the modal for the rule that `rule` finds in the channel it was pressed in."""
        opened = await self._opened(came)
        if opened is None:
            return
        view = await self._filled(rule, came)
        try:
            await self._api.call("views.update", json={"view_id": opened, "view": view})
        except DeliveryError as error:
            # Most often the person has closed it.
            _LOG.info("a modal was not filled: %s", error)

    async def _opened(self, came: Came) -> str | None:
        """Open the modal before anything else is asked; return its id."""
        wanted = {"trigger_id": came.trigger, "view": loading_view()}
        try:
            answer = await self._api.call("views.open", json=wanted)
        except DeliveryError as error:
            late = refused(error) in _LATE_CODES
            words = _LATE if late else f"The form did not open: {error.reason}. Press Tune again."
            await self._asking.reply(came).say(troubled(words))
            return None
        return said(answer, "view", "id") or None

    async def _filled(self, rule: Callable[[], Awaitable[str]], came: Came) -> Block:
        async def tried() -> Tuning:
            # Everybody may look; who may save is asked then.
            return await self._desk.tuning(
                await rule(), Asker(came.room, came.user, called=came.name)
            )

        found = await kindly(tried())
        if isinstance(found, No):
            return said_view(spoken(found.words, came.room))
        return tune_view(found, came.channel)

    async def save(self, body: Payload) -> dict[str, Any]:
        """Save what was sent in, and return what the modal shows then."""
        found = saved(body)
        if found is None:
            return update(said_view(_STALE))
        came = Came.by_click(body).at(found.channel)
        saving = asyncio.ensure_future(self._saved(found, came))
        done, _ = await asyncio.wait([saving], timeout=_SAVE_SECONDS)
        if done:
            answer = saving.result()
            if isinstance(answer, No):
                return errors(spoken(answer.words, came.room), found.new)
            if answer.lasts:
                self._tasks.keep(self._asking.tell(answer, f"tune {found.new}", came))
            return update(done_view(spoken_answer(answer, came.room)))
        self._tasks.keep(self._told_later(saving, found, came))
        return update(said_view(_SLOW))

    async def _saved(self, found: Saved, came: Came) -> Answer | No:
        async def retuned(asker: Asker) -> Answer:
            return await self._desk.retune(found.old, found.new, asker)

        return await self._asking.done(retuned, came)

    async def _told_later(
        self, saving: "asyncio.Future[Answer | No]", found: Saved, came: Came
    ) -> None:
        answer = await saving
        if isinstance(answer, No):
            await self._asking.reply(came).say(troubled(answer.words, came))
        else:
            await self._asking.tell(answer, f"tune {found.new}", came)
