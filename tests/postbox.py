"""A platform in a folder: it outlives whoever posts to it, and answers as it likes."""

import asyncio
import fcntl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

from bot.channel import Channel
from bot.chat.base import DeliveryError, Fate, Posting, Receipt

_GONE = "-"


class Reply(Enum):
    """How a call ends: whether the message is kept, and what the caller gets to know."""

    ACCEPTED = (True, None)
    REFUSED = (False, Fate.AGAIN)
    UNANSWERED = (True, Fate.UNKNOWN)
    LATE = ("late", Fate.UNKNOWN)
    LOST = (False, Fate.UNKNOWN)
    NEVER = (False, Fate.NEVER)
    GONE = (False, Fate.CHANNEL)
    REVOKED = (False, Fate.PLATFORM)


def well() -> Reply:
    """Accept."""
    return Reply.ACCEPTED


@dataclass
class Postbox:
    """A Messenger whose platform is a folder: one file a channel, one line a message.

    `next_reply` says how each call ends; a delivery id repeated within `memory` gives back the
    first message. A late message shows up `late` seconds after it was sent.
    """

    folder: Path
    platform: str = "slack"
    memory: timedelta = timedelta(0)
    next_reply: Callable[[], Reply] = well
    late: float = 0.0
    calls: int = 0
    looks: list[str] = field(default_factory=list)

    async def send(self, channel: Channel, posting: Posting, /) -> Receipt:
        """Post as the next reply says."""
        self.calls += 1
        kept, fate = self.next_reply().value
        receipt = Receipt("")
        if kept:
            receipt = self._keep(channel, posting.id, self.late if kept == "late" else 0.0)
        await asyncio.sleep(0)
        if fate is not None:
            raise DeliveryError(f"the post office says {fate.value}", fate=fate)
        return receipt

    async def find(self, channel: Channel, posting: Posting, _since: datetime, /) -> Receipt | None:
        """Look for a delivery among what shows."""
        self.looks.append(posting.id)
        await asyncio.sleep(0)
        found = [line for line in self._lines(channel) if line[1] == posting.id]
        shown = [line for line in found if line[0] <= time.time()]
        return Receipt(shown[0][2]) if shown else None

    async def same_id(self, _channel: Channel, _posting: Posting, /) -> timedelta:
        """Return how long ids are known."""
        return self.memory

    async def copies(
        self, channel: Channel, delivery: str, _standing: Receipt, _since: datetime, /
    ) -> Sequence[Receipt]:
        """Return every message of a delivery that shows by now."""
        now = time.time()
        found = [line for line in self._lines(channel) if line[1] == delivery and line[0] <= now]
        return [Receipt(receipt) for _, _, receipt in found]

    async def remove(self, channel: Channel, copy: Receipt, /) -> None:
        """Take a message away: its receipt stays used."""
        with self._path(channel).open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(f"0 {_GONE} {copy.id}\n")

    async def close(self) -> None:
        """Hold nothing open."""

    def kept(self, channel: Channel) -> list[str]:
        """Return the ids of the messages that stand in a channel, in their order."""
        return [line[1] for line in self._lines(channel)]

    def _keep(self, channel: Channel, name: str, late: float) -> Receipt:
        now = time.time()
        with self._path(channel).open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if self.memory:
                for at, other, receipt in self._lines(channel):
                    if other == name and now - at < self.memory.total_seconds():
                        return Receipt(receipt)
            number = str(len(self._rows(channel)))
            file.write(f"{now + late} {name} {number}\n")
        return Receipt(number)

    def _lines(self, channel: Channel) -> list[tuple[float, str, str]]:
        rows = self._rows(channel)
        gone = {receipt for _, name, receipt in rows if name == _GONE}
        return [
            (float(at), name, receipt)
            for at, name, receipt in rows
            if name != _GONE and receipt not in gone
        ]

    def _rows(self, channel: Channel) -> list[list[str]]:
        path = self._path(channel)
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def _path(self, channel: Channel) -> Path:
        return self.folder / f"{channel.platform}-{channel.address}"
