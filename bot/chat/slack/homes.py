"""App Home, drawn when it is opened and after each change that its owner makes."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from bot.channel import SLACK, Channel
from bot.chat.base import DeliveryError
from bot.chat.slack.asking import Asking, Desk
from bot.chat.slack.blocks import Block
from bot.chat.slack.came import Came
from bot.chat.slack.home_view import HOME_MUTE, HOME_TUNE, home_view, rule_mark, unknown_view
from bot.chat.slack.kindly import No, kindly
from bot.chat.slack.people import People
from bot.chat.slack.tuning import Tuner
from bot.chat.slack.wire import SlackApi, refused
from bot.desk import Asker, NothingHeld

_LOG = logging.getLogger(__name__)
_LONGEST_WAIT = 30.0
_MOST_OPEN = 1_000


class Homes:
    """Draws the home of each person: the channels that both they and the bot are in.

    A view goes out with the hash of the one it replaces; where another was quicker, it is drawn
    again from what is held then, so that the last one to stand is the newest.
    """

    def __init__(self, desk: Desk, api: SlackApi, people: People, asking: Asking) -> None:
        self._desk = desk
        self._asking = asking
        self._api = api
        self._people = people
        # Who has opened it, and the hash of what stands there.
        self._open: dict[str, str] = {}
        self._drawing: dict[str, asyncio.Lock] = {}

    async def opened(self, user: str, mark: str) -> None:
        """Draw a home that somebody opens; `mark` is the hash of what stands there, or ""."""
        if user:
            self._note(user, mark)
            await self._draw(user, "")

    async def redraw(self, user: str, notice: str = "") -> None:
        """Draw a home again, if its owner has opened it."""
        if user in self._open:
            await self._draw(user, notice)

    async def pressed(self, action: str, value: str, came: Came, tuner: Tuner) -> None:
        """Do what a button of a home says, in the channel that it names."""
        channel, _, mark = value.partition(" ")
        there = came.at(channel)
        if action == HOME_TUNE:
            await tuner.open(lambda: self.rule(came.user, channel, mark), there)
            return
        line = "mute 7d" if action == HOME_MUTE else "unmute"
        found = await self._asking.answered(line, there)
        if isinstance(found, No):
            await self.redraw(came.user, found.words)
        else:
            # Its own home is drawn again with every change.
            await self._asking.tell(found, line, there)

    async def rule(self, user: str, channel: str, mark: str) -> str:
        """Return the rule that a button of a home means; NothingHeld where it is not watched."""
        room = Channel(SLACK, channel)
        home = await self._desk.home(Asker(room, user), [room])
        for each in home.rooms:
            for rule, *_ in each.watches:
                if rule_mark(rule) == mark:
                    return rule
        raise NothingHeld("This rule is no longer watched in the channel; nothing was changed.")

    async def _draw(self, user: str, notice: str) -> None:
        # One after the other, so that what was read first never replaces what was read later.
        async with self._drawing.setdefault(user, asyncio.Lock()):
            try:
                await self._publish(user, notice, self._open.get(user, ""))
            except DeliveryError as error:
                if refused(error) == "hash_conflict":
                    await self._again(user, notice)
                    return
                _LOG.warning("App Home was not drawn: %s", error)

    async def _again(self, user: str, notice: str) -> None:
        try:
            await self._publish(user, notice, "")
        except DeliveryError as error:
            _LOG.warning("App Home was not drawn: %s", error)

    async def _publish(self, user: str, notice: str, mark: str) -> None:
        wanted: dict[str, Any] = {"user_id": user, "view": await self._view(user, notice)}
        if mark:
            wanted["hash"] = mark
        answer = await self._called(wanted)
        view = answer.get("view")
        self._note(user, view.get("hash", "") if isinstance(view, dict) else "")

    async def _called(self, wanted: dict[str, Any]) -> Mapping[str, Any]:
        """Publish, and once more where Slack asks to wait a little."""
        try:
            return await self._api.call("views.publish", json=wanted)
        except DeliveryError as error:
            wait = error.retry_after
            if refused(error) != "ratelimited" or wait is None or wait > _LONGEST_WAIT:
                raise
            await asyncio.sleep(wait)
        return await self._api.call("views.publish", json=wanted)

    async def _view(self, user: str, notice: str) -> Block:
        try:
            ids = await self._people.channels(user)
        except DeliveryError as error:
            return unknown_view(f"Slack did not say which channels you are in: {error.reason}.")
        rooms = [Channel(SLACK, each) for each in ids]
        home = await kindly(self._desk.home(Asker(Channel(SLACK, ""), user), rooms))
        return unknown_view(home.words) if isinstance(home, No) else home_view(home, notice)

    def _note(self, user: str, mark: str) -> None:
        self._open.pop(user, None)
        self._open[user] = mark
        if len(self._open) > _MOST_OPEN:
            gone = next(iter(self._open))
            del self._open[gone]
            self._drawing.pop(gone, None)
