"""From what the detectors see to what is news: standing decides, and moves with it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from detectors.base import Detector
from detectors.moments import Moments
from detectors.panel import comparable
from detectors.shift import Held, Shift, Status
from detectors.snapshot import Snapshot
from detectors.spaced import Spaced, apart


@dataclass(frozen=True)
class Told:
    """A Shift that was told: when, its value, the Shift's id, and who published the model."""

    at: datetime
    value: float | None
    shift: str
    publisher: str = ""


@dataclass(frozen=True)
class RuleStanding:
    """What holds for one rule: subject to key; and when subjects that held before ended.

    `at` is the time of the last Snapshot that answered the rule, `definition` the version its
    figures were made by, `since` the time of the first. The rest is what later Shifts are judged
    by: `told`, by subject, what was told last of it; `untold`, the subjects that hold without
    having been told; `sizes`, how large what fired was, with its time; `held`, how often Shifts
    were held back, by the reason.
    """

    definition: str
    at: datetime
    holding: Mapping[str, str] = field(default_factory=dict)
    ended: Mapping[str, datetime] = field(default_factory=dict)
    since: datetime | None = None
    told: Mapping[str, Told] = field(default_factory=dict)
    untold: frozenset[str] = frozenset()
    sizes: tuple[tuple[datetime, float], ...] = ()
    held: Mapping[Held, int] = field(default_factory=dict)


Standing = Mapping[str, RuleStanding]


def standing_key(rule: Detector | str, snapshot: Snapshot) -> str:
    """Return the name under which a rule stands: a panel is another population, so it is apart."""
    return str(rule) if snapshot.panel is None else f"{rule} | panel {snapshot.panel}"


def evaluate(
    rules: Iterable[Detector],
    past: Sequence[Snapshot],
    after: Snapshot,
    standing: Standing,
    *,
    quiet: bool = False,
) -> tuple[list[Shift], Standing]:
    """Compare `after` with the admitted reads of its stream, and return news and new standing.

    `past` is oldest first and ends with the read before. A firing that already stands and a
    resolve that does not are dropped. A rule that `standing` does not know, whose definition has
    changed, or that was off at the read before, takes `after` as its baseline and is quiet once;
    with `quiet` every rule does. A rule that is given twice is asked once. A Snapshot that does
    not speak for a rule leaves it as it is.
    """
    news: list[Shift] = []
    moved = dict(standing)
    for rule in {str(rule): rule for rule in rules}.values():
        if not rule.covers(after):
            continue
        key = standing_key(rule, after)
        state = moved.get(key)
        definition = rule.definition(after)
        reads = wanted(rule, past)
        if state is None or quiet or _starts_anew(state, definition, reads):
            moved[key] = _baseline(rule, after, state, definition)
            continue
        # Another stream (a pulse beside the census) may know better by now.
        if after.taken_at < state.at or (reads and reads[-1].id == after.id):
            continue
        if not reads:
            # The first read of a stream has nothing of its own to be compared with.
            moved[key] = replace(state, at=after.taken_at)
            continue
        told, moved[key] = _one(rule, reads, after, state)
        news += told
    return news, moved


def wanted(rule: Detector, past: Sequence[Snapshot]) -> list[Snapshot]:
    """Return the reads a rule is given, the one before last; all others apart if it says so."""
    if isinstance(rule, Spaced):
        spoken = [read for read in past if rule.covers(read)]
        far = apart(spoken[:-1], rule.spacing, lambda read: read.taken_at)
        return [*far, *spoken[-1:]][-rule.past :]
    latest = (read for read in reversed(past) if rule.covers(read))
    return [*islice(latest, rule.past)][::-1]


def _starts_anew(state: RuleStanding, definition: str, reads: Sequence[Snapshot]) -> bool:
    """Whether what stands cannot be compared with: another definition, or the rule was off."""
    return state.definition != definition or bool(reads and state.at < reads[-1].taken_at)


