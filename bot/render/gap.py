"""Tells that a lab leads in attention but not in use, or the reverse."""

from bot.render.evidence import evidence_line
from bot.render.groups import number, then
from bot.render.message import Message, Tone, headline
from bot.render.naming import among, board_of
from bot.render.weight import mover
from bot.wording import NBSP, clean, figure, named, percents, titled
from detectors.attention_gap import Field
from detectors.metric import Metric
from detectors.share import Of
from detectors.shift import Shift, Status


def gap_message(shift: Shift) -> Message:
    """Tell one gap: both shares, who leads the other field, and what is unknown of each."""
    fires = shift.status is Status.FIRING
    return Message(
        title=headline(*_titles(shift)),
        sentence=_sentence(shift),
        why=" ".join(part for part in (_leader(shift), _mover(shift), _unknown(shift)) if part),
        evidence=(evidence_line(shift),),
        tone=Tone.NOTICE if fires else Tone.FALL,
        at=shift.taken_at,
        shifts=(shift.id,),
    )


def _fields(shift: Shift) -> tuple[str, str]:
    names = (str(shift.about.get(end) or "") for end in ("of", "over"))
    of, over = (Metric(each).label if each in tuple(Field) else clean(each) for each in names)
    return of, over


def _parts(shift: Shift) -> list[str]:
    return percents(
        number(shift, "part_of"), number(shift, "part_over"), number(shift, "leader_part")
    )


def _place(shift: Shift) -> str:
    place = shift.about.get("place_over")
    return f"is #{place:.0f}" if isinstance(place, float | int) else "has nothing"


def _titles(shift: Shift) -> tuple[str, ...]:
    of, over = _fields(shift)
    own, other, _ = _parts(shift)
    who = titled(named(shift.key))
    if shift.status is Status.RESOLVED:
        return (
            f"{who} no longer leads in {of} alone: {own} of {of}, {other} of {over}",
            f"{who} no longer leads in {of} alone",
        )
    return (
        f"{who} leads in {of} but {_place(shift)} in {over}: {own} against {other}",
        f"{who} leads in {of} but {_place(shift)} in {over}",
        f"{who} leads in {of}, not in {over}",
    )


def _sentence(shift: Shift) -> str:
    of, over = _fields(shift)
    own, other, _ = _parts(shift)
    gap, was, line = percents(
        shift.evidence.after or 0.0, shift.evidence.before or 0.0, number(shift, "line")
    )
    counted, against = figure(shift.evidence.denominator), figure(number(shift, "total_over"))
    if shift.evidence.metric == Of.SLOTS:
        whole = f"{own} of the {counted} places in the {board_of(shift.evidence.scope)}"
        rest = f"{other} of the {against} by {over}"
    else:
        whole = f"{own} of the {counted} {of}{among(shift.evidence.scope)}"
        rest = f"{other} of the {against} {over}"
    crossed = f"more than the margin of {_points(line)}"
    if shift.status is Status.RESOLVED:
        open_still = (shift.evidence.after or 0.0) >= number(shift, "line")
        why = "but it now leads in both" if open_still else f"back below {_points(line)}"
        crossed = f"{why}, which ends this alert"
    return (
        f"{titled(named(shift.key))} has {whole}, and {rest}: a gap of {_points(gap)}, "
        f"{crossed}; {then(shift)} it was {_points(was)}."
    )


def _points(percentage: str) -> str:
    one = percentage == f"1{NBSP}%"
    return percentage.replace("%", "point" if one else "points")


def _leader(shift: Shift) -> str:
    leader = str(shift.about.get("leader_over") or "")
    if not leader or shift.status is Status.RESOLVED:
        return ""
    return f"The lead in {_fields(shift)[1]} is with {named(leader)}, at {_parts(shift)[2]}."


def _mover(shift: Shift) -> str:
    gap = percents(shift.evidence.after or 0.0, number(shift, "unmoved"))[1]
    return mover(shift, "the gap", _points(gap).replace("-", "−"))


def _unknown(shift: Shift) -> str:
    unknown, total = number(shift, "unknown_over"), number(shift, "total_over")
    first, all_of = shift.evidence.unknown, shift.evidence.denominator
    if not unknown and not first:
        return ""
    of, over = _fields(shift)
    known = percents(first / all_of if all_of else 0.0, unknown / total if total else 0.0)
    return f"Of unknown lab are {known[0]} of the one ({of}) and {known[1]} of the other ({over})."
