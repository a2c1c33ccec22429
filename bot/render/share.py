"""Tells a share that crossed a line."""

from bot.render.evidence import evidence_line
from bot.render.message import Message, Tone, headline
from bot.render.naming import among, board_of, panel_of
from bot.render.weight import chance, single
from bot.wording import (
    clean,
    figure,
    listing,
    moment,
    named,
    percents,
    short_name,
    taken,
    titled,
)
from detectors.share import By, Of
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


def _number(shift: Shift, name: str) -> float:
    value = shift.about.get(name)
    return float(value) if isinstance(value, float | int) else 0.0


def _values(shift: Shift) -> list[str]:
    """Return before, after and the line, told apart where they differ."""
    pair = (shift.evidence.before or 0.0, shift.evidence.after or 0.0)
    return percents(*pair, _number(shift, "line"))


def _moved(shift: Shift) -> str:
    before, after = shift.evidence.before or 0.0, shift.evidence.after or 0.0
    return "unchanged from" if before == after else "up from" if after > before else "down from"


def _who(shift: Shift) -> str:
    group = named(shift.key)
    match shift.about.get("by"):
        case By.FAMILY:
            return f"models built on {group}"
        case By.LICENSE:
            return f"the licence {group}"
        case By.TASK:
            return f"{group} models"
    return group


def _several(shift: Shift) -> bool:
    return shift.about.get("by") in {By.FAMILY, By.TASK}


def _board(shift: Shift) -> str:
    return board_of(shift.evidence.scope)


def _slots_titles(shift: Shift) -> tuple[str, ...]:
    holds = "hold" if _several(shift) else "holds"
    held, total = figure(_number(shift, "amount")), figure(shift.evidence.denominator)
    who = f"{titled(_who(shift))} {holds} {held} of the"
    was = f", {_moved(shift)} {figure(_number(shift, 'amount_before'))}"
    full = shift.evidence.scope.startswith(f"top {shift.evidence.denominator:.0f} by ")
    where = _board(shift) if full else f"{total} places in the {_board(shift)}"
    return f"{who} {where}{was}", f"{who} {total} places{was}", f"{who} {total} places"


def _slots_sentence(shift: Shift) -> str:
    before, after, _ = _values(shift)
    was = figure(_number(shift, "amount_before"))
    if _number(shift, "total_before") != shift.evidence.denominator:
        was += f" of {figure(_number(shift, 'total_before'))}"
    holds = "hold" if _several(shift) else "holds"
    return (
        f"{titled(_who(shift))} now {holds} {figure(_number(shift, 'amount'))} of the "
        f"{figure(shift.evidence.denominator)} places in the {_board(shift)} ({after}), "
        f"{_moved(shift)} {was} ({before}) {_then(shift)}: {_line(shift)}."
    )


def _titles(shift: Shift) -> tuple[str, ...]:
    before, after, line = _values(shift)
    rising, scope = shift.facts.event is Event.UP, shift.evidence.scope
    verb = ("rise" if rising else "fall") + ("" if _several(shift) else "s")
    side = "above" if rising else "below"
    now = f"{titled(_who(shift))} {verb} {side} {line} of {_unit(shift)}"
    panel = panel_of(scope)
    near = f" in panel {panel}" if panel else among(scope)
    return (
        f"{now}{among(scope)}: {after}, {_moved(shift)} {before}",
        f"{now}{near}: {after}, {_moved(shift)} {before}",
        f"{now}{near}: {after}",
        f"{now}{near}",
    )


def _sentence(shift: Shift) -> str:
    before, after, _ = _values(shift)
    account = "account" if _several(shift) else "accounts"
    return (
        f"{titled(_who(shift))} now {account} for {after} of the "
        f"{figure(shift.evidence.denominator)} {_unit(shift)}{among(shift.evidence.scope)} "
        f"({clean(shift.evidence.window)}), {_moved(shift)} {before} {_then(shift)}: "
        f"{_line(shift)}."
    )


def _line(shift: Shift) -> str:
    side = "above" if shift.facts.event is Event.UP else "below"
    line = _values(shift)[2]
    if shift.status is Status.RESOLVED:
        return f"back {side} {line}, which ends this alert"
    return f"{side} the line of {line}"


def _unit(shift: Shift) -> str:
    return clean(str(shift.about.get("unit") or shift.evidence.metric))


def _then(shift: Shift) -> str:
    since = taken(shift.evidence.snapshots[0])
    return f"on {moment(since, shift.taken_at)}" if since else "the time before"


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
    if _number(shift, "line") == _HALF:
        # The sentence says it: above or below the line of 50 %.
        return ""
    if before <= _HALF < after:
        return f"That is more than half of the {_counted(shift)}."
    if after <= _HALF < before:
        return f"That is no longer more than half of the {_counted(shift)}."
    return ""


def _unknown(shift: Shift) -> str:
    """Say how much is of unknown group, and what it would be were all of that counted in."""
    evidence, by = shift.evidence, clean(str(shift.about.get("by") or "group"))
    if not evidence.unknown:
        return ""
    one = evidence.unknown == 1
    unit = _counted(shift).removesuffix("s") if one else _counted(shift)
    text = f"{figure(evidence.unknown)} {unit} {'is' if one else 'are'} of unknown {by}"
    most = _number(shift, "amount") + evidence.unknown
    edge = _number(shift, "line") * evidence.denominator
    if shift.facts.event is Event.DOWN and most > edge:
        return f"{text}; counted in, it would be {_most(shift, most)}."
    return f"{text}."


def _most(shift: Shift, amount: float) -> str:
    if shift.evidence.metric == Of.SLOTS:
        return f"{figure(amount)} of {figure(shift.evidence.denominator)}"
    return percents(amount / shift.evidence.denominator)[0]


def _counted(shift: Shift) -> str:
    return "places" if shift.evidence.metric == Of.SLOTS else _unit(shift)
