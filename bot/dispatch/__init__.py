"""From the outbox to the Messengers: claimed, sent, settled, reconciled."""

from bot.dispatch.compose import Composer
from bot.dispatch.drain import drain
from bot.dispatch.pictured import Pictured
from bot.dispatch.timing import STREAM, Timing
from bot.dispatch.work import Desk, Outcome, Step, Works
from bot.dispatch.worker import Worker

__all__ = [
    "STREAM",
    "Composer",
    "Desk",
    "Outcome",
    "Pictured",
    "Step",
    "Timing",
    "Worker",
    "Works",
    "drain",
]
