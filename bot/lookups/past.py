"""A model's figures over the last weeks, as a table."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.lookups.courses import drawn
from bot.render.answer import Table
from bot.views import Moment, Views
from bot.wording import figure
from detectors.metric import Metric

WEEKS = 12
_WEEK = timedelta(days=7)
# A census may have failed: up to three days before still count as "a week ago".
_SLACK = timedelta(days=3)
_BACK = range(WEEKS, -1, -1)
_TOLD = (Metric.DOWNLOADS, Metric.LIKES, Metric.DOWNLOADS_ALL_TIME)


async def past_table(views: Views, ordinal: int, now: datetime) -> Table | None:
    """Return a model's figures now and weeks before; None where one census at most knows it."""
    moments = await views.history(ordinal, now - WEEKS * _WEEK - _SLACK, now)
    listed = [each for each in moments if each.listed]
    if len(listed) < 2:  # noqa: PLR2004 - one point is no past
        return None
    last = listed[-1]
    rows = []
    for metric in _TOLD:
        if metric not in last.figures:
            continue
        course = [_at(listed, last.taken_at - back * _WEEK, metric) for back in _BACK]
        weeks = [_said(course[WEEKS - back]) for back in (1, 4, WEEKS)]
        rows.append((metric.label, figure(last.figures[metric]), *weeks, drawn(course)))
    head = ("", "now", "a week ago", "4 weeks", f"{WEEKS} weeks", "")
    return Table(tuple(rows), head, frozenset({1, 2, 3, 4})) if rows else None


def _at(moments: Sequence[Moment], at: datetime, metric: Metric) -> float | None:
    """Return a figure as it stood at a time, or in the three days before it."""
    near = [each for each in moments if at - _SLACK <= each.taken_at <= at]
    return near[-1].figures.get(metric) if near else None


def _said(value: float | None) -> str:
    return "" if value is None else figure(value)