def _baseline(
    rule: Detector, after: Snapshot, state: RuleStanding | None, definition: str
) -> RuleStanding:
    if state is None:
        held = rule.holding(after, ())
        return RuleStanding(definition, after.taken_at, held, since=after.taken_at)
    held = rule.holding(after, state.holding.keys() if state.definition == definition else ())
    # By whichever definition it held, it will have been here before.
    ended = {subject: at for subject, at in state.ended.items() if subject not in held}
    ended |= {subject: after.taken_at for subject in state.holding if subject not in held}
    if state.definition == definition:
        return replace(state, at=after.taken_at, holding=held, ended=ended)
    # Figures by another definition say nothing of how large or how far from the last one told.
    return RuleStanding(
        definition, after.taken_at, held, ended, since=after.taken_at, held=state.held
    )


def _one(
    rule: Detector, reads: Sequence[Snapshot], after: Snapshot, state: RuleStanding
) -> tuple[list[Shift], RuleStanding]:
    known = state.ended.keys() if isinstance(rule, Moments) else state.holding.keys()
    found = list(rule.detect(reads[-1], after, reads[:-1], known))
    cut = comparable(reads, after)
    if cut is not None:
        found = _alike(rule, found, cut, known)
    if isinstance(rule, Moments):
        return _moments(rule, found, reads[-1].taken_at, state, after.taken_at)
    told: list[Shift] = []
    holding, ended = dict(state.holding), dict(state.ended)
    for shift in found:
        if shift.status is Status.FIRING and shift.subject not in holding:
            told.append(rule.again(shift) if shift.subject in ended else shift)
            holding[shift.subject] = shift.key
            ended.pop(shift.subject, None)
        elif shift.status is Status.RESOLVED and shift.subject in holding:
            told.append(shift)
            del holding[shift.subject]
            ended[shift.subject] = after.taken_at
    if cut is not None:
        _absorb(rule, after, cut, holding)
        ended |= {each: after.taken_at for each in state.holding if each not in holding}
    return told, replace(state, at=after.taken_at, holding=holding, ended=ended)


def _moments(
    rule: Moments, found: Iterable[Shift], before: datetime, state: RuleStanding, at: datetime
) -> tuple[list[Shift], RuleStanding]:
    """Keep the moments that were not told yet; nothing stands, but it is known when they were."""
    told = [each for each in found if rule.is_news(state.ended.get(each.subject), before, at)]
    ended = {**state.ended, **{shift.subject: at for shift in told}}
    return told, replace(state, at=at, ended=ended)


def _alike(
    rule: Detector, found: Sequence[Shift], cut: Sequence[Snapshot], standing: Collection[str]
) -> list[Shift]:
    """Keep what also shifted among the models that both ends of a changed panel hold."""
    *reads, after = cut
    if not all(rule.covers(read) for read in cut):
        return []
    shifts = rule.detect(reads[-1], after, reads[:-1], standing)
    inner = {(shift.subject, shift.status) for shift in shifts}
    kept = []
    for shift in found:
        held = [shift.subject in rule.holding(read, {shift.subject}) for read in reads]
        firmly = [shift.subject in rule.holding(read, ()) for read in reads]
        was_otherwise = not all(firmly) if shift.status is Status.FIRING else any(held)
        if was_otherwise and (shift.subject, shift.status) in inner:
            kept.append(shift)
    return kept


def _absorb(
    rule: Detector, after: Snapshot, cut: Sequence[Snapshot], holding: dict[str, str]
) -> None:
    """Let what holds, or no longer does, only because the panel changed, stand so quietly.

    That is what the comparable part does not show now, or showed all along. What it shows to
    have moved waits for the reads that confirm it.
    """
    whole = rule.holding(after, holding.keys())
    parts = cut if all(rule.covers(read) for read in cut) else []
    loosely = [set(rule.holding(read, holding.keys())) for read in parts]
    firmly = [set(rule.holding(read, ())) for read in parts[:-1]]
    now = loosely.pop() if loosely else set()
    before = set().union(*loosely)
    throughout = now.intersection(*firmly)
    for subject in [each for each in holding if each not in whole]:
        if subject in now or subject not in before:
            del holding[subject]
    holding |= {
        subject: key
        for subject, key in whole.items()
        if subject not in now or subject in throughout
    }
