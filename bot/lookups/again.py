"""Measures a Shift again from the Snapshots held, and says whether it comes out the same."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

from bot.rules import RuleError, parse_rule
from bot.views import Note, Views
from bot.wording import clean, listing, taken
from detectors.labs import Labs
from detectors.shift import SOURCE_RULE, Event, Evidence, Shift
from detectors.snapshot import Snapshot

# Far below what anybody is told, far above what storing a sum of thirds may do to it.
_CLOSE = 1e-9
# What rests on more Snapshots than these two rests on their boards and shares; and no memory holds
# every model of the Hub a dozen times.
_PAIR = 2


class Agreement(StrEnum):
    """What a second measurement comes to."""

    AGREES = "the same figures come out"
    DIFFERS = "other figures come out"
    GONE = "no longer held"
    UNMEASURED = "cannot be measured now"


@dataclass(frozen=True)
class Again:
    """What a second measurement came to, as a sentence, and each figure that differs."""

    agreement: Agreement
    sentence: str
    differing: tuple[tuple[str, str, str], ...] = ()


async def measured_again(shift: Shift, views: Views, labs: Labs) -> Again:
    """Measure a Shift again by its rule and the Snapshots its evidence names, and nothing else."""
    if shift.rule == SOURCE_RULE:
        return await _of_the_source(shift, views)
    reads: list[Snapshot] = []
    for name in shift.evidence.named:
        snapshot = await _read(name, views, whole=len(shift.evidence.named) <= _PAIR)
        if snapshot is None:
            return _gone(name)
        reads.append(snapshot)
    try:
        found = parse_rule(shift.rule, labs).evidence(shift.subject, reads)
    except RuleError:
        why = f"The rule can no longer be read with the lab table in use ({labs.version})."
        return Again(Agreement.UNMEASURED, why)
    except ValueError as error:
        return Again(Agreement.UNMEASURED, f"It cannot be measured now: {clean(str(error))}.")
    small = any(read.tables is not None for read in reads)
    return _compared(shift.evidence, found, shift.evidence.named, small=small)


async def note_of(views: Views, name: str) -> Note | None:
    """Return the note of a Snapshot by its id, None where none is held."""
    at = taken(name)
    if at is None:
        return None
    notes = await views.notes(name.rpartition("@")[0], at, at)
    return next((note for note in notes if note.id == name), None)


async def _read(name: str, views: Views, *, whole: bool) -> Snapshot | None:
    """Return a Snapshot by its id, with every model if that is wanted and held, else its tables."""
    note = await note_of(views, name)
    if note is None:
        return None
    found = await views.whole(note) if whole else None
    return found if found is not None else await views.snapshot(note)


def _compared(
    told: Evidence, found: Evidence, named: Sequence[str], *, small: bool = False
) -> Again:
    differing = []
    for field in fields(Evidence):
        was, now = getattr(told, field.name), getattr(found, field.name)
        if not _same(was, now):
            differing.append((field.name, clean(_shown(was)), clean(_shown(now))))
    snapshots = listing(list(named)) if len(named) <= _PAIR else f"{len(named)} snapshots"
    if small:
        snapshots = f"the boards and shares kept of {snapshots}"
    if differing:
        sentence = f"Measured again from {snapshots}, other figures come out than were told:"
        return Again(Agreement.DIFFERS, sentence, tuple(differing))
    sentence = f"Measured again from {snapshots}: the same figures come out."
    return Again(Agreement.AGREES, sentence)


def _same(was: object, now: object) -> bool:
    if isinstance(was, float | int) and isinstance(now, float | int):
        return math.isclose(was, now, rel_tol=_CLOSE, abs_tol=_CLOSE)
    return was == now


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return " → ".join(str(each) for each in value)
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _gone(name: str) -> Again:
    sentence = (
        f"It cannot be measured again: {clean(name)} is no longer held. What was told is kept."
    )
    return Again(Agreement.GONE, sentence)


async def _of_the_source(shift: Shift, views: Views) -> Again:
    """Compare what was told of the source with the note of the Snapshot it was told by."""
    name = shift.evidence.snapshots[1]
    note = await note_of(views, name)
    if note is None and shift.facts.event is Event.SILENT:
        return await _silence(shift, views)
    if note is None:
        return _gone(name)
    told = shift.subject if shift.facts.event is Event.WITHHELD else ""
    judged = "" if note.admitted else note.reason.value
    if told != judged and not (note.admitted or shift.facts.event is Event.WITHHELD):
        return Again(Agreement.DIFFERS, f"{name} is held as {note.reason.value}.")
    if note.rows != shift.evidence.after:
        row = ("models listed", _shown(shift.evidence.after), str(note.rows))
        return Again(Agreement.DIFFERS, f"The note of {name} says otherwise:", (row,))
    verdict = note.reason.value + (f": {clean(note.detail)}" if note.detail else "")
    return Again(Agreement.AGREES, f"The note of {name} says the same: {verdict}.")


async def _silence(shift: Shift, views: Views) -> Again:
    last, name = shift.evidence.snapshots
    since, until = taken(last), taken(name)
    notes = await views.notes(name.rpartition("@")[0], since, until)
    good = [note for note in notes if note.admitted and note.id != last]
    if good:
        sentence = f"A good snapshot is held from that time after all: {good[0].id}."
        return Again(Agreement.DIFFERS, sentence)
    return Again(Agreement.AGREES, "No good snapshot is held from that time: it was silent.")
