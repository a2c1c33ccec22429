"""The outbox's scripts on a real server, step by step against what they promise."""

import asyncio
import os
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from msgspec.structs import replace
from redis.asyncio import Redis

from bot.channel import Channel
from bot.chat.base import Receipt
from bot.delivery import Delivery, Lane
from bot.store.channel_settings import KeptSettings
from bot.store.embedded import EmbeddedServer
from bot.store.keys import Keys
from bot.store.outbox import Begun, Claim, Office, Outbox

STEPS = int(os.environ.get("HUBSHIFT_TEST_STEPS", "1500"))
A_STORY = 50
A_RUN = 20_000
"""Steps after which hypothesis begins anew: it remembers every story of a run."""
CHANNELS = [Channel("slack", "C1"), Channel("slack", "C1", "T2"), Channel("discord", "1")]
PLATFORMS = ["discord", "slack"]
SPANS = [timedelta(0), timedelta(hours=1)]
"""A time that is over at once, and one that never is."""
_numbers = count()

channel_of = st.sampled_from(CHANNELS)
span_of = st.sampled_from(SPANS)
truth = st.booleans()


@dataclass
class Room:
    """What one channel should be like. `due` is None, or whether it is due now.

    `hour` is the setting that was changed last: the first that is kept is a change, too.
    """

    queues: dict[Lane, list[str]] = field(default_factory=lambda: {lane: [] for lane in Lane})
    states: dict[str, str] = field(default_factory=dict)
    doubted: set[str] = field(default_factory=set)
    flight: str = ""
    fence: int = 0
    suspended: bool = False
    held_back: bool = False
    quiet: bool = False
    due: bool | None = None
    hour: int | None = None

    @property
    def lane(self) -> Lane:
        """The lane whose turn it is: in quiet hours what is no alert goes first."""
        later_first = self.quiet and self.queues[Lane.LATER]
        return Lane.ALERT if self.queues[Lane.ALERT] and not later_first else Lane.LATER

    @property
    def head(self) -> str:
        return next(iter(self.queues[self.lane]), "")

    def schedule(self) -> None:
        if not self.flight:
            waits = self.held_back or (self.lane is Lane.ALERT and self.quiet)
            self.due = None if self.suspended or not self.head else not waits

    def mine(self, claim: Claim) -> bool:
        return (self.flight, self.fence) == (claim.delivery.id, claim.fence)

    def settle(self, name: str, state: str) -> None:
        for queue in self.queues.values():
            if name in queue:
                queue.remove(name)
        self.states[name] = state
        if self.flight == name:
            self.flight = ""

    def give_back(self, name: str, *, at_once: bool) -> None:
        if self.states[name] == "sending" and name in self.doubted:
            self.due = at_once
        else:
            self.states[name] = "waiting"
            self.flight = ""


