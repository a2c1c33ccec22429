"""The outbox: deliveries not settled yet, lent and settled by guarded scripts."""

from bot.store.outbox.audits import Audit, Audits
from bot.store.outbox.claims import Begun, Claim, Started
from bot.store.outbox.depths import Depth, Depths, Memory
from bot.store.outbox.digests import Digests
from bot.store.outbox.office import Entry, Notice, Office, Undelivered
from bot.store.outbox.outbox import Outbox
from bot.store.outbox.scripts import script

__all__ = [
    "Audit",
    "Audits",
    "Begun",
    "Claim",
    "Depth",
    "Depths",
    "Digests",
    "Entry",
    "Memory",
    "Notice",
    "Office",
    "Outbox",
    "Started",
    "Undelivered",
    "script",
]
