"""Tells that a share is in fewer hands, or in more."""

from bot.render.evidence import evidence_line
from bot.render.groups import kind, kinds, moved, number, of_unknown, then, unit
from bot.render.message import Message, Tone, headline
from bot.render.naming import among, board_of
from bot.render.weight import mover
from bot.wording import NBSP, clean, figure, listing, percents, titled
from detectors.concentration import WHOLE
from detectors.share import Of
from detectors.shift import Event, Shift, Status

_NUMBER = ("", "", "two ", "three ")


def concentration_message(shift: Shift) -> Message:
    """Tell one crossing of the index: as how many equal groups it is, and who the largest are."""
    return Message(
        title=headline(*_titles(shift)),
        sentence=_sentence(shift),
        why=" ".join(
            part
            for part in (
                _equals(shift),
                _largest(shift),
                mover(shift, "the index", _points(number(shift, "unmoved"))),
                _unknown(shift),
            )
            if part
        ),
        evidence=(evidence_line(shift),),
        tone=Tone.RISE if shift.facts.event is Event.UP else Tone.FALL,
        at=shift.taken_at,
        shifts=(shift.id,),
    )


def _whole(shift: Shift) -> str:
    """Return what is shared out: `downloads among language models`."""
    if shift.evidence.metric == Of.SLOTS:
        return f"places in the {board_of(shift.evidence.scope)}"
    return f"{unit(shift)}{among(shift.evidence.scope)}"


def _points(value: float | None) -> str:
    return f"{value or 0.0:,.0f}"


def _titles(shift: Shift) -> tuple[str, ...]:
    rises = shift.facts.event is Event.UP
    goes = f"concentrate in fewer {kinds(shift)}" if rises else f"spread over more {kinds(shift)}"
    side, now = "above" if rises else "below", _points(shift.evidence.after)
    index = f"index {now}, {side} {_points(number(shift, 'line'))}"
    return (
        f"{titled(_whole(shift))} {goes}: {index}",
        f"{titled(unit(shift))} {goes}: {index}",
        f"{titled(unit(shift))} {goes}: index {now}",
    )


def _sentence(shift: Shift) -> str:
    side = "above" if shift.facts.event is Event.UP else "below"
    line = _points(number(shift, "line"))
    ends = shift.status is Status.RESOLVED
    crossed = f"back {side} {line}, which ends this alert" if ends else f"{side} the line of {line}"
    counted = f"{figure(shift.evidence.denominator)} {_whole(shift)}"
    return (
        f"The Herfindahl index of the {counted} ({clean(shift.evidence.window)}) by {kind(shift)} "
        f"is now {_points(shift.evidence.after)} of {WHOLE:,}, {moved(shift)} "
        f"{_points(shift.evidence.before)} {then(shift)}: {crossed}."
    )


def _equals(shift: Shift) -> str:
    """Say as how many groups of equal size it is: the index the other way round."""
    before, after = shift.evidence.before, shift.evidence.after
    if not after:
        return ""
    was = f"; {then(shift)} it was {_equal(before)}" if before else ""
    many = kind(shift) if _equal(after) == "1" else kinds(shift)
    return f"That is as if {_equal(after)} {many} of equal size shared all of it{was}."


def _equal(value: float) -> str:
    return f"{WHOLE / value:,.1f}".removesuffix(".0")


def _largest(shift: Shift) -> str:
    names = [shift.about.get(f"group_{place}") for place in (1, 2, 3)]
    held = [clean(str(name)) for name in names if name]
    if not held:
        return ""
    parts = percents(*(number(shift, f"part_{place}") for place in range(1, len(held) + 1)))
    each = [f"{name} ({part})" for name, part in zip(held, parts, strict=True)]
    if len(each) == 1:
        return f"The largest is {each[0]}."
    return f"The {_NUMBER[len(each)]}largest are {listing(each)}."


def _unknown(shift: Shift) -> str:
    text = of_unknown(shift)
    if not text:
        return ""
    most = _points(number(shift, "most"))
    return f"{text} and counted as many small ones; as a single one they would make it{NBSP}{most}."
