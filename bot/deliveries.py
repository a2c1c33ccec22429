"""Which messages a look's Shifts become, one delivery for each channel."""

import hashlib
from collections.abc import Sequence

from bot.look import Delivery
from bot.render import gravest, stories
from detectors.shift import AT_ONCE, Severity, Shift

# Slack metadata, Discord nonces: 25 ASCII characters at most.
_DELIVERY_ID = 24


def deliveries_of(
    shifts: Sequence[Shift],
    channels: Sequence[str],
    cycle: int,
    floor: Severity = AT_ONCE,
) -> list[Delivery]:
    """Return one delivery for each channel and message; what belongs together is one message.

    What is held back, or less grave than `floor`, is delivered to nobody: it waits for the digest.
    """
    messages = [
        [shift.id for shift in story]
        for story in stories(shifts)
        if gravest(story).rank >= floor.rank
    ]
    return [
        Delivery(_delivery_id(channel, message, cycle), channel, tuple(message), cycle)
        for channel in channels
        for message in messages
    ]


def _delivery_id(channel: str, shifts: Sequence[str], cycle: int) -> str:
    parts = "\x1f".join((channel, str(cycle), *shifts))
    return hashlib.sha256(parts.encode()).hexdigest()[:_DELIVERY_ID]
