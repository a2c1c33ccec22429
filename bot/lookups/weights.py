"""What a lab or a country weighs on the Hub: its part of each share, now and weeks before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.lookups.courses import drawn
from bot.lookups.held import Speaks, Wanted, newest
from bot.lookups.measured import denominator, taken_from
from bot.render.answer import Table
from bot.render.naming import board_name
from bot.views import Asks, Note, Views
from bot.wording import figure, percent
from detectors.metric import Kind, Metric
from detectors.scope import default_scope
from detectors.share import By, Of, Places, Share, ShareQuestion
from detectors.snapshot import Snapshot
from detectors.tables import NotTabled

PLACES = 10
WEEKS = 12
"""How far back the course of a share goes."""
WITHOUT_CENSUS = (
    "Shares of downloads, likes and new models need a census that has them, and none is held; "
    "`hubshift run` takes censuses."
)
_WEEK = timedelta(days=7)
_SLACK = timedelta(days=3)
# What a lab is asked about: whose downloads, likes and new models, and whose family is built on.
_OF_LAB = (
    (Of.DOWNLOADS, By.LAB),
    (Of.LIKES, By.LAB),
    (Of.NEW, By.LAB),
    (Of.DERIVATIVES, By.FAMILY),
    (Of.FINETUNES, By.FAMILY),
)
_OF_COUNTRY = tuple((of, By.COUNTRY) for of in (Of.DOWNLOADS, Of.LIKES, Of.NEW))


@dataclass(frozen=True)
class Weight:
    """A group's part of one share: now, and a week, four weeks and twelve weeks before.

    `parts` are 0 to 1, the latest last and a week apart; None where nothing held says it.
    """

    share: Share
    snapshot: Snapshot
    parts: Sequence[float | None]

    @property
    def now(self) -> float:
        """The part now."""
        return self.parts[-1] or 0.0

    @property
    def name(self) -> str:
        """What is shared out, as a line of a table begins."""
        return self.share.question.of.unit

    def before(self, weeks: int) -> float | None:
        """Return the part so many weeks before; None where it is not held."""
        return self.parts[-1 - weeks] if weeks < len(self.parts) else None


async def weights(by: By, group: str, views: Views, at: datetime) -> list[Weight]:
    """Return what a lab's or a country's part of each share is, of those any census held says."""
    asked = _OF_LAB if by is By.LAB else _OF_COUNTRY
    questions = [ShareQuestion(of, each) for of, each in asked]
    found = []
    for question in questions:
        snapshot = await newest(views, at, Wanted(_speaks(question), None))
        share = snapshot.share(question) if snapshot else None
        if snapshot is not None and share is not None and share.total:
            found.append((question, snapshot, share))
    if not found:
        return []
    past = await _weeks(views, found[0][1], [question for question, _, _ in found])
    return [
        Weight(
            share, snapshot, [*(_part(each, question, group) for each in past), share.part(group)]
        )
        for question, snapshot, share in found
    ]


def weights_table(found: Sequence[Weight]) -> Table:
    """Draw weights: a line each, with its course where more than one point of it is held."""
    rows = [
        (
            each.name,
            percent(each.now),
            *(_said(each.before(weeks)) for weeks in (1, 4, WEEKS)),
            drawn(each.parts),
        )
        for each in found
    ]
    head = ("share of", "now", "a week ago", "4 weeks", f"{WEEKS} weeks", "")
    return Table(tuple(rows), head, frozenset({1, 2, 3, 4}))


def measured_weights(found: Sequence[Weight]) -> list[str]:
    """Say when shares were measured, over which denominators, and what of them is unknown."""
    told: dict[str, list[str]] = {}
    for each in found:
        told.setdefault(taken_from(each.snapshot), []).append(denominator(each.share))
    return [f"{taken}: {'; '.join(each)}." for taken, each in told.items()]


def places_held(
    by: By, group: str, boards: Mapping[Metric, Snapshot]
) -> list[tuple[str, str, str]]:
    """Return, for each board that reaches so far, its name and the places that a group holds."""
    found = []
    for metric, snapshot in boards.items():
        scope = default_scope(metric)
        question = ShareQuestion(Of.SLOTS, by, scope, Places(PLACES, metric))
        share = snapshot.share(question)
        if share is None or not share.total:
            continue
        held = share.amounts.get(group, 0.0)
        name = board_name(PLACES, metric.value, snapshot.listed_in(str(scope)))
        found.append((name, f"{figure(held)} of {figure(share.total)}", percent(share.part(group))))
    return found


async def _weeks(
    views: Views, last: Snapshot, questions: Sequence[ShareQuestion]
) -> list[Snapshot | None]:
    """Return one census a week before the last one, oldest first; None where none is held."""
    notes = await views.notes(
        last.stream, last.taken_at - WEEKS * _WEEK - _SLACK, last.taken_at - _WEEK
    )
    good = [note for note in notes if note.admitted and note.kind is Kind.CENSUS]
    chosen = [_nearest(good, last.taken_at - weeks * _WEEK) for weeks in range(WEEKS, 0, -1)]
    asks = Asks()
    for question in questions:
        asks = asks.with_share(question.of, question.by)
    read = iter(await views.series([note for note in chosen if note], asks))
    return [next(read) if note else None for note in chosen]


def _nearest(notes: Sequence[Note], at: datetime) -> Note | None:
    """Return the last note at a time or within three days before it."""
    return next((note for note in reversed(notes) if at - _SLACK <= note.taken_at <= at), None)


def _speaks(question: ShareQuestion) -> Speaks:
    return lambda snapshot: snapshot.share(question) is not None


def _part(snapshot: Snapshot | None, question: ShareQuestion, group: str) -> float | None:
    if snapshot is None:
        return None
    try:
        share = snapshot.share(question)
    except NotTabled:
        return None
    return share.part(group) if share is not None and share.total else None


def _said(part: float | None) -> str:
    return "" if part is None else percent(part)