class Story(RuleBasedStateMachine):
    """Deliveries come and go, leases end, and late workers come back."""

    runner: asyncio.Runner
    client: Redis

    def __init__(self) -> None:
        super().__init__()
        keys = Keys(f"model-{next(_numbers)}")
        self.outbox, self.office = Outbox(self.client, keys), Office(self.client, keys)
        self.kept = KeptSettings(self.client, keys)
        self.rooms = {channel: Room() for channel in CHANNELS}
        self.claims: list[Claim] = []

    def ask(self, call: Any) -> Any:
        return self.runner.run(call)

    @rule(channel=channel_of, lane=st.sampled_from(list(Lane)), again=truth)
    def add(self, channel: Channel, lane: Lane, *, again: bool) -> None:
        room = self.rooms[channel]
        name = f"d{len(room.states) - (again and bool(room.states))}"
        added = self.ask(self.outbox.add(Delivery(name, channel.key, lane=lane)))
        assert added is (name not in room.states)
        if added:
            room.states[name] = "waiting"
            room.queues[lane].append(name)
            room.schedule()

    @rule(most=st.integers(1, 4), lease=span_of)
    def claim(self, most: int, lease: timedelta) -> None:
        lent: list[Claim] = self.ask(self.outbox.claim(PLATFORMS, most, lease))
        ready = {channel for channel, room in self.rooms.items() if room.due}
        assert {each.channel for each in lent} <= ready
        assert len(lent) == min(most, len(ready))
        lanes = [each.lane for each in lent]
        assert lanes == sorted(lanes)
        for each in lent:
            room = self.rooms[each.channel]
            room.flight = room.flight or room.head
            room.fence += 1
            sending = room.states[room.flight] == "sending"
            assert (each.delivery.id, each.fence, each.sending) == (
                room.flight,
                room.fence,
                sending,
            )
            if not sending:
                room.states[room.flight] = "claimed"
            room.due = not lease
            self.claims.append(each)

    @precondition(lambda self: self.claims)
    @rule(at=st.integers(0, 5), sure=truth)
    def begin(self, at: int, *, sure: bool) -> None:
        claim, room = self.chosen(at)
        started = self.ask(self.outbox.begin(claim, sure=sure))
        assert (started.begun is Begun.GO) is room.mine(claim)
        if room.mine(claim):
            name = claim.delivery.id
            room.states[name] = "sending"
            (room.doubted.discard if sure else room.doubted.add)(name)

    @precondition(lambda self: self.claims)
    @rule(at=st.integers(0, 5), after=span_of)
    def defer(self, at: int, after: timedelta) -> None:
        claim, room = self.chosen(at)
        mine = room.mine(claim)
        assert self.ask(self.outbox.defer(claim, after, "nobody knows")) is mine
        if mine:
            room.due = not after

    @precondition(lambda self: self.claims)
    @rule(at=st.integers(0, 5))
    def done(self, at: int) -> None:
        claim, room = self.chosen(at)
        name = claim.delivery.id
        first = room.states[name] != "done"
        assert self.ask(self.outbox.done(claim, Receipt("r"), "sent")) is first
        if first:
            room.settle(name, "done")
            room.held_back = False
            room.schedule()

    @precondition(lambda self: self.claims)
    @rule(at=st.integers(0, 5), after=span_of)
    def clear(self, at: int, after: timedelta) -> None:
        claim, room = self.chosen(at)
        mine = room.mine(claim)
        assert self.ask(self.outbox.clear(claim, after, "not now")) is mine
        if mine:
            room.held_back = bool(after)
            room.give_back(claim.delivery.id, at_once=not after)
            room.schedule()

    @precondition(lambda self: self.claims)
    @rule(at=st.integers(0, 5), after=span_of)
    def hush(self, at: int, after: timedelta) -> None:
        claim, room = self.chosen(at)
        mine = room.mine(claim)
        assert self.ask(self.outbox.hush(claim, after)) is mine
        if mine:
            room.quiet = bool(after)
            room.give_back(claim.delivery.id, at_once=True)
            room.schedule()

    @rule(channel=channel_of, hour=st.integers(0, 23))
    def settle_hours(self, channel: Channel, hour: int) -> None:
        room = self.rooms[channel]
        self.ask(self.kept.change(channel, lambda held: replace(held, digest_hour=hour)))
        if room.hour != hour and room.quiet:
            room.quiet = False
            room.schedule()
        room.hour = hour

    @rule(channel=channel_of, most=st.integers(0, 3))
    def withdraw(self, channel: Channel, most: int) -> None:
        room = self.rooms[channel]
        names = list(room.states)[-most:] if most else []
        waiting = [name for name in names if room.states[name] == "waiting"]
        assert self.ask(self.outbox.withdraw(channel, names, "muted")) == len(waiting)
        for name in waiting:
            room.settle(name, "muted")
            room.schedule()

    @precondition(lambda self: self.claims)
    @rule(at=st.integers(0, 5))
    def silence(self, at: int) -> None:
        claim, room = self.chosen(at)
        mine = room.mine(claim)
        assert self.ask(self.outbox.silence(claim, "muted")) is mine
        if mine:
            room.settle(claim.delivery.id, "muted")
            room.schedule()

    @precondition(lambda self: self.claims)
    @rule(at=st.integers(0, 5))
    def bury(self, at: int) -> None:
        claim, room = self.chosen(at)
        mine = room.mine(claim)
        assert self.ask(self.outbox.bury(claim, "too long")) is mine
        if mine:
            room.settle(claim.delivery.id, "dead")
            room.schedule()

    @precondition(lambda self: self.claims)
    @rule(at=st.integers(0, 5))
    def suspend(self, at: int) -> None:
        claim, room = self.chosen(at)
        mine = room.mine(claim)
        assert self.ask(self.outbox.suspend(claim, "archived")) is (mine and not room.suspended)
        if mine:
            room.suspended = True
            room.give_back(claim.delivery.id, at_once=True)
            room.due = None

    @rule(channel=channel_of)
    def resume(self, channel: Channel) -> None:
        room = self.rooms[channel]
        assert self.ask(self.outbox.resume_channel(channel)) is room.suspended
        if room.suspended:
            room.suspended = room.held_back = False
            if room.flight:
                room.due = True
            room.schedule()

    @rule()
    def retry(self) -> None:
        for each in self.ask(self.office.dead()):
            room, name = self.rooms[each.delivery.to], each.delivery.id
            assert room.states[name] == "dead"
            assert self.ask(self.office.retry(each))
            room.states[name] = "waiting"
            room.doubted.discard(name)
            room.queues[each.delivery.lane].append(name)
            room.schedule()

    def teardown(self) -> None:
        for channel, room in self.rooms.items():
            waiting = self.ask(self.office.waiting(channel))
            expected = [name for queue in room.queues.values() for name in queue]
            assert [each.delivery.id for each in waiting] == expected
            assert [each.state for each in waiting] == [room.states[name] for name in expected]

    def chosen(self, at: int) -> tuple[Claim, Room]:
        """Return one of the last claims, the newest with 0, and its channel."""
        claim = self.claims[-1 - at % len(self.claims)]
        return claim, self.rooms[claim.channel]


@pytest.mark.timeout(0)
def test_the_scripts_do_what_the_model_says_whatever_happens_in_whatever_order(
    server: EmbeddedServer,
) -> None:
    with asyncio.Runner() as runner:
        client = Redis(unix_socket_path=str(server.socket), legacy_responses=False)

        class Real(Story):
            """The story on the session's server."""

        Real.runner, Real.client = runner, client
        for steps in [A_RUN] * (STEPS // A_RUN) + [STEPS % A_RUN]:
            run_state_machine_as_test(
                Real,
                settings=settings(
                    max_examples=max(1, steps // A_STORY),
                    stateful_step_count=A_STORY,
                    deadline=None,
                    database=None,
                    phases=[Phase.generate, Phase.shrink],
                    suppress_health_check=list(HealthCheck),
                ),
            )
        runner.run(client.aclose())
