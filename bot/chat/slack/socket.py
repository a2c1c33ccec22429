"""Slack through a socket that Hubshift opens: for one's own workspace, without a public address."""

import asyncio
import logging
from contextlib import suppress

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from bot.chat.slack.front import SlackFront
from bot.chat.slack.wire import deaf

_LOG = logging.getLogger(__name__)


class SlackSocket:
    """Keeps the socket open until it is closed.

    slack_sdk tries a refused token for ever and says so to nobody: whoever wants to know whether
    Slack reaches Hubshift asks `connected`.
    """

    def __init__(self, front: SlackFront, app_token: str) -> None:
        self._front = front
        self._token = app_token
        self._handler: AsyncSocketModeHandler | None = None
        self._opening: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        """Return whose socket it is, and no token."""
        return f"SlackSocket({self._front})"

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        self._handler = AsyncSocketModeHandler(self._front.app, self._token, logger=deaf())
        self._opening = asyncio.create_task(self._connect(self._handler))

    @staticmethod
    async def _connect(handler: AsyncSocketModeHandler) -> None:
        await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt has none

    async def connected(self) -> bool:
        """Whether Slack reaches Hubshift now."""
        return self._handler is not None and await self._handler.client.is_connected()

    async def close(self) -> None:
        """Close the socket first, so that nothing new comes, then drain the front."""
        if self._opening is not None:
            self._opening.cancel()
            with suppress(asyncio.CancelledError):
                await self._opening
        if self._handler is not None:
            await self._handler.close_async()  # type: ignore[no-untyped-call]  # Bolt has none
        await self._front.drain()
