"""The week reaches every channel once, at its own hour, whatever the clocks do."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from msgspec.structs import replace as changed

from bot.channel import Channel
from bot.channel_settings import ChannelSettings, Weekday
from bot.digest.due import due
from bot.digest.wants import Wants
from bot.digests import Digests
from bot.dispatch import Timing, drain
from bot.store.store import Store
from bot.subscriptions import How, Subscription
from detectors.labs import Labs
from detectors.shift import Severity
from tests.looks import CHANNEL, FEW, RISEN, TOP, days, look_all, watching, working
from tests.test_worker import Team
from tests.world import day

# Both hemispheres, half and quarter hours, and those whose clocks change at odd hours.
ZONES = """
    UTC Europe/London Europe/Berlin Europe/Athens Europe/Istanbul Africa/Cairo Africa/Casablanca
    Africa/Lagos Asia/Beirut Asia/Gaza Asia/Tehran Asia/Dubai Asia/Kolkata Asia/Kathmandu
    Asia/Shanghai Asia/Tokyo Australia/Sydney Australia/Lord_Howe Pacific/Auckland Pacific/Chatham
    Pacific/Apia Pacific/Kiritimati Pacific/Honolulu America/New_York America/Los_Angeles
    America/St_Johns America/Havana America/Santiago America/Asuncion America/Scoresbysund
""".split()  # noqa: SIM905 - a list of thirty strings would be longer than what it says
DAYS, STEP = 90, timedelta(minutes=15)
# Days of 2026 and 2025 in which clocks go forward in the one and back in the other hemisphere.
BEGINS = [datetime(2026, 2, 15, tzinfo=UTC), datetime(2025, 8, 31, 22, 30, tzinfo=UTC)]
WISHES = [(Weekday.MONDAY, 9), (Weekday.SUNDAY, 2), (Weekday.SUNDAY, 0)]


def ticks(begin: datetime) -> Iterator[datetime]:
    return (begin + STEP * at for at in range(int(timedelta(days=DAYS) / STEP)))


def weeks(settings: ChannelSettings, begin: datetime) -> set[str]:
    """Return the ISO weeks whose day lies in the time, by the channel's calendar."""
    first, last = (settings.local(at).date() for at in (begin, begin + timedelta(days=DAYS)))
    found = (date.fromordinal(each) for each in range(first.toordinal() + 1, last.toordinal()))
    own = (each.isocalendar() for each in found if each.weekday() == settings.digest_day)
    return {f"{year}-W{week:02}" for year, week, _ in own}


@pytest.mark.parametrize("begin", BEGINS)
@pytest.mark.parametrize("wish", WISHES)
def test_in_30_zones_each_week_of_90_days_is_due_once_at_the_channel_s_own_hour(
    wish: tuple[Weekday, int], begin: datetime
) -> None:
    assert len(set(ZONES)) == 30
    weekday, hour = wish
    for zone in ZONES:
        settings = ChannelSettings(zone=zone, digest_day=weekday, digest_hour=hour)
        told: dict[str, datetime] = {}
        for now in ticks(begin):
            week = due(settings, now)
            if week is not None and week > max(told, default=""):
                told[week] = now
        assert weeks(settings, begin) <= set(told), zone
        for now in list(told.values())[1:]:
            local = settings.local(now)
            assert local.weekday() == weekday, (zone, local)
            before = settings.local(now - STEP)
            # Where the clocks skip the hour, it is the moment at which they do.
            hours = {hour} if before.hour == local.hour - 1 else {hour, hour + 1}
            assert before.hour != local.hour, (zone, local)
            assert local.hour in hours, (zone, local)


def test_a_digest_that_is_off_is_not_due_and_a_mute_of_alerts_leaves_it() -> None:
    monday = datetime(2026, 1, 26, 9, tzinfo=UTC)
    assert due(ChannelSettings(), monday) == "2026-W05"
    assert due(ChannelSettings(digest=False), monday) is None
    assert due(ChannelSettings(muted_until=monday + timedelta(days=7)), monday) == "2026-W05"


