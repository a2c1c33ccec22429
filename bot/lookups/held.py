"""What is held that can answer: the newest admitted Snapshot that speaks for a question."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.views import Note, Views
from bot.wording import day, moment, plural
from detectors.metric import Kind, Metric
from detectors.scope import default_scope
from detectors.snapshot import Snapshot
from detectors.tables import NotTabled

WEEK = timedelta(days=7)
# A look may have failed a week ago: up to three days more still count as "since last week".
_SLACK = timedelta(days=3)
_RECENT = timedelta(days=14)
# The newest few of a stream: where they cannot say, the ones before them cannot either.
_TRIES = 4

Speaks = Callable[[Snapshot], bool]


class NothingHeld(Exception):
    """Nothing that is held can answer; the text says what is missing and how to get it."""

    exit_code = 1


@dataclass(frozen=True)
class Wanted:
    """What a Snapshot must be for a question, told from its Note where that saves reading it.

    `list` is the list a pulse must have; None means that no pulse will do. `panel` limits the
    answer to a panel; without it a panel answers only where nothing else does. `stream` limits it
    to one stream.
    """

    speaks: Speaks
    list: Metric | None
    panel: str | None = None
    stream: str | None = None

    def may(self, note: Note) -> bool:
        """Whether a Snapshot could speak, by its Note."""
        if not note.admitted:
            return False
        return note.kind is Kind.CENSUS or self.list in note.lists


async def newest(views: Views, at: datetime, wanted: Wanted) -> Snapshot | None:
    """Return the newest admitted Snapshot, taken at `at` or before, that speaks; None if none."""
    streams = await views.streams()
    panels = [stream for stream in streams if ":" in stream]
    plain = [stream for stream in streams if ":" not in stream]
    turns = [plain, panels]
    if wanted.panel is not None:
        turns = [[stream for stream in panels if stream.partition(":")[2] == wanted.panel]]
    if wanted.stream is not None:
        turns = [[wanted.stream]]
    for turn in turns:
        async for note in _tried(views, turn, at, wanted):
            found = await _speaking(views, note, wanted)
            if found is not None:
                return found
    return None


async def week_before(views: Views, snapshot: Snapshot, wanted: Wanted) -> Snapshot | None:
    """Return the Snapshot of the same stream from a week earlier that speaks; None if none."""
    return await span_before(views, snapshot, wanted, WEEK)


async def span_before(
    views: Views, snapshot: Snapshot, wanted: Wanted, span: timedelta
) -> Snapshot | None:
    """Return the Snapshot of the same stream from a time earlier that speaks; None if none."""
    until = earlier(snapshot.taken_at, span)
    # After some time one a week is kept.
    slack = _SLACK if span <= 4 * WEEK else WEEK
    notes = await views.notes(snapshot.stream, until - slack, until)
    for note in [note for note in reversed(notes) if wanted.may(note)][:_TRIES]:
        found = await _speaking(views, note, wanted)
        if found is not None:
            return found
    return None


async def whole(views: Views, snapshot: Snapshot) -> Snapshot | None:
    """Return a Snapshot that is held with all its columns; None where they are not kept."""
    at = snapshot.taken_at
    notes = await views.notes(snapshot.stream, at, at)
    found = [await views.whole(note) for note in notes if note.taken_at == at and note.admitted]
    return next((each for each in found if each is not None), None)


async def boards_now(views: Views, at: datetime) -> dict[Metric, Snapshot]:
    """Return, for each metric, the newest Snapshot that ranks by it where rules do."""
    found = {}
    for metric in Metric:
        snapshot = await newest(views, at, Wanted(_ranks(metric), metric))
        if snapshot is not None:
            found[metric] = snapshot
    return found


async def whole_census(views: Views, at: datetime) -> Snapshot | None:
    """Return the newest admitted census with all its columns; None where none is held."""
    anything = Wanted(lambda _: True, None)
    streams = [each for each in await views.streams() if each == Kind.CENSUS.value]
    async for note in _tried(views, streams, at, anything):
        found = await views.whole(note)
        if found is not None:
            return found
    return None


async def nothing(views: Views, at: datetime, needed: str) -> NothingHeld:
    """Return the error for a question that nothing held can answer, with what to do."""
    notes = [note for stream in await views.streams() for note in await views.notes(stream)]
    admitted = sorted((note for note in notes if note.admitted), key=lambda note: note.taken_at)
    if not admitted:
        kept = (
            f" ({plural(len(notes), 'snapshot is', 'snapshots are')} kept apart as unfit)"
            if notes
            else ""
        )
        return NothingHeld(
            f"Nothing is held yet{kept}. Watch the Hub with `hubshift run`, "
            "or read a recording with `hubshift replay FILE --data DIR`."
        )
    if admitted[0].taken_at > at:
        return NothingHeld(
            f"Nothing is held from {day(at)} or before: the first snapshot is of "
            f"{moment(admitted[0].taken_at)}. Ask for a day from then on."
        )
    streams = ", ".join(sorted({note.stream for note in admitted}))
    get = (
        " `hubshift run` takes a census a day, `hubshift import` published ones."
        if "census" in needed and Kind.CENSUS.value not in streams
        else ""
    )
    return NothingHeld(
        f"No snapshot held can answer this: {needed}. Held are: {streams}, the last of "
        f"{moment(admitted[-1].taken_at)}.{get}"
    )


def earlier(at: datetime, span: timedelta) -> datetime:
    """Return the time a span before another, however early that is."""
    return at - span if at.year > 1 else at


def _ranks(metric: Metric) -> Speaks:
    def speaks(snapshot: Snapshot) -> bool:
        board = snapshot.board(metric, default_scope(metric))
        return board is not None and len(board) > 0

    return speaks


async def _speaking(views: Views, note: Note, wanted: Wanted) -> Snapshot | None:
    """Return a Snapshot if it speaks: by its tables where they can say, else by its columns."""
    for read in (views.snapshot, views.whole):
        snapshot = await read(note)
        try:
            return snapshot if snapshot is not None and wanted.speaks(snapshot) else None
        except NotTabled:
            continue
    return None


async def _tried(
    views: Views, streams: Sequence[str], at: datetime, wanted: Wanted
) -> AsyncIterator[Note]:
    """Yield the notes of Snapshots that could speak, newest first, the newest of each stream."""
    notes = [note for stream in streams for note in await _latest(views, stream, at, wanted)]
    for note in sorted(notes, key=lambda note: note.taken_at, reverse=True):
        yield note


async def _latest(views: Views, stream: str, at: datetime, wanted: Wanted) -> list[Note]:
    for since in (earlier(at, _RECENT), None):
        notes = await views.notes(stream, since, at)
        found = [note for note in reversed(notes) if wanted.may(note)][:_TRIES]
        if found:
            return found
    return []
