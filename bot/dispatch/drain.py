"""Everything that waits, told before going on: for a replay, and for tests."""

import asyncio

from bot.chat.base import DeliveryError, Fate
from bot.dispatch.work import Outcome, Works

_STEP = 100
_LOOK_AGAIN = 1.0
_FAILED = {Outcome.REFUSED, Outcome.HALTED}


async def drain(works: Works) -> int:
    """Tell everything that waits for the platforms of the desk, and return how many messages.

    What another process has in hand is waited for, until its lease ends.

    Raises:
        DeliveryError: a channel cannot be reached now; what waits goes on waiting.
    """
    told = 0
    platforms = sorted({platform for platform, _ in works.desk})
    while True:
        claims = await works.outbox.claim(platforms, _STEP, works.timing.lease)
        for claim in claims:
            outcome = await works.work(claim)
            told += outcome in {Outcome.TOLD, Outcome.THERE}
            if outcome in _FAILED:
                reason = works.reasons.get(claim.channel.key, "it is suspended")
                raise DeliveryError(reason, fate=Fate.AGAIN)
        if not claims:
            due = await works.outbox.next_due(platforms)
            if due is None:
                return told
            await asyncio.sleep(min(due.total_seconds(), _LOOK_AGAIN))
