"""Tells the source's own trouble, and its end."""

from bot.render.evidence import evidence_line
from bot.render.message import Message, Tone, headline
from bot.wording import clean, moment, taken, titled
from detectors.shift import Event, Shift

_REASONS = {
    "empty": "the Hub lists no models",
    "partial": "the listing is not complete",
    "duplicated": "models are listed more than once",
    "truncated": "the listing is cut short",
    "reset": "the Hub's counters fell together",
    "frozen": "the Hub's download counters stand still",
    "silent": "no good snapshot has come for too long",
}


def reason_name(reason: str) -> str:
    """Return a reason for withholding as people say it."""
    return _REASONS.get(reason, clean(reason))


def source_message(shift: Shift) -> Message:
    """Tell one Shift of the source."""
    ended = shift.facts.event is Event.RECOVERED
    reason = reason_name(shift.key)
    return Message(
        title=headline(
            "Hubshift compares again: the trouble with the Hub is over"
            if ended
            else f"Hubshift is holding back: {reason}"
        ),
        sentence=_recovered(shift) if ended else _withheld(shift),
        why=_meaning(shift),
        evidence=(evidence_line(shift),),
        tone=Tone.NOTICE,
        at=shift.taken_at,
        shifts=(shift.id,),
    )


def _subject(shift: Shift) -> str:
    """Return the snapshot as a sentence names it: the pulse of 25 April 2026."""
    stream = str(shift.about.get("stream") or shift.evidence.scope)
    kind, _, panel = clean(stream).partition(":")
    name = f"{kind} of panel {panel}," if panel else kind
    return f"the {name} of {moment(shift.taken_at)}"


def _detail(shift: Shift) -> str:
    return clean(str(shift.about.get("detail") or ""))


def _withheld(shift: Shift) -> str:
    detail = _detail(shift)
    if shift.facts.event is Event.SILENT:
        return f"{titled(detail or reason_name(shift.key))}."
    return f"{titled(_subject(shift))} is kept apart: {detail or reason_name(shift.key)}."


def _recovered(shift: Shift) -> str:
    detail = _detail(shift)
    if detail:
        return f"With {_subject(shift)}, {detail}."
    passed = f"{titled(_subject(shift))} passed every check."
    return f"{passed} The trouble was: {reason_name(shift.key)}."


def _meaning(shift: Shift) -> str:
    last = taken(shift.evidence.snapshots[0])
    of = f", of {moment(last, shift.taken_at)}," if last else ""
    if shift.facts.event is Event.RECOVERED:
        return f"Alerts about models go on, compared with the last good snapshot{of[:-1]}."
    stands = f"the last good snapshot{of} stands" if last else "no good snapshot is held yet"
    return f"This concerns the source, not the models: {stands}, and no model is judged by it."
