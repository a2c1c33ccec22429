"""Who holds the places of the trending top 10, by country and by lab, now and before."""

from collections.abc import Sequence
from datetime import timedelta

from bot.lookups.boards import share_bars, share_name
from bot.lookups.held import WEEK, Wanted, span_before
from bot.render.weekly import Section
from bot.views import Views
from bot.wording import clean, day, figure, listing, percent, titled
from detectors.metric import Metric
from detectors.scope import ALL
from detectors.share import By, Of, Places, Share, ShareQuestion
from detectors.snapshot import Snapshot

TOP = 10
_BOARD = Places(TOP, Metric.TRENDING)
_ASKED = tuple(ShareQuestion(Of.SLOTS, by, ALL, _BOARD) for by in (By.COUNTRY, By.LAB))
_AGO = (("Four weeks ago", 4 * WEEK), ("A year ago", timedelta(days=365)))
_NAMED = 3


async def places(
    views: Views, now: Snapshot, then: Snapshot | None, wanted: Wanted
) -> list[Section]:
    """Return a section for each way to group the top 10; `then` is the list of a week before."""
    sections = []
    for question in _ASKED:
        found = now.share(question)
        if found is None:
            continue
        was = then.share(question) if then else None
        since = f", against {day(then.taken_at, now.taken_at)}" if then else ""
        lines = [*share_bars(found, was), *await before(views, now, question, wanted)]
        sections.append(Section(titled(share_name(question, now)) + since, tuple(lines)))
    return sections


async def before(
    views: Views, now: Snapshot, question: ShareQuestion, wanted: Wanted
) -> Sequence[str]:
    """Say who was ahead four weeks and a year before, where that is held."""
    said = []
    for when, span in _AGO:
        past = await span_before(views, now, wanted, span)
        found = past.share(question) if past else None
        if found is not None and found.leaders:
            said.append(f"{when}: {_ahead(found, question)}.")
    return [" ".join(said)] if said else []


def _ahead(found: Share, question: ShareQuestion) -> str:
    """Name the largest groups with their parts: per cent of what there is, or all the places."""
    if question.of is not Of.SLOTS:
        named = found.leaders[:_NAMED]
        return listing([f"{clean(group)} {percent(found.part(group))}" for group, _ in named])
    parts = [(clean(group), amount) for group, amount in found.leaders[:_NAMED]]
    parts.append(("others", sum(amount for _, amount in found.leaders[_NAMED:])))
    parts.append(("unknown", found.unknown))
    return listing([f"{group} {figure(amount)}" for group, amount in parts if amount])
