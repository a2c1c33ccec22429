"""Answers `model`: a model's ranks, figures, lab and licence, by what a person remembers of it."""

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.lookups.asked import ModelAsked
from bot.lookups.boards import measured
from bot.lookups.held import Wanted, boards_now, nothing, week_before
from bot.render import message_of, stories
from bot.render.answer import Answer, Table
from bot.render.charts import arrow
from bot.render.naming import board_field
from bot.rules.words import Words
from bot.views import Views
from bot.wording import clean, day, figure, listing, moment, percents, short_name
from detectors.board import Board
from detectors.columns import NEVER, RELATIONS
from detectors.described import described
from detectors.metric import Metric
from detectors.scope import ALL, TASKS, Scope, ScopeKind, default_scope
from detectors.shift import Shift
from detectors.snapshot import Snapshot

_PAGE = "huggingface.co/"
_LIKENESS = 0.6
_SUGGESTED = 3
# Only what stands this high is offered for a name that fits nothing.
_OFFERED_FROM = 1000
_LEAST_LETTERS = 3
_BACK = timedelta(days=400)


@dataclass(frozen=True)
class _Found:
    """A model and the newest Snapshot that lists it."""

    ordinal: int
    id: str
    snapshot: Snapshot

    @property
    def row(self) -> int:
        """The model's row in the columns of that Snapshot."""
        row = self.snapshot.columns.row(self.ordinal)
        if row is None:
            raise KeyError(f"{self.snapshot.id} does not list {self.id}")
        return row


async def model(asked: ModelAsked, words: Words, views: Views, now: datetime) -> Answer:
    """Look a model up.

    Raises:
        QuestionError: nothing held has such a name, or several have; with what comes near.
        NothingHeld: no board is held.
    """
    boards = await boards_now(views, now)
    if not boards:
        raise await nothing(views, now, "it needs a list by some metric")
    text = asked.id.text.rpartition(_PAGE)[2].strip("/")
    ids = {text.lower(), words.labs.canonical_id(text).lower()}
    snapshots = list({each.id: each for each in boards.values()}.values())
    fits = _fitting(text, ids, snapshots)
    told = [] if fits.whole else await _told(text, ids, views, now)
    named = any(each.key.lower() in ids for each in told)
    if fits.tails and not named:
        told = []
    if told and not fits.whole:
        return await _told_of(told, boards, views)
    found = fits.whole or fits.tails or fits.parts
    if len(found) == 1:
        near = "" if fits.whole or fits.tails else _only_near(text)
        return await _listed(found[0], boards, views, near)
    if found:
        best = listing([clean(each.id) for each in _best(found, boards)], "or")
        words.refuse(asked.id, f"{len(found):,} models fit that name: {best}")
    return words.refuse(asked.id, "no model held has that name", near=_near(text, boards))


@dataclass(frozen=True)
class _Fits:
    """The models a text can mean: by their id, by their name alone, by a part of it."""

    whole: Sequence[_Found]
    tails: Sequence[_Found]
    parts: Sequence[_Found]


def _fitting(text: str, ids: Collection[str], snapshots: Sequence[Snapshot]) -> _Fits:
    """Look a text up in lists; who names the owner means one id and no part of another."""
    low = text.lower()
    whole: dict[int, _Found] = {}
    tails: dict[int, _Found] = {}
    parts: dict[int, _Found] = {}
    by_part = "/" not in low and len(low) >= _LEAST_LETTERS
    for snapshot in sorted(snapshots, key=lambda each: each.taken_at, reverse=True):
        for row, name in enumerate(snapshot.columns.ids):
            if not snapshot.columns.present[row]:
                continue
            key = name.lower()
            if low not in key and key not in ids:
                continue
            found = _Found(int(snapshot.columns.ordinal[row]), name, snapshot)
            if key in ids:
                whole.setdefault(found.ordinal, found)
            elif key.rpartition("/")[2] == low:
                tails.setdefault(found.ordinal, found)
            elif by_part:
                parts.setdefault(found.ordinal, found)
    return _Fits(*(list(each.values()) for each in (whole, tails, parts)))


def _only_near(text: str) -> str:
    return f"No model held is called “{clean(text)}”; the nearest is this one."


def _best(fits: Iterable[_Found], boards: Mapping[Metric, Snapshot]) -> list[_Found]:
    places = list(_default_boards(boards).values())
    last = max(len(board) for board in places) + 1

    def place(found: _Found) -> tuple[int, str]:
        return min(board.rank(found.ordinal) or last for board in places), found.id

    return sorted(fits, key=place)[:_SUGGESTED]


def _near(text: str, boards: Mapping[Metric, Snapshot]) -> str | None:
    """Return the id most like a text, among the models that stand high."""
    ids = {name for board in _default_boards(boards).values() for name in board.ids[:_OFFERED_FROM]}
    by_name = {(name if "/" in text else short_name(name)).lower(): name for name in sorted(ids)}
    close = difflib.get_close_matches(text.lower(), by_name, n=1, cutoff=_LIKENESS)
    return clean(by_name[close[0]]) if close else None


def _default_boards(boards: Mapping[Metric, Snapshot]) -> dict[Metric, Board]:
    found = {metric: each.board(metric, default_scope(metric)) for metric, each in boards.items()}
    return {metric: board for metric, board in found.items() if board is not None}


