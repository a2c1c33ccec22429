"""Mutes: a channel or one of its watches is silent until a time, and then again is not."""

import re
from datetime import datetime, timedelta

from msgspec.structs import replace

from bot.channel_settings import ChannelSettings
from bot.desk.asker import Refused
from bot.desk.house import Asked, House
from bot.desk.reading import Mute, Unmute
from bot.desk.saying import let_go, until
from bot.render.answer import Answer
from bot.rules.words import Word, Words
from bot.subscriptions import Subscription

_SPAN = re.compile(r"([0-9]{1,4})(m|min|h|d|w)")
_UNITS = {
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
LONGEST = timedelta(days=365)
_KEPT = "What shifts meanwhile is kept: `shifts` and the weekly digest have it."


async def mute(house: House, asked: Asked, command: Mute) -> Answer:
    """Silence a channel, or one of its watches, until a time."""
    span = _span(asked.words, command.span)
    asked.must_configure()
    end = (asked.now + span).replace(microsecond=0)
    settings = await house.settings(asked.channel)
    back = until(end, settings)
    if command.which is None:
        await _set_whole(house, asked, end)
        gone = await house.withdraw(asked.channel, None, "the channel was muted while it waited")
        return Answer(
            title=f"Muted until {back}: all of {asked.where}",
            parts=(f"No alert comes before that; the digest does. {_KEPT}", *let_go(gone)),
            closing="Undo: `unmute`.",
            lasts=True,
        )
    chosen = await house.chosen(asked, command.which)
    await _set(house, asked, chosen, end)
    gone = await house.withdraw(asked.channel, chosen.rule, "its rule was muted while it waited")
    return Answer(
        title=f"Muted until {back} in {asked.where}: {chosen.rule}",
        parts=(f"No alert of this rule comes before that. {_KEPT}", *let_go(gone)),
        closing=f"Undo: `unmute {chosen.rule}`.",
        lasts=True,
    )


async def unmute(house: House, asked: Asked, command: Unmute) -> Answer:
    """End the silence of one watch, or every silence of the channel."""
    asked.must_configure()
    settings = await house.settings(asked.channel)
    if command.which is not None:
        chosen = await house.chosen(asked, command.which)
        if not chosen.muted(asked.now):
            whole = _whole(settings, asked.now) or "Nothing was changed."
            raise Refused(f"This watch is not muted: {chosen.rule}\n{whole}")
        return await _ended(house, asked, [chosen], settings, whole=False)
    muted = [each for each in await house.watches(asked.channel) if each.muted(asked.now)]
    if not muted and not settings.muted(asked.now):
        raise Refused(f"Nothing is muted in {asked.where}; nothing was changed.")
    return await _ended(house, asked, muted, settings, whole=settings.muted(asked.now))


async def _ended(
    house: House,
    asked: Asked,
    muted: list[Subscription],
    settings: ChannelSettings,
    *,
    whole: bool,
) -> Answer:
    """End some silences; say what is heard again, and how to have them back."""
    lines, undo = [], []
    if whole and settings.muted_until is not None:
        await _set_whole(house, asked, asked.now)
        lines.append("  the channel as a whole")
        undo.append(f"`mute {_left(settings.muted_until, asked.now)}`")
    for each in muted:
        await _set(house, asked, each, asked.now)
        lines.append(f"  {each.rule}")
        if each.muted_until is not None:
            undo.append(f"`mute {_left(each.muted_until, asked.now)} {each.rule}`")
    still = "" if whole else _whole(settings, asked.now)
    return Answer(
        title=f"No longer muted in {asked.where}",
        parts=(*lines, *(["", still] if still else [])),
        closing=f"What was not told meanwhile is not told now. Undo: {', '.join(undo)}.",
        lasts=True,
    )


async def _set_whole(house: House, asked: Asked, end: datetime) -> None:
    def muted(held: ChannelSettings) -> ChannelSettings:
        begin = held.muted_from if held.muted(asked.now) else asked.now
        return replace(held, muted_from=begin, muted_until=end, changed_by=asked.asker.user)

    await house.store.channel_settings.change(asked.channel, muted)


async def _set(house: House, asked: Asked, chosen: Subscription, end: datetime) -> None:
    def muted(held: Subscription | None) -> Subscription:
        told = held or chosen
        begin = told.muted_from if told.muted(asked.now) else asked.now
        return replace(told, muted_from=begin, muted_until=end, by=asked.asker.user)

    await house.store.subscriptions.change(asked.channel, chosen.rule, muted)


def _whole(settings: ChannelSettings, now: datetime) -> str:
    if not settings.muted(now) or settings.muted_until is None:
        return ""
    back = until(settings.muted_until, settings)
    return f"The channel as a whole is muted until {back}; `unmute` alone ends that."


def _span(words: Words, word: Word) -> timedelta:
    found = _SPAN.fullmatch(word.low)
    span = int(found[1]) * _UNITS[found[2]] if found else timedelta(0)
    if not timedelta(0) < span <= LONGEST:
        words.refuse(word, "a mute has an end: write 12h, 7d or 2w, up to 365d")
    return span


def _left(end: datetime, now: datetime) -> str:
    """Return what is left of a mute as it is typed."""
    hours = max(1, round((end - now) / timedelta(hours=1)))
    return f"{hours // 24}d" if hours % 24 == 0 else f"{hours}h"
