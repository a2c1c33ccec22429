"""Work that goes on after Slack has got its answer: kept, and let end before the end."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

_LOG = logging.getLogger(__name__)
_DRAIN_SECONDS = 10.0


class Tasks:
    """Holds on to what was begun, which the event loop alone does not.

    `most` works go on at a time, and the others wait: the store takes a hundred calls at once.
    """

    def __init__(self, most: int = 24) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(most)

    def keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin some work and return at once."""
        task = asyncio.create_task(self._done(work))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def drain(self) -> None:
        """Let everything end that was begun, and what that begins, for ten seconds at most."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _DRAIN_SECONDS
        while self._tasks and loop.time() < end:
            await asyncio.wait(self._tasks, timeout=end - loop.time())
        late = [*self._tasks]
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _done(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            async with self._room:
                await work
        finally:
            # Where the end came before its turn.
            work.close()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOG.error("work for Slack broke off: %s", type(error).__name__, exc_info=error)
