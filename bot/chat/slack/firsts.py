"""What Slack sends or a person presses twice is done once, also where two processes get it."""

import asyncio
import logging

from bot.store.errors import StoreError
from bot.store.once import Once

_LOG = logging.getLogger(__name__)
# Slack waits three seconds for an acknowledgement, and it is given after this.
_SECONDS = 0.5
_MOST = 24


class Firsts:
    """Says who is first; where the store does not say, everybody is, and that is logged."""

    def __init__(self, once: Once) -> None:
        self._once = once
        self._room = asyncio.Semaphore(_MOST)

    async def first(self, kind: str, name: str, seconds: int) -> bool:
        """Whether nobody has asked for this name of a kind in the last so many seconds."""
        try:
            async with self._room, asyncio.timeout(_SECONDS):
                return await self._once.first(f"slack-{kind}", name, seconds)
        except (StoreError, TimeoutError) as error:
            _LOG.warning("the store did not say whether this came before: %s", error or "too late")
            return True
