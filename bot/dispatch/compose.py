"""From a Claim to the Posting that a Messenger gets."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from bot.chat.base import Posting, Receipt
from bot.deliveries import told_after_all
from bot.delivery import Delivery, Form, Lane, named
from bot.dispatch.pictured import Pictured
from bot.dispatch.timing import Timing
from bot.render import Message, message_of, stories
from bot.render.updates import ended, followed, summary
from bot.store.outbox import Claim
from bot.store.store import Store
from bot.store.writes import subject_of
from detectors.shift import Shift, Status

PARENT_AGE = timedelta(days=7)
"""News of what was told longer ago are a message of their own: nobody looks into that thread."""
MISSED = 5
"""A channel that missed more Shifts than that gets one summary."""
_MOST_MISSED = 500
_RULE = "\x1frule"


class Gone(Exception):
    """A delivery cannot be told: the store no longer holds what it tells."""


class Parent(msgspec.Struct, frozen=True):
    """A message that stands in a channel, and what it told."""

    receipt: str
    thread: str
    shifts: tuple[str, ...]
    at: datetime


_encode, _parent = msgspec.json.Encoder().encode, msgspec.json.Decoder(Parent)


@dataclass(frozen=True)
class Composed:
    """A Posting, and the subjects that its message, once there, is the parent of."""

    posting: Posting
    subjects: tuple[str, ...] = ()
    parent: Parent | None = None

    def parents(self, receipt: Receipt) -> dict[str, bytes]:
        """Return what later news of its subjects go under, for the store."""
        if not self.subjects:
            return {}
        told = self.posting
        stands = self.parent or Parent(
            receipt.id, receipt.thread, tuple(each.id for each in told.shifts), told.message.at
        )
        return dict.fromkeys(self.subjects, _encode(stands))


@dataclass(frozen=True)
class Composer:
    """Writes what is sent, from what the store holds now; without `pictures` nothing is drawn."""

    store: Store
    pictures: Pictured | None = None

    async def compose(self, claim: Claim) -> Composed:
        """Return the Posting of a claim; Gone where the store no longer holds what it tells."""
        delivery = claim.delivery
        if delivery.message is not None:
            return Composed(Posting(delivery.id, delivery.message, digest=delivery.digest))
        # What is in a delivery is told, whatever held it back for others.
        found = await self.store.shifts_of(delivery.shifts)
        shifts = tuple(told_after_all(each) for each in found)
        if not shifts:
            raise Gone("the store no longer holds the shifts that it tells")
        over = {subject_of(each) for each in await self.store.later(shifts) if _ends(each)}
        if delivery.form is Form.SUMMARY:
            told = summary([_told(story, over) for story in stories(shifts)])
            return Composed(Posting(delivery.id, told, shifts=shifts))
        message = _told(shifts, over)
        posting = Posting(delivery.id, message, shifts=shifts)
        return await self._under_parent(claim, posting)

    async def pictured(self, claim: Claim, composed: Composed) -> Composed:
        """Return what is sent with the picture of its story, where there is one in time."""
        shown = claim.delivery.form in {Form.ALERT, Form.THREAD} or claim.delivery.digest
        if self.pictures is None or not shown:
            return composed
        platform = claim.channel.platform
        posting = await self.pictures.with_picture(platform, composed.posting)
        return replace(composed, posting=posting)

    async def _under_parent(self, claim: Claim, posting: Posting) -> Composed:
        """Let news of what the channel was told go under the message that told it."""
        message, shifts = posting.message, posting.shifts
        subjects = tuple(dict.fromkeys(subject_of(each) for each in shifts))
        threaded = claim.delivery.form is Form.THREAD
        if threaded:
            subjects += (shifts[0].rule + _RULE,)
        found = await self.store.outbox.parents(claim.channel, subjects)
        held = [_parent.decode(each) for each in found if each is not None]
        fresh = [each for each in held if message.at - each.at <= PARENT_AGE]
        before = await self.store.shifts_of(fresh[0].shifts) if fresh else []
        if not before:
            return Composed(posting, subjects)
        parent, first = fresh[0], message_of(before)
        same = {subject_of(each) for each in before} & set(subjects)
        over = all(map(_ends, shifts))
        update = replace(
            posting,
            parent=Receipt(parent.receipt, parent.thread),
            parent_message=followed(first, message, over=over) if same else first,
            aloud=not (over or threaded),
        )
        new = tuple(subject for subject, each in zip(subjects, found, strict=True) if each is None)
        return Composed(update, new, parent)

    async def missed(self, claim: Claim, timing: Timing) -> tuple[Delivery, list[str]] | None:
        """Return one summary of what a channel missed and the ids it tells, where it is needed.

        What waited too long was missed, and what waited while the channel was out of reach; a
        channel that is merely busy missed nothing.
        """
        until = claim.now - timing.late.total_seconds() * 1000
        if claim.away is not None and claim.out_of_reach() >= timing.outage:
            until = max(until, claim.away[1])
        if claim.committed > until or claim.delivery.form is not Form.ALERT:
            return None
        rows = await self.store.outbox.queue(claim.channel, claim.lane, _MOST_MISSED)
        told = [each for each, at in rows if at <= until and each.form is Form.ALERT]
        shifts = tuple(shift for each in told for shift in each.shifts)
        if len(shifts) <= MISSED or len(told) == 1:
            return None
        ids = [each.id for each in told]
        whole = Delivery(
            id=named(claim.delivery.channel, "summary", *ids),
            channel=claim.delivery.channel,
            shifts=shifts,
            cycle=told[-1].cycle,
            form=Form.SUMMARY,
            lane=Lane.ALERT,
        )
        return whole, ids


def _ends(shift: Shift) -> bool:
    return shift.status is Status.RESOLVED


def _told(story: tuple[Shift, ...], over: set[str]) -> Message:
    """Say a story; one that has ended before it could be told says so."""
    message = message_of(story)
    begun = [subject_of(each) for each in story if not _ends(each)]
    return ended(message) if begun and over.issuperset(begun) else message
