"""The picture of a Shift: what its rule watches, over time, with its line and the day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.backtest.lines import line_of, values_of
from bot.lookups.held import Wanted
from bot.lookups.pictured.boards import MOST_PLACES, bump, rank_lines, span_of
from bot.lookups.pictured.past import Asking, Over, reads
from bot.lookups.pictured.shares import share_lines
from bot.pictures.bump import Bump, bump_chart
from bot.pictures.card import Words
from bot.pictures.lines import lines_chart
from bot.pictures.stroke import Lines, Mark, Stroke, Unit
from bot.render import message_of
from bot.render.picture import Chart
from bot.rules import RuleError, parse_rule
from bot.views import Asks, Views
from bot.wording import clean, day, figure, plural
from detectors.base import Detector
from detectors.concentration import Concentration
from detectors.contributors import Contributors
from detectors.labs import Labs
from detectors.lead_change import LeadChange
from detectors.momentum import Momentum
from detectors.share import Of
from detectors.share_threshold import ShareThreshold
from detectors.shift import SOURCE_RULE, Event, Shift, Status
from detectors.snapshot import Snapshot
from detectors.top_entry import TopEntry
from detectors.unmapped_lab import UnmappedLab

BACK = timedelta(days=91)
# Where a picture is looked up later, what came after belongs to it.
AFTER = timedelta(days=28)


async def chart_of(shifts: Sequence[Shift], views: Views, labs: Labs) -> Chart | None:
    """Return the chart of a story's first Shift, up to it; None where there is nothing to draw."""
    shown = await shown_of(shifts[0], views, labs, shifts[0].taken_at)
    match shown:
        case Lines():
            return lines_chart(shown)
        case Bump():
            return bump_chart(shown)
    return None


async def shown_of(shift: Shift, views: Views, labs: Labs, until: datetime) -> Lines | Bump | None:
    """Return what the picture of a Shift shows, up to a time, or None where that is nothing."""
    if shift.rule == SOURCE_RULE:
        return None
    try:
        rule = parse_rule(shift.rule, labs)
    except RuleError:
        # Written for another lab table; the figures told stay as they are.
        return None
    over = Over(until, BACK, shift.taken_at - BACK, _panel(shift))
    shown: Lines | Bump | None = None
    match rule:
        case TopEntry():
            shown = await _places(shift, rule, views, over)
        case ShareThreshold() | Contributors() | Momentum():
            line = line_of(rule)
            at = line.at if line else None
            shown = await share_lines(rule.questions[0], views, over, who=shift.key, line=at)
        case LeadChange():
            shown = await share_lines(rule.question, views, over)
        case Concentration() | UnmappedLab():
            shown = await _values(shift, rule, views, over)
    return shown if shown and _drawable(shown) else None


def _drawable(shown: Lines | Bump) -> bool:
    """Whether there is a line to draw: of one point nobody sees where it came from."""
    if isinstance(shown, Bump):
        return len(shown.times) > 1
    return any(len(stroke.told) > 1 for stroke in shown.strokes)


async def _places(shift: Shift, rule: TopEntry, views: Views, over: Over) -> Lines | Bump | None:
    """Draw who came among whom; of who left, the way down."""
    if not shift.subject.isdecimal():
        return None
    first = rule.n if rule.n > 1 else 10
    if shift.status is Status.FIRING and first <= MOST_PLACES:
        near = replace(over, since=shift.taken_at - span_of(rule.metric))
        return await bump(rule.metric, rule.scope, first, views, near, loud=shift.key)
    return await rank_lines(
        int(shift.subject),
        shift.key,
        [(rule.metric, rule.scope)],
        views,
        over,
        line=rule.n,
        told=[shift],
    )


@dataclass(frozen=True)
class _Course:
    """A rule's own value, read after read."""

    rule: Detector
    subject: str

    def at(self, read: Snapshot) -> float | None:
        return values_of(self.rule, self.subject, [read])[0]


async def _values(
    shift: Shift, rule: Concentration | UnmappedLab, views: Views, over: Over
) -> Lines | None:
    """Draw the figure that a rule holds against its line, for those that are no group's share."""
    metric, asks = None, Asks()
    if isinstance(rule, UnmappedLab):
        metric, asks = rule.places.metric, asks.with_board(rule.places.metric)
    elif rule.question.of is Of.SLOTS:
        metric = rule.question.places.metric
        asks = asks.with_board(metric)
    else:
        asks = asks.with_share(rule.question.of, rule.question.by)
    asking = Asking(Wanted(rule.covers, metric, over.panel), asks)
    name = shift.evidence.snapshots[1]
    found = await reads(views, asking, over, must=[name])
    course = _Course(rule, shift.subject)
    points = tuple((read.taken_at, course.at(read)) for read in found)
    line = line_of(rule)
    if not points or line is None:
        return None
    told = [value for at, value in points if at == shift.taken_at and value is not None]
    label = "index" if line.points else clean(shift.key)
    marks = tuple(
        Mark(shift.taken_at, value, shift.facts.event is not Event.DOWN) for value in told[:1]
    )
    span = f"{day(points[0][0], points[-1][0])} to {day(points[-1][0])}"
    counted = f"{figure(shift.evidence.denominator)} counted, {plural(len(points), 'snapshot')}"
    words = Words(message_of([shift]).title, span, f"{clean(shift.rule)} · {counted} drawn.")
    unit = Unit.POINTS if line.points else Unit.PART
    return Lines(words, unit, (Stroke(label, points),), line.at, marks)


def _panel(shift: Shift) -> str | None:
    stream = shift.evidence.snapshots[1].rpartition("@")[0]
    return stream.partition(":")[2] or None
