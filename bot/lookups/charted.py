"""Answers `chart`: what a picture shows, as lines of text and as a chart to be drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.lookups.clauses import TOP, Clauses, what_of
from bot.lookups.finding import find
from bot.lookups.held import NothingHeld, boards_now, nothing
from bot.lookups.pictured.boards import MOST_PLACES, bump, rank_lines, span_of
from bot.lookups.pictured.past import Over
from bot.lookups.pictured.shares import SPAN, share_bars, share_lines
from bot.lookups.pictured.shift import AFTER, shown_of
from bot.lookups.why import shift_of
from bot.pictures.bars import Bars, bars_chart
from bot.pictures.bump import Bump, bump_chart
from bot.pictures.lines import lines_chart
from bot.pictures.stroke import Lines, Unit
from bot.render import message_of
from bot.render.answer import Answer, Table
from bot.render.charts import Bar, arrow, bars, profile
from bot.render.picture import Chart
from bot.rules.words import MOST_PLACES as MOST_ASKED
from bot.rules.words import Words
from bot.views import Views
from bot.wording import clean
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.scope import ALL, default_scope
from detectors.share import By, Of, Places, ShareQuestion

_PARTS = ("of", "by", "in", "since", "on")
_KINDS = ("share", "top", "country", "countries", "lab", "labs", "model")
_BOARD = Places(TOP, Metric.TRENDING)


@dataclass(frozen=True)
class Asking:
    """A question's words from `chart` on, and all that an answer may be drawn from."""

    words: Words
    views: Views
    labs: Labs
    now: datetime

    def over(self, clauses: Clauses, span: timedelta) -> Over:
        """Return the time that clauses name, so long a span where they name none."""
        until = clauses.until or self.now
        if clauses.since and clauses.since >= until:
            self.words.refuse_all("the day it begins with lies after the one it ends with")
        return Over(until, span, clauses.since, clauses.panel)


async def chart(words: Words, views: Views, labs: Labs, now: datetime) -> Answer:
    """Answer what stands after `chart`, each with the chart that is drawn of it.

    Raises:
        QuestionError: it cannot be read, or names nothing held.
        NothingHeld: nothing held can be drawn.
    """
    asking = Asking(words, views, labs, now)
    if not words.next_is(*_KINDS):
        return await _shift(asking)
    match words.take("what is drawn", _KINDS):
        case "share":
            return await _share(asking)
        case "top":
            return await _top(asking)
        case "model":
            return await _model(asking)
        case "country" | "countries":
            return await _group(asking, By.COUNTRY)
        case _:
            return await _group(asking, By.LAB)


async def _share(asking: Asking) -> Answer:
    """`chart share of slots by country in top 10 by trending since 2026-01-01`."""
    words = asking.words
    of, by, clauses = None, None, Clauses()
    while words.more():
        match words.take("more of the question", _PARTS):
            case "of":
                of = what_of(words)
            case "by":
                by = By(words.take("what the groups are", tuple(By)))
            case part:
                clauses = clauses.more(part, words, asking.now)
    question = clauses.question(words, of, by)
    lines = await share_lines(question, asking.views, asking.over(clauses, SPAN))
    if lines is None:
        needed = f"a share of {question.of.value}"
        raise await nothing(asking.views, clauses.until or asking.now, f"nobody measured {needed}")
    return _of_lines(lines)


async def _top(asking: Asking) -> Answer:
    """`chart top 10 by likes in llm since 2026-01-01`."""
    words, n = asking.words, TOP
    if words.more() and not words.next_is(*_PARTS):
        n = words.number("how many places", most=MOST_ASKED)
    metric, clauses = Metric.TRENDING, Clauses()
    while words.more():
        match words.take("more of the question", ("by", "in", "since", "on")):
            case "by":
                metric = Metric(words.take("a metric", tuple(Metric)))
            case part:
                clauses = clauses.more(part, words, asking.now)
    clauses.refuse_board(words)
    scope = clauses.scope or default_scope(metric)
    over = asking.over(clauses, span_of(metric))
    shown = await bump(metric, scope, n, asking.views, over)
    if shown is None:
        needed = f"a chart of {metric.value} needs a list by {metric.value} or a census"
        raise await nothing(asking.views, over.until, needed)
    answer = _of_bump(shown)
    if n <= MOST_PLACES:
        return answer
    cut = f"A picture has room for {MOST_PLACES} places; `top {n}` lists them all."
    return replace(answer, closing=f"{answer.closing} {cut}")


