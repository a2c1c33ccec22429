"""A Front: what people ask Hubshift through on one platform, beside the looks and deliveries."""

import asyncio
from collections.abc import Sequence
from typing import Protocol


class Front(Protocol):
    """Takes questions until it is told to stop.

    `run` returns when `stop` is set and all that was asked is answered. What only this platform
    is to blame for (a token that is refused) it logs and returns; a fault of ours it raises, and
    that ends the process. `trouble` says why nobody can ask there now, "" where they can.
    """

    @property
    def name(self) -> str:
        """What people call it, such as `Slack`."""
        ...

    @property
    def trouble(self) -> str:
        """Why nobody can ask there now, "" where they can."""
        ...

    async def run(self, stop: asyncio.Event, /) -> None:
        """Serve until `stop` is set."""
        ...


async def serve(fronts: Sequence[Front], stop: asyncio.Event) -> None:
    """Run fronts side by side until `stop` is set.

    The first fault of ours sets `stop`, so that everything else ends in good order, and is
    raised when the other fronts have ended. A front that returns early leaves the others be.
    """
    tasks = [asyncio.create_task(each.run(stop), name=f"front {each.name}") for each in fronts]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        stop.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
