"""Answers `top` and `share`: who stands where, and how much is whose."""

import math
from dataclasses import replace
from datetime import timedelta

from bot.lookups.asked import ShareAsked, TopAsked
from bot.lookups.courses import Courses, between, courses_of
from bot.lookups.head import Head, head, shared, tabled, tabled_share
from bot.lookups.held import NothingHeld, Wanted, newest, nothing, week_before
from bot.lookups.measured import measured, measured_head, measured_share
from bot.lookups.without import SUSPECTED_FOR, without_heaviest, without_suspects
from bot.render.answer import Answer, Table
from bot.render.charts import Bar, arrow, bars
from bot.render.naming import board_name
from bot.views import Views
from bot.wording import (
    clean,
    day,
    exact,
    figure,
    moment,
    percent,
    plural,
    publisher,
    titled,
)
from detectors.board import Board
from detectors.described import described
from detectors.metric import Kind
from detectors.scope import ALL
from detectors.share import Of, Share, ShareQuestion
from detectors.snapshot import Snapshot

# As many groups as a person reads; the rest are one bar.
_GROUPS = 10


async def top(asked: TopAsked, views: Views) -> Answer:
    """Rank models, with movement since last week; NothingHeld where no board is held."""
    found = await _ranked(asked, views)
    if found is None:
        name = asked.metric.value
        needed = f"a top by {name} needs a list by {name} or a census"
        if asked.scope != ALL:
            needed += f" that says which models belong to {asked.scope} (or ask `in all`)"
        raise await nothing(views, asked.at, needed)
    snapshot, board = found.snapshot, found.board
    before = await week_before(views, snapshot, _at_hand(asked))
    then = tabled(before, asked.metric, asked.scope, 1) if before else None
    n = min(asked.n, len(board)) or asked.n
    name = board_name(n, asked.metric, snapshot.listed_in(str(asked.scope)))
    since = (
        f"Movement is since {moment(before.taken_at, snapshot.taken_at)}."
        if before and then
        else "Movement cannot be told: nothing held from a week before says it."
    )
    ends = "" if len(board) >= asked.n else _ends(board, snapshot)
    shown = board_table(snapshot, board, asked.n, then.board if then else None)
    said = measured_head(found) if found.cut else measured(snapshot, board)
    return Answer(
        title=f"{titled(name)}, {moment(snapshot.taken_at)}",
        parts=(shown, *([ends] if ends else [])),
        closing=f"{said} {since}",
    )


async def _ranked(asked: TopAsked, views: Views) -> Head | None:
    """Return the board asked for, of the newest Snapshot that reaches as far, else of any."""
    for whole in (True, False):
        snapshot = await newest(views, asked.at, _wanted(asked, whole=whole))
        found = head(snapshot, asked.metric, asked.scope, asked.n) if snapshot else None
        if found is not None:
            return found
    return None


async def share(asked: ShareAsked, views: Views) -> Answer:
    """Share out a metric, with last week's parts; NothingHeld where it cannot be measured."""
    question, board = asked.question, asked.question.board
    metric = board.metric if board else None
    wanted = Wanted(lambda each: shared(each, question) is not None, metric, asked.panel)
    snapshot = await newest(views, asked.at, wanted)
    found = shared(snapshot, question) if snapshot else None
    if snapshot is None or found is None:
        needed = f"a list by {board.metric.value} of {board.n}" if board else "a census that has it"
        raise await nothing(views, asked.at, f"a share of {question.of.value} needs {needed}")
    near = replace(wanted, speaks=lambda each: tabled_share(each, question) is not None)
    before, courses = await _before(asked, views, snapshot, near)
    then = shared(before, question) if before else None
    since = f" “Was” is {moment(before.taken_at, snapshot.taken_at)}." if before else ""
    lately = await views.shifts(asked.at - timedelta(days=SUSPECTED_FOR), asked.at)
    suspected = without_suspects(found, snapshot, lately)
    parts = [*share_bars(found, then, courses), *without_heaviest(found), *suspected]
    return Answer(
        title=f"{titled(share_name(question, snapshot))}, {moment(snapshot.taken_at)}",
        parts=tuple(parts),
        closing=measured_share(snapshot, found) + since,
    )


