"""Tells that an account holds places of a board and the lab table does not know it."""

from bot.render.evidence import evidence_line
from bot.render.groups import moved
from bot.render.message import Message, Tone, headline
from bot.render.naming import board_of
from bot.wording import clean, figure, listing, moment, percents, plural, short_name, taken
from detectors.shift import Shift, Status


def unmapped_message(shift: Shift) -> Message:
    """Tell how many places the account holds, from how many, and what to do about it."""
    account, board = clean(shift.key), board_of(shift.evidence.scope)
    held, was = (_number(shift, name) for name in ("amount", "amount_before"))
    rising = shift.status is Status.FIRING
    total = figure(shift.evidence.denominator)
    verb = "holds" if rising else "is down to"
    places = f"{figure(held)} of {total} places in the {board}"
    return Message(
        title=headline(
            f"{account}, known to no lab table, {verb} {places}",
            f"{account}, not in the lab table, {verb} {figure(held)} of {total} places",
            f"{account} is not in the lab table",
        ),
        sentence=f"The account {account} {verb} {places} ({_parts(shift)[1]}), "
        f"{_from(shift, was)}: {_line(shift)}.",
        why=" ".join(part for part in (_holders(shift), _todo(shift)) if part),
        evidence=(evidence_line(shift),),
        tone=Tone.NOTICE,
        at=shift.taken_at,
        shifts=(shift.id,),
    )


def _number(shift: Shift, name: str) -> float:
    value = shift.about.get(name)
    return float(value) if isinstance(value, float | int) else 0.0


def _parts(shift: Shift) -> list[str]:
    pair = (shift.evidence.before or 0.0, shift.evidence.after or 0.0)
    return percents(*pair, _number(shift, "line"))


def _from(shift: Shift, was: float) -> str:
    since = taken(shift.evidence.snapshots[0])
    then = f"on {moment(since, shift.taken_at)}" if since else "the time before"
    # "Is down to" has said it already.
    come = moved(shift) if shift.status is Status.FIRING else "from"
    return f"{come} {figure(was)} of {figure(_number(shift, 'total_before'))} {then}"


def _line(shift: Shift) -> str:
    line = _parts(shift)[2]
    if shift.status is Status.RESOLVED:
        return f"below {line}, which ends this alert"
    return f"above the line of {line}"


def _holders(shift: Shift) -> str:
    ids = str(shift.about.get("holders") or "").split()
    if not ids:
        return ""
    verb = "It is" if len(ids) == 1 else "They are"
    return f"{verb} {listing([short_name(each) for each in ids])}."


def _todo(shift: Shift) -> str:
    if shift.status is Status.RESOLVED:
        return ""
    return (
        f"{plural(shift.evidence.unknown, 'place')} of this board count as unknown in every share "
        "by lab or country. An entry in detectors/labs.toml settles it: the lab, or a line under "
        "[no_public_base]."
    )
