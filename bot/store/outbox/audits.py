"""What was sent a second time because nobody found the first: it is looked at again later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from redis.asyncio import Redis

from bot.channel import Channel
from bot.chat.base import Receipt
from bot.store.errors import storing
from bot.store.keys import Keys
from bot.store.outbox.outbox import milliseconds
from bot.store.outbox.scripts import script


@dataclass(frozen=True)
class Audit:
    """A message that stands in a channel as `receipt`, first tried at `since`."""

    channel: Channel
    delivery: str
    receipt: Receipt
    since: datetime
    looks: int


class Audits:
    """Lends what is to be looked at and notes what was seen; each call is one guarded script."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._keys = keys
        self._redis = client
        self._lend = client.register_script(script("audits"))
        self._note = client.register_script(script("audited"))

    @storing("claiming what is to be looked at")
    async def claim(self, platforms: Sequence[str], most: int, lease: timedelta) -> list[Audit]:
        """Borrow what is due for a look."""
        words: list[bytes | str | float] = [most, milliseconds(lease), *platforms]
        return [_audit(row) for row in await self._lend(keys=[self._keys.root], args=words)]

    @storing("noting what was seen")
    async def note(
        self, seen: Audit, *, standing: int, taken_back: int, again: timedelta | None
    ) -> bool:
        """Note how many copies were taken back and how many still stand beside the message.

        `again` is when to look once more; None ends it. False if another look was first.
        """
        wait = 0 if again is None else max(1, milliseconds(again))
        words: list[bytes | str | float] = [seen.channel.key, seen.delivery, seen.looks]
        words += [standing, taken_back, wait]
        return bool(await self._note(keys=[self._keys.root], args=words))

    @storing("counting what is to be looked at")
    async def left(self, platforms: Sequence[str]) -> int:
        """Return how many messages are still to be looked at."""
        pipe = self._redis.pipeline(transaction=False)
        for platform in platforms:
            pipe.zcard(self._keys.outbox("audits", platform))
        return sum(await pipe.execute())


def _audit(row: Sequence[bytes | int]) -> Audit:
    channel, delivery, receipt, thread, earliest, looks = (
        each if isinstance(each, int) else each.decode() for each in row
    )
    return Audit(
        Channel.of_key(str(channel)),
        str(delivery),
        Receipt(str(receipt), str(thread)),
        datetime.fromtimestamp(int(earliest) / 1000, UTC),
        int(looks),
    )
