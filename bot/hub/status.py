"""What the Hub said instead of a page, and for how long it is left alone then."""

import time
from math import ceil

from bot.hub.port import HubError

TOO_MANY = 429


class StatusError(HubError):
    """The Hub answered with a status that is not 200; `wait` is what it asked for, in seconds."""

    def __init__(self, reason: str, sentence: str, *, status: int, wait: float | None) -> None:
        super().__init__(reason, sentence)
        self.status = status
        self.wait = wait


class Rest:
    """Keeps, from look to look, the rest that the Hub asked for; a wait of years is a mistake."""

    def __init__(self, longest_seconds: float) -> None:
        self._longest = longest_seconds
        self._until = 0.0
        self._error: StatusError | None = None

    def keep(self, error: HubError) -> None:
        """Remember an error that ends a look, if it asks for rest."""
        if isinstance(error, StatusError) and error.wait and error.status == TOO_MANY:
            self._until = time.monotonic() + min(error.wait, self._longest)
            self._error = error

    def asked(self) -> StatusError | None:
        """Return the error again as long as its time is not over, None when it is."""
        left = self._until - time.monotonic()
        if self._error is None or left <= 0:
            return None
        error = self._error
        return StatusError(error.reason, str(error), status=error.status, wait=ceil(left))
