"""Answers `why-not`: what kept a rule from telling anything on a day."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.lookups.asked import WhyNotAsked
from bot.lookups.held import NothingHeld, nothing
from bot.lookups.here import ANYWHERE, Here
from bot.render.answer import Answer, Table
from bot.render.naming import metric_name
from bot.render.source import reason_name
from bot.views import Note, Views
from bot.wording import clean, day, listing, moment, plural
from detectors.base import Detector, Explains, Lack
from detectors.evaluate import RuleStanding, standing_key, wanted
from detectors.moments import Moments
from detectors.shift import Held, Shift, Status
from detectors.snapshot import Snapshot

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
# Rows of one kind that a person reads; the rest are counted.
_SHOWN = 6
_NAMED = 4
# Of a stream with several lists some reads do not speak for the rule.
_TRIES = 3

Row = tuple[str, str, str]


@dataclass(frozen=True)
class _Look:
    """A Snapshot of the day that speaks for the rule, and the reads it was compared with."""

    note: Note
    after: Snapshot
    reads: Sequence[Snapshot]


async def why_not(asked: WhyNotAsked, views: Views, here: Here = ANYWHERE) -> Answer:
    """Say for a rule and a day what stopped it; NothingHeld where nobody looked on that day.

    `here` is what the channel has decided that asks.
    """
    rule, at = asked.rule, asked.at if asked.named else await _latest(views, asked.at)
    since = at - _DAY + _INSTANT
    notes = await _notes(views, since, at)
    if not notes:
        raise await _nobody(views, since, at)
    shifts = await views.shifts(None, at)
    own = [each for each in shifts if each.rule == str(rule)]
    fired = [shift for shift in own if shift.taken_at >= since]
    floor = here.floor.rank
    at_once = {each.judgement.cause for each in shifts if each.told and each.severity.rank >= floor}
    rows = [_fired(shift, at_once, here) for shift in fired]
    rows += [
        (_kept(note), clean(note.id), clean(note.detail, limit=None) or reason_name(note.reason))
        for note in notes
        if not note.admitted
    ]
    looks, unspoken = await _looks(rule, views, [note for note in notes if note.admitted])
    rows += unspoken
    standing = await views.standing()
    for look in looks:
        rows += _unfired(rule, look, standing.get(standing_key(rule, look.after)), own)
    return Answer(
        title=f"{'Why' if fired else 'Why not'} on {day(at)}: {rule}",
        parts=tuple(_parts(rows)),
        closing=_closing(rule, notes, looks, standing),
    )


async def _latest(views: Views, now: datetime) -> datetime:
    """Return the time of the last Snapshot held, now where there is none."""
    last = [(await views.notes(stream, None, now))[-1:] for stream in await views.streams()]
    return max((note.taken_at for some in last for note in some), default=now)


async def _notes(views: Views, since: datetime, until: datetime) -> list[Note]:
    found = [
        note for stream in await views.streams() for note in await views.notes(stream, since, until)
    ]
    return sorted(found, key=lambda note: (note.taken_at, note.stream))


async def _nobody(views: Views, since: datetime, at: datetime) -> NothingHeld:
    """Return the error for a day on which no Snapshot was taken."""
    before = await _notes(views, datetime.min.replace(tzinfo=at.tzinfo), since)
    if not before:
        return await nothing(views, at, "why-not needs a snapshot of that day")
    return NothingHeld(
        f"Nobody looked on {day(at)}, so nothing could fire: the last snapshot before is "
        f"{before[-1].id}. Ask for another day with `on DATE`."
    )


def _fired(shift: Shift, at_once: Collection[str], here: Here) -> Row:
    """Return a Shift that did fire or end, and what became of it."""
    judged, began = shift.judgement, "fired" if shift.status is Status.FIRING else "ended"
    if judged.held is not None:
        return judged.held.value, clean(shift.key), f"{began}, held back: {clean(judged.why, None)}"
    if (stopped := here.stopped(shift)) is not None:
        return stopped[0], clean(shift.key), f"{stopped[1]}; see why {shift.id}"
    if shift.severity.rank < here.floor.rank and judged.cause not in at_once:
        why = f"{began}, {shift.severity.value}: {clean(judged.weighed, None)}; see why {shift.id}"
        return f"below {here.floor.value}", clean(shift.key), why
    return began, clean(shift.key), f"{shift.severity.value}; see why {shift.id}"


def _kept(note: Note) -> str:
    return f"snapshot withheld, {note.reason.value}"


async def _looks(
    rule: Detector, views: Views, notes: Sequence[Note]
) -> tuple[list[_Look], list[Row]]:
    """Return the last look of each stream that speaks for the rule, and why others do not."""
    looks, unspoken = [], []
    for stream in sorted({note.stream for note in notes}):
        mute: Row | None = None
        for note in reversed([note for note in notes if note.stream == stream]):
            after = await _read(rule, views, note)
            if after is not None and rule.covers(after):
                looks.append(_Look(note, after, await _reads(rule, views, note)))
                break
            mute = mute or _unspoken(note, after)
        else:
            unspoken += [mute] if mute is not None else []
    return looks, unspoken


async def _read(rule: Detector, views: Views, note: Note) -> Snapshot | None:
    """Return a Snapshot from its small tables where these answer the rule, else whole."""
    # What happened to a single model, boards and shares do not tell.
    if isinstance(rule, Moments):
        return await views.whole(note)
    found = await views.snapshot(note)
    if found is not None and (found.tables is None or rule.covers(found)):
        return found
    return await views.whole(note)


def _unspoken(note: Note, after: Snapshot | None) -> Row:
    if after is None:
        return "no longer held", clean(note.id), "its figures are gone, only its note is kept"
    lists = listing([f"by {metric_name(metric)}" for metric in note.lists]) if note.lists else ""
    has = f"it has {plural(note.rows, 'model')}{f', listed {lists}' if lists else ''}"
    return "not covered", clean(note.id), f"{has}, and that cannot answer the rule"


async def _reads(rule: Detector, views: Views, note: Note) -> list[Snapshot]:
    """Return the admitted reads before a look that the rule is given, oldest first."""
    notes = await views.notes(note.stream, None, note.taken_at - _INSTANT)
    found: list[Snapshot] = []
    for earlier in [each for each in reversed(notes) if each.admitted][: _TRIES * rule.past]:
        read = await _read(rule, views, earlier)
        if read is not None and rule.covers(read):
            found.append(read)
        if len(found) == rule.past:
            break
    return wanted(rule, found[::-1])


def _unfired(
    rule: Detector, look: _Look, state: RuleStanding | None, own: Sequence[Shift]
) -> list[Row]:
    """Return why no more than that fired by one look: what stands, what waits, what is near."""
    if not look.reads:
        name = clean(look.note.id)
        return [
            ("first look", name, "nothing before it is held to compare it with, so it is quiet")
        ]
    now = {shift.subject for shift in own if shift.evidence.snapshots[1] == look.note.id}
    stands = _stood(rule, look, own)
    *past, before = look.reads
    found = rule.detect(before, look.after, past, stands.keys())
    rows = [
        _untold(shift, look, state)
        for shift in found
        if shift.status is Status.FIRING and shift.subject not in {*now, *stands}
    ]
    if isinstance(rule, Explains):
        near = rule.short_of(before, look.after, past, [*stands, *now])
        rows += [(short.reason.value, clean(short.key), short.sentence) for short in near]
    elif not rows:
        what = f"nothing is beyond its line in {look.note.id} that did not stand before"
        rows.append((Lack.BELOW.value, "", what))
    # Of what is only told, a moment, nothing stands.
    if stands and not isinstance(rule, Moments):
        names = [clean(key) for key in stands.values()][:_NAMED]
        more = [f"{len(stands) - _NAMED} more"] if len(stands) > _NAMED else []
        who = f"{len(stands):,}, no news before {'it ends' if len(stands) == 1 else 'they end'}"
        rows.append((Lack.STANDS.value, who, listing([*names, *more])))
    return rows


def _stood(rule: Detector, look: _Look, own: Sequence[Shift]) -> dict[str, str]:
    """Return what held for the rule before a look, as far as its Shifts and reads tell."""
    last: dict[str, Shift] = {}
    for shift in own:
        if shift.taken_at < look.after.taken_at and _panel(shift) == look.note.panel:
            last[shift.subject] = shift
    told = {name: each.key for name, each in last.items() if each.status is Status.FIRING}
    held = [rule.holding(read, told.keys()) for read in look.reads]
    # There all along and never told: there when the rule began.
    always = {name: key for name, key in held[-1].items() if all(name in each for each in held)}
    ended = {name for name, each in last.items() if each.status is Status.RESOLVED}
    return told | {name: key for name, key in always.items() if name not in ended}


def _panel(shift: Shift) -> str | None:
    """Return the panel a Shift was seen in: what stands there stands apart."""
    stream = shift.evidence.snapshots[1].rpartition("@")[0]
    return stream.partition(":")[2] or None


def _untold(shift: Shift, look: _Look, state: RuleStanding | None) -> Row:
    """Return why what is beyond the line by a look is not among the Shifts stored."""
    key, at = clean(shift.key), look.after.taken_at
    if state is None:
        return "not watched", key, "it would have fired, were the rule among those watched"
    if state.since is not None and at <= state.since:
        return "starts quiet", key, f"the rule was first looked at on {moment(state.since)}"
    if look.note.moved:
        return "baseline moved", key, "beyond the line, and this snapshot was taken as the baseline"
    return "no news", key, "beyond the line; it stood so before, or another stream knew it already"


def _parts(rows: Sequence[Row]) -> list[str | Table]:
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        kinds.setdefault(row[0], []).append(row)
    shown: list[Row] = []
    for kind, some in kinds.items():
        shown += [(kind if not at else "", *row[1:]) for at, row in enumerate(some[:_SHOWN])]
        if len(some) > _SHOWN:
            shown.append(("", f"… and {len(some) - _SHOWN} more", ""))
    return [Table(tuple(shown))] if shown else ["Nothing came near."]


def _closing(
    rule: Detector,
    notes: Sequence[Note],
    looks: Sequence[_Look],
    standing: Mapping[str, RuleStanding],
) -> str:
    """Say what was looked at, whether the rule is watched, and what was held back so far."""
    admitted = sum(note.admitted for note in notes)
    all_of = "admitted" if admitted == len(notes) else f"{admitted} of them admitted"
    if not admitted:
        all_of = "not admitted"
    parts = [f"{plural(len(notes), 'snapshot')} that day, {all_of}."]
    for look in looks:
        before = f" against {look.reads[-1].id}" if look.reads else ""
        parts.append(f"Compared: {clean(look.note.id)}{clean(before, None)}.")
    states = [state for name, state in standing.items() if name.partition(" | ")[0] == str(rule)]
    if not states:
        parts.append("This rule is not among those watched.")
    held = sum((Counter(state.held) for state in states), Counter[Held]())
    if held:
        counts = [f"{count:,} {why.value}" for why, count in held.most_common()]
        parts.append(f"Held back by this rule so far: {listing(counts)}.")
    return " ".join(parts)
