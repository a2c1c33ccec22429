"""Tells that a model outgrew its peers, and that growth has nobody behind it."""

from collections.abc import Sequence

from bot.render.board import introduced
from bot.render.evidence import evidence_line
from bot.render.message import Message, Tone, distinct, headline, shortened
from bot.render.naming import among, metric_name
from bot.wording import (
    clean,
    figure,
    link_to,
    listing,
    moment,
    percents,
    plural,
    publisher,
    short_name,
    taken,
)
from detectors.shift import Shift

_MOST = 5


def breakout_message(shift: Shift, others: Sequence[Shift] = ()) -> Message:
    """Tell from what to what a model grew, and what those of its age and size did meanwhile.

    The others broke out with it, and are of the same publisher.
    """
    told = (shift, *others)
    name, by = short_name(shift.key), publisher(shift.key, shift.about)
    metric, scope = metric_name(shift.evidence.metric), shift.evidence.scope
    times = f"{figure(_times(shift))} times its {metric}"
    since, peers = _then(shift), plural(shift.evidence.denominator, "model")
    return Message(
        title=headline(
            *(f"{name} ({who}) breaks out: {times} {_since(shift)}" for who in (by,) if who),
            f"{name} breaks out: {times} {_since(shift)}",
            f"{name} breaks out: {times}",
            shortened(name, f"breaks out: {times}"),
        ),
        sentence=(
            f"{clean(shift.key)} has {figure(_after(shift))} {metric}"
            f"{among(scope)} ({clean(shift.evidence.window)}), up from "
            f"{figure(_before(shift))} {since}; the {peers} of like age and size "
            f"{_percent_of(shift)} in the median."
        ),
        why=" ".join(each for each in (_with(others), _adoption(shift), introduced(shift)) if each),
        evidence=distinct(evidence_line(each) for each in told),
        tone=Tone.RISE,
        at=shift.taken_at,
        link=link_to(shift.key),
        shifts=tuple(each.id for each in told),
    )


def _with(others: Sequence[Shift]) -> str:
    """Name what broke out with it, each with how much it grew."""
    named = [f"{short_name(each.key)} ({figure(_times(each))} times)" for each in others]
    more = len(named) - _MOST
    shown = named if more <= 0 else [*named[:_MOST], f"{more} more"]
    return f"With it grew {listing(shown)}." if named else ""


def suspicion_message(shift: Shift) -> Message:
    """Tell of growth that is suspected, with and without it, and never as a success."""
    models = str(shift.about.get("models") or "").split()
    account, first = clean(shift.key), short_name(models[0]) if models else clean(shift.key)
    grew = f"{figure(_before(shift))} to {figure(_after(shift))}"
    one = len(models) == 1
    by = clean(str(shift.about.get("lab") or shift.key))
    whose = f"{first} ({by})" if one else f"{len(models)} models of {account}"
    kind = "downloads without likes" if not _number(shift, "lockstep") else "downloads in lockstep"
    return Message(
        title=headline(
            f"Suspicious growth of {whose}: {kind}, {grew}",
            f"Suspicious growth of {whose}: {kind}",
            f"Suspicious growth of {first if one else whose}: {kind}",
            f"Suspicious growth: {kind} at {account}",
            "Suspicious growth of downloads",
        ),
        sentence=(
            f"{'Downloads' if one else 'Together the downloads'} of "
            f"{listing([clean(each) for each in _few(models)])} went from {grew} "
            f"{_since(shift)} ({clean(shift.evidence.window)}){_likes(shift)}."
        ),
        why=f"{_with_and_without(shift)} It may be a mirror or a pipeline that loads a model over "
        "and over; it says nothing of how many people use it.",
        evidence=(evidence_line(shift),),
        tone=Tone.NOTICE,
        at=shift.taken_at,
        link=link_to(models[0]) if one else None,
        shifts=(shift.id,),
    )


def _number(shift: Shift, name: str) -> float:
    value = shift.about.get(name)
    return float(value) if isinstance(value, float | int) else 0.0


def _before(shift: Shift) -> float:
    return shift.evidence.before or 0.0


def _after(shift: Shift) -> float:
    return shift.evidence.after or 0.0


def _times(shift: Shift) -> float:
    return round(_after(shift) / _before(shift), 1) if _before(shift) else 0.0


def _then(shift: Shift) -> str:
    since = taken(shift.evidence.snapshots[0])
    return f"on {moment(since, shift.taken_at)}" if since else "the time before"


def _since(shift: Shift) -> str:
    """Return over what time it grew: `in a day`, `in 7 days`."""
    since = taken(shift.evidence.snapshots[0])
    days = round((shift.taken_at - since).total_seconds() / 86_400) if since else 0
    return "in a day" if days <= 1 else f"in {days} days"


def _percent_of(shift: Shift) -> str:
    change = _number(shift, "usual") - 1
    if not change:
        return "did not move"
    return f"moved by {'+' if change > 0 else '−'}{percents(abs(change))[0]}"


def _adoption(shift: Shift) -> str:
    days, upto = _number(shift, "days"), _number(shift, "days_to")
    times, tenth = round(_number(shift, "adoption"), 1), figure(_number(shift, "tenth"))
    return (
        f"That is {figure(times)} times what the tenth of its age ({days:.0f} to {upto:.0f} days) "
        f"has: {tenth}."
    )


def _few(models: list[str]) -> list[str]:
    more = len(models) - _MOST
    return models if more <= 0 else [*models[:_MOST], f"{more} more"]


def _likes(shift: Shift) -> str:
    before, after = shift.about.get("likes_before"), shift.about.get("likes")
    if not isinstance(before, float | int) or not isinstance(after, float | int):
        return ""
    if before == after:
        return f", while likes stayed at {figure(after)}"
    return f", while likes went from {figure(before)} to {figure(after)}"


def _with_and_without(shift: Shift) -> str:
    who = clean(str(shift.about.get("lab") or shift.key))
    with_it, without = percents(_number(shift, "with"), _number(shift, "without"))
    models = "model" if " " not in str(shift.about.get("models") or "") else "models"
    where = among(shift.evidence.scope)
    return (
        f"With it {who} holds {with_it} of all downloads{where}; without the {models}, {without}."
    )
