"""The desk: takes a line from a person, and answers it."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.channel import CONSOLE, Channel
from bot.desk import packing, preferences, retuning, samples, silence, trying, watching
from bot.desk.asker import Asker, Refused, TooOften
from bot.desk.help import TOPICS, help_on, with_commands
from bot.desk.home import Home, home
from bot.desk.house import Asked, House
from bot.desk.pace import MOST, Pace
from bot.desk.reading import (
    COMMANDS,
    Mute,
    Preview,
    Sample,
    Setting,
    Unmute,
    Unwatch,
    UnwatchPack,
    Watch,
    Watches,
    WatchPack,
    parse_command,
)
from bot.desk.trying import Tuning
from bot.desk.whereabouts import here as whereabouts
from bot.lookups import Answer, NothingHeld, QuestionError, answer
from bot.lookups.here import ANYWHERE
from bot.lookups.questions import PARSERS
from bot.pictures.easel import Easel
from bot.resident import AtHand, Resident, nothing_at_hand
from bot.rules.words import Words
from bot.store.store import Store
from bot.views import Views
from bot.wording import plural
from detectors.base import Detector
from detectors.labs import Labs
from detectors.shift import AT_ONCE, Severity

KIND = (QuestionError, NothingHeld, Refused, TooOften)
"""The errors whose text is shown to the person as it is."""
_SHIFT = re.compile(r"[0-9a-f]{12}")
PICTURE_SECONDS = 5.0
"""A person waits for the words; what takes longer to draw is not shown."""
LONGEST = 1_000
"""Characters; no rule and no question comes near."""


class Desk:
    """Answers everything that people type or press, from what the store holds.

    `clock` gives aware times. `first` are the channels that the operator named; they are told of
    `rules` from `floor` on, unless they decide otherwise. `at_hand` gives a Snapshot that this
    process holds with all its columns, by its id. With an `easel` what can be drawn is, except for
    a terminal.
    """

    def __init__(
        self,
        store: Store,
        labs: Labs,
        clock: Callable[[], datetime],
        *,
        first: Sequence[Channel] = (),
        rules: Sequence[Detector] = (),
        floor: Severity = AT_ONCE,
        at_hand: AtHand = nothing_at_hand,
        easel: Easel | None = None,
    ) -> None:
        views = Resident(store, at_hand)
        self.views: Views = views
        """What is held, read through what is at hand."""
        self._easel = easel
        self._house = House(store, labs, views, first, rules, floor)
        self._clock = clock
        self._pace = Pace(clock)

    async def answer(self, line: str, asker: Asker) -> Answer:
        """Answer a line: a question, or a change of what the asker's channel is told.

        Raises:
            QuestionError: it cannot be read, or names nothing held; shown with a caret.
            NothingHeld: it is a good question, and nothing held can answer it.
            Refused: it is not done, and the text says why.
            TooOften: the person has asked too much in a minute.
        """
        self._admit(asker)
        if len(line) > LONGEST:
            raise Refused(
                f"That line has {len(line):,} characters, and none needs more than {LONGEST:,}. "
                "`help` shows what can be asked."
            )
        asked = self._asked(line, asker)
        if asked.words.next_is(*COMMANDS):
            command = parse_command(asked.words)
            return await _DONE[type(command)](self._house, asked, command)
        return await self._pictured(await self._looked_up(line, asked), asker)

    async def tuning(self, rule: str, asker: Asker) -> Tuning:
        """Return how often a watch would have alerted as it is, and at settings near it.

        Raises:
            Refused: the channel does not watch the rule, or no longer.
        """
        self._admit(asker)
        return await trying.tuned(self._house, self._asked(rule, asker), rule)

    async def retune(self, old: str, new: str, asker: Asker) -> Answer:
        """Let a watch go from one rule to another, told in the same way as before.

        Raises:
            QuestionError: the new rule cannot be read; shown with a caret.
            Refused: the channel does not watch the old one, or may not be changed by the asker.
        """
        self._admit(asker)
        return await retuning.retune(self._house, self._asked(new, asker), old, new)

    async def resume(self, asker: Asker) -> Sequence[str]:
        """Send to the asker's channel again if it was suspended, and say so.

        Raises:
            Refused: the asker may not change what the channel is told.
        """
        self._admit(asker)
        asked = self._asked("test", asker)
        asked.must_configure()
        return await self._house.resume(asked.channel)

    async def home(self, asker: Asker, channels: Sequence[Channel]) -> Home:
        """Return channels at a glance: their watches, mutes, settings and last shifts."""
        self._admit(asker)
        own = list(dict.fromkeys(map(self._house.own, channels)))
        return await home(self._house, self._asked("", asker), own)

    async def rule_of(self, shift: str) -> str:
        """Return the line of the rule that a Shift is of, by its whole id: what a button means.

        Raises:
            NothingHeld: no such Shift is held any longer.
        """
        found = await self._house.store.shifts_of([shift]) if _SHIFT.fullmatch(shift) else []
        if not found:
            raise NothingHeld("This alert is no longer held; `watches` lists what is watched here.")
        return found[0].rule

    async def rules_of(self, channel: Channel) -> Sequence[str]:
        """Return the rules that a channel watches, in the order of their numbers."""
        watches = await self._house.watches(self._house.own(channel))
        return [each.rule for each in watches]

    async def tenants(self, platform: str) -> Sequence[str]:
        """Return the tenants of a platform that anything is held of, sorted, one's own left out."""
        return await self._house.store.forgetting.tenants(platform)

    async def forget(self, platform: str, tenant: str, addresses: Sequence[str] = ()) -> int:
        """Delete everything of a tenant that has gone, and return how many channels it had.

        `addresses` are those of its channels, for what the operator's own among them decided.
        """
        own = [self._house.own(Channel(platform, each, tenant)) for each in addresses]
        also = [each for each in own if each.tenant != tenant]
        return await self._house.store.forgetting.forget(platform, tenant, also)

    async def _looked_up(self, line: str, asked: Asked) -> Answer:
        words = asked.words
        if not words.more() or words.next_is("help"):
            return await self._helped(line, words)
        if not words.next_is(*PARSERS):
            words.take("a question", (*PARSERS, *COMMANDS))
        here = await whereabouts(self._house, asked) if words.next_is("why-not") else ANYWHERE
        return await answer(line, self._house.views, self._house.labs, asked.now, here)

    async def _helped(self, line: str, words: Words) -> Answer:
        if words.more():
            words.next("help")
        if words.next_is(*TOPICS):
            return help_on(words.take("a topic", TOPICS))
        if words.next_is(*COMMANDS):
            return help_on(TOPICS[0])
        found = await answer(line, self._house.views, self._house.labs, self._clock())
        return found if words.more() else with_commands(found)

    async def _pictured(self, found: Answer, asker: Asker) -> Answer:
        if found.chart is None or self._easel is None or asker.channel.platform == CONSOLE:
            return found
        return replace(found, picture=await self._easel.picture(found.chart, PICTURE_SECONDS))

    def _asked(self, line: str, asker: Asker) -> Asked:
        words = Words(line, self._house.labs, QuestionError, "line")
        return Asked(words, asker, self._house.own(asker.channel), self._clock())

    def _admit(self, asker: Asker) -> None:
        if not asker.user:
            return
        person = f"{asker.channel.platform}|{asker.channel.tenant}|{asker.user}"
        wait = self._pace.wait(person)
        if wait:
            seconds = plural(int(wait.total_seconds()) + 1, "second")
            raise TooOften(
                f"Those were {MOST} questions within a minute. Ask again in {seconds}; nothing "
                "that is watched is missed meanwhile."
            )


# What does each command; the first argument is the house, the last the command.
_DONE: Mapping[type[Any], Callable[[House, Asked, Any], Awaitable[Answer]]] = {
    Watch: watching.watch,
    WatchPack: packing.watch_pack,
    Watches: lambda house, asked, _: watching.watches(house, asked),
    Unwatch: watching.unwatch,
    UnwatchPack: packing.unwatch_pack,
    Mute: silence.mute,
    Unmute: silence.unmute,
    Setting: preferences.settings,
    Preview: trying.preview,
    Sample: lambda house, asked, _: samples.sample(house, asked),
}
