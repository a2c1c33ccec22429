"""Tells how a model's access changed: gone or back, gated or open, another licence or name."""

from bot.render.board import introduced
from bot.render.evidence import evidence_line
from bot.render.message import Message, Tone, distinct, headline, shortened
from bot.render.naming import board_field
from bot.wording import clean, link_to, moment, publisher, rank, short_name, taken, titled
from detectors.shift import Event, Shift

_TONES = {
    Event.VANISHED: Tone.FALL,
    Event.GATED: Tone.FALL,
    Event.RETURNED: Tone.RISE,
    Event.OPENED: Tone.RISE,
}
_HEADS = {
    "listing_gone": "is gone from the Hub",
    "listing_listed": "is back on the Hub",
    "gating_gated": "goes behind a gate: access on request only",
    "gating_open": "drops its gate: open to everyone",
}


def access_message(shift: Shift) -> Message:
    """Tell what of one model changed between two reads, the gravest first."""
    changes = str(shift.about.get("changes") or "").split()
    heads = [_head(shift, change) for change in changes]
    name, by = _known_as(shift), publisher(_known_as(shift), shift.about)
    short = short_name(name)
    everything = " and ".join(heads)
    listed = shift.facts.event is not Event.VANISHED
    return Message(
        title=headline(
            *(f"{short} ({by}) {said}" for said in distinct((everything, heads[0])) if by),
            f"{short} {heads[0]}",
            shortened(short, heads[0]),
        ),
        sentence=f"{clean(name)} {', and it '.join(_told(shift, each) for each in changes)}.",
        why=" ".join(part for part in (_weight(shift), introduced(shift, listed=listed)) if part),
        evidence=(evidence_line(shift),),
        tone=_TONES.get(shift.facts.event, Tone.NOTICE),
        at=shift.taken_at,
        link=link_to(shift.key) if listed else None,
        shifts=(shift.id,),
    )


def _values(shift: Shift, change: str) -> tuple[str, str]:
    was, now = (shift.about.get(f"{change}_{end}") for end in ("before", "after"))
    return clean(str(was or "unknown")), clean(str(now or "unknown"))


def _known_as(shift: Shift) -> str:
    """Return the name a reader knows the model by: the one before, where it has another now."""
    return str(shift.about.get("name_before") or shift.key)


def _head(shift: Shift, change: str) -> str:
    was, now = _values(shift, change)
    if change == "license":
        return f"changes its licence from {was} to {now}"
    if change == "name":
        moved = shift.facts.event is Event.MOVED or was.partition("/")[0] != now.partition("/")[0]
        return f"moves to {now}" if moved else f"is now called {short_name(now)}"
    return _HEADS.get(f"{change}_{now}", f"changes its {clean(change)} to {now}")


def _told(shift: Shift, change: str) -> str:
    was, now = _values(shift, change)
    then = _then(shift)
    match change, now:
        case "listing", "gone":
            return (
                f"is no longer among all models of the Hub; {then} it was. It was deleted, made "
                "private or disabled: the listing does not say which"
            )
        case "listing", _:
            return f"is among all models of the Hub again; {then} it was not"
        case "gating", "gated":
            return f"is now given only to those whose request is granted; {then} everyone had it"
        case "gating", _:
            return f"is now given to everyone; {then} one had to ask for access"
        case "license", _:
            return f"is now under the licence {now}; {then} it was under {was}"
    return f"is now {now}, the same repo under another name"


def _then(shift: Shift) -> str:
    since = taken(shift.evidence.snapshots[0])
    return f"on {moment(since, shift.taken_at)}" if since else "the time before"


def _weight(shift: Shift) -> str:
    """Say which place it holds, or held when it was last listed."""
    if shift.facts.rank is None:
        return ""
    field = board_field(str(shift.about.get("by") or ""), _scope(shift))
    verb = "was" if shift.facts.event is Event.VANISHED else "is"
    return titled(f"it {verb} {rank(shift.facts.rank)} {field}.")


def _scope(shift: Shift) -> str:
    return shift.evidence.scope.partition(" in ")[2] or "all"
