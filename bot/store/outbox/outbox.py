"""The protocol of a delivery, one guarded script a step, time from the store."""

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec
from redis.asyncio import Redis

from bot.channel import EVERY, Channel
from bot.chat.base import Receipt
from bot.delivery import Delivery, Lane
from bot.store.errors import storing
from bot.store.keys import Keys
from bot.store.outbox.claims import Begun, Claim, Started
from bot.store.outbox.scripts import script

_json = msgspec.json.Encoder().encode
_delivery = msgspec.json.Decoder(Delivery)
_SCRIPTS = (
    *("add", "begin", "bury", "claim", "clear", "defer", "done", "fold", "halt", "hush", "resume"),
    *("silence", "turn", "withdraw"),
)
_HALTED_NOW = 2
_NONE = timedelta(0)


def milliseconds(span: timedelta) -> int:
    """Return a time as the scripts count it."""
    return round(span.total_seconds() * 1000)


class Outbox:
    """Deliveries not settled yet. Every call is one script, guarded by channel, id and fence.

    A script whose answer was lost may run twice: the second time changes nothing more.
    """

    def __init__(self, client: Redis, keys: Keys) -> None:
        self.keys = keys
        self._redis = client
        self._scripts = {name: client.register_script(script(name)) for name in _SCRIPTS}

    async def _run(self, name: str, *words: bytes | str | float) -> int:
        return int(await self._scripts[name](keys=[self.keys.root], args=list(words)))

    @storing("adding a delivery")
    async def add(self, delivery: Delivery) -> bool:
        """Add one delivery outside of a look; False if it is there already."""
        row = (delivery.channel, delivery.id, delivery.lane.value, _json(delivery))
        return bool(await self._run("add", *row))

    @storing("claiming deliveries")
    async def claim(self, platforms: Sequence[str], most: int, lease: timedelta) -> list[Claim]:
        """Borrow what is due, at most one delivery a channel, alerts first."""
        asked = time.monotonic()
        words: list[bytes | str | float] = [most, milliseconds(lease), *platforms]
        lent = await self._scripts["claim"](keys=[self.keys.root], args=words)
        return [_claim(row, asked, lease) for row in lent]

    @storing("beginning a delivery")
    async def begin(
        self,
        claim: Claim,
        *,
        sure: bool,
        pace: timedelta = _NONE,
        gap: timedelta = _NONE,
        patience: timedelta = _NONE,
        counter: str = "",
    ) -> Started:
        """Say that it is being sent, from now on or after a wait.

        Args:
            claim: what was borrowed.
            sure: whether no earlier attempt can have brought it there.
            pace: the least time between two messages of the channel.
            gap: the least time between two messages of the platform, all processes together.
            patience: how long to wait for a place in the platform's budget.
            counter: what to count this as, beside being begun.
        """
        words: list[bytes | str | float] = []
        words += [claim.channel.key, claim.delivery.id, claim.fence, int(sure)]
        # A gap rounded to whole ms would add up to more than a platform's budget allows.
        exact = gap.total_seconds() * 1000
        words += [milliseconds(pace), exact, milliseconds(patience), counter]
        found = await self._scripts["begin"](keys=[self.keys.root], args=words)
        return Started(Begun(int(found[0])), int(found[1]) / 1000)

    @storing("waiting for a platform's budget")
    async def turn(self, platform: str, gap: timedelta) -> float:
        """Take a place in a platform's budget for a call beside the sending; seconds to wait."""
        exact = gap.total_seconds() * 1000
        return (await self._run("turn", platform, exact)) / 1000

    @storing("deferring a delivery")
    async def defer(
        self,
        claim: Claim,
        after: timedelta,
        reason: str,
        counter: str = "",
        *,
        away: bool = False,
    ) -> bool:
        """Leave it SENDING, to be looked into after a while; `away` where nobody can be reached."""
        words = (milliseconds(after), reason, counter, int(away))
        return bool(await self._on(claim, "defer", *words))

    @storing("settling a delivery")
    async def done(
        self,
        claim: Claim,
        receipt: Receipt,
        how: str,
        parents: Mapping[str, bytes] | None = None,
        settle: timedelta = _NONE,
    ) -> bool:
        """Settle what has arrived, whoever holds the lease by now; False if it was settled before.

        `parents` are the subjects it tells and the message that later news of them go under. One
        that was sent again is looked at after `settle`.
        """
        pairs = [word for pair in (parents or {}).items() for word in pair]
        words: list[bytes | str | float] = [claim.channel.key, claim.delivery.id, receipt.id]
        words += [receipt.thread, how, milliseconds(settle), *pairs]
        return bool(await self._run("done", *words))

    @storing("giving a delivery back")
    async def clear(
        self, claim: Claim, after: timedelta, reason: str = "", *, away: bool = False
    ) -> bool:
        """Put it back after a definite refusal, or untried where there is no reason.

        `away` says that the channel is out of reach rather than busy.
        """
        return bool(await self._on(claim, "clear", milliseconds(after), reason, int(away)))

    @storing("keeping quiet hours")
    async def hush(self, claim: Claim, after: timedelta) -> bool:
        """Put it back untried; no alert of its channel is due before its quiet hours end."""
        return bool(await self._on(claim, "hush", milliseconds(after)))

    @storing("keeping a mute")
    async def silence(self, claim: Claim, reason: str) -> bool:
        """Let go of what its channel was muted for while it waited."""
        return bool(await self._on(claim, "silence", reason))

    @storing("withdrawing what waits")
    async def withdraw(self, channel: Channel, names: Sequence[str], reason: str) -> int:
        """Let go of what waits for a channel, by id; return how many that was."""
        return await self._run("withdraw", channel.key, reason, *names) if names else 0

    @storing("burying a delivery")
    async def bury(self, claim: Claim, reason: str) -> bool:
        """Make it a dead letter, with the reason."""
        return bool(await self._on(claim, "bury", reason))

    @storing("suspending a channel")
    async def suspend(self, claim: Claim, reason: str) -> bool:
        """Send nothing more to its channel; True if this call was the one that suspended it."""
        return await self._halt(claim, "suspend", reason, claim.channel.shown)

    @storing("stopping a platform")
    async def stop(
        self, claim: Claim, reason: str, tenant: str, span: timedelta | None = None
    ) -> bool:
        """Send nothing more with a token, for a time or until it is resumed.

        `tenant` is whose token it is, EVERY where it is everybody's. True if this call stopped it.
        """
        about = " ".join(part for part in (claim.channel.platform, tenant) if part)
        about = about.removesuffix(f" {EVERY}")
        name = f"{claim.channel.platform}|{tenant}"
        words = (name, milliseconds(span or _NONE))
        return await self._halt(claim, "stop", reason, about, *words)

    @storing("resuming what was stopped")
    async def resume(self, platform: str, tenant: str = "") -> int:
        """Send with a tenant's token again; return how many channels were waiting for it."""
        return await self._run("resume", f"{platform}|{tenant}")

    @storing("resuming a channel")
    async def resume_channel(self, channel: Channel) -> bool:
        """Send to a suspended channel again; False if it was not suspended."""
        return bool(await self._run("resume", channel.key))

    @storing("folding what was missed")
    async def fold(self, claim: Claim, summary: Delivery, told: Sequence[str]) -> bool:
        """Let a summary take the place of the claim and of others that wait."""
        return bool(await self._on(claim, "fold", summary.id, _json(summary), *told))

    @storing("reading a queue")
    async def queue(self, channel: Channel, lane: Lane, most: int) -> list[tuple[Delivery, int]]:
        """Return what waits in a lane, in order, each with the time of its commit in ms."""
        keys = self.keys.channel(channel)
        pipe = self._redis.pipeline(transaction=False)
        for name in await self._redis.lrange(keys.queue(lane), 0, most - 1):
            pipe.hmget(keys.delivery(_text(name)), "body", "at")
        rows = await pipe.execute()
        return [(_delivery.decode(body), int(at)) for body, at in rows if body and at]

    @storing("reading what is due")
    async def next_due(self, platforms: Sequence[str]) -> timedelta | None:
        """Return the time until the next delivery is due, at least 0; None where none waits."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.time()
        for platform in platforms:
            for lane in Lane:
                pipe.zrange(self.keys.outbox("due", platform, lane), 0, 0, withscores=True)
        pipe.zrange(self.keys.outbox("paused"), 0, 0, withscores=True)
        (seconds, micro), *found = await pipe.execute()
        firsts = [rows[0][1] for rows in found if rows]
        if not firsts:
            return None
        now = seconds * 1000 + micro // 1000
        return timedelta(milliseconds=max(0, min(firsts) - now))

    @storing("reading a channel's messages")
    async def parents(self, channel: Channel, subjects: Sequence[str]) -> list[bytes | None]:
        """Return what later news of some subjects go under, None where there is nothing."""
        if not subjects:
            return []
        found = await self._redis.hmget(self.keys.channel(channel).parents, list(subjects))
        return [each if isinstance(each, bytes) else None for each in found]

    async def _on(self, claim: Claim, name: str, *words: bytes | str | float) -> int:
        return await self._run(name, claim.channel.key, claim.delivery.id, claim.fence, *words)

    async def _halt(
        self, claim: Claim, what: str, reason: str, about: str, *more: str | int
    ) -> bool:
        return await self._on(claim, "halt", what, reason, about, *more) == _HALTED_NOW


def _claim(row: Sequence[bytes | int], asked: float, lease: timedelta) -> Claim:
    channel, _, fence, lane, state, body, at, first, since, tries, waiting, now, down, up = row
    return Claim(
        delivery=_delivery.decode(_bytes(body)),
        channel=Channel.of_key(_text(channel)),
        fence=int(fence),
        lane=Lane(_text(lane)),
        sending=state == b"sending",
        committed=int(at),
        first=int(first) if first else None,
        since=int(since) if since else None,
        tries=int(tries),
        waiting=int(waiting),
        now=int(now),
        away=(int(down), int(up)) if down and up else None,
        asked=asked,
        ends=asked + lease.total_seconds(),
    )


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError(f"the store's client must read bytes, got {type(value).__name__}")
    return value


def _text(value: object) -> str:
    return _bytes(value).decode()
