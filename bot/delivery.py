"""A Delivery: one message on its way to one Channel, and its name."""

import hashlib
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from bot.channel import Channel
from bot.render.message import Message
from bot.render.weekly import Digest
from detectors.shift import Shift

# Slack metadata, Discord nonces: 25 ASCII characters at most.
_ID = 24


class Lane(StrEnum):
    """Which queue of its channel a delivery waits in: an alert is never behind the others."""

    ALERT = "alert"
    LATER = "later"


class Form(StrEnum):
    """How a delivery is told."""

    ALERT = "alert"
    """One story."""
    THREAD = "thread"
    """One story, under the last message of its rule."""
    SUMMARY = "summary"
    """Many stories that a channel missed, in one message."""
    MESSAGE = "message"
    """A message that was written when it was added: a digest, a sample."""


class Delivery(msgspec.Struct, frozen=True):
    """One message on its way: the Shifts it tells, in order, or the message itself.

    A `digest` says the same as its message, for where it can be drawn.
    """

    id: str
    channel: str
    shifts: tuple[str, ...] = ()
    cycle: int = 0
    form: Form = Form.ALERT
    lane: Lane = Lane.ALERT
    message: Message | None = None
    digest: Digest | None = None

    @property
    def to(self) -> Channel:
        """The channel it goes to."""
        return Channel.of_key(self.channel)


def delivery_id(channel: Channel, shifts: Iterable[Shift], cycles: tuple[int, int]) -> str:
    """Return the name of what a look tells a channel: the same for the same, whoever asks.

    It is a hash of platform, tenant, channel, each rule and subject, from_cycle and to_cycle.
    """
    told = [part for shift in shifts for part in (shift.rule, shift.subject)]
    return named(channel.platform, channel.tenant, channel.address, *told, *map(str, cycles))


def named(*parts: str) -> str:
    """Return a delivery id made of parts, of 24 ASCII characters."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:_ID]
