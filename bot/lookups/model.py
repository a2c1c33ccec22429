"""Answers `model`: a model's ranks, figures, lab and licence, by what a person remembers of it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from bot.lookups.asked import ModelAsked
from bot.lookups.descent import ancestry, offspring
from bot.lookups.finding import Found, default_boards, find
from bot.lookups.held import Wanted, boards_now, nothing, week_before, whole_census
from bot.lookups.measured import measured
from bot.lookups.past import past_table
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

_BACK = timedelta(days=90)
_SHIFTS_SHOWN = 5


async def model(asked: ModelAsked, words: Words, views: Views, now: datetime) -> Answer:
    """Look a model up.

    Raises:
        QuestionError: nothing held has such a name, or several have; with what comes near.
        NothingHeld: no board is held.
    """
    boards = await boards_now(views, now)
    if not boards:
        raise await nothing(views, now, "it needs a list by some metric")
    found = await find(asked.id, words, views, boards, now)
    if isinstance(found, Found):
        return await _listed(found, boards, views, now)
    return _unlisted(found, boards)


async def _listed(
    found: Found, boards: Mapping[Metric, Snapshot], views: Views, now: datetime
) -> Answer:
    rows = []
    for metric, snapshot in boards.items():
        for scope in _scopes(found, metric):
            rows += await _standing(found, metric, scope, snapshot, views)
    facts = dict(facts_of(found)) | await _lineage(found, views, now)
    past = await past_table(views, found.ordinal, now)
    own = [each for each in await views.shifts(now - _BACK, now) if each.key == found.id]
    told = [message_of(story) for story in stories(own)][-_SHIFTS_SHOWN:]
    parts: list[str | Table] = [
        *([found.near, ""] if found.near else []),
        Table(tuple(facts.items())),
    ]
    parts += ["", Table(tuple(rows), right=frozenset({0})) if rows else _nowhere(boards)]
    if past is not None:
        parts += ["", past]
    if told:
        shown = tuple((day(each.at, now), each.title) for each in reversed(told))
        parts += ["", "Last shifts:", Table(shown)]
    closing = [
        measured(snapshot, board)
        for metric, board in default_boards(boards).items()
        for snapshot in [boards[metric]]
    ]
    return Answer(clean(found.id), tuple(parts), " ".join(dict.fromkeys(closing)))


def _nowhere(boards: Mapping[Metric, Snapshot]) -> str:
    depths = [f"{len(board):,}" for board in default_boards(boards).values()]
    return f"It is on no board held now: these go to place {listing(list(dict.fromkeys(depths)))}."


async def _lineage(found: Found, views: Views, now: datetime) -> dict[str, str]:
    """Return what the model is built on and what is built on it, where a census is held."""
    census = await whole_census(views, now)
    row = census.columns.row(found.ordinal) if census else None
    if census is None or row is None:
        return {}
    told = {"built on": ancestry(census.columns, row), "built on it": offspring(census, row)}
    return {name: text for name, text in told.items() if text}


def _scopes(found: Found, metric: Metric) -> Collection[Scope]:
    task = found.snapshot.columns.pipeline_tag.at(found.row)
    wanted = [default_scope(metric), ALL]
    if task in TASKS:
        wanted.append(Scope(ScopeKind.TASK, task))
    return dict.fromkeys(wanted)


async def _standing(
    found: Found, metric: Metric, scope: Scope, snapshot: Snapshot, views: Views
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


def facts_of(found: Found) -> list[tuple[str, str]]:
    """Return what its row says of a model: names and what they stand for."""
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
