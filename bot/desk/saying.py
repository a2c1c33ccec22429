"""How a watch is put into words: as a line to type, as what it does, as its quiet state."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.channel_settings import ChannelSettings
from bot.desk.filters import shown
from bot.subscriptions import ALWAYS, How, Subscription
from bot.wording import day, listing, plural
from detectors.evaluate import RuleStanding
from detectors.shift import SOURCE_RULE, Severity


def typed(watch: Subscription) -> str:
    """Return the line that a person would type for a watch."""
    parts = [f"watch {watch.rule}"]
    if watch.how is not How.AT_ONCE:
        parts.append(watch.how.value)
    if watch.floor is not None:
        parts.append(f"{watch.floor.value}+")
    for name, entries in (("include", watch.include), ("exclude", watch.exclude)):
        if entries:
            parts.append(f"{name} {', '.join(map(shown, entries))}")
    return " ".join(parts)


def told_how(watch: Subscription, floor: Severity) -> str:
    """Say how a watch is told, and from which severity on, given the channel's floor."""
    if watch.how is How.DIGEST:
        return "in the weekly digest only"
    ways = {How.AT_ONCE: "at once", How.THREAD: "in the thread of its rule"}
    weights = {
        Severity.INFO: "whatever its weight",
        Severity.NOTABLE: "from notable on",
        Severity.MAJOR: "major only",
    }
    return f"{ways[watch.how]}, {weights[watch.floor or floor]}"


def named(rule: str) -> str:
    """Return a rule as a list shows it; the source is no rule that explains itself."""
    return f"{rule}: when the Hub's figures cannot be trusted" if rule == SOURCE_RULE else rule


def filtered(watch: Subscription) -> str:
    """Say what a watch is limited to; empty where it is about everything."""
    parts = []
    if watch.include:
        parts.append(f"only {listing([shown(each) for each in watch.include])}")
    if watch.exclude:
        parts.append(f"not {listing([shown(each) for each in watch.exclude])}")
    return "; ".join(parts)


def began(watch: Subscription, now: datetime) -> str:
    """Say since when a channel watches."""
    return "with the channel" if watch.since == ALWAYS else f"since {day(watch.since, now)}"


def quiet_state(
    watch: Subscription,
    settings: ChannelSettings,
    standing: Mapping[str, RuleStanding],
    now: datetime,
) -> str:
    """Say why a watch is quiet now: muted, not looked at yet, or nothing new since."""
    if settings.muted(now) and settings.muted_until is not None:
        return f"muted with the channel until {until(settings.muted_until, settings)}"
    if watch.muted(now) and watch.muted_until is not None:
        return f"muted until {until(watch.muted_until, settings)}"
    if watch.rule == SOURCE_RULE:
        return "listening"
    states = _states(watch.rule, standing)
    if not states:
        return "starts quiet: waits for its first look"
    seen = max(watch.after.values(), default=ALWAYS) if watch.after is not None else watch.since
    if max(state.at for state in states) <= seen:
        return "starts quiet: waits for the next look"
    holds = sum(len(state.holding) for state in states)
    return f"listening; {holds:,} hold now" if holds else "listening"


def let_go(gone: int) -> list[str]:
    """Say how many alerts that waited are not told either."""
    return [f"{plural(gone, 'alert')} that waited will not come either."] if gone else []


def until(at: datetime, settings: ChannelSettings) -> str:
    """Return an instant by a channel's clock: 3 February 2026, 14:30 Europe/Berlin."""
    local = settings.local(at)
    return f"{local.day} {local:%B %Y, %H:%M} {settings.zone}"


def _states(rule: str, standing: Mapping[str, RuleStanding]) -> Sequence[RuleStanding]:
    return [state for name, state in standing.items() if name.partition(" | ")[0] == rule]