async def _group(asking: Asking, by: By) -> Answer:
    """`chart countries`, with a week before; `chart country France`, over time."""
    words, clauses, who = asking.words, Clauses(), ""
    ends = ("in", "since", "on")
    if words.more() and not words.next_is(*ends):
        who = words.name(by, ends)
    while words.more():
        part = words.take("more of the question", ends)
        clauses = clauses.more(part, words, asking.now)
    board = clauses.board or _BOARD
    scope = clauses.scope or default_scope(board.metric)
    question = ShareQuestion(Of.SLOTS, by, scope, board)
    over = asking.over(clauses, SPAN)
    if who or clauses.since:
        lines = await share_lines(question, asking.views, over, who=who)
        if lines is not None:
            return _of_lines(lines)
    else:
        shown = await share_bars(question, asking.views, over.until, clauses.panel)
        if shown is not None:
            return _of_bars(shown)
    needed = f"a chart of places needs a list by {board.metric.value} of {board.n}"
    raise await nothing(asking.views, over.until, needed)


async def _model(asking: Asking) -> Answer:
    """`chart model GLM-5`: its rank on every board where rules look, and on the whole Hub's."""
    words, clauses = asking.words, Clauses()
    name = words.span("a model's id", ("since", "on"))
    while words.more():
        part = words.take("more of the question", ("since", "on"))
        clauses = clauses.more(part, words, asking.now)
    over = asking.over(clauses, SPAN)
    boards = await boards_now(asking.views, over.until)
    if not boards:
        raise await nothing(asking.views, over.until, "it needs a list by some metric")
    found = await find(name, words, asking.views, boards, over.until)
    subject, called = (
        (int(found[-1].subject), found[-1].key)
        if isinstance(found, list)
        else (found.ordinal, found.id)
    )
    asked = [(metric, default_scope(metric)) for metric in boards]
    asked += [(metric, ALL) for metric in boards if (metric, ALL) not in asked]
    lines = await rank_lines(subject, called, asked, asking.views, over)
    if lines is None:
        raise NothingHeld(
            f"{clean(called)} is on no board held from that time; name an earlier day with `since`."
        )
    return _of_lines(lines)


async def _shift(asking: Asking) -> Answer:
    """`chart 3f2ab12c9d4e`: what a Shift's rule watches, up to four weeks after it."""
    word = asking.words.span("a shift's id, or share, top, countries, labs, model", ())
    shift = await shift_of(word, asking.words, asking.views)
    until = min(shift.taken_at + AFTER, asking.now)
    shown = await shown_of(shift, asking.views, asking.labs, until)
    evidence = f"`why {shift.id}` prints its evidence."
    if shown is None:
        raise NothingHeld(
            "There is no picture of this shift: what it tells is no line over time, or too little "
            f"of the time before is held. {evidence}"
        )
    answer = _of_bump(shown) if isinstance(shown, Bump) else _of_lines(shown)
    title = message_of([shift]).title
    return replace(answer, title=title, closing=f"{answer.closing} {evidence}")


def _of_lines(lines: Lines) -> Answer:
    most = max(value for stroke in lines.strokes for _, value in stroke.told)
    rows = []
    for stroke in lines.strokes:
        if not stroke.told:
            continue
        heights = [_height(value, most, lines.unit) for _, value in stroke.points]
        was, now = lines.unit.both(stroke.told[0][1], stroke.told[-1][1])
        rows.append((clean(stroke.name), profile(heights), now, f"was {was}"))
    line = (f"The line is at {lines.line_name}.",) if lines.line is not None else ()
    return _answer(lines_chart(lines), lines.words.title, (Table(tuple(rows)), *line), lines)


def _height(value: float | None, most: float, unit: Unit) -> float | None:
    """Return how high a value stands, 0 to 1; a first rank stands highest."""
    if value is None or not most:
        return value
    return 1 - (value - 1) / most if unit is Unit.RANK else value / most


def _of_bump(shown: Bump) -> Answer:
    rows = []
    for climb in shown.now:
        heights = [None if each is None else 1 - (each - 1) / shown.n for each in climb.places]
        moved = arrow(climb.first, climb.last or 0) if len(climb.places) > 1 else ""
        rows.append((str(climb.last), moved, clean(climb.name), profile(heights)))
    left = ", ".join(f"{clean(each.name)} (was #{each.first})" for each in shown.gone)
    parts: Sequence[str | Table] = (
        Table(tuple(rows), right=frozenset({0})),
        *(["", f"No longer among them: {left}."] if left else []),
    )
    return _answer(bump_chart(shown), shown.words.title, parts, shown)


def _of_bars(shown: Bars) -> Answer:
    rows = [
        Bar(
            row.name, row.part, row.shown + (f", was {row.before}" if row.before else ""), row.known
        )
        for row in shown.rows
    ]
    return _answer(bars_chart(shown), shown.words.title, bars(rows), shown)


def _answer(
    drawn: Chart, title: str, parts: Sequence[str | Table], shown: Lines | Bump | Bars
) -> Answer:
    words = shown.words
    return Answer(
        title=f"{clean(title)}, {words.lead.partition(' · ')[0]}",
        parts=tuple(parts),
        closing=words.foot,
        chart=drawn,
    )
