"""What every chat platform is: a Messenger that sends, or says why it could not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.channel import Channel
from bot.render.message import Message
from bot.render.picture import Picture
from bot.render.weekly import Digest
from detectors.shift import Shift

LONGEST_ID = 25
"""ASCII characters: what Discord takes as a nonce."""


class Fate(StrEnum):
    """What a failed send means for the message, its channel and its platform."""

    AGAIN = "again"
    """Definitely refused; it may be tried again."""
    NEVER = "never"
    """This message will never be taken; the channel is fine."""
    UNKNOWN = "unknown"
    """It may have been accepted: a timeout, a dropped connection, a 5xx."""
    CHANNEL = "channel"
    """The channel is archived, gone or forbidden; nothing more is sent there."""
    PLATFORM = "platform"
    """The token is revoked or the whole platform refuses; nothing more is sent by it."""


class DeliveryError(Exception):
    """A message did not arrive, or may not have; `fate` says what that means.

    The reason is for people: what happened, where, and what to do; never a token or an address
    that opens a door. `retry_after` is in seconds, where the platform says so; of a platform that
    refuses altogether it is when to try again without anybody's doing.
    """

    exit_code = 1

    def __init__(self, reason: str, *, fate: Fate, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fate = fate
        self.retry_after = retry_after


@dataclass(frozen=True)
class Receipt:
    """Where a message stands at its platform.

    `id` is the platform's own (Slack's ts, Discord's message id); `thread` the id of the thread
    or channel it was put into, "" for the channel it was sent to.
    """

    id: str
    thread: str = ""


@dataclass(frozen=True)
class Posting:
    """One message as a Messenger gets it. `id` is the delivery's, of LONGEST_ID characters.

    With a `parent` it is an update: that message is edited to read as `parent_message`, and this
    one goes into its thread; one that is `aloud` tells what has begun, and is to be seen in the
    channel, too, where a platform hides its threads. `shifts` are the Shifts it tells, for who
    wants figures; a `digest` says the same as its message, for who can draw it.
    """

    id: str
    message: Message
    picture: Picture | None = None
    parent: Receipt | None = None
    parent_message: Message | None = None
    aloud: bool = False
    shifts: tuple[Shift, ...] = ()
    digest: Digest | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.id) <= LONGEST_ID or not self.id.isascii():
            raise ValueError(f"a delivery id has 1 to {LONGEST_ID} ASCII characters: {self.id!r}")


class Messenger(Protocol):
    """Sends to one platform, as one tenant. No call tries twice on its own."""

    @property
    def platform(self) -> str:
        """The platform's name: a Channel's `platform`."""

    async def same_id(self, channel: Channel, posting: Posting, /) -> timedelta:
        """Say how long a repeated delivery id gives back the first message; 0 if it does not."""

    async def send(self, channel: Channel, posting: Posting, /) -> Receipt:
        """Post one message; returns when the platform has it.

        A parent is edited first, which does no harm when repeated; one that is gone is no reason
        to fail.

        Raises:
            DeliveryError: it was refused, or may have been accepted (Fate.UNKNOWN).
        """

    async def find(self, channel: Channel, posting: Posting, since: datetime, /) -> Receipt | None:
        """Look for a message in the channel's history since a time; it only reads.

        Raises:
            DeliveryError: the history cannot be read.
        """

    async def copies(
        self, channel: Channel, delivery: str, standing: Receipt, since: datetime, /
    ) -> Sequence[Receipt]:
        """Return every message of a delivery, one of which stands at a place; it only reads.

        Raises:
            DeliveryError: the history cannot be read.
        """

    async def remove(self, channel: Channel, copy: Receipt, /) -> None:
        """Take back a message that Hubshift posted; one that is gone is no reason to fail.

        Raises:
            DeliveryError: it still stands.
        """

    async def close(self) -> None:
        """Let go of connections."""
