"""What every chat platform is: a Messenger that sends, or says why it could not."""

from collections.abc import Sequence
from typing import Protocol

from detectors.shift import Shift


class DeliveryError(Exception):
    """A message did not arrive. `permanent` says that trying again will not help.

    The reason is for people: what happened, where, and what to do; never a token or an address
    that opens a door.
    """

    exit_code = 1

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


class Messenger(Protocol):
    """Sends to one platform."""

    async def send(self, shifts: Sequence[Shift], /) -> None:
        """Send one message that tells these Shifts: one story of `bot.render.stories`.

        Returns when the platform has it.

        Raises:
            DeliveryError: it has not, and never will (`permanent`) or may yet.
        """
