"""Tells how a lab releases: unusually often, not at all, or again after a long silence."""

from datetime import UTC, date, datetime

from bot.render.evidence import evidence_line
from bot.render.message import Message, Tone, headline
from bot.wording import (
    clean,
    day,
    figure,
    link_to,
    listing,
    moment,
    named,
    plural,
    short_name,
    taken,
)
from detectors.shift import Event, Shift

_MOST = 5


def cadence_message(shift: Shift) -> Message:
    """Tell what a lab's releases do now, and what is usual for it."""
    titles, sentence = {
        Event.OFTEN: _often,
        Event.CALM: _calm,
        Event.QUIET: _quiet,
    }.get(shift.facts.event, _returned)(shift)
    models = str(shift.about.get("models") or "").split()
    rising = shift.facts.event in {Event.OFTEN, Event.RETURNED}
    return Message(
        title=headline(*titles),
        sentence=sentence,
        why=" ".join(part for part in (_models(shift, models), _unknown(shift)) if part),
        evidence=(evidence_line(shift),),
        tone=Tone.RISE if rising else Tone.FALL,
        at=shift.taken_at,
        link=link_to(models[0]) if models and rising else None,
        shifts=(shift.id,),
    )


def _often(shift: Shift) -> tuple[tuple[str, ...], str]:
    lab, now, usual = named(shift.key), _after(shift), _number(shift, "usual")
    score = figure(round(shift.size, 1))
    return (
        f"{lab} releases unusually often: {figure(now)} times in 30 days, usually {figure(usual)}",
        f"{lab} releases unusually often: {figure(now)} times in 30 days",
    ), (
        f"{lab} has released {_times(now)} in the last 30 days; its usual month, the median of "
        f"those before, has {figure(usual)}. That is {score} standard deviations above it, over "
        f"the line of {figure(_number(shift, 'line'))}; {_then(shift)} it was "
        f"{figure(_before(shift))}."
    )


def _calm(shift: Shift) -> tuple[tuple[str, ...], str]:
    lab, now = named(shift.key), _after(shift)
    return (
        f"{lab} is back to its usual pace: {plural(now, 'release')} in 30 days",
        f"{lab} is back to its usual pace",
    ), (
        f"{lab} has released {_times(now)} in the last 30 days, down from "
        f"{figure(_before(shift))} {_then(shift)}; its usual month has "
        f"{figure(_number(shift, 'usual'))}, which ends this alert."
    )


def _quiet(shift: Shift) -> tuple[tuple[str, ...], str]:
    lab, now = named(shift.key), plural(_after(shift), "day")
    return (f"{lab} has released nothing for {now}",), (
        f"The last release of {lab} was on {_last(shift)}, {now} ago; usually "
        f"{plural(_number(shift, 'gap'), 'day')} lie between one and the next."
    )


def _returned(shift: Shift) -> tuple[tuple[str, ...], str]:
    lab, silence = named(shift.key), shift.about.get("silence")
    if not isinstance(silence, float | int):
        return (f"{lab} is no longer told as silent",), (
            f"The Hub no longer lists two releases of {lab}, so that there is no rhythm to have "
            "fallen out of."
        )
    after = plural(max(silence, _before(shift)), "day")
    return (f"{lab} is back after {after} without a release",), (
        f"{lab} released on {_last(shift)}, for the first time in {after}; usually "
        f"{plural(_number(shift, 'gap'), 'day')} lie between one release and the next."
    )


def _number(shift: Shift, name: str) -> float:
    value = shift.about.get(name)
    return float(value) if isinstance(value, float | int) else 0.0


def _before(shift: Shift) -> float:
    return shift.evidence.before or 0.0


def _after(shift: Shift) -> float:
    return shift.evidence.after or 0.0


def _times(count: float) -> str:
    return {0: "nothing", 1: "once", 2: "twice"}.get(int(count), f"{figure(count)} times")


def _then(shift: Shift) -> str:
    since = taken(shift.evidence.snapshots[0])
    return f"on {moment(since, shift.taken_at)}" if since else "the time before"


def _last(shift: Shift) -> str:
    """Return the day of the last release."""
    try:
        last = date.fromisoformat(str(shift.about.get("last") or ""))
    except ValueError:
        return "an unknown day"
    return day(datetime(last.year, last.month, last.day, tzinfo=UTC), shift.taken_at)


def _models(shift: Shift, models: list[str]) -> str:
    if not models:
        return ""
    shown = [short_name(each) for each in models[:_MOST]]
    if len(models) > _MOST:
        shown.append(f"{len(models) - _MOST} more")
    if shift.facts.event in {Event.OFTEN, Event.CALM}:
        return f"The latest first: {listing(shown)}."
    return f"It was {clean(listing(shown), None)}."


def _unknown(shift: Shift) -> str:
    counted = f"{plural(shift.evidence.denominator, 'release')} of it are known"
    if not shift.evidence.unknown:
        return f"{counted}; the repos of one release count once."
    return f"{counted}; {plural(shift.evidence.unknown, 'repo')} carry no day."
