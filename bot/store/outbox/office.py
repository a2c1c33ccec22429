"""The owner's view of the outbox: what waits, what became of it, dead letters, notices."""

from datetime import UTC, datetime

import msgspec
from redis.asyncio import Redis

from bot.channel import Channel
from bot.delivery import Delivery, Lane
from bot.store.errors import storing
from bot.store.keys import Keys
from bot.store.outbox.scripts import script

_delivery = msgspec.json.Decoder(Delivery)


class Entry(msgspec.Struct, frozen=True):
    """A line of a channel's log; `at` in ms of the store's clock."""

    at: int
    id: str
    outcome: str
    reason: str

    @property
    def time(self) -> datetime:
        """When it was noted."""
        return datetime.fromtimestamp(self.at / 1000, UTC)


class Notice(msgspec.Struct, frozen=True):
    """What the installer should know: about which channel or platform, and why."""

    at: int
    about: str
    text: str

    @property
    def time(self) -> datetime:
        """When it was left."""
        return datetime.fromtimestamp(self.at / 1000, UTC)


_entry, _notice = msgspec.json.Decoder(Entry), msgspec.json.Decoder(Notice)


class Undelivered(msgspec.Struct, frozen=True):
    """A delivery that is not settled, or a dead letter, with its state, tries and last reason."""

    delivery: Delivery
    state: str
    tries: int
    reason: str


class Office:
    """Reads the outbox for its owner, and carries out what the owner decides."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self.keys = keys
        self._redis = client
        self._owner = client.register_script(script("owner"))
        self._tell = client.register_script(script("tell"))

    @storing("reading the channels")
    async def channels(self) -> list[Channel]:
        """Return every channel that something was ever queued for, sorted."""
        names = await self._redis.smembers(self.keys.outbox("channels"))
        found = (Channel.of_key(_text(name)) for name in names)
        return sorted(found, key=lambda each: (*each.place, each.tenant))

    @storing("reading what waits")
    async def waiting(self, channel: Channel, most: int = 1000) -> list[Undelivered]:
        """Return what waits for a channel in the order it will be told."""
        found = []
        for lane in Lane:
            key = self.keys.channel(channel).queue(lane)
            names = await self._redis.lrange(key, 0, most - 1)
            found += [await self._one(channel, _text(name)) for name in names]
        return [each for each in found if each is not None]

    @storing("reading dead letters")
    async def dead(self) -> list[Undelivered]:
        """Return the dead letters, oldest first."""
        found = []
        for name in await self._redis.zrange(self.keys.outbox("dead"), 0, -1):
            channel, _, delivery = _text(name).rpartition(":")
            found.append(await self._one(Channel.of_key(channel), delivery))
        return [each for each in found if each is not None]

    @storing("trying a dead letter again")
    async def retry(self, dead: Undelivered) -> bool:
        """Queue a dead letter anew, behind what waits; False if it is none any more."""
        return await self._decide(dead, "retry", "by its owner's wish")

    @storing("dropping a dead letter")
    async def drop(self, dead: Undelivered) -> bool:
        """Let go of a dead letter; False if it is none any more."""
        return await self._decide(dead, "drop", "by its owner's wish")

    @storing("reading a channel's log")
    async def log(self, channel: Channel, most: int = 50) -> list[Entry]:
        """Return what became of a channel's deliveries, newest first."""
        lines = await self._redis.lrange(self.keys.channel(channel).log, 0, most - 1)
        return [_entry.decode(line) for line in lines]

    @storing("reading the notices")
    async def notices(self) -> list[Notice]:
        """Return what the installer should know, newest first."""
        lines = await self._redis.lrange(self.keys.outbox("notices"), 0, -1)
        return [_notice.decode(line) for line in lines]

    @storing("telling its owner")
    async def tell(self, about: str, text: str) -> None:
        """Leave a notice for the installer; there is room for it in a full server, too."""
        await self._tell(keys=[self.keys.root], args=[about, text])

    @storing("reading the counters")
    async def counters(self) -> dict[str, int]:
        """Return what has been counted since the store began.

        sent, sent_ms (from commit to receipt, added up), begun, retried (refused for now),
        unanswered, reconciled (found in the history), resent (not found there), suspected (sent
        again without a look at the history), duplicates (standing twice), taken_back (stood twice
        for a while), folded, muted, lost, suspended, stopped.
        """
        found = await self._redis.hgetall(self.keys.outbox("counters"))
        return {_text(name): int(value) for name, value in sorted(found.items())}

    @storing("reading what is suspended")
    async def suspended(self, channel: Channel) -> str:
        """Return why a channel is suspended, "" where it is not; see `stopped` for its token."""
        found = await self._redis.hget(self.keys.channel(channel).state, "suspended")
        return _text(found or b"")

    @storing("reading what is stopped")
    async def stopped(self) -> dict[tuple[str, str], str]:
        """Return the platforms and tenants whose token is stopped, each with the reason."""
        found = await self._redis.hgetall(self.keys.outbox("stopped"))
        return {_token(_text(name)): _text(why) for name, why in sorted(found.items())}

    async def _one(self, channel: Channel, name: str) -> Undelivered | None:
        key = self.keys.channel(channel).delivery(name)
        body, state, tries, reason = await self._redis.hmget(
            key, ["body", "state", "tries", "reason"]
        )
        if not isinstance(body, bytes) or state is None:
            return None
        return Undelivered(
            _delivery.decode(body), _text(state), int(tries or 0), _text(reason or b"")
        )

    async def _decide(self, dead: Undelivered, what: str, reason: str) -> bool:
        words = [dead.delivery.channel, dead.delivery.id, what, reason]
        return bool(await self._owner(keys=[self.keys.root], args=words))


def _token(name: str) -> tuple[str, str]:
    platform, _, tenant = name.partition("|")
    return platform, tenant


def _text(value: object) -> str:
    if not isinstance(value, bytes):
        raise TypeError(f"the store's client must read bytes, got {type(value).__name__}")
    return value.decode()
