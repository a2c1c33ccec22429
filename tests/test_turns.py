"""What holds a process up does not let it exceed what a platform takes."""

import asyncio
import time
from itertools import count, pairwise

from bot.dispatch.turns import on_time


class Places:
    """Places a fixed gap apart, as the store gives them."""

    def __init__(self, gap: float) -> None:
        self._gap = gap
        self._free = 0.0
        self.taken = count()

    async def take(self) -> float:
        """Return the seconds until a place of one's own."""
        next(self.taken)
        now = asyncio.get_running_loop().time()
        at = max(now, self._free)
        self._free = at + self._gap
        return at - now


async def test_what_a_stalled_loop_held_up_takes_new_places_and_is_no_burst() -> None:
    loop, places = asyncio.get_running_loop(), Places(0.04)
    went: list[float] = []

    async def call() -> None:
        asked = loop.time()
        await on_time(await places.take(), asked, places.take)
        went.append(loop.time())

    calls = [asyncio.create_task(call()) for _ in range(12)]
    await asyncio.sleep(0.05)
    time.sleep(0.3)  # noqa: ASYNC251 - what is tested is a loop that stands still
    await asyncio.gather(*calls)
    close = [b - a for a, b in pairwise(sorted(went)) if b - a < 0.015]
    assert len(close) <= 1
    assert len(went) == 12


async def test_who_is_in_time_takes_one_place() -> None:
    places, loop = Places(0.0), asyncio.get_running_loop()
    await on_time(await places.take(), loop.time(), places.take)
    assert next(places.taken) == 1


async def test_a_process_that_is_always_late_goes_on_all_the_same() -> None:
    places, loop = Places(0.0), asyncio.get_running_loop()

    async def slow() -> float:
        time.sleep(0.11)  # noqa: ASYNC251 - as above
        return await places.take()

    await on_time(await slow(), loop.time() - 1, slow)
    assert next(places.taken) == 5
