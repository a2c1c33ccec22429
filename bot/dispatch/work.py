"""One delivery, step by step, from its claim to what became of it."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial

from bot.channel import EVERY, Channel
from bot.chat.base import DeliveryError, Fate, Messenger, Receipt
from bot.delivery import Lane
from bot.dispatch.compose import Composed, Composer, Gone
from bot.dispatch.timing import Timing
from bot.dispatch.turns import on_time
from bot.store.errors import StoreError
from bot.store.outbox import Begun, Claim, Outbox

log = logging.getLogger(__name__)

_NOTHING = timedelta(0)
# The clocks of the store and of a platform agree to about this much.
SKEW = timedelta(minutes=2)
_SETTLING = 8
Desk = Mapping[tuple[str, str], Messenger]
"""The Messenger of each platform and tenant: a message leaves with its own tenant's token.

Under EVERY stands one whose token serves every tenant, as a Discord bot's does every guild.
"""


class Step(StrEnum):
    """A checkpoint: a process may die at any."""

    CLAIMED = "claimed"
    BEGUN = "begun"
    SENT = "sent"
    REFUSED = "refused"
    LOOKED = "looked"
    SETTLED = "settled"


class Outcome(StrEnum):
    """What became of a claim."""

    TOLD = "told"
    THERE = "was there already"
    WAITS = "waits"
    REFUSED = "refused for now"
    DEAD = "never told"
    HALTED = "halted"
    LOST = "another's by now"
    QUIET = "waits for the end of quiet hours"
    MUTED = "not told, the channel is muted"


def _pass(_step: Step) -> None:
    """Do nothing at a checkpoint."""


@dataclass
class Works:
    """Works claims off: reconcile what may have been sent, send what was not, settle both.

    `mark` is called at every checkpoint. `reasons` are why deliveries last failed, by channel.
    """

    outbox: Outbox
    composer: Composer
    desk: Desk
    timing: Timing
    mark: Callable[[Step], None] = _pass
    reasons: dict[str, str] = field(default_factory=dict)

    async def work(self, claim: Claim) -> Outcome:
        """Take a claim as far as it goes.

        Raises:
            StoreError: the store failed; the lease will end, and the next to claim it goes on.
        """
        self.mark(Step.CLAIMED)
        channel = claim.channel
        messenger = self.desk.get(self._token(channel))
        if messenger is None:
            reason = f"there is no token for {channel.platform} {channel.tenant}".rstrip()
            if claim.sending:
                await self.outbox.defer(claim, self.timing.most_wait, reason)
            else:
                await self.outbox.clear(claim, self.timing.most_wait, reason)
            return Outcome.REFUSED
        try:
            if claim.sending:
                return await self._reconcile(claim, messenger)
            if (kept := await self._kept(claim)) is not None:
                return kept
            claim = await self._folded(claim)
            composed = await self.composer.compose(claim)
        except Gone as gone:
            await self.outbox.bury(claim, str(gone))
            return Outcome.DEAD
        return await self._send(claim, messenger, composed, sure=True)

    def _token(self, channel: Channel) -> tuple[str, str]:
        """Return whose token a message to a channel leaves with."""
        own = (channel.platform, channel.tenant)
        return own if own in self.desk else (channel.platform, EVERY)

    async def _kept(self, claim: Claim) -> Outcome | None:
        """Keep an alert back in its channel's mute or quiet hours; None where it may be told."""
        if claim.lane is not Lane.ALERT or not self.timing.hours:
            return None
        settings = await self.composer.store.channel_settings.of(claim.channel)
        now = datetime.fromtimestamp(claim.now / 1000, UTC)
        if settings.muted(now):
            muted = await self.outbox.silence(claim, "the channel was muted while it waited")
            return Outcome.MUTED if muted else Outcome.LOST
        until = settings.quiet_until(now)
        if until is None:
            return None
        hushed = await self.outbox.hush(claim, until - now)
        return Outcome.QUIET if hushed else Outcome.LOST

    async def _folded(self, claim: Claim) -> Claim:
        """Let one summary take the place of a claim that is certainly not there, if need be."""
        missed = await self.composer.missed(claim, self.timing)
        if missed is not None and await self.outbox.fold(claim, *missed):
            return replace(claim, delivery=missed[0], sending=False)
        return claim

    async def _reconcile(self, claim: Claim, messenger: Messenger) -> Outcome:
        """Find out whether a message arrived whose sender was not answered, or died."""
        composed = await self.composer.compose(claim)
        same_id = await messenger.same_id(claim.channel, composed.posting)
        if claim.since_first() + self.timing.timeout < same_id:
            return await self._send(claim, messenger, composed, sure=False)
        unsettled = self.timing.settle - claim.since_last()
        if unsettled > _NOTHING:
            await self.outbox.defer(claim, unsettled, "it may have arrived; its history will tell")
            return Outcome.WAITS
        since = claim.first_sent() - SKEW
        receipt, error = None, None
        try:
            async with asyncio.timeout(self.timing.timeout.total_seconds()):
                receipt = await messenger.find(claim.channel, composed.posting, since)
        except TimeoutError:
            error = DeliveryError("no answer in time", fate=Fate.UNKNOWN)
        except DeliveryError as failed:
            error = failed
        self.mark(Step.LOOKED)
        if error is not None and error.fate is not Fate.NEVER:
            return await self._unseen(claim, error)
        if receipt is not None:
            return await self._settle(claim, composed, receipt, "reconciled")
        # A history that can never be read says nothing: rather twice than not at all.
        counter = "suspected"
        if error is None:
            counter, claim = "resent", await self._folded(claim)
            composed = await self.composer.compose(claim)
        return await self._send(claim, messenger, composed, sure=True, counter=counter)

    async def _unseen(self, claim: Claim, error: DeliveryError) -> Outcome:
        """Go on waiting where the history could not be read."""
        self.reasons[claim.channel.key] = error.reason
        if error.fate in {Fate.CHANNEL, Fate.PLATFORM}:
            return await self._halt(claim, error)
        after = timedelta(seconds=error.retry_after or 0)
        wait = max(after, self.timing.wait(claim.tries))
        reason = f"its history cannot be read: {error.reason}"
        await self.outbox.defer(claim, wait, reason, away=error.retry_after is None)
        return Outcome.WAITS

    async def _send(
        self,
        claim: Claim,
        messenger: Messenger,
        composed: Composed,
        *,
        sure: bool,
        counter: str = "",
    ) -> Outcome:
        timing, platform = self.timing, claim.channel.platform
        composed = await self.composer.pictured(claim, composed)
        turn = timing.turn if claim.lane is Lane.ALERT else timing.later_turn
        if claim.left() < (turn + timing.timeout).total_seconds():
            return Outcome.LOST
        pace, gap = timing.pace(platform), timing.gap(platform)
        asked = asyncio.get_running_loop().time()
        started = await self.outbox.begin(
            claim, sure=sure, pace=pace, gap=gap, patience=turn, counter=counter
        )
        if started.begun is Begun.LOST:
            return Outcome.LOST
        if started.begun is Begun.BUSY:
            wait = timedelta(seconds=started.wait)
            if claim.sending:
                await self.outbox.defer(claim, wait, "the platform's budget is used up")
            else:
                await self.outbox.clear(claim, wait)
            return Outcome.WAITS
        self.mark(Step.BEGUN)
        if gap:
            await on_time(started.wait, asked, partial(self.outbox.turn, platform, gap))
        if claim.left() < timing.timeout.total_seconds():
            return Outcome.LOST
        try:
            async with asyncio.timeout(timing.timeout.total_seconds()):
                receipt = await messenger.send(claim.channel, composed.posting)
        except TimeoutError:
            failed = DeliveryError("no answer in time", fate=Fate.UNKNOWN)
        except DeliveryError as error:
            failed = error
        else:
            self.mark(Step.SENT)
            return await self._settle(claim, composed, receipt, "sent")
        self.mark(Step.REFUSED)
        return await self._failed(claim, failed)

    async def _settle(
        self, claim: Claim, composed: Composed, receipt: Receipt, how: str
    ) -> Outcome:
        """Note that it is there; a store that is away for a moment must not forget it."""
        parents = composed.parents(receipt)
        for again in range(_SETTLING):
            try:
                await self.outbox.done(claim, receipt, how, parents, self.timing.settle)
                break
            except StoreError:
                if again == _SETTLING - 1:
                    raise
                await asyncio.sleep(self.timing.poll.total_seconds() * 2**again / 8)
        self.mark(Step.SETTLED)
        return Outcome.TOLD if how == "sent" else Outcome.THERE

    async def _failed(self, claim: Claim, error: DeliveryError) -> Outcome:
        """Do what the Fate of a failed send asks for."""
        timing = self.timing
        self.reasons[claim.channel.key] = error.reason
        if error.fate in {Fate.CHANNEL, Fate.PLATFORM}:
            return await self._halt(claim, error)
        given_up = claim.age() > timing.patience
        if error.fate is Fate.NEVER or given_up:
            spent = " (given up after many tries)" if given_up else ""
            await self.outbox.bury(claim, error.reason + spent)
            log.error("a message to %s will never arrive: %s", claim.channel.shown, error.reason)
            return Outcome.DEAD
        wait = max(timedelta(seconds=error.retry_after or 0), timing.wait(claim.tries))
        away = error.retry_after is None
        if error.fate is Fate.UNKNOWN:
            await self.outbox.defer(claim, wait, error.reason, "unanswered", away=away)
            return Outcome.WAITS
        await self.outbox.clear(claim, wait, error.reason, away=away)
        return Outcome.REFUSED

    async def _halt(self, claim: Claim, error: DeliveryError) -> Outcome:
        """Suspend the channel or stop the platform; its installer is told once."""
        shown = claim.channel.shown
        if error.fate is Fate.CHANNEL:
            if await self.outbox.suspend(claim, error.reason):
                log.warning("%s is suspended, what waits is kept: %s", shown, error.reason)
            return Outcome.HALTED
        span = None if error.retry_after is None else timedelta(seconds=error.retry_after)
        if await self.outbox.stop(claim, error.reason, self._token(claim.channel)[1], span):
            log.critical("nothing more is sent by %s: %s", claim.channel.platform, error.reason)
        return Outcome.HALTED
