"""Who commits next where an import runs beside a bot: the look, which took an hour to read."""

import asyncio
from contextlib import suppress

from bot.store.errors import StoreError
from bot.store.store import Store

# A look is compared and committed in less; an import waits no longer for one that has died.
_SECONDS = 120
_EVERY = 0.2
_KIND, _NAME = "turn", "look"


class Turn:
    """Lets a look that an import has overtaken ask for the next turn, and an import wait for it."""

    def __init__(self, store: Store) -> None:
        self._shelf = store.shelf
        self._asked = False

    async def ask(self) -> None:
        """Ask imports to wait until `done`, and at most for _SECONDS."""
        await self._shelf.put(_KIND, _NAME, b"1", _SECONDS)
        self._asked = True

    async def done(self) -> None:
        """Let imports go on, if they were asked to wait."""
        if self._asked:
            self._asked = False
            # The look is committed; what it asked for expires by itself.
            with suppress(StoreError):
                await self._shelf.drop(_KIND, _NAME)

    async def others(self) -> None:
        """Wait until no look asks for its turn."""
        while await self._shelf.read(_KIND, _NAME) is not None:  # noqa: ASYNC110 - in the store
            await asyncio.sleep(_EVERY)
