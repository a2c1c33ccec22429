"""What the labs of the table released in the week."""

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.aside import aside
from bot.lookups.held import WEEK, whole, whole_census
from bot.render.answer import Table
from bot.render.weekly import Section
from bot.views import Views
from bot.wording import clean, day, plural, short_name
from detectors.metric import Metric
from detectors.releases import Releases
from detectors.snapshot import Snapshot

_ROWS = 8


async def released(views: Views, at: datetime, now: Snapshot) -> list[Section]:
    """Return the releases of the week to `at`, of the labs that trend first; none is no section.

    They are counted in the week's census, and without one in the list that is held.
    """
    census = await whole_census(views, at)
    source = census if census and census.taken_at > at - WEEK else await whole(views, now)
    if source is None:
        return []
    found = await aside(len(source), source.releases)
    rows = _rows(found, at, _places(now))
    if len(rows) > _ROWS:
        more = len(rows) - _ROWS
        rows = [*rows[:_ROWS], ("", f"and {plural(more, 'release')} more", "")]
    return [Section("Releases", (Table(tuple(rows)),))] if rows else []


def _rows(
    found: Mapping[str, Releases], at: datetime, ranks: Mapping[str, int]
) -> list[tuple[str, str, str]]:
    first, last = (at - WEEK).astimezone(UTC).date(), at.astimezone(UTC).date()
    rows = []
    for lab, releases in found.items():
        for out, models in zip(releases.days, releases.models, strict=True):
            if first < out <= last:
                best = min(models, key=lambda name: (ranks.get(name, len(ranks) + 1), name))
                when = day(datetime(out.year, out.month, out.day, tzinfo=UTC), at)
                place = ranks.get(best, len(ranks) + 1)
                rows.append((place, lab, when, _said(best, len(models) - 1)))
    return [(when, clean(lab), said) for _, lab, when, said in sorted(rows)]


def _said(best: str, more: int) -> str:
    return short_name(best) + (f" and {plural(more, 'other')}" if more else "")


def _places(now: Snapshot) -> Mapping[str, int]:
    board = now.board(Metric.TRENDING)
    return {} if board is None else {name: at for at, name in enumerate(board.ids, start=1)}
