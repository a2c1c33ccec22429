"""One look: a Reading comes in, is admitted or kept apart, is compared, and is committed whole."""

import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from bot.admission import judged
from bot.aside import aside
from bot.belated import Belated
from bot.carried import carried, unaudited, words_carried
from bot.channel import Channel
from bot.compared import caught_up, compared
from bot.deliveries import Rooms, fan_out
from bot.delivery import Delivery
from bot.histories import Histories
from bot.history import Reach
from bot.hub.port import Head, Reading
from bot.intake import snapshot_of
from bot.ledger import Ledger
from bot.look import Look, Outcome, OutOfOrder
from bot.retention import Retention
from bot.store.errors import Conflict, StoreError
from bot.store.store import State, Store
from bot.store.thinning import Dropped
from bot.trouble import Occasion, Trouble, source_shifts
from bot.turn import Turn
from bot.views import Note
from bot.watched import Watched
from detectors.audit import audit
from detectors.base import Detector
from detectors.judge import Beside, judge
from detectors.labs import Labs
from detectors.metric import Kind
from detectors.shift import AT_ONCE, Severity, Shift
from detectors.snapshot import Snapshot, stream_of
from detectors.verdict import Reason, Verdict

# Another process may commit between our reading the state and our commit; each time we look anew.
_TRIES = 5
# An import gives way to every look of the bot beside it, and has no hour to lose.
_TRIES_IN_QUIET = 100


