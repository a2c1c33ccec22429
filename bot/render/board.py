"""Tells the Shifts of one model on one or more boards as one message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.render.evidence import evidence_line
from bot.render.message import Message, Tone, distinct, headline, shortened
from bot.render.naming import among, board_field, board_name, panel_of, places
from bot.wording import (
    About,
    clean,
    figure,
    link_to,
    listing,
    moment,
    plural,
    publisher,
    rank,
    rank_now,
    short_name,
    taken,
    titled,
)
from detectors.metric import Kind, Metric
from detectors.shift import Event, Shift, Status

# A release may have many repos; more of them than a person reads are counted.
_MOST = 10


@dataclass(frozen=True)
class _Moves:
    """What one model did on one board in one look, fewest places first."""

    entered: Sequence[Shift]
    left: Sequence[Shift]

    @property
    def first(self) -> Shift:
        """The Shift that weighs most."""
        return (*self.entered, *self.left)[0]

    @property
    def origin(self) -> Shift:
        """The Shift that says best from where: out of the widest board, down from the highest."""
        return self.entered[-1] if self.entered else self.left[0]

    @property
    def field(self) -> str:
        """The board without its number of places: `in trending`."""
        return board_field(self.first.evidence.metric, self.first.evidence.scope)

    @property
    def weight(self) -> tuple[bool, int, int]:
        """Order of telling: entries before exits, fewest places first, then by metric."""
        metrics, metric = list(Metric), self.first.evidence.metric
        place = metrics.index(Metric(metric)) if metric in metrics else len(metrics)
        return not self.entered, places(self.first), place


def board_message(shifts: Sequence[Shift], others: Sequence[Shift] = ()) -> Message:
    """Tell the Shifts of one model in one look, and those of others that have the same cause.

    The others enter with it, as one release, or lose the first places that they took.
    """
    boards = _by_board(shifts)
    first = boards[0].first
    told = (*shifts, *others)
    losers = [each for each in others if places(each) == 1 and each.status is Status.RESOLVED]
    displaced = [_takes_over(first, loser, boards) for loser in losers] or [_leader(first)]
    return Message(
        title=_title(first, [_verb(moves) for moves in boards]),
        sentence=f"{clean(first.key)} {_stand(boards)}.",
        why=" ".join(part for part in (_with(others), *displaced, _introduced(first)) if part),
        evidence=_told(first, told),
        tone=Tone.RISE if boards[0].entered else Tone.FALL,
        at=first.taken_at,
        link=link_to(first.key),
        shifts=tuple(shift.id for shift in told),
    )


def _evidence(shift: Shift, first: Shift) -> str:
    """Return the line of a figure; that of another model begins with its name."""
    beside = shift.subject != first.subject
    return f"{short_name(shift.key)}: {evidence_line(shift)}" if beside else evidence_line(shift)


def _told(first: Shift, told: Sequence[Shift]) -> tuple[str, ...]:
    """Return a line for each figure, and of a very large release how many more there are."""
    lines = distinct(_evidence(shift, first) for shift in told)
    more = len(lines) - _MOST
    return lines if more <= 0 else (*lines[:_MOST], f"… and {more} more figures like these")


def _with(others: Sequence[Shift]) -> str:
    """Name the models that enter by the same cause, each with where it stands."""
    models: dict[str, list[Shift]] = {}
    for shift in others:
        if shift.status is Status.FIRING:
            models.setdefault(shift.subject, []).append(shift)
    if not models:
        return ""
    where = []
    for shifts in models.values():
        stands = [f"{rank(moves.origin.facts.after)} {moves.field}" for moves in _by_board(shifts)]
        where.append(f"{short_name(shifts[0].key)} ({listing(stands)})")
    if len(where) > _MOST:
        where = [*where[:_MOST], f"{len(where) - _MOST} more"]
    return f"With it {'enters' if len(where) == 1 else 'enter'} {listing(where)}."


def _introduced(shift: Shift) -> str:
    return introduced(shift, listed=shift.facts.after is not None)


def introduced(shift: Shift, *, listed: bool = True) -> str:
    """Return who published the model, what it does and what it weighs, as one sentence.

    `listed` says whether it still is.
    """
    about = shift.about
    task, created = clean(str(about.get("task") or "")), taken(str(about.get("created_at") or ""))
    what = f"{task} model" if task else "model"
    article = "an" if what[0].lower() in "aeiou" else "a"
    weighs = _weighs(about)
    if not (task or weighs or created):
        return f"{_from(shift)}; nothing else is known of it."
    if weighs and not listed:
        weighs += " when last listed"
    since = f", its repo created on {moment(created, shift.taken_at)}" if created else ""
    return f"{_from(shift)}: {article} {what}{weighs and f' with {weighs}'}{since}."


def _by_board(shifts: Sequence[Shift]) -> list[_Moves]:
    boards: dict[tuple[str, str], list[Shift]] = {}
    for shift in sorted(shifts, key=lambda each: (places(each), each.rule)):
        boards.setdefault((shift.evidence.metric, shift.evidence.scope), []).append(shift)
    moves = [
        _Moves(
            [each for each in found if each.status is Status.FIRING],
            [each for each in found if each.status is Status.RESOLVED],
        )
        for found in boards.values()
    ]
    return sorted(moves, key=lambda each: each.weight)


def _title(first: Shift, verbs: Sequence[str]) -> str:
    name, by = short_name(first.key), publisher(first.key, first.about)
    lab = clean(str(first.about.get("lab") or by))
    everything = listing(list(verbs))
    return headline(
        *(f"{name} ({who}) {everything}" for who in distinct((by, lab)) if who),
        f"{name} {everything}",
        *(f"{name} ({who}) {verbs[0]}" for who in distinct((by, lab)) if who),
        f"{name} {verbs[0]}",
        f"{name} {_briefly(first, verbs[0])}",
        shortened(name, _briefly(first, verbs[0])),
    )


def _briefly(first: Shift, verb: str) -> str:
    """Return what a headline says without how many models the panel lists, if it is of one."""
    scope = first.evidence.scope
    panel = panel_of(scope)
    return verb.replace(among(scope), f" in panel {panel}") if panel else verb


def _verb(moves: _Moves) -> str:
    """Return what the model does on a board, as a headline says it."""
    shift, now = moves.first, moves.first.facts.after
    metric, scope = shift.evidence.metric, shift.evidence.scope
    tops = [places(each) for each in moves.entered or moves.left]
    if not moves.entered:
        if tops == [1]:
            return f"loses first place {moves.field}"
        fall = "falls from first place out of" if 1 in tops else "leaves"
        return f"{fall} the {board_name(max(tops), metric, scope)}"
    back = shift.facts.event is Event.RE_ENTRY
    if tops[0] == 1:
        verb = "is back in" if back else "goes straight to" if len(tops) > 1 else "takes"
        return f"{verb} first place {moves.field}"
    verb = "is back in" if back else "enters"
    return f"{verb} the {board_name(tops[0], metric, scope)} at {rank(now)}"


def _stand(boards: Sequence[_Moves]) -> str:
    """Return from what to what, as the sentence says it."""
    if len(boards) == 1:
        return _stands(boards[0])
    places_now = []
    for moves in boards:
        before, after = moves.origin.facts.before, moves.origin.facts.after
        then, since = f"{rank(before)} {_then(moves.origin)}", _since(moves)
        if since is not None and places(moves.first) == 1:
            then = f"since {moment(since, moves.first.taken_at)}; {then}"
        places_now.append(f"{rank(after)} {moves.field} ({then})")
    return f"is now {listing(places_now)}"


def _stands(moves: _Moves) -> str:
    shift = moves.origin
    before, after, then = shift.facts.before, shift.facts.after, _then(shift)
    if after is None:
        was = f"it was {rank(before)} {then}" if before is not None else "it was near before"
        return f"is no longer {_listed(shift)} {moves.field}; {was}"
    now = f"is now {rank(after)} {moves.field}"
    since = _since(moves)
    if since is not None:
        now = _has_been(moves, since)
    if before is None:
        return f"{now}; {then} it was not {_listed(shift)}"
    if before == after:
        return f"{now}, as {then}"
    return f"{now}, {'up' if after < before else 'down'} from {rank(before)} {then}"


def _since(moves: _Moves) -> datetime | None:
    """Return from when the model has stood so, where an entry was confirmed by later reads."""
    shift, before = moves.first, moves.origin.facts.before
    try:
        since = datetime.fromisoformat(str(shift.about.get("since") or ""))
    except ValueError:
        return None
    outside = before is None or before > places(moves.origin)
    return since if moves.entered and since < shift.taken_at and outside else None


def _has_been(moves: _Moves, since: datetime) -> str:
    shift, when = moves.first, moment(since, moves.first.taken_at)
    now = rank(shift.facts.after)
    if places(shift) == 1:
        return f"has been {now} {moves.field} since {when}"
    board = board_name(places(shift), shift.evidence.metric, shift.evidence.scope)
    return f"has been in the {board} since {when} and is now {now}"


def _then(shift: Shift) -> str:
    since = taken(shift.evidence.snapshots[0])
    return f"on {moment(since, shift.taken_at)}" if since else "the time before"


def _listed(shift: Shift) -> str:
    if shift.evidence.snapshots[1].startswith(Kind.PULSE.value):
        return f"among the {plural(shift.evidence.denominator, 'model')} listed"
    return "on the board"


def _takes_over(first: Shift, loser: Shift, boards: Sequence[_Moves]) -> str:
    """Return whose first place it was."""
    lab = loser.about.get("lab")
    same = lab and lab == first.about.get("lab")
    by = f"also from {clean(str(lab))}" if same else publisher(loser.key, loser.about)
    field = board_field(loser.evidence.metric, loser.evidence.scope) if len(boards) > 1 else ""
    where = f"{titled(field)} it" if field else "It"
    who = f"{short_name(loser.key)}{f' ({by})' if by else ''}"
    return f"{where} takes over from {who}, {rank_now(loser.facts.after)}."


def _leader(first: Shift) -> str:
    """Return whose first place it was before, or whose it is now."""
    leader, heir = first.about.get("leader_before"), first.about.get("leader_after")
    if leader and first.status is Status.FIRING:
        return f"First place was held by {clean(str(leader))} {_then(first)}."
    return f"First place is now with {clean(str(heir))}." if heir else ""


def _from(shift: Shift) -> str:
    lab, country = shift.about.get("lab"), shift.about.get("country")
    if lab:
        return f"From {clean(str(lab))} ({clean(str(country)) if country else 'country unknown'})"
    owner, slash, _ = shift.key.partition("/")
    if slash:
        return f"From the account {clean(owner)} (lab and country unknown)"
    return "From an unknown publisher"


def _weighs(about: About) -> str:
    likes, downloads = about.get(Metric.LIKES.value), about.get(Metric.DOWNLOADS.value)
    parts = []
    if isinstance(likes, float | int):
        parts.append(plural(likes, "like"))
    if isinstance(downloads, float | int):
        parts.append(f"{figure(downloads)} downloads in the last 30 days")
    return listing(parts) if parts else ""
