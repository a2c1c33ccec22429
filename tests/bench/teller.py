"""A worker in a process of its own, whose platform answers after a while: for `make bench`.

python -m tests.bench.teller SOCKET NAMESPACE SECONDS
"""

import asyncio
import signal
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

from redis.asyncio import Redis

from bot.channel import SLACK, Channel
from bot.chat.base import Posting, Receipt
from bot.dispatch import Composer, Timing, Worker, Works
from bot.store.keys import Keys
from bot.store.store import Store
from tests.world import labs


class Answers:
    """A platform that takes everything, `seconds` after it was asked."""

    platform = SLACK

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def send(self, _channel: Channel, posting: Posting, /) -> Receipt:
        """Take one message."""
        await asyncio.sleep(self._seconds)
        return Receipt(posting.id)

    async def same_id(self, _channel: Channel, _posting: Posting, /) -> timedelta:
        """Return 0: it knows no ids."""
        return timedelta(0)

    async def find(
        self, _channel: Channel, _posting: Posting, _since: datetime, /
    ) -> Receipt | None:
        """Return None: nothing is ever in doubt."""
        return None

    async def copies(
        self, _channel: Channel, _delivery: str, _standing: Receipt, _since: datetime, /
    ) -> Sequence[Receipt]:
        """Return none."""
        return []

    async def remove(self, _channel: Channel, _copy: Receipt, /) -> None:
        """Take nothing back."""

    async def close(self) -> None:
        """Hold nothing open."""


async def work(socket: str, namespace: str, seconds: float) -> None:
    """Work off what is due until told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with Redis(unix_socket_path=socket, legacy_responses=False) as client:
        store = Store(client, labs(), Keys(namespace))
        works = Works(store.outbox, Composer(store), {(SLACK, ""): Answers(seconds)}, Timing())
        print("ready", flush=True)  # noqa: T201 - what the bench waits for
        await Worker(works).run(stop)


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], float(sys.argv[3])))
