"""Tells that a share has left its usual pace, or has settled."""

from bot.render.evidence import evidence_line
from bot.render.groups import number, of_unknown, unit, who
from bot.render.message import Message, Tone, headline
from bot.render.naming import among, board_of
from bot.render.weight import suspected
from bot.wording import clean, day, figure, named, percents, taken, titled
from detectors.momentum import FIRES
from detectors.share import Of
from detectors.shift import Event, Shift, Status


def momentum_message(shift: Shift) -> Message:
    """Tell one break: from what to what, since when, at which pace, against which usual one."""
    return Message(
        title=headline(*_titles(shift)),
        sentence=_settled(shift) if shift.status is Status.RESOLVED else _sentence(shift),
        why=" ".join(
            part for part in (_strength(shift), suspected(shift), _unknown(shift)) if part
        ),
        evidence=(evidence_line(shift),),
        tone=Tone.RISE if shift.facts.event is Event.UP else Tone.FALL,
        at=shift.taken_at,
        shifts=(shift.id,),
    )


def _parts(shift: Shift) -> list[str]:
    return percents(shift.evidence.before or 0.0, shift.evidence.after or 0.0)


def _since(shift: Shift) -> str:
    at = taken(shift.evidence.snapshots[0])
    return day(at, shift.taken_at) if at else "the time before"


def _whole(shift: Shift) -> str:
    if shift.evidence.metric == Of.SLOTS:
        return f"places in the {board_of(shift.evidence.scope)}"
    return f"{unit(shift)}{among(shift.evidence.scope)}"


def _titles(shift: Shift) -> tuple[str, ...]:
    before, after = _parts(shift)
    up = shift.facts.event is Event.UP
    does = "gathers pace" if up else "loses ground"
    if shift.status is Status.RESOLVED:
        ends = f"{titled(named(shift.key))} settles at {after}"
        return f"{ends} of {_whole(shift)}", f"{ends} of {unit(shift)}", ends
    way = "up" if up else "down"
    moves = f"{titled(named(shift.key))} {does} in"
    return (
        f"{moves} {_whole(shift)}: {after}, {way} from {before} since {_since(shift)}",
        f"{moves} {unit(shift)}: {after}, {way} from {before} since {_since(shift)}",
        f"{moves} {unit(shift)}: {after}, {way} from {before}",
        f"{moves} {unit(shift)}",
    )


def _sentence(shift: Shift) -> str:
    before, after = _parts(shift)
    return (
        f"Since {_since(shift)} the share of {who(shift)} in the "
        f"{figure(shift.evidence.denominator)} {_whole(shift)} ({clean(shift.evidence.window)}) "
        f"has gone from {before} to {after}: {_points(number(shift, 'pace'))} a week, where "
        f"{_points(number(shift, 'usual'))} a week was usual before."
    )


def _settled(shift: Shift) -> str:
    return (
        f"The share of {who(shift)} in the {figure(shift.evidence.denominator)} {_whole(shift)} "
        f"({clean(shift.evidence.window)}) is {_parts(shift)[1]} and moves at its usual pace "
        "again, which ends this alert."
    )


def _points(part: float) -> str:
    text = f"{part * 100:+.2f}"
    return "0 points" if not float(text) else f"{text} points".replace("-", "−")


def _strength(shift: Shift) -> str:
    if shift.status is Status.RESOLVED or "strength" not in shift.about:
        return ""
    spread = f"{number(shift, 'spread') * 100:.2f} points"
    return (
        f"Added up, that is {number(shift, 'strength'):.1f} times the weekly spread of {spread}; "
        f"it is told beyond {FIRES:.0f}, whether or not a line is crossed."
    )


def _unknown(shift: Shift) -> str:
    text = of_unknown(shift)
    return f"{text}." if text else ""
