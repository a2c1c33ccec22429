"""The week in one message that a person reads in a minute."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.digest.census import hub_shares
from bot.digest.places import TOP, places
from bot.digest.released import released
from bot.digest.wants import Wants
from bot.lookups.boards import board_table
from bot.lookups.held import WEEK, Wanted, earlier, newest, nothing, week_before
from bot.lookups.measured import measured
from bot.render import OF_SHARES, Story, message_of, parts, stories
from bot.render.answer import Table
from bot.render.naming import places as place_of
from bot.render.source import reason_name
from bot.render.weekly import Digest, Section
from bot.views import Note, Views
from bot.wording import (
    NBSP,
    clean,
    day,
    listing,
    moment,
    plural,
    rank,
    rank_now,
    short_name,
    titled,
)
from detectors.board import Board
from detectors.metric import Metric
from detectors.share import By, Of
from detectors.shift import SOURCE_RULE, Event, Shift, Status
from detectors.snapshot import Snapshot

# Movers are looked for in the first 30: further down, ranks move a lot and mean little.
_FIELD = 30
_MOVERS = 3
_LEAST_MOVE = 5
_KEPT = 12


@dataclass(frozen=True)
class Week:
    """What a digest is made of: the same for every channel."""

    at: datetime
    notes: Sequence[Note]
    shifts: Sequence[Shift]
    now: Snapshot
    then: Snapshot | None
    shares: Sequence[Section]
    releases: Sequence[Section]


async def weekly(views: Views, at: datetime, wants: Wants | None = None) -> Digest:
    """Sum up the seven days up to `at`, with what was kept for it in a channel; see `week_to`."""
    return digest_of(await week_to(views, at), wants or Wants())


async def week_to(views: Views, at: datetime) -> Week:
    """Read the seven days up to `at`, an aware time.

    Raises:
        NothingHeld: no trending list is held from `at` or before.
    """
    wanted = Wanted(lambda each: each.board(Metric.TRENDING) is not None, Metric.TRENDING)
    now = await newest(views, at, wanted)
    if now is None:
        raise await nothing(views, at, "a digest needs a list by trending")
    since = earlier(at, WEEK)
    notes = [
        note
        for stream in await views.streams()
        for note in await views.notes(stream, since, at)
        if note.taken_at > since
    ]
    shifts = [shift for shift in await views.shifts(since, at) if shift.taken_at > since]
    then = await week_before(views, now, wanted)
    shares = await places(views, now, then, wanted)
    shares += [Section(head, rows) for head, rows in await hub_shares(views, at)]
    return Week(at, notes, shifts, now, then, shares, await released(views, at, now))


def digest_of(week: Week, wants: Wants) -> Digest:
    """Return a week as it is told to a channel."""
    sections = [_top(week), *_moves(week), *_crossed(week), *_kept(week, wants)]
    sections += [*week.releases, *week.shares, *_withheld(week)]
    return Digest(
        title=f"The week to {day(week.at)}",
        lead=_lead(week),
        sections=tuple(sections),
        closing=_closing(week),
        at=week.at,
    )


def _lead(week: Week) -> str:
    """Return the week in one sentence, from its largest Shift."""
    if not any(note.admitted for note in week.notes):
        return f"No good snapshot came in this week; the last is of {moment(week.now.taken_at)}."
    told = [story for story in stories(week.shifts) if story[0].rule != SOURCE_RULE]
    if not told:
        return "A quiet week: nothing that is watched has shifted."
    largest: Story = min(told, key=_smallness)
    alert = message_of(largest)
    return f"{alert.title} ({day(alert.at, week.at)})."


def _smallness(story: Story) -> tuple[int, int, float]:
    """Return what puts the largest story first: first places, countries, labs, entries, exits.

    Of equals the later comes first.
    """
    shift = min(story, key=place_of)
    late = -shift.taken_at.timestamp()
    trending = 0 if shift.evidence.metric in {Metric.TRENDING, Of.SLOTS} else 1
    if not place_of(shift):
        return (1 if shift.about.get("by") == By.COUNTRY else 2, trending, late)
    if shift.status is Status.RESOLVED:
        return (5 - (place_of(shift) == 1), trending, late)
    if place_of(shift) == 1:
        fresh = shift.facts.event is Event.NEW and len(story) > 1
        return (0, trending + (0 if fresh else 2), late)
    return (3, trending, shift.facts.after or 0.0)


def _board(snapshot: Snapshot | None) -> Board | None:
    return snapshot.board(Metric.TRENDING) if snapshot else None


def _top(week: Week) -> Section:
    board, then = week.now.board(Metric.TRENDING), _board(week.then)
    if board is None:
        raise AssertionError("the snapshot was chosen for its board")
    since = f", moves since {day(week.then.taken_at, week.at)}" if week.then else ""
    return Section(f"Trending top {TOP}{since}", (board_table(week.now, board, TOP, then),))


def _moves(week: Week) -> list[Section]:
    """Return newcomers, leavers and movers, against the list of a week before."""
    now, then = _board(week.now), _board(week.then)
    if now is None or then is None:
        return [Section("Moves", ("Cannot be told: no list is held from a week before.",))]
    first, was_first = now.ordinals[:TOP].tolist(), then.ordinals[:TOP].tolist()
    came = [each for each in first if each not in was_first]
    left = [each for each in was_first if each not in first]
    names = dict(zip(then.ordinals.tolist(), then.ids, strict=True))
    names |= dict(zip(now.ordinals.tolist(), now.ids, strict=True))
    moved = [
        (before - place, names[ordinal], f"#{before} → #{place}")
        for ordinal, place in now.ranks.items()
        for before in [then.rank(ordinal)]
        if place <= _FIELD and before is not None and before <= _FIELD
        if ordinal not in {*came, *left}
    ]
    up = sorted((each for each in moved if each[0] >= _LEAST_MOVE), key=lambda each: -each[0])
    down = sorted((each for each in moved if each[0] <= -_LEAST_MOVE), key=lambda each: each[0])
    rows = [
        ("new", [_came(names[each], then.rank(each)) for each in came]),
        ("left", [f"{short_name(names[each])} ({rank_now(now.rank(each))})" for each in left]),
        ("climbed", [f"{short_name(name)} ({how})" for _, name, how in up[:_MOVERS]]),
        ("fell", [f"{short_name(name)} ({how})" for _, name, how in down[:_MOVERS]]),
    ]
    told = tuple(f"{label}: {_names(found)}" for label, found in rows if found)
    return [Section("Moves", told or ("The same ten, and nobody moved far.",))]


def _crossed(week: Week) -> list[Section]:
    """Return the week's crossings of lines and the first places taken, oldest first."""
    told = [each for story in stories(week.shifts) for each in parts(story)]
    shares = [story for story in told if story[0].detector in OF_SHARES]
    firsts = [
        story
        for story in told
        if any(place_of(shift) == 1 and shift.status is Status.FIRING for shift in story)
    ]
    rows = tuple(
        (day(alert.at, week.at), alert.title)
        for story in told
        if story in shares or story in firsts
        for alert in [message_of(story)]
    )
    heads = (["lines crossed"] if shares else []) + (["first places taken"] if firsts else [])
    return [Section(titled(listing(heads)), (Table(rows),))] if rows else []


