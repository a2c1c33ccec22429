"""What a channel has decided holds when it is told: mutes, quiet hours, floors, lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace as changed

from bot.channel import Channel
from bot.delivery import Form
from bot.desk import Asker, Desk
from bot.dispatch import Composer, Timing, Works
from bot.dispatch.work import Outcome
from bot.rules import parse_rule
from bot.store.store import Store
from bot.watch import Watch
from detectors.labs import Labs
from detectors.shift import Severity
from tests.looks import CHANNEL, Told, days, look_all
from tests.world import day

TOP = "top 3 by trending in all confirm 1 of 1"
FIRST = "top 1 by trending in all confirm 1 of 1"
OLD = tuple(f"old/{at}" for at in range(8))
ROOM = Asker(CHANNEL, may_configure=True)


def now() -> datetime:
    """Return the time as the store tells it, which tells its own: quiet hours are set around it."""
    return datetime.now(UTC)


@dataclass
class House:
    """A channel that the operator named, what is told there, and a desk to decide at."""

    store: Store
    watch: Watch
    desk: Desk
    messenger: Told
    works: Works

    async def type(self, *lines: str) -> None:
        for line in lines:
            await self.desk.answer(line, ROOM)

    async def shift(self, *lists: Sequence[str], first: int) -> None:
        await look_all(self.watch, days(*lists, first=first))

    async def deliver(self) -> list[Outcome]:
        """Work off what is due, and return what became of it."""
        found = []
        while claims := await self.works.outbox.claim([CHANNEL.platform], 9, timedelta(minutes=1)):
            found += [await self.works.work(claim) for claim in claims]
        return found

    @property
    def told(self) -> list[str]:
        return self.messenger.lines


@pytest.fixture
async def house(store: Store, labs: Labs) -> House:
    rules = [parse_rule(line, labs) for line in (TOP, FIRST)]
    watch = Watch(store, labs, rules, (CHANNEL,), floor=Severity.INFO)
    messenger = Told()
    works = Works(store.outbox, Composer(store), {(CHANNEL.platform, ""): messenger}, Timing())
    desk = Desk(store, labs, now, first=[CHANNEL], rules=rules, floor=Severity.INFO)
    found = House(store, watch, desk, messenger, works)
    await found.shift(OLD, first=1)
    return found


def around(instant: datetime) -> str:
    """Return quiet hours that an instant lies well inside."""
    begin, end = instant - timedelta(hours=2), instant + timedelta(hours=2)
    return f"settings quiet {begin:%H:%M}-{end:%H:%M}"


async def test_alerts_of_quiet_hours_wait_even_major_ones_and_the_digest_does_not(
    house: House,
) -> None:
    begun = now()
    ends = (begun + timedelta(hours=2)).replace(second=0, microsecond=0)
    await house.type(around(begun))
    await house.shift((OLD[7], *OLD[:7]), first=2)
    waiting = await house.store.waiting(CHANNEL)
    assert Severity.MAJOR in {each.severity for _, shifts in waiting for each in shifts}
    assert await house.deliver() == [Outcome.QUIET]
    await house.type("test")
    assert await house.deliver() == [Outcome.TOLD]
    assert house.messenger.messages == [()]
    assert await house.store.waiting(CHANNEL) == waiting
    before = now()
    due = await house.store.outbox.next_due([CHANNEL.platform])
    assert due is not None
    assert before + due <= ends + timedelta(seconds=1)
    assert ends - timedelta(seconds=1) <= now() + due
    await house.type("settings quiet off")
    assert set(await house.deliver()) == {Outcome.TOLD}
    assert "old/7 firing" in house.told


async def test_what_comes_in_quiet_hours_comes_in_order_after_them(house: House) -> None:
    await house.type(around(now()))
    await house.shift((OLD[7], *OLD[:7]), first=2)
    await house.deliver()
    await house.shift(OLD, first=3)
    assert await house.deliver() == []
    await house.type(around(now() + timedelta(hours=6)))
    await house.deliver()
    assert house.told.index("old/7 firing") < house.told.index("old/7 resolved")


async def test_a_night_with_more_than_five_shifts_ends_in_one_summary(house: House) -> None:
    await house.type(around(now()))
    for number, first in enumerate((7, 6, 5, 4), start=2):
        rest = [each for each in OLD if each != f"old/{first}"]
        await house.shift((f"old/{first}", *rest), first=number)
    await house.deliver()
    house.works.timing = Timing(late=timedelta(0))
    await house.type("settings quiet off")
    await house.deliver()
    assert len(house.messenger.messages) == 1
    assert len(house.messenger.messages[0]) > 5


async def test_a_muted_channel_is_told_nothing_of_what_shifts_and_of_what_waited(
    house: House,
) -> None:
    await house.shift((OLD[7], *OLD[:7]), first=2)
    assert await house.store.waiting(CHANNEL)
    # As another process has it that claims before the mute has let go of what waits.
    muted = now() + timedelta(days=7)
    await house.store.channel_settings.change(
        CHANNEL, lambda held: changed(held, muted_until=muted)
    )
    assert set(await house.deliver()) == {Outcome.MUTED}
    assert house.told == []
    assert (await house.store.office.counters())["muted"] >= 1
    await house.type("test")
    assert await house.deliver() == [Outcome.TOLD]


@pytest.mark.parametrize("line", [f"mute 7d {FIRST}", f"unwatch {FIRST}", "mute 7d"])
async def test_what_waits_is_not_told_of_a_rule_that_is_muted_or_ended_meanwhile(
    line: str, house: House
) -> None:
    await house.type(f"unwatch {TOP}", around(now()))
    await house.shift((OLD[7], *OLD[:7]), first=2)
    assert set(await house.deliver()) == {Outcome.QUIET}
    answer = await house.desk.answer(line, ROOM)
    assert any("that waited will not come either" in str(part) for part in answer.parts)
    await house.type("unmute" if line.startswith("mute") else "settings zone UTC")
    await house.type("settings quiet off")
    assert await house.deliver() == []
    assert house.told == []


async def test_what_waits_of_other_rules_is_told_all_the_same(house: House) -> None:
    await house.type(around(now()))
    await house.shift((*OLD[:2], OLD[7], *OLD[2:7]), first=2)
    await house.deliver()
    await house.type(f"mute 7d {FIRST}", "settings quiet off")
    assert set(await house.deliver()) == {Outcome.TOLD}
    assert "old/7 firing" in house.told


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("settings floor info", True),
        ("mute 7d", False),
        (f"mute 7d {TOP}", True),
        (f"mute 7d {FIRST}", False),
        (f"unwatch {FIRST}", False),
        ("unwatch all", False),
        (f"watch {FIRST} digest", False),
        (f"watch {FIRST} include old", True),
        (f"watch {FIRST} include word ol", True),
        (f"watch {FIRST} include word ld", False),
        (f"watch {FIRST} exclude words 7, 0", False),
        (f"watch {FIRST} include China", False),
    ],
)
async def test_what_a_channel_decides_of_a_rule_that_came_with_it_holds_from_the_next_look_on(
    line: str, store: Store, labs: Labs, *, told: bool
) -> None:
    rules = [parse_rule(each, labs) for each in (TOP, FIRST)]
    watch = Watch(store, labs, rules, (CHANNEL,), floor=Severity.INFO)
    # Looks are of January: so is the clock that mutes are counted by.
    desk = Desk(
        store, labs, lambda: datetime(2026, 1, 1, 12, tzinfo=UTC), first=[CHANNEL], rules=rules
    )
    await look_all(watch, days(OLD, first=1))
    await desk.answer(line, ROOM)
    await look_all(watch, days((OLD[7], *OLD[:7]), first=2))
    rules_told = {each.rule for _, shifts in await store.waiting(CHANNEL) for each in shifts}
    assert (FIRST in rules_told) is told


async def test_a_watch_is_told_what_is_committed_after_it_however_that_is_dated(
    store: Store, labs: Labs
) -> None:
    # A recording of January is replayed in the year that the store's clock says.
    room = Asker(Channel("slack", "C1", "T1"), may_configure=True)
    desk = Desk(store, labs, now)
    watch = Watch(store, labs, [parse_rule(FIRST, labs)], ())
    await look_all(watch, days(OLD, (OLD[7], *OLD[:7]), first=1))
    await desk.answer(f"watch {FIRST} info+", room)
    assert await store.waiting(room.channel) == []
    assert "waits for the next look" in (await desk.answer("watches", room)).text
    await look_all(watch, days((OLD[6], *OLD[:6]), first=3))
    told = [each.taken_at for _, shifts in await store.waiting(room.channel) for each in shifts]
    assert set(told) == {day(3)}
    assert "listening; 1 hold now" in (await desk.answer("watches", room)).text


async def test_a_watchs_own_floor_goes_before_the_channels(store: Store, labs: Labs) -> None:
    room, other = Channel("slack", "C1", "T1"), Channel("slack", "C2", "T1")
    watch = Watch(store, labs, [parse_rule(TOP, labs)], (), floor=Severity.INFO)
    desk = Desk(store, labs, lambda: datetime(2025, 12, 31, tzinfo=UTC))
    await look_all(watch, days(OLD, first=1))
    for channel in (room, other):
        asker = Asker(channel, may_configure=True)
        await desk.answer("settings floor major", asker)
        await desk.answer(f"watch {TOP}{' info+' if channel == other else ''}", asker)
    await look_all(watch, days((*OLD[:2], OLD[7], *OLD[2:7]), first=2))
    assert await store.waiting(room) == []
    assert {each.form for each, _ in await store.waiting(other)} == {Form.ALERT}


async def test_a_person_who_names_the_tenant_decides_for_the_channel_that_the_operator_named(
    store: Store, labs: Labs
) -> None:
    named = Channel("discord", "11")
    rules = [parse_rule(FIRST, labs)]
    watch = Watch(store, labs, rules, (named,), floor=Severity.INFO)
    desk = Desk(store, labs, now, first=[named], rules=rules)
    await look_all(watch, days(OLD, first=1))
    await desk.answer("unwatch 1", Asker(Channel("discord", "11", "G1"), may_configure=True))
    await look_all(watch, days((OLD[7], *OLD[:7]), first=2))
    assert await store.waiting(named) == []
    assert await store.waiting(Channel("discord", "11", "G1")) == []
    changed_by = await store.subscriptions.of(named)
    assert [changed(each, by="").off for each in changed_by] == [True]


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("mute 7d", "muted here"),
        (f"mute 7d {FIRST}", "muted here"),
        (f"unwatch {FIRST}", "not watched here"),
        (f"watch {FIRST} digest", "in the digest"),
        (f"watch {FIRST} include Qwen", "not included here"),
        (f"watch {FIRST} exclude words 7, 0", "excluded here"),
        ("settings floor major", "fired"),
    ],
)
async def test_why_not_says_what_the_channel_itself_has_stopped(
    line: str, label: str, store: Store, labs: Labs
) -> None:
    room = Asker(Channel("slack", "C1"), may_configure=True)
    rules = [parse_rule(FIRST, labs)]
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    desk = Desk(store, labs, lambda: now, first=[room.channel], rules=rules)
    watch = Watch(store, labs, rules, (room.channel,))
    await look_all(watch, days(OLD, first=1))
    await desk.answer(line, room)
    await look_all(watch, days((OLD[7], *OLD[:7]), first=2))
    now += timedelta(days=1)
    text = (await desk.answer(f"why-not {FIRST} on 2026-01-02", room)).text
    assert f"\n{label} " in text
    assert ("fired, and" in text) is (label != "fired")


async def test_a_mute_that_was_ended_is_still_the_reason_for_its_time_and_for_no_other(
    store: Store, labs: Labs
) -> None:
    room = Asker(Channel("slack", "C1"), may_configure=True)
    rules = [parse_rule(FIRST, labs)]
    now = datetime(2026, 1, 2, 12, tzinfo=UTC)
    desk = Desk(store, labs, lambda: now, first=[room.channel], rules=rules)
    watch = Watch(store, labs, rules, (room.channel,))
    await look_all(watch, days(OLD, (OLD[7], *OLD[:7]), first=1))
    await desk.answer("mute 7d", room)
    await look_all(watch, days((OLD[6], *OLD[:6]), first=3))
    now += timedelta(days=1)
    await desk.answer("unmute", room)
    before = (await desk.answer(f"why-not {FIRST} on 2026-01-02", room)).text
    during = (await desk.answer(f"why-not {FIRST} on 2026-01-03", room)).text
    assert "muted here" not in before
    assert "muted until 3 January 2026, 12:00 UTC" in " ".join(during.split())
