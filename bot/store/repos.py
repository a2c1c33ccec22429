"""The log of what repos are for life, read once and gone on with as further looks come."""

import logging
from dataclasses import replace

from redis.asyncio import Redis

from bot.store import identity as log
from bot.store.frame import DamagedBlock
from bot.store.identity import NOBODY, Identity
from bot.store.keys import Keys
from bot.store.replies import all_bytes

_log = logging.getLogger(__name__)


class Repos:
    """What is known of all repos after so many entries of the log; the last is in memory.

    After an entry that says all of it anew, damage before it is of no account.
    """

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys
        self._last = NOBODY

    def remember(self, known: Identity) -> None:
        """Take what a census has written for stored."""
        self._last = known

    def forget(self) -> None:
        """Trust nothing in memory any more."""
        self._last = NOBODY

    async def known(self, entries: int, before: Identity = NOBODY) -> Identity:
        """Return what was known of all repos after so many entries.

        before: what was known after fewer, from which it is gone on.

        Raises:
            DamagedBlock: one of them cannot be trusted, and none after it says all anew.
        """
        at_hand = [each for each in (before, self._last) if each.entries <= entries]
        known = max(at_hand, key=lambda each: each.entries, default=NOBODY)
        looks = await self._redis.lrange(self._keys.identity, known.entries, entries - 1)
        if entries > known.entries + len(looks):
            raise DamagedBlock(f"{self._keys.identity}: has fewer than {entries} entries")
        lost: DamagedBlock | None = None
        for number, look in enumerate(all_bytes(looks), start=known.entries + 1):
            key = self._keys.identity_entry(look.decode())
            try:
                entry = log.read(key, await self._values(key))
            except DamagedBlock as error:
                lost = error
                continue
            if entry.anew:
                lost = None
            if lost is None:
                known = replace(log.after(known, entry), entries=number)
        if lost is not None:
            raise lost
        if known.entries >= self._last.entries:
            self._last = known
        return known

    async def before_next(self) -> Identity:
        """Return what is known to date, and nothing of it where an entry is damaged.

        The next census then says all of it anew: who publishes a repo its id tells, when it was
        created the census does. Ordinals are the ledger's, and stay.
        """
        entries = await self._redis.llen(self._keys.identity)
        try:
            return await self.known(entries)
        except DamagedBlock as error:
            _log.error("what repos are for life is written anew: %s", error)
            return Identity(NOBODY.namespace, NOBODY.created_at, entries)

    async def _values(self, key: str) -> list[bytes]:
        values: list[bytes] = []
        while some := await self._redis.lrange(key, len(values), len(values)):
            values += all_bytes(some)
        return values
