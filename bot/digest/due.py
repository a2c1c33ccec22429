"""When a channel's digest is due: once in each ISO week, at its own day and hour."""

from datetime import UTC, date, datetime, time, timedelta

from bot.channel_settings import ChannelSettings


def due(settings: ChannelSettings, now: datetime) -> str | None:
    """Return the ISO week whose digest is due at an aware time, None before its hour.

    The week is the one of the channel's own calendar. A mute is one of alerts, as `mute` says to
    who types it: the digest has a switch of its own. Where clocks are turned back the hour's
    first coming counts; where they skip it, the moment at which they do.

    >>> due(ChannelSettings(zone="Asia/Tokyo"), datetime(2026, 1, 26, 0, 0, tzinfo=UTC))
    '2026-W05'
    >>> due(ChannelSettings(zone="Asia/Tokyo"), datetime(2026, 1, 25, 23, 59, tzinfo=UTC))
    """
    if not settings.digest:
        return None
    return week_of(settings, now) if now >= moment_of(settings, now) else None


def week_of(settings: ChannelSettings, now: datetime) -> str:
    """Return the ISO week that it is for a channel, such as 2026-W05: later ones sort later."""
    year, week, _ = settings.local(now).isocalendar()
    return f"{year}-W{week:02}"


def moment_of(settings: ChannelSettings, now: datetime) -> datetime:
    """Return when the digest of the current week of a channel is due, in UTC."""
    year, week, _ = settings.local(now).isocalendar()
    monday = date.fromisocalendar(year, week, 1)
    day = monday + timedelta(days=int(settings.digest_day))
    return datetime.combine(day, time(settings.digest_hour), settings.tz).astimezone(UTC)