@dataclass
class Watch:
    """Looks at the Hub's Readings one after the other; the store decides what is news.

    `channels` are those that every Shift of `rules` is delivered to which is at least as grave as
    `floor`. Beside `rules` it watches what channels subscribe to, and tells them. A `quiet` one
    keeps what it sees and delivers it to nobody; a census of a time before one that is held it
    puts in there, without asking the rules.
    """

    store: Store
    labs: Labs
    rules: Sequence[Detector]
    channels: Sequence[Channel]
    floor: Severity = AT_ONCE
    quiet: bool = False
    _ledger: Ledger = field(init=False)
    _watched: Watched = field(init=False)
    _state: State | None = None
    _histories: Histories = field(init=False)
    _belated: Belated = field(init=False)

    def __post_init__(self) -> None:
        self._watched = Watched(self.labs, self.rules)
        self._histories = self._unread()

    async def look(self, reading: Reading) -> Outcome:
        """Take in one Reading and commit everything that follows from it.

        Raises:
            OutOfOrder: a later snapshot of this kind is held, or another of the same time.
            StoreError: the store refused; nothing of the look was kept.
        """
        turn = Turn(self.store)
        tries = _TRIES_IN_QUIET if self.quiet else _TRIES
        for attempt in range(tries):
            if self.quiet:
                await turn.others()
            state = self._state or await self._begin()
            try:
                outcome = await self._look(reading, state)
            except Conflict:
                if attempt == tries - 1:
                    raise
                self._state = None
                if not self.quiet:
                    await turn.ask()
            except BaseException as error:
                # Whatever stopped it, memory may be ahead of the store.
                self._state = None
                if isinstance(error, StoreError):
                    await self._tell("store", str(error))
                elif isinstance(error, OutOfOrder):
                    # It was asked for in vain: this look is not tried again.
                    await turn.done()
                raise
            else:
                await turn.done()
                return outcome
        raise AssertionError("the loop returns or raises")

    def _unread(self) -> Histories:
        return Histories(self.store, Reach.of(self._watched.rules))

    async def _begin(self) -> State:
        """Read cycle, standing and ledger as they are held now."""
        state = await self.store.state()
        self._ledger = Ledger(self.labs)
        self._ledger.learn(await self.store.lessons())
        self._histories, self._belated = self._unread(), Belated(self.store)
        self._state = state
        return state

    async def _look(self, reading: Reading, state: State) -> Outcome:
        if await self._watched.refresh(self.store):
            # Another rule may look back further.
            self._histories = self._unread()
        models = len(reading)
        head = await aside(models, lambda: reading.head)
        held = await self._histories.held(head, puts_in=self.quiet)
        if held is not None:
            return Outcome(held, held_already=True)
        if self.quiet and await self._histories.later(head) is not None:
            return await self._put_in(reading, state)
        history = await self._histories.of(stream_of(reading.kind, reading.panel))
        if reading.kind is Kind.CENSUS:
            await words_carried(self._ledger.vocabulary, history)
        snapshot, intake = await aside(models, snapshot_of, reading, self._ledger)
        before = Trouble(state.trouble)
        found = await judged(snapshot, intake, history, before)
        verdict = found.verdict
        rules = self._watched.rules
        news: list[Shift] = []
        past: list[Snapshot] = []
        standing, catches_up = state.standing, False
        if verdict.admitted:
            # What is carried on is audited once a night; an import has hundreds of nights.
            audited = unaudited if self.quiet else audit
            snapshot = await carried(snapshot, history, partial(self._tell, "audit"), audited)
            catches_up = snapshot.stream in state.belated
            if catches_up:
                standing = await caught_up(rules, history, standing)
            past, news, standing = await compared(
                rules, snapshot, history, standing, quiet=found.moved
            )
        trouble = before.after(snapshot.stream, verdict, lasts=found.lasts)
        beside = Beside(snapshot, past, trouble.streams)
        news, standing = judge(rules, news, standing, beside)
        occasion = Occasion(
            snapshot.taken_at, snapshot.stream, verdict.detail, history.last_good, snapshot
        )
        news += source_shifts(before, trouble, occasion)
        note = Note.of(snapshot, verdict, digest=head.digest, moved=found.moved)
        changed = {rule: now for rule, now in standing.items() if state.standing.get(rule) != now}
        await self._commit(
            state,
            news,
            trouble,
            note=note,
            snapshot=snapshot,
            standing=changed,
            lessons=self._ledger.take(),
            caught_up=catches_up,
        )
        belated = state.belated - {snapshot.stream} if catches_up else state.belated
        self._state = State(state.cycle + 1, standing, trouble.streams, belated)
        history.add(note, snapshot)
        told = [shift for shift in news if shift.told]
        held_back = [shift for shift in news if not shift.told]
        return Outcome(note, told, held_back, repeated=intake.repeated)

    async def _put_in(self, reading: Reading, state: State) -> Outcome:
        """Keep a census of a time before one that is held, whatever the rules would say of it."""
        note, snapshot, intake = await self._belated.taken(reading, self._ledger)
        await self._commit(
            state,
            [],
            Trouble(state.trouble),
            note=note,
            snapshot=snapshot,
            lessons=self._ledger.take(),
            belated=True,
        )
        self._belated.add(note, snapshot)
        self._histories.forget(note.stream)
        self._state = replace(state, cycle=state.cycle + 1, belated=state.belated | {note.stream})
        return Outcome(note, belated=True, repeated=intake.repeated)

    async def miss(self, stream: str, at: datetime, detail: str) -> Sequence[Shift]:
        """Commit that no good Snapshot of a stream has come for too long; tell it once."""
        for attempt in range(_TRIES):
            state = self._state or await self._begin()
            before = Trouble(state.trouble)
            trouble = before.after(stream, Verdict(Reason.SILENT, detail))
            if trouble == before:
                return []
            last = (await self._histories.of(stream)).last_good
            news = source_shifts(before, trouble, Occasion(at, stream, detail, last))
            try:
                await self._commit(state, news, trouble)
            except Conflict:
                self._state = None
                if attempt == _TRIES - 1:
                    raise
                continue
            self._state = replace(state, cycle=state.cycle + 1, trouble=trouble.streams)
            return news
        raise AssertionError("the loop returns or raises")

    async def thin(self, retention: Retention) -> Dropped:
        """Drop the Snapshots that are not kept any longer; return what that came to.

        Raises:
            Conflict: a look was committed meanwhile; what was not dropped yet is the next time.
            StoreError: the store refused; the same holds.
        """
        dropped = None
        try:
            dropped = await self.store.thin(retention)
        finally:
            if dropped is None or dropped.snapshots:
                # Those were commits of their own: the next look begins with what is held now.
                self._state = None
        return dropped

    def at_hand(self, name: str) -> Snapshot | None:
        """Return a Snapshot by its id if it is in memory with all its columns."""
        return self._histories.at_hand(name)

    async def last_good(self, stream: str) -> Note | None:
        """Return the note of the last admitted Snapshot of a stream."""
        if self._state is None:
            await self._begin()
        return (await self._histories.of(stream)).last_good

    async def _commit(
        self, state: State, news: Sequence[Shift], trouble: Trouble, **written: Any
    ) -> None:
        await self.store.commit(
            Look(
                id=uuid.uuid4().hex[:16],
                cycle=state.cycle,
                trouble=trouble.streams if trouble.streams != state.trouble else None,
                shifts=news,
                deliveries=await self._deliveries(news, state.cycle),
                **written,
            )
        )

    async def _deliveries(self, news: Sequence[Shift], cycle: int) -> list[Delivery]:
        """Return what the first channels and all subscribers are told."""
        if self.quiet:
            return []
        subscribers = await self.store.subscriptions.to(shift.rule for shift in news)
        names = [each.channel for some in subscribers.values() for each in some]
        names += [each.key for each in self.channels]
        settings = await self.store.channel_settings.of_many(names)
        rooms = Rooms(settings, self.channels, self.floor)
        return fan_out(news, subscribers, cycle, rooms, self._watched.only_subscribed)

    async def _tell(self, about: str, text: str) -> None:
        """Leave the owner a notice; a store that cannot take it has more to say for itself."""
        with suppress(StoreError):
            await self.store.office.tell(about, text)

    async def accept(self, heads: Iterable[Head]) -> None:
        """Check that Readings can all be looked at, before the first one is.

        Raises:
            OutOfOrder: one is neither held nor can be put where it belongs.
        """
        for head in heads:
            await self.held(head)

    async def held(self, head: Head) -> Note | None:
        """Return the note of this very Snapshot if it is held.

        Raises:
            OutOfOrder: it is not, and cannot be put where it belongs.
        """
        if self._state is None:
            await self._begin()
        return await self._histories.held(head, puts_in=self.quiet)
