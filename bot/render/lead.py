"""Tells who takes the lead of a share, and from whom."""

from collections.abc import Sequence

from bot.render.evidence import evidence_line
from bot.render.groups import number, of_unknown, several, then, unit, who
from bot.render.message import Message, Tone, headline
from bot.render.naming import among, board_of
from bot.render.weight import suspected
from bot.wording import clean, figure, named, percents, titled
from detectors.share import Of
from detectors.shift import Shift, Status


def lead_message(shifts: Sequence[Shift]) -> Message:
    """Tell one change; who lost the lead in the same look is told with who took it."""
    first = min(shifts, key=lambda shift: shift.status is not Status.FIRING)
    fires = first.status is Status.FIRING
    return Message(
        title=headline(*_titles(first)),
        sentence=_sentence(first),
        why=" ".join(part for part in (_alone(first), suspected(first), _doubt(first)) if part),
        evidence=tuple(evidence_line(shift) for shift in shifts),
        tone=Tone.RISE if fires else Tone.FALL,
        at=first.taken_at,
        shifts=tuple(shift.id for shift in shifts),
    )


def _rival(shift: Shift) -> str:
    return str(shift.about.get("rival") or "")


def _titles(shift: Shift) -> tuple[str, ...]:
    slots, scope = shift.evidence.metric == Of.SLOTS, shift.evidence.scope
    field = f"in the {board_of(scope)}" if slots else f"in {unit(shift)}"
    by = clean(str(shift.about.get("by") or ""))
    where = "" if slots else among(scope)
    own, other = _figures(shift)
    what = f"{titled(_does(shift))} {field}{where}"
    return (
        f"{what} by {by}: {own} to {other}",
        f"{titled(_does(shift))} {field} by {by}: {own} to {other}",
        f"{titled(_does(shift))} {field}: {own} to {other}",
        f"{titled(_does(shift))} {field}",
        titled(_does(shift)),
    )


def _does(shift: Shift) -> str:
    key, rival = named(shift.key), named(_rival(shift))
    if shift.status is Status.RESOLVED:
        return f"{key} falls behind {rival}" if rival else f"{key} no longer leads"
    if not rival:
        return f"{key} leads"
    if (shift.evidence.before or 0.0) > number(shift, "rival_before"):
        return f"{key} pulls clear of {rival}"
    return (
        f"{key} is back ahead of {rival}" if shift.about.get("again") else f"{key} passes {rival}"
    )


def _figures(shift: Shift) -> tuple[str, str]:
    """Return what both have now: places as places, all else as per cent."""
    if shift.evidence.metric == Of.SLOTS:
        return figure(number(shift, "amount")), figure(number(shift, "rival_amount"))
    return _parts(shift)[0], _parts(shift)[1]


def _parts(shift: Shift) -> list[str]:
    return percents(
        shift.evidence.after or 0.0,
        number(shift, "rival_after"),
        shift.evidence.before or 0.0,
        number(shift, "rival_before"),
    )


def _sentence(shift: Shift) -> str:
    own, other, own_then, other_then = _parts(shift)
    scope, slots = shift.evidence.scope, shift.evidence.metric == Of.SLOTS
    account = "account" if several(shift) else "accounts"
    counted = f"{figure(shift.evidence.denominator)} {unit(shift)}"
    of = f"{counted} in the {board_of(scope)}" if slots else f"{counted}{among(scope)}"
    window = "" if slots else f" ({clean(shift.evidence.window)})"
    text = f"{titled(who(shift))} now {account} for {own} of the {of}{window}"
    if not _rival(shift):
        return f"{text}, and no other {clean(str(shift.about.get('by')))} has any."
    rival, side = who(shift, _rival(shift)), "ahead of"
    if shift.status is Status.RESOLVED:
        side = "behind"
    return f"{text}, {side} {rival} with {other}; {then(shift)} it was {own_then} to {other_then}."


def _alone(shift: Shift) -> str:
    model = shift.about.get("alone")
    if not model:
        return ""
    without = percents(number(shift, "alone_without"))[0]
    return (
        f"One model alone makes the difference: without {clean(str(model))} "
        f"{who(shift)} would have {without} and not lead."
    )


def _doubt(shift: Shift) -> str:
    """Say how much is of unknown group, and whether it could turn the order round."""
    text = of_unknown(shift)
    if not text:
        return ""
    ahead = abs(number(shift, "amount") - number(shift, "rival_amount"))
    more = shift.evidence.unknown > ahead
    return f"{text}, more than the difference." if more else f"{text}."