@dataclass
class Turned:
    """A clock that is turned by hand."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


async def nobody(_channel: Channel, _settings: ChannelSettings) -> Wants:
    return Wants()


def digests(store: Store, clock: Turned, *first: Channel) -> Digests:
    return Digests(store, first or (CHANNEL,), nobody, clock)


async def queued(store: Store, channel: Channel) -> list[str]:
    return [
        each.delivery.message.title
        for each in await store.office.waiting(channel)
        if each.delivery.message
    ]


async def test_two_instances_that_tick_each_hour_tell_each_channel_each_week_once(
    store: Store, labs: Labs
) -> None:
    await look_all(watching(store, labs), days(FEW, RISEN))
    rooms = [Channel("slack", f"C{at}", "T") for at in range(3)]
    for room, zone in zip(rooms, ("Asia/Tokyo", "America/New_York", "UTC"), strict=True):
        await store.channel_settings.change(room, partial(changed, zone=zone))
    clock = Turned(datetime(2026, 3, 1, tzinfo=UTC))
    one, two = digests(store, clock), digests(store, clock)
    for _ in range(24 * 28):
        await asyncio.gather(one.tick(), two.tick())
        clock.now += timedelta(hours=1)
    told = Counter({room.address: len(await queued(store, room)) for room in (CHANNEL, *rooms)})
    assert told == {"": 4, "C0": 4, "C1": 4, "C2": 4}
    assert (await queued(store, rooms[0]))[0] == "The week to 2 March 2026"


async def test_a_digest_that_was_missed_comes_late_and_a_new_channel_gets_no_old_one(
    store: Store, labs: Labs
) -> None:
    clock = Turned(datetime(2026, 3, 1, tzinfo=UTC))
    ticking = digests(store, clock)
    assert await ticking.tick() == 0
    await look_all(watching(store, labs), days(FEW, RISEN))
    clock.now = datetime(2026, 3, 4, 12, tzinfo=UTC)
    await store.channel_settings.change(
        Channel("slack", "CNEW"), lambda held: changed(held, digest_hour=10)
    )
    assert await ticking.tick() == 1
    assert await queued(store, CHANNEL) != []
    assert await queued(store, Channel("slack", "CNEW")) == []
    clock.now += timedelta(days=7)
    assert await ticking.tick() == 2


async def test_who_chooses_an_hour_of_this_week_that_is_still_to_come_gets_its_digest(
    store: Store, labs: Labs
) -> None:
    await look_all(watching(store, labs), days(FEW, RISEN))
    clock = Turned(datetime(2026, 3, 4, 11, 10, tzinfo=UTC))  # a Wednesday
    ticking, room = digests(store, clock), Channel("slack", "C1")
    for hour, told in ((10, 0), (11, 1), (12, 1)):
        choice = partial(changed, digest_day=Weekday.WEDNESDAY, digest_hour=hour)
        await store.channel_settings.change(room, choice)
        await ticking.tick()
        assert len(await queued(store, room)) == told
    clock.now += timedelta(days=1)
    await ticking.tick()
    assert len(await queued(store, room)) == 1
    clock.now += timedelta(days=6, hours=1)
    await ticking.tick()
    assert len(await queued(store, room)) == 2


async def test_without_anything_held_no_week_is_used_up(store: Store, labs: Labs) -> None:
    clock = Turned(datetime(2026, 3, 1, tzinfo=UTC))
    ticking = digests(store, clock)
    await ticking.tick()
    clock.now = datetime(2026, 3, 2, 9, 1, tzinfo=UTC)
    assert await ticking.tick() == 0
    await look_all(watching(store, labs), days(FEW, RISEN))
    assert await ticking.tick() == 1
    assert await ticking.tick() == 0


async def test_a_digest_waits_behind_an_alert_and_is_told_whole(store: Store, labs: Labs) -> None:
    clock = Turned(day(1))
    ticking = digests(store, clock)
    await ticking.tick()
    watch = watching(store, labs)
    await look_all(watch, days(FEW, FEW, first=7))
    clock.now = day(9)
    assert await ticking.tick() == 1
    await look_all(watch, days(RISEN, first=9))
    team = Team("console")
    await drain(replace(working(store, team), timing=Timing(paces={}, gaps={})))
    titles = team.titles
    assert titles[-1] == "The week to 9 January 2026"
    assert len(titles) > 1
    digest = team.posts[-1][2].digest
    assert digest is not None
    assert digest.lead == "A quiet week: nothing that is watched has shifted."
    assert team.posts[-1][2].message.evidence[0] == digest.sections[0].heading


async def test_what_a_channel_kept_for_its_digest_stands_in_it(store: Store, labs: Labs) -> None:
    await look_all(watching(store, labs), days(FEW, FEW, RISEN))
    watch = Subscription(CHANNEL.key, TOP, day(1), how=How.DIGEST)

    async def wants(_channel: Channel, _settings: ChannelSettings) -> Wants:
        return Wants([watch])

    clock = Turned(day(1))
    ticking = Digests(store, (CHANNEL,), wants, clock)
    await ticking.tick()
    clock.now = day(5) + timedelta(hours=10)
    assert await ticking.tick() == 1
    (waiting,) = [
        each.delivery for each in await store.office.waiting(CHANNEL) if each.delivery.digest
    ]
    assert waiting.digest is not None
    (kept,) = [each for each in waiting.digest.sections if each.heading == "Kept for this digest"]
    assert "enters the trending top 3" in str(kept.parts)


async def test_what_weighs_too_little_for_a_channel_is_kept_and_what_it_was_told_is_not(
    store: Store, labs: Labs
) -> None:
    shifts = await look_all(watching(store, labs), days(FEW, FEW, RISEN))
    told = Subscription(CHANNEL.key, TOP, day(1), floor=Severity.INFO)
    assert Wants([told]).kept(shifts) == []
    assert Wants([changed(told, floor=Severity.MAJOR)]).kept(shifts) != []
    assert Wants([changed(told, how=How.DIGEST)]).kept(shifts) != []
    assert Wants([]).kept(shifts) == []