def _kept(week: Week, wants: Wants) -> list[Section]:
    """Return what the channel was not told at once, oldest first."""
    told = [message_of(each) for story in wants.kept(week.shifts) for each in parts(story)]
    rows = [(day(each.at, week.at), each.title) for each in told[:_KEPT]]
    if len(told) > _KEPT:
        rows.append(("", f"and {len(told) - _KEPT:,} more; `shifts` names them"))
    return [Section("Kept for this digest", (Table(tuple(rows)),))] if rows else []


def _came(name: str, place: int | None) -> str:
    """Return a newcomer; most were not listed a week ago, so only the others say from where."""
    return short_name(name) + ("" if place is None else f" (from {rank(place)})")


def _names(names: Sequence[str]) -> str:
    """Return names in a line; where it is broken, no name is."""
    return ", ".join(name.replace(" ", NBSP) for name in names)


def _withheld(week: Week) -> list[Section]:
    kept: dict[str, list[Note]] = {}
    for note in week.notes:
        if not note.admitted:
            kept.setdefault(note.reason.value, []).append(note)
    if not kept:
        return []
    rows = tuple(
        f"{plural(len(notes), note_word(notes))}, {reason_name(reason)}: {clean(notes[-1].detail)}"
        for reason, notes in sorted(kept.items())
    )
    return [Section("Withheld, so no alert came of it", rows)]


def note_word(notes: Sequence[Note]) -> str:
    """Return what some notes are of: pulse, census, or snapshot where they differ."""
    kinds = {note.kind.value for note in notes}
    return kinds.pop() if len(kinds) == 1 else "snapshot"


def _closing(week: Week) -> str:
    taken = Counter(note.kind.value for note in week.notes if note.admitted)
    made = [plural(count, kind, _MANY[kind]) for kind, count in sorted(taken.items())]
    told, board = stories(week.shifts), _board(week.now)
    shifts = f"{plural(len(week.shifts), 'shift')} in {plural(len(told), 'message')}"
    counted = f" {measured(week.now, board)}" if board else ""
    if not made:
        return f"No snapshots, {f'but {shifts}' if told else 'so no shifts'}.{counted}"
    return f"{shifts if told else 'No shifts'}, from {listing(made)}.{counted}"


_MANY = {"pulse": "pulses", "census": "censuses"}
