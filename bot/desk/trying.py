"""How often a rule would have fired, as a channel would have been told of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.backtest import Backtest, backtest
from bot.backtest.trial import WEEK, Trial
from bot.desk.asker import Refused
from bot.desk.holding import holds_now
from bot.desk.house import Asked, House, rule_line
from bot.desk.reading import Preview, Wish
from bot.desk.saying import filtered, told_how, typed
from bot.render import Story, gravest, message_of, stories
from bot.render.answer import Answer, Table
from bot.rules import parse_rule
from bot.subscriptions import ALWAYS, Subscription
from bot.wording import clean, day, plural
from detectors.base import Detector
from detectors.shift import SOURCE_RULE, Severity

PATIENCE = 60
"""Seconds that a person waits for a preview; a rule on single models reads every column held."""
_SHOWN = 3
# One alert in ten weeks is 0.1 a week: from there on people count in weeks.
_OFTEN = 0.5


@dataclass(frozen=True)
class Setting:
    """A rule that could be watched, and how often it would have alerted; `own` is as it is."""

    rule: str
    often: str
    own: bool = False


@dataclass(frozen=True)
class Tuning:
    """A watch's rule beside the settings near it, by rising threshold; `closing` says of when."""

    rule: str
    settings: tuple[Setting, ...]
    closing: str


@dataclass(frozen=True)
class _Told:
    """What a channel would have been told of a trial: alerts at once, and the rest."""

    alerts: Sequence[Story]
    later: Sequence[Story]


async def preview(house: House, asked: Asked, command: Preview) -> Answer:
    """Say what a rule would post now, and how often it would have in the stored history."""
    settings = await house.settings(asked.channel)
    watch = _watch(asked, command.rule, command.wish)
    floor = watch.floor or house.floor_of(asked.channel, settings)
    found = await _tried(command.rule, house, asked)
    told = _told(found.trial, watch, floor)
    limits = filtered(watch)
    parts: list[str | Table] = [
        f"Told {told_how(watch, floor)}." + (f" Limited: {limits}." if limits else ""),
        "",
        "Switched on now it would post nothing yet: a new watch starts quiet.",
        await holds_now(command.rule, house.store, asked.now),
        "",
        *_history(found, told),
    ]
    return Answer(
        title=f"Preview of {command.rule}",
        parts=tuple(parts),
        closing=f"{_span(found)} Switch it on: `{typed(watch)}`.",
    )


async def tuned(house: House, asked: Asked, line: str) -> Tuning:
    """Return a watch of the channel beside the settings near it, told as the watch is."""
    rule = rule_line(line, house.labs)
    watch = house.watch_of(rule, await house.watches(asked.channel), asked)
    if rule == SOURCE_RULE:
        raise Refused("Trouble of the source has no threshold; there is nothing to tune.")
    settings = await house.settings(asked.channel)
    floor = watch.floor or house.floor_of(asked.channel, settings)
    wanted = parse_rule(rule, house.labs)
    found = await _tried(wanted, house, asked)
    near = [
        Setting(
            str(each.rule), often(len(_told(each, watch, floor).alerts), each), each.rule == wanted
        )
        for each in found.beside
    ]
    return Tuning(rule, tuple(near), _span(found))


async def _tried(rule: Detector, house: House, asked: Asked) -> Backtest:
    """Try a rule on all that is held; one at a time, since each may read the whole history.

    Raises:
        Refused: it takes too long for somebody who waits.
    """
    try:
        async with asyncio.timeout(PATIENCE), house.trying:
            return await backtest(rule, house.store, None, asked.now)
    except TimeoutError:
        raise Refused(
            f"To try this rule on all that is held takes longer than {PATIENCE} seconds now. "
            f"Whoever runs Hubshift can take the time: hubshift backtest '{rule}'"
        ) from None


def often(count: int, trial: Trial) -> str:
    """Say how often so many alerts are in the time of a trial."""
    if not trial.looks:
        return "cannot be told: nothing held answers it"
    a_week = trial.a(WEEK, count)
    if a_week is None:
        return f"{plural(count, 'alert')} in {plural(max(trial.span.days, 1), 'day')}"
    weeks = plural(round(trial.span / WEEK), "week")
    if not count:
        return f"no alert in {weeks}"
    if a_week >= _OFTEN:
        return f"about {a_week:.1f} alerts a week"
    if count == 1:
        return f"one alert in {weeks}"
    return f"about one alert in {round(1 / a_week)} weeks"


def _history(found: Backtest, told: _Told) -> list[str | Table]:
    """Say how often it would have fired, and what the last alerts would have read."""
    trial = found.trial
    if not trial.looks:
        return ["How often it would have fired cannot be told: nothing that is held answers it."]
    later = plural(len(told.later), "more message")
    rate = often(len(told.alerts), trial)
    waited = f"{later} in all would have waited for the digest"
    parts: list[str | Table] = [f"In the history held it would have come to {rate}; {waited}."]
    if told.alerts:
        rows = [
            (day(message.at), message.severity.value, message.title)
            for message in map(message_of, reversed(told.alerts[-_SHOWN:]))
        ]
        last = message_of(told.alerts[-1])
        parts += [
            "",
            "The last of them:",
            Table(tuple(rows)),
            "",
            clean(last.sentence, None),
        ]
    return parts


def _told(trial: Trial, watch: Subscription, floor: Severity) -> _Told:
    """Sort what a trial tells as the delivery would: by look, cause, filters and floor."""
    shifts = [each.shift for each in trial.fired] + list(trial.ended)
    wanted = [each for each in shifts if each.told and watch.about(each)]
    wanted.sort(key=lambda each: each.taken_at)
    told: list[Story] = stories(wanted)
    alerts = [story for story in told if gravest(story).rank >= floor.rank]
    return _Told(alerts, [story for story in told if gravest(story).rank < floor.rank])


def _watch(asked: Asked, rule: Detector, wish: Wish) -> Subscription:
    return Subscription(
        asked.channel.key,
        str(rule),
        ALWAYS,
        how=wish.how,
        floor=wish.floor,
        include=wish.include,
        exclude=wish.exclude,
    )


def _span(found: Backtest) -> str:
    trial = found.trial
    if trial.since is None or trial.until is None:
        return "Nothing was tried."
    looks = plural(trial.looks, "look")
    return f"Tried on {looks}, {day(trial.since)} to {day(trial.until)}."
