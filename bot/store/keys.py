"""Every key of the store, and how long it lives.

All keys of one atomic step share a hash tag, so that they lie on one node of a cluster.
"""

import re
from dataclasses import dataclass

from bot.channel import Channel

# Blocks wait here until the commit names them; a look that dies leaves them to expire.
STAGED_SECONDS = 24 * 3600
_GLOB = re.compile(r"([\\*?\[\]^-])")


@dataclass(frozen=True)
class Keys:
    """Key names under one namespace; two namespaces in one store know nothing of each other."""

    namespace: str = "hubshift"

    def _key(self, *parts: str) -> str:
        return ":".join((f"{{{self.namespace}}}", *parts))

    @property
    def cycle(self) -> str:
        """Hash: n, the number of looks committed; look, the id of the last; at, its time."""
        return self._key("cycle")

    @property
    def streams(self) -> str:
        """Set of the names of streams."""
        return self._key("streams")

    def order(self, stream: str) -> str:
        """Sorted set of snapshot ids of a stream, withheld ones too, by time in seconds."""
        return self._key("order", stream)

    @property
    def notes(self) -> str:
        """Hash: snapshot id to its note."""
        return self._key("notes")

    def blocks(self, snapshot_id: str) -> str:
        """Hash: block name to bytes, one for each Snapshot."""
        return self._key("blocks", snapshot_id)

    def staged(self, look: str) -> str:
        """Hash of the blocks of a look that is not committed; expires after STAGED_SECONDS."""
        return self._key("staged", look)

    def tables(self, snapshot_id: str) -> str:
        """Hash: the small tables of a census, field to bytes."""
        return self._key("tables", snapshot_id)

    def staged_tables(self, look: str) -> str:
        """Hash of the same of a look that is not committed; expires after STAGED_SECONDS."""
        return self._key("staged-tables", look)

    @property
    def ledger(self) -> str:
        """List of the looks that taught the ledger something, oldest first."""
        return self._key("ledger")

    def lessons(self, look: str) -> str:
        """List of packed lessons, some thousand a value, for each such look."""
        return self._key("lessons", look)

    def staged_lessons(self, look: str) -> str:
        """List of the same of a look that is not committed; expires after STAGED_SECONDS."""
        return self._key("staged-lessons", look)

    @property
    def identity(self) -> str:
        """List of the looks that taught what repos are for life, oldest first."""
        return self._key("identity")

    def identity_entry(self, look: str) -> str:
        """List of the values of one entry of that log, for each such look."""
        return self._key("identity-entry", look)

    def staged_identity(self, look: str) -> str:
        """List of the same of a look that is not committed; expires after STAGED_SECONDS."""
        return self._key("staged-identity", look)

    @property
    def standing(self) -> str:
        """Hash: rule to what stands."""
        return self._key("standing")

    @property
    def trouble(self) -> str:
        """Hash: stream to the source's trouble there."""
        return self._key("trouble")

    @property
    def belated(self) -> str:
        """Set of streams that were given a belated Snapshot since their last look."""
        return self._key("belated")

    @property
    def shift_order(self) -> str:
        """Sorted set of shift ids by the time of their Snapshot."""
        return self._key("shift-order")

    @property
    def shifts(self) -> str:
        """Hash: shift id to shift."""
        return self._key("shifts")

    @property
    def latest(self) -> str:
        """Hash: rule and subject to the id of the last shift told of them."""
        return self._key("latest")

    def once(self, kind: str, name: str) -> str:
        """Mark of what was done once; expires when it cannot come again."""
        return self._key("once", kind, name)

    def shelf(self, kind: str, name: str) -> str:
        """Bytes that are kept for minutes; they expire."""
        return self._key("shelf", kind, name)

    def remembered(self, kind: str) -> str:
        """Hash: name to a small text, kept until it is dropped."""
        return self._key("remembered", kind)

    @property
    def root(self) -> str:
        """The beginning of every key, from which the scripts of the outbox go on."""
        return self._key("")

    def outbox(self, *parts: str) -> str:
        """Name what the outbox keeps for all channels: due, budget, counters, notices, dead."""
        return self._key(*parts)

    def channel(self, channel: Channel) -> "ChannelKeys":
        """Return the keys of one channel, which its tenant is a part of."""
        return ChannelKeys(self, channel)

    def settings(self, channel: str) -> str:
        """Name what a channel has decided for itself, by its key: many are read at a time."""
        return self.outbox("settings", channel)

    def subscribers(self, rule: str) -> str:
        """Hash: channel to its subscription to a rule."""
        return self._key("subscribers", rule)

    def tenant(self, channel: Channel) -> str:
        """Set of the channels of a tenant, the channel's own, that have decided anything."""
        return self._key("tenant", f"{channel.platform}|{channel.tenant}")

    @property
    def decided(self) -> str:
        """Set of all channels that have decided anything."""
        return self._key("decided")

    @property
    def subscribed(self) -> str:
        """Hash: rule to the number of its subscribers."""
        return self._key("subscribed")


@dataclass(frozen=True)
class ChannelKeys:
    """The only place that names what is kept of a channel; platform and tenant are in each key.

    The scripts build the same names, in `outbox/shared.lua`.
    """

    keys: Keys
    channel: Channel

    def _of(self, kind: str, *rest: str) -> str:
        return self.keys.outbox(kind, self.channel.key, *rest)

    @property
    def state(self) -> str:
        """Hash: fence, the delivery in flight, pace, suspension."""
        return self._of("channel")

    def queue(self, lane: str) -> str:
        """List of the ids that wait in one lane, the next one first."""
        return self._of(f"queue:{lane}")

    def delivery(self, delivery: str) -> str:
        """Hash: one delivery's body, state and times; expires some time after it is settled."""
        return self._of("delivery", delivery)

    @property
    def log(self) -> str:
        """List of what became of deliveries, newest first, the last 500."""
        return self._of("log")

    @property
    def parents(self) -> str:
        """Hash: rule and subject to the message that later news of it go under."""
        return self._of("parents")

    @property
    def subscriptions(self) -> str:
        """Set of the rules that the channel is subscribed to."""
        return self._of("subscriptions")

    @property
    def settings(self) -> str:
        """What the channel has decided for itself: ChannelSettings as JSON."""
        return self.keys.settings(self.channel.key)


def escaped(text: str) -> str:
    """Return text that a pattern of the server takes as it stands."""
    return _GLOB.sub(r"\\\1", text)
