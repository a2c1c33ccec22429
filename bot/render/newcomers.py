"""Tells whose models newcomers build on."""

from bot.render.evidence import evidence_line
from bot.render.groups import moved, number, of_unknown, then
from bot.render.message import Message, Tone, headline
from bot.render.naming import among
from bot.render.weight import chance
from bot.wording import figure, named, percents, titled
from detectors.share import NEW_DAYS
from detectors.shift import Event, Shift, Status


def newcomers_message(shift: Shift) -> Message:
    """Tell one crossing: of how many newcomers, which family comes next, what chance could do."""
    return Message(
        title=headline(*_titles(shift)),
        sentence=_sentence(shift),
        why=" ".join(part for part in (chance(shift), _next(shift), _unknown(shift)) if part),
        evidence=(evidence_line(shift),),
        tone=Tone.RISE if shift.facts.event is Event.UP else Tone.FALL,
        at=shift.taken_at,
        shifts=(shift.id,),
    )


def _parts(shift: Shift) -> list[str]:
    before, after = shift.evidence.before or 0.0, shift.evidence.after or 0.0
    return percents(before, after, number(shift, "line"), number(shift, "other_part"))


def _titles(shift: Shift) -> tuple[str, ...]:
    before, after, line, _ = _parts(shift)
    side = "above" if shift.facts.event is Event.UP else "below"
    draws = f"{titled(named(shift.key))} draws {after} of new contributors"
    where = among(shift.evidence.scope)
    return (
        f"{draws}{where}, {moved(shift)} {before}: {side} {line}",
        f"{draws}, {moved(shift)} {before}: {side} {line}",
        f"{draws}, {moved(shift)} {before}",
        draws,
    )


def _sentence(shift: Shift) -> str:
    before, after, line, _ = _parts(shift)
    side = "above" if shift.facts.event is Event.UP else "below"
    ends = shift.status is Status.RESOLVED
    crossed = f"back {side} {line}, which ends this alert" if ends else f"{side} the line of {line}"
    return (
        f"Of the {figure(shift.evidence.denominator)} authors whose first derivative"
        f"{among(shift.evidence.scope)} came in the last {NEW_DAYS} days, {after} build on "
        f"{named(shift.key)}, {moved(shift)} {before} {then(shift)}: {crossed}."
    )


def _next(shift: Shift) -> str:
    other = str(shift.about.get("other") or "")
    if not other:
        return ""
    first = number(shift, "other_part") > (shift.evidence.after or 0.0)
    place = "More of them build on" if first else "Next comes"
    return f"{place} {named(other)}, with {_parts(shift)[3]}."


def _unknown(shift: Shift) -> str:
    text = of_unknown(shift)
    return f"{text}." if text else ""
