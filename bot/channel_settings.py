"""What a channel has decided for itself: zone, digest, quiet hours, floor, mute."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

import msgspec

from detectors.shift import Severity

_DAY = timedelta(days=1)


class Weekday(IntEnum):
    """A day of the week, numbered as `datetime.weekday` numbers it."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6

    @property
    def shown(self) -> str:
        """The day as people write it."""
        return self.name.title()


class ChannelSettings(msgspec.Struct, frozen=True):
    """A channel's settings; one that has never set anything has these.

    The digest comes on `digest_day` at `digest_hour` by the clock of `zone`, if `digest`. In
    the hours of `quiet`, from the first to the second by the same clock, alerts wait. `floor` is
    the least severity that is told at once, None what whoever runs Hubshift tells at once.
    The last silence was from `muted_from` until `muted_until`. `changed_by` is the platform's id
    of who changed it last.
    """

    zone: str = "UTC"
    digest_day: Weekday = Weekday.MONDAY
    digest_hour: int = 9
    digest: bool = True
    quiet: tuple[time, time] | None = None
    floor: Severity | None = None
    muted_until: datetime | None = None
    muted_from: datetime | None = None
    changed_by: str = ""

    @property
    def tz(self) -> ZoneInfo:
        """The channel's zone."""
        return ZoneInfo(self.zone)

    def local(self, at: datetime) -> datetime:
        """Return an instant by the channel's clock."""
        return at.astimezone(self.tz)

    def muted(self, at: datetime) -> bool:
        """Whether the whole channel is muted at an instant."""
        return self.muted_until is not None and at < self.muted_until

    def was_muted(self, at: datetime) -> bool:
        """Whether the whole channel was muted at an instant that has passed."""
        return self.muted(at) and (self.muted_from is None or self.muted_from <= at)

    def quiet_until(self, at: datetime) -> datetime | None:
        """Return when the quiet hours end that an instant lies in, None where it lies in none."""
        return next((end for start, end in self._hours(at) if start <= at < end), None)

    def _hours(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the quiet hours around an instant in UTC, where a change of clocks is no matter."""
        if self.quiet is None:
            return
        begin, end = self.quiet
        zone, today = self.tz, self.local(at).date()
        for date in (today - _DAY, today, today + _DAY):
            starts = datetime.combine(date, begin, zone)
            ends = datetime.combine(date if begin < end else date + _DAY, end, zone)
            yield starts.astimezone(UTC), ends.astimezone(UTC)


UNSET = ChannelSettings()
