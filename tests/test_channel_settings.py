"""What a channel decides for itself: kept by tenant, never half lost, right on every clock."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from msgspec.structs import replace as changed

from bot.channel import Channel
from bot.channel_settings import UNSET, ChannelSettings, Weekday
from bot.store.store import Store
from detectors.shift import Severity
from tests.world import day

ROOM = Channel("slack", "C1", "T1")
OTHER = replace(ROOM, tenant="T2")
NIGHT = ChannelSettings(zone="Europe/Berlin", quiet=(time(22), time(7)))


async def test_a_channel_that_has_set_nothing_has_the_plain_settings(store: Store) -> None:
    assert await store.channel_settings.of(ROOM) == UNSET
    assert (UNSET.digest_day, UNSET.digest_hour, UNSET.zone) == (Weekday.MONDAY, 9, "UTC")


async def test_settings_are_kept_whole_and_apart_by_tenant(store: Store) -> None:
    wanted = changed(NIGHT, floor=Severity.MAJOR, muted_until=day(3), changed_by="U1")
    assert await store.channel_settings.change(ROOM, lambda _: wanted) == wanted
    found = await store.channel_settings.of_many([ROOM.key, OTHER.key])
    assert found == {ROOM.key: wanted, OTHER.key: UNSET}


async def test_changes_of_many_people_at_once_are_all_kept(store: Store) -> None:
    kept = store.channel_settings

    def set_hour(held: ChannelSettings) -> ChannelSettings:
        return changed(held, digest_hour=17)

    def set_zone(held: ChannelSettings) -> ChannelSettings:
        return changed(held, zone="Asia/Tokyo")

    def set_day(held: ChannelSettings) -> ChannelSettings:
        return changed(held, digest_day=Weekday.FRIDAY)

    await asyncio.gather(*(kept.change(ROOM, how) for how in (set_hour, set_zone, set_day)))
    held = await kept.of(ROOM)
    assert (held.digest_hour, held.zone, held.digest_day) == (17, "Asia/Tokyo", Weekday.FRIDAY)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (datetime(2026, 1, 5, 20, 59, tzinfo=UTC), None),
        (datetime(2026, 1, 5, 21, 0, tzinfo=UTC), datetime(2026, 1, 6, 6, tzinfo=UTC)),
        (datetime(2026, 1, 6, 5, 59, tzinfo=UTC), datetime(2026, 1, 6, 6, tzinfo=UTC)),
        (datetime(2026, 1, 6, 6, 0, tzinfo=UTC), None),
        # The night in which clocks go forward is an hour shorter, the one back an hour longer.
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), datetime(2026, 3, 29, 5, tzinfo=UTC)),
        (datetime(2026, 10, 24, 23, 0, tzinfo=UTC), datetime(2026, 10, 25, 6, tzinfo=UTC)),
    ],
)
def test_quiet_hours_end_by_the_channels_clock(at: datetime, until: datetime | None) -> None:
    assert NIGHT.quiet_until(at) == until


def test_quiet_hours_that_begin_or_end_in_a_skipped_or_repeated_hour_are_over_in_time() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for hours in ((time(2), time(3)), (time(1, 30), time(2, 30)), (time(23), time(2))):
        settings = changed(NIGHT, quiet=hours)
        for step in range(365 * 48):
            now = at + step * timedelta(minutes=30)
            until = settings.quiet_until(now)
            assert until is None or now < until <= now + timedelta(hours=4)


def test_a_mute_has_an_end() -> None:
    settings = changed(UNSET, muted_until=day(3))
    assert [settings.muted(day(number)) for number in (1, 2, 3)] == [True, True, False]
