"""What a worker is lent: one delivery of one channel, until its lease ends."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from bot.channel import Channel
from bot.delivery import Delivery, Lane


class Begun(Enum):
    """What became of the wish to send."""

    LOST = 0
    """The lease is over, and the delivery another's."""
    GO = 1
    BUSY = 2
    """The platform's budget is used up for now."""


@dataclass(frozen=True)
class Started:
    """The answer to a wish to send, and the seconds to wait: before sending, or before asking."""

    begun: Begun
    wait: float = 0.0


@dataclass(frozen=True)
class Claim:
    """A delivery on loan. Times of the store are in ms of its clock; `ends` is monotonic seconds.

    `sending` says that somebody began to send it and nobody knows whether it arrived: `first`
    is when the oldest such attempt began, `since` the newest. `away` is from when until when the
    channel was last out of reach; until now, where it still is.
    """

    delivery: Delivery
    channel: Channel
    fence: int
    lane: Lane
    sending: bool
    committed: int
    first: int | None
    since: int | None
    tries: int
    waiting: int
    now: int
    away: tuple[int, int] | None
    asked: float
    ends: float

    def left(self) -> float:
        """Return the seconds until the lease ends, by this machine's monotonic clock."""
        return self.ends - time.monotonic()

    def age(self) -> timedelta:
        """Return how long ago it was committed."""
        return self._since(self.committed)

    def out_of_reach(self) -> timedelta:
        """Return how long the channel was last out of reach."""
        down, up = self.away or (0, 0)
        return timedelta(milliseconds=up - down)

    def first_sent(self) -> datetime:
        """Return when an attempt began that may have brought it there."""
        return datetime.fromtimestamp((self.first or self.now) / 1000, UTC)

    def since_first(self) -> timedelta:
        """Return how long ago the oldest unanswered attempt began."""
        return self._since(self.first or self.now)

    def since_last(self) -> timedelta:
        """Return how long ago the newest unanswered attempt began."""
        return self._since(self.since or self.now)

    def _since(self, at: int) -> timedelta:
        passed = time.monotonic() - self.asked
        return timedelta(milliseconds=self.now - at, seconds=passed)
