"""What the desk works with, and what each change begins with: who may, and what is watched."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.channel import Channel
from bot.channel_settings import ChannelSettings
from bot.deliveries import plain
from bot.desk.asker import Asker, Refused
from bot.lookups.questions import QuestionError
from bot.rules import RuleError, parse_rule
from bot.rules.words import Word, Words
from bot.store.store import Store
from bot.subscriptions import Subscription
from bot.views import Views
from bot.wording import clean
from detectors.base import Detector
from detectors.labs import Labs
from detectors.shift import AT_ONCE, SOURCE_RULE, Severity

MOST_WATCHES = 100
"""In one channel; whoever wants more wants a channel for each."""

_UNSENT = (
    "Nothing is sent to it at present: {}. What is to be told waits; once that is mended, `test` "
    "sends it again."
)
_DIGITS = 3
_MOST_WAITING = 1_000


@dataclass(frozen=True)
class House:
    """The store and the lab table; the channels that the operator named, and what they are told.

    `first` are told of `rules` from `floor` on unless they decide otherwise. `views` are what
    look-ups read: the store, with what was read lately in memory. `trying` lets one rule at a
    time be tried on the whole history.
    """

    store: Store
    labs: Labs
    views: Views
    first: Sequence[Channel] = ()
    rules: Sequence[Detector] = ()
    floor: Severity = AT_ONCE
    trying: asyncio.Lock = field(default_factory=asyncio.Lock)

    def own(self, channel: Channel) -> Channel:
        """Return a channel as it is kept: one that the operator named is the operator's own."""
        return next((each for each in self.first if each.place == channel.place), channel)

    def given(self, channel: Channel) -> list[Subscription]:
        """Return the watches that come with a channel, because the operator named it."""
        rules = [*map(str, self.rules), SOURCE_RULE] if channel in self.first else []
        return [plain(channel, rule) for rule in dict.fromkeys(rules)]

    def floor_of(self, channel: Channel, settings: ChannelSettings) -> Severity:
        """Return the least severity that a channel is told at once."""
        return settings.floor or (self.floor if channel in self.first else AT_ONCE)

    async def all_of(self, channel: Channel) -> list[Subscription]:
        """Return everything decided about rules in a channel, in the order of their numbers.

        Rules that come with the channel are first, those that it has switched off included.
        """
        held = {each.rule: each for each in await self.store.subscriptions.of(channel)}
        found = [held.pop(each.rule, each) for each in self.given(channel)]
        return found + sorted(held.values(), key=lambda each: (each.since, each.rule))

    async def last_looks(self) -> dict[str, datetime]:
        """Return when the last Snapshot of each stream was taken."""
        found = [
            (stream, await self.store.noted.last(stream)) for stream in await self.store.streams()
        ]
        return {stream: note.taken_at for stream, note in found if note is not None}

    async def watches(self, channel: Channel) -> list[Subscription]:
        """Return what a channel watches, in the order of their numbers."""
        return [each for each in await self.all_of(channel) if not each.off]

    async def withdraw(self, channel: Channel, rule: str | None, reason: str) -> int:
        """Let go of the alerts of a rule, or of all, that wait for a channel; return how many."""
        waiting = await self.store.waiting(channel, _MOST_WAITING)
        names = [
            delivery.id
            for delivery, shifts in waiting
            if rule is None or {shift.rule for shift in shifts} == {rule}
        ]
        return await self.store.outbox.withdraw(channel, names, reason)

    async def chosen(self, asked: "Asked", which: Word) -> Subscription:
        """Return the watch that a person means by its number or its rule.

        Raises:
            Refused: the channel does not watch it.
            QuestionError: it is neither a number nor a rule.
        """
        watches = await self.watches(asked.channel)
        text = which.bare.strip().rstrip(".")
        if text.isdecimal():
            if len(text) <= _DIGITS and 0 < int(text) <= len(watches):
                return watches[int(text) - 1]
            count = f"watches are numbered 1 to {len(watches)}" if watches else "none is watched"
            asked.words.refuse(which, f"in {asked.where} {count}; `watches` lists them")
        return self.watch_of(rule_line(text, self.labs), watches, asked)

    @staticmethod
    def watch_of(rule: str, watches: Sequence[Subscription], asked: "Asked") -> Subscription:
        """Return the watch of a rule; Refused, kindly, where it is gone or never was."""
        found = next((each for each in watches if each.rule == rule), None)
        if found is None:
            raise Refused(
                f"“{rule}” is not watched in {asked.where}, or no longer; nothing was changed. "
                f"`watches` lists what is, and `watch {rule}` begins with this one."
            )
        return found

    async def held_up(self, channel: Channel) -> list[str]:
        """Say why nothing is sent to a channel, and what helps; nothing where it is sent to."""
        why = await self.store.office.suspended(channel)
        return [_UNSENT.format(clean(why, None).rstrip("."))] if why else []

    async def resume(self, channel: Channel) -> list[str]:
        """Send to a channel again if it was suspended, and say so; nothing where it was not.

        Whoever may configure a channel has mended it: nobody else has to be asked.
        """
        why = await self.store.office.suspended(channel)
        if not why:
            return []
        await self.store.outbox.resume_channel(channel)
        return [
            f"Nothing was sent to it until now: {clean(why, None).rstrip('.')}.",
            "It is tried again, with everything that waits for it.",
        ]

    async def settings(self, channel: Channel) -> ChannelSettings:
        """Return what a channel has decided for itself."""
        return await self.store.channel_settings.of(channel)


@dataclass(frozen=True)
class Asked:
    """A line that a person typed: its words, who typed it and when; the channel as it is kept."""

    words: Words
    asker: Asker
    channel: Channel
    now: datetime

    def must_configure(self) -> None:
        """Refuse, kindly, who may not change what the channel is told."""
        if not self.asker.may_configure:
            raise Refused(
                "Only those who may configure this channel can change what it is told. Ask one of "
                f"them to type: {self.words.line}\nOpen to everybody: watches, preview RULE, and "
                "every question that `help` lists."
            )

    @property
    def where(self) -> str:
        """The channel as a sentence names it."""
        return self.asker.where


def rule_line(text: str, labs: Labs) -> str:
    """Return a rule as the store names it; QuestionError shows what cannot be read of it."""
    if text.strip().casefold() == SOURCE_RULE:
        return SOURCE_RULE
    try:
        return str(parse_rule(text, labs))
    except RuleError as error:
        raise QuestionError(str(error)) from None