async def _listed(
    found: _Found, boards: Mapping[Metric, Snapshot], views: Views, near: str = ""
) -> Answer:
    rows = []
    for metric, snapshot in boards.items():
        for scope in _scopes(found, metric):
            rows += await _standing(found, metric, scope, snapshot, views)
    closing = [
        measured(snapshot, board)
        for metric, board in _default_boards(boards).items()
        for snapshot in [boards[metric]]
    ]
    return Answer(
        title=clean(found.id),
        parts=(
            *((near, "") if near else ()),
            Table(tuple(_facts(found))),
            "",
            Table(tuple(rows), right=frozenset({0})) if rows else "It is on no board held now.",
        ),
        closing=" ".join(dict.fromkeys(closing)),
    )


def _scopes(found: _Found, metric: Metric) -> Collection[Scope]:
    task = found.snapshot.columns.pipeline_tag.at(found.row)
    wanted = [default_scope(metric), ALL]
    if task in TASKS:
        wanted.append(Scope(ScopeKind.TASK, task))
    return dict.fromkeys(wanted)


async def _standing(
    found: _Found, metric: Metric, scope: Scope, snapshot: Snapshot, views: Views
) -> list[tuple[str, ...]]:
    """Return the row of one board, or none where the model is not on it."""
    board = snapshot.board(metric, scope)
    place = board.rank(found.ordinal) if board else None
    if board is None or place is None:
        return []
    wanted = Wanted(lambda each: each.board(metric, scope) is not None, metric)
    before = await week_before(views, snapshot, wanted)
    then = before.board(metric, scope) if before else None
    moved = arrow(then.rank(found.ordinal), place) if then else ""
    field = board_field(metric.value, snapshot.listed_in(str(scope)))
    return [(f"#{place}", moved, field, _margins(board, place))]


def _margins(board: Board, place: int) -> str:
    """Return how far the next ones are, in per cent of the better figure, where both are known."""
    figures, told = board.figures, []
    for other, better, worse, word in (
        (place - 1, place - 2, place - 1, "behind"),
        (place + 1, place - 1, place, "ahead of"),
    ):
        if not 1 <= other <= len(board):
            continue
        ahead, behind = float(figures[better]), float(figures[worse])
        if ahead > 0 and behind >= 0:
            gap = percents((ahead - behind) / ahead)[0]
            told.append(f"{gap} {word} #{other} {short_name(board.ids[other - 1])}")
    return ", ".join(told)


def _facts(found: _Found) -> list[tuple[str, str]]:
    columns, row = found.snapshot.columns, found.row
    about = described(found.ordinal, found.snapshot)
    lab, country = about.get("lab"), about.get("country")
    facts = [("lab", clean(f"{lab}, {country or 'country unknown'}") if lab else "unknown")]
    facts += [(name, clean(str(about[name]))) for name in ("task", "license") if name in about]
    for metric in Metric:
        value = about.get(metric.value)
        if isinstance(value, float):
            facts.append((metric.label, f"{figure(value)} ({metric.window})"))
    if columns.created_at[row] != NEVER:
        created = datetime.fromtimestamp(
            int(columns.created_at[row]), found.snapshot.taken_at.tzinfo
        )
        facts.append(("repo created", day(created)))
    if columns.gated[row] == 1:
        facts.append(("access", "gated"))
    parents = [
        clean(columns.ids[int(columns.edges.parent[edge])])
        + _relation(int(columns.edges.relation[edge]))
        for edge in (columns.edges.child == row).nonzero()[0].tolist()
    ]
    if parents:
        facts.append(("built on", listing(parents)))
    return facts


def _relation(code: int) -> str:
    return f" ({RELATIONS[code]})" if code else ""


async def _told(text: str, ids: Collection[str], views: Views, now: datetime) -> list[Shift]:
    """Return the Shifts of the model last told of by an id, else by a name; latest story last."""
    models = [each for each in await views.shifts(now - _BACK, now) if "/" in each.key]
    same = [each for each in models if each.key.lower() in ids] or [
        each for each in models if short_name(each.key).lower() == text.lower()
    ]
    return [each for each in models if each.subject == same[-1].subject] if same else []


async def _told_of(
    told: Sequence[Shift], boards: Mapping[Metric, Snapshot], views: Views
) -> Answer:
    """Answer from what was told; a model listed now by another name is answered as listed."""
    subject = told[-1].subject
    for snapshot in sorted(boards.values(), key=lambda each: each.taken_at, reverse=True):
        row = snapshot.columns.row(int(subject)) if subject.isdecimal() else None
        if row is not None:
            found = _Found(int(subject), snapshot.columns.ids[row], snapshot)
            return await _listed(found, boards, views)
    return _unlisted(told, boards)


def _unlisted(told: Sequence[Shift], boards: Mapping[Metric, Snapshot]) -> Answer:
    tellings = [message_of(story) for story in stories(told)]
    rows = tuple((day(each.at), each.title) for each in tellings)
    newest = max(boards.values(), key=lambda each: each.taken_at)
    counted = listing([f"{len(each):,}" for each in {b.id: b for b in boards.values()}.values()])
    return Answer(
        title=clean(told[-1].key),
        parts=("It is on no list held now. What was told of it:", "", Table(rows)),
        closing=f"Measured {moment(newest.taken_at)}: not among the {counted} models listed.",
    )
