"""What of a rule's Shifts a channel is told, and what it has decided not to be told."""

from bot.channel import CONSOLE
from bot.channel_settings import ChannelSettings
from bot.desk.house import Asked, House
from bot.desk.saying import until
from bot.lookups.here import Here, Stopped
from bot.subscriptions import Answer, How, Subscription
from bot.wording import moment
from detectors.shift import Shift

_LEFT_OUT = {
    Answer.EXCLUDED: ("excluded here", "it is about what the watch leaves out"),
    Answer.NOT_INCLUDED: ("not included here", "it is about nothing that the watch is limited to"),
}


async def here(house: House, asked: Asked) -> Here:
    """Return what the asker's channel has decided, for an answer that depends on it."""
    settings = await house.settings(asked.channel)
    all_of_it = {each.rule: each for each in await house.all_of(asked.channel)}

    def stopped(shift: Shift) -> Stopped | None:
        watch = all_of_it.get(shift.rule)
        if watch is None or watch.off:
            # Who runs Hubshift asks at a terminal about channels elsewhere.
            if asked.channel.platform == CONSOLE:
                return None
            return "not watched here", f"fired, and {asked.where} does not watch the rule"
        return _stopped(watch, settings, shift)

    return Here(house.floor_of(asked.channel, settings), stopped)


def _stopped(watch: Subscription, settings: ChannelSettings, shift: Shift) -> Stopped | None:
    at = shift.taken_at
    if settings.was_muted(at) and settings.muted_until is not None:
        return "muted here", f"fired, and the channel was muted until {_end(settings, settings)}"
    if watch.was_muted(at) and watch.muted_until is not None:
        return "muted here", f"fired, and the rule was muted until {_end(watch, settings)}"
    if watch.before(shift):
        return "before the watch", f"fired; it is watched here since {moment(watch.since)}"
    answer = watch.answer(shift)
    if answer in _LEFT_OUT:
        label, why = _LEFT_OUT[answer]
        return label, f"fired, and {why}"
    if watch.how is How.DIGEST:
        return "in the digest", "fired, and it is watched here for the digest only"
    return None


def _end(muted: ChannelSettings | Subscription, settings: ChannelSettings) -> str:
    return until(muted.muted_until, settings) if muted.muted_until else ""