async def _before(
    asked: ShareAsked, views: Views, snapshot: Snapshot, near: Wanted
) -> tuple[Snapshot | None, Courses]:
    """Return what a share is told against: a week before, or the day asked for, with the course."""
    if asked.since is None:
        return await week_before(views, snapshot, near), {}
    before = await newest(views, asked.since, replace(near, stream=snapshot.stream))
    if before is None:
        first = f"the first share held is of {moment(snapshot.taken_at)} or later"
        raise NothingHeld(f"Nothing held from {day(asked.since)} or before says it; {first}.")
    points = await between(views, before, snapshot, asked.question)
    return before, courses_of(points)


def board_table(snapshot: Snapshot, board: Board, n: int, then: Board | None) -> Table:
    """Return the first n places: rank, movement, model, who publishes it, figure if known."""
    rows = []
    places = zip(board.ordinals[:n].tolist(), board.ids, board.figures.tolist(), strict=False)
    for place, (ordinal, name, value) in enumerate(places, start=1):
        moved = arrow(then.rank(ordinal), place) if then else ""
        about = described(ordinal, snapshot)
        who = publisher(name, about) if about.get("lab") else ""
        shown = "" if math.isnan(value) else exact(value)
        rows.append((str(place), moved, clean(name), who or "unknown", shown))
    head = ("", "", "", "", board.metric.label)
    return Table(tuple(rows), head if any(row[4] for row in rows) else (), frozenset({0, 4}))


def share_bars(found: Share, then: Share | None, courses: Courses | None = None) -> list[str]:
    """Draw a share's groups, largest first, those past the tenth as one, unknown last.

    `courses` are drawn behind the groups they are of.
    """
    drawn = courses or {}
    shown = found.leaders[:_GROUPS]
    rest = sum(amount for _, amount in found.leaders[_GROUPS:])
    rows = [
        Bar(
            group,
            found.part(group),
            f"{_note(found, amount, _was(then, group) if then else None)}  {drawn.get(group, '')}",
        )
        for group, amount in shown
    ]
    if rest:
        others = len(found.leaders) - len(shown)
        rows.append(Bar(f"{others} others", rest / found.total, _note(found, rest, None)))
    if found.unknown or (then and then.unknown):
        part = found.unknown / found.total if found.total else 0.0
        was = _said(then, then.unknown) if then else None
        rows.append(Bar("unknown", part, _note(found, found.unknown, was), known=False))
    return bars(rows)


def share_name(question: ShareQuestion, snapshot: Snapshot) -> str:
    """Return what is shared out by what, as a title says it."""
    scope = snapshot.listed_in(str(question.scope))
    if question.board is not None:
        board = board_name(question.board.n, question.board.metric, scope)
        return f"places in the {board} by {question.by.value}"
    inside = "" if scope == "all" else f" in {clean(scope)}"
    return f"{question.of.unit}{inside} by {question.by.value} ({question.of.window})"


def _wanted(asked: TopAsked, *, whole: bool) -> Wanted:
    def speaks(snapshot: Snapshot) -> bool:
        found = head(snapshot, asked.metric, asked.scope, asked.n)
        if found is None:
            return False
        reaches = found.cut or snapshot.reaches(asked.metric, asked.scope, asked.n)
        return bool(reaches) or not whole

    return Wanted(speaks, asked.metric, asked.panel)


def _at_hand(asked: TopAsked) -> Wanted:
    def speaks(snapshot: Snapshot) -> bool:
        return tabled(snapshot, asked.metric, asked.scope, 1) is not None

    return Wanted(speaks, asked.metric, asked.panel)


def _ends(board: Board, snapshot: Snapshot) -> str:
    if snapshot.kind is not Kind.PULSE:
        return f"The board ends here: past {len(board)} the figure is 0 or unknown."
    if not len(board):
        return "The list names no such model; who comes first below it is not known."
    names = plural(len(board), "model" if board.scope == ALL else "such model")
    return f"The list ends here: it names {names}, and who comes next is not known."


def _was(then: Share, group: str) -> str:
    return _said(then, then.amounts.get(group, 0.0))


def _said(found: Share, amount: float) -> str:
    if found.question.of is Of.SLOTS:
        return figure(amount)
    return percent(amount / found.total if found.total else 0.0)


def _note(found: Share, amount: float, was: str | None) -> str:
    now = _said(found, amount)
    now = f"{now} of {figure(found.total)}" if found.question.of is Of.SLOTS else now
    return f"{now}, was {was}" if was else now
