"""Tells a share that crossed a line."""

from bot.render.evidence import evidence_line
from bot.render.groups import moved, number, of_unknown, several, then, unit, who
from bot.render.message import Message, Tone, headline
from bot.render.naming import among, board_of, panel_of
from bot.render.weight import chance, single, suspected
from bot.wording import (
    clean,
    figure,
    listing,
    percents,
    short_name,
    titled,
)
from detectors.share import Of
from detectors.shift import Event, Shift, Status

_HALF = 0.5


def share_message(shift: Shift) -> Message:
    """Tell one crossing; what made it up, and what is unknown, go with it."""
    slots = shift.evidence.metric == Of.SLOTS
    return Message(
        title=headline(*(_slots_titles(shift) if slots else _titles(shift))),
        sentence=_slots_sentence(shift) if slots else _sentence(shift),
        why=" ".join(
            part
            for part in (
                _holders(shift),
                single(shift),
                suspected(shift),
                _majority(shift),
                chance(shift),
                _unknown(shift),
            )
            if part
        ),
        evidence=(evidence_line(shift),),
        tone=Tone.RISE if shift.facts.event is Event.UP else Tone.FALL,
        at=shift.taken_at,
        shifts=(shift.id,),
    )


def _values(shift: Shift) -> list[str]:
    """Return before, after and the line, told apart where they differ."""
    pair = (shift.evidence.before or 0.0, shift.evidence.after or 0.0)
    return percents(*pair, number(shift, "line"))


def _board(shift: Shift) -> str:
    return board_of(shift.evidence.scope)


def _slots_titles(shift: Shift) -> tuple[str, ...]:
    holds = "hold" if several(shift) else "holds"
    held, total = figure(number(shift, "amount")), figure(shift.evidence.denominator)
    lead = f"{titled(who(shift))} {holds} {held} of the"
    was = f", {moved(shift)} {figure(number(shift, 'amount_before'))}"
    full = shift.evidence.scope.startswith(f"top {shift.evidence.denominator:.0f} by ")
    where = _board(shift) if full else f"{total} places in the {_board(shift)}"
    return f"{lead} {where}{was}", f"{lead} {total} places{was}", f"{lead} {total} places"


def _slots_sentence(shift: Shift) -> str:
    before, after, _ = _values(shift)
    was = figure(number(shift, "amount_before"))
    if number(shift, "total_before") != shift.evidence.denominator:
        was += f" of {figure(number(shift, 'total_before'))}"
    holds = "hold" if several(shift) else "holds"
    return (
        f"{titled(who(shift))} now {holds} {figure(number(shift, 'amount'))} of the "
        f"{figure(shift.evidence.denominator)} places in the {_board(shift)} ({after}), "
        f"{moved(shift)} {was} ({before}) {then(shift)}: {_line(shift)}."
    )


def _titles(shift: Shift) -> tuple[str, ...]:
    before, after, line = _values(shift)
    rising, scope = shift.facts.event is Event.UP, shift.evidence.scope
    verb = ("rise" if rising else "fall") + ("" if several(shift) else "s")
    side = "above" if rising else "below"
    now = f"{titled(who(shift))} {verb} {side} {line} of {unit(shift)}"
    panel = panel_of(scope)
    near = f" in panel {panel}" if panel else among(scope)
    return (
        f"{now}{among(scope)}: {after}, {moved(shift)} {before}",
        f"{now}{near}: {after}, {moved(shift)} {before}",
        f"{now}{near}: {after}",
        f"{now}{near}",
    )


def _sentence(shift: Shift) -> str:
    before, after, _ = _values(shift)
    account = "account" if several(shift) else "accounts"
    return (
        f"{titled(who(shift))} now {account} for {after} of the "
        f"{figure(shift.evidence.denominator)} {unit(shift)}{among(shift.evidence.scope)} "
        f"({clean(shift.evidence.window)}), {moved(shift)} {before} {then(shift)}: "
        f"{_line(shift)}."
    )


def _line(shift: Shift) -> str:
    side = "above" if shift.facts.event is Event.UP else "below"
    line = _values(shift)[2]
    if shift.status is Status.RESOLVED:
        return f"back {side} {line}, which ends this alert"
    return f"{side} the line of {line}"


def _holders(shift: Shift) -> str:
    """Name the models that hold the places, in the order of the board."""
    ids = str(shift.about.get("holders") or "").split()
    if not ids:
        return ""
    return (
        f"{'It is' if len(ids) == 1 else 'They are'} {listing([short_name(each) for each in ids])}."
    )


def _majority(shift: Shift) -> str:
    before, after = shift.evidence.before or 0.0, shift.evidence.after or 0.0
    if number(shift, "line") == _HALF:
        # The sentence says it: above or below the line of 50 %.
        return ""
    if before <= _HALF < after:
        return f"That is more than half of the {_counted(shift)}."
    if after <= _HALF < before:
        return f"That is no longer more than half of the {_counted(shift)}."
    return ""


def _unknown(shift: Shift) -> str:
    """Say how much is of unknown group, and what it would be were all of that counted in."""
    evidence, text = shift.evidence, of_unknown(shift)
    if not text:
        return ""
    most = number(shift, "amount") + evidence.unknown
    edge = number(shift, "line") * evidence.denominator
    if shift.facts.event is Event.DOWN and most > edge:
        return f"{text}; counted in, it would be {_most(shift, most)}."
    return f"{text}."


def _most(shift: Shift, amount: float) -> str:
    if shift.evidence.metric == Of.SLOTS:
        return f"{figure(amount)} of {figure(shift.evidence.denominator)}"
    return percents(amount / shift.evidence.denominator)[0]


def _counted(shift: Shift) -> str:
    return "places" if shift.evidence.metric == Of.SLOTS else unit(shift)
