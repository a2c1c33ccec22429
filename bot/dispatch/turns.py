"""Places among the calls that a platform takes in all, kept although this process was held up."""

import asyncio
from collections.abc import Awaitable, Callable

# Seconds. Of places a 49th of a second apart, 50 at most are used within any second so.
_LATE = 0.02
# A store's answer that took longer than that tells of a place that may have passed.
_HELD_UP = 0.1
_TRIES = 4


async def on_time(wait: float, asked: float, again: Callable[[], Awaitable[float]]) -> None:
    """Sleep `wait` seconds until a place; take another where this process comes too late for it.

    Whatever holds the loop up would otherwise let all that waited go out in one burst, beyond what
    the platform takes. `asked` is when the place was asked for, by the loop's clock; `again` takes
    another and returns the seconds until it.
    """
    loop = asyncio.get_running_loop()
    for _ in range(_TRIES):
        at = loop.time() + wait
        kept = loop.time() - asked <= _HELD_UP
        await asyncio.sleep(wait)
        if kept and loop.time() - at <= _LATE:
            return
        asked = loop.time()
        wait = await again()
    await asyncio.sleep(wait)
