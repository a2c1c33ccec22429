"""What people do in Slack: /hubshift, buttons, the modal and App Home, by socket or over HTTP.

Acknowledged first, worked on in a task that is kept and drained; nothing of it reaches the Hub,
and what cannot be answered is said kindly.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.channel import SLACK
from bot.chat.base import DeliveryError, Fate
from bot.chat.slack.answers import SHARE_ACTION
from bot.chat.slack.asking import Asking, Desk, troubled
from bot.chat.slack.buttons import ALERT_ACTIONS, CHART, MUTE, WHY, shift_of
from bot.chat.slack.came import Came, Payload, said
from bot.chat.slack.firsts import Firsts
from bot.chat.slack.guard import Guard
from bot.chat.slack.home_view import HOME_ACTIONS
from bot.chat.slack.homes import Homes
from bot.chat.slack.http import SlackHttp
from bot.chat.slack.people import People
from bot.chat.slack.pictures import Pictures
from bot.chat.slack.probe import lacks
from bot.chat.slack.sharing import Sharing
from bot.chat.slack.socket import SlackSocket
from bot.chat.slack.switchboard import Switchboard
from bot.chat.slack.tuning import Tuner
from bot.chat.slack.wire import SlackApi, harmless
from bot.store.once import Once
from bot.store.shelf import Shelf

_LOG = logging.getLogger(__name__)
_STALE = (
    "This button is from an older Hubshift and does nothing any more. /hubshift help shows what "
    "can be asked."
)


class SlackFront:
    """Answers the people of one workspace; a bot.front.Front.

    With an `app_token` it opens a socket; without one, requests come over HTTP. `clock` is a
    monotonic one, in seconds. With `admins` only those change what a channel is told.
    """

    name = "Slack"

    def __init__(
        self,
        token: str,
        desk: Desk,
        *,
        base_url: str,
        once: Once,
        shelf: Shelf,
        clock: Callable[[], float],
        app_token: str | None = None,
        admins: bool = False,
        pings: float = 10.0,
    ) -> None:
        self._api = SlackApi(token, base_url)
        self._people = People(self._api, clock, admins=admins)
        self._desk = desk
        self._firsts = Firsts(once)
        self.switchboard = Switchboard(self, self._firsts)
        self._asking = Asking(
            desk=desk,
            api=self._api,
            people=self._people,
            pictures=Pictures(self._api),
            sharing=Sharing(shelf),
            firsts=self._firsts,
            clock=clock,
            changed=self._changed,
        )
        self._tuning = Tuner(desk, self._api, self._asking, self.switchboard.tasks)
        self._homes = Homes(desk, self._api, self._people, self._asking)
        self._apps = SlackApi(app_token, base_url) if app_token else None
        self._socket: SlackSocket | None = None
        if self._apps is not None:
            self._socket = SlackSocket(self._apps, self.switchboard.envelope, pings=pings)
        self._trouble = "it has not begun"

    def __repr__(self) -> str:
        """Return where it speaks to, and no token."""
        return f"SlackFront({self._api})"

    @property
    def trouble(self) -> str:
        """Why nobody can ask there now, "" where they can."""
        return self._trouble or (self._socket.trouble if self._socket else "")

    def routes(self, guard: Guard) -> list[web.RouteDef]:
        """Return what a web application serves of it, behind a guard."""
        return SlackHttp(self.switchboard, guard, self._firsts).routes()

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until `stop` is set, and then what was asked by then."""
        self._trouble = ""
        # Beside the rest: a Slack that is slow to answer keeps nobody from asking.
        greeting = asyncio.create_task(self._greet())
        try:
            # The socket closes before the drain, so that nothing new comes.
            await (self._socket.run(stop) if self._socket else stop.wait())
        finally:
            self._trouble = "it has ended"
            greeting.cancel()
            await asyncio.gather(greeting, return_exceptions=True)
            await self.drain()

    async def drain(self) -> None:
        """Let what is being answered end, and close the connections."""
        await self.switchboard.tasks.drain()
        await self._api.close()
        if self._apps is not None:
            await self._apps.close()

    async def _greet(self) -> None:
        """Say whether Slack knows the token; what answers a command needs none."""
        try:
            identity = await self._api.identity()
        except DeliveryError as error:
            if error.fate is Fate.PLATFORM:
                self._trouble = error.reason
            _LOG.warning("%s", harmless(error).reason)
            return
        _LOG.info("people can ask @%s in Slack's workspace %s", identity.user, identity.team)
        if lacking := lacks(identity):
            _LOG.warning("%s", lacking)

    async def command(self, text: str, came: Came) -> None:
        """Answer what was typed after the slash command."""
        await self._asking.command(text, came)

    async def click(self, action: str, body: Payload) -> None:
        """Do what a button says; one that nobody knows any more is answered, too."""
        came, value = Came.by_click(body), said(body, "actions", 0, "value")
        if action == SHARE_ACTION:
            await self._asking.share(value, came)
        elif action in HOME_ACTIONS:
            await self._homes.pressed(action, value, came, self._tuning)
        elif action in ALERT_ACTIONS and (shift := shift_of(value)):
            await self._pressed(action, shift, came)
        else:
            await self._asking.reply(came).say(troubled(_STALE))

    async def submit(self, body: Payload) -> dict[str, Any]:
        """Take a modal in; every modal that can be sent in is the one that tunes."""
        return await self._tuning.save(body)

    async def event(self, kind: str, body: Payload) -> None:
        """Draw App Home when it is opened, and forget a workspace that removed the app."""
        if kind == "app_home_opened" and said(body, "event", "tab") in {"", "home"}:
            user, mark = said(body, "event", "user"), said(body, "event", "view", "hash")
            await self._homes.opened(user, mark)
        elif kind == "app_uninstalled":
            await self._forget(said(body, "team_id"))

    async def _pressed(self, action: str, shift: str, came: Came) -> None:
        if action == WHY:
            await self._asking.line(f"why {shift}", came)
        elif action == CHART:
            await self._asking.line(f"chart {shift}", came)
        elif action == MUTE:
            await self._asking.mute(shift, came)
        else:
            await self._tuning.open(lambda: self._desk.rule_of(shift), came)

    async def _forget(self, team: str) -> None:
        try:
            home = await self._people.home()
        except DeliveryError:
            # Slack knows the token no more: it was this workspace.
            home = frozenset({team})
        if team in home:
            gone = await self._desk.forget(SLACK, "")
            _LOG.warning("the app was removed from Slack: %d channels are forgotten", gone)

    def _changed(self, came: Came) -> None:
        self.switchboard.tasks.keep(self._homes.redraw(came.user))
