"""The digest's shares of the whole Hub, which only a census can tell."""

from datetime import datetime

from bot.digest.places import before as said_before
from bot.lookups.boards import share_bars, share_name
from bot.lookups.held import WEEK, Speaks, Wanted, newest, week_before
from bot.views import Views
from bot.wording import day, listing, moment, titled
from detectors.metric import Kind
from detectors.share import By, Of, ShareQuestion
from detectors.snapshot import Snapshot

_ASKED = (
    ShareQuestion(Of.DERIVATIVES, By.FAMILY),
    ShareQuestion(Of.NEW, By.COUNTRY),
    ShareQuestion(Of.DOWNLOADS, By.COUNTRY),
)


async def hub_shares(views: Views, at: datetime) -> list[tuple[str, tuple[str, ...]]]:
    """Return heading and lines of each share of the week to `at`, and why others are missing."""
    sections: list[tuple[str, tuple[str, ...]]] = []
    missing: dict[str, list[str]] = {}
    for question in _ASKED:
        wanted = Wanted(_measures(question), None)
        snapshot = await newest(views, at, wanted)
        found = snapshot.share(question) if snapshot else None
        if snapshot is None or found is None or snapshot.taken_at <= at - WEEK:
            why = await _lacking(views, at, snapshot)
            missing.setdefault(why, []).append(question.of.unit)
            continue
        before = await week_before(views, snapshot, wanted)
        then = before.share(question) if before else None
        heading = f"{titled(share_name(question, snapshot))}, {moment(snapshot.taken_at, at)}"
        drawn = share_bars(found, then) or [f"No {question.of.unit}."]
        drawn += await said_before(views, snapshot, question, wanted)
        sections.append((heading, tuple(drawn)))
    rows = tuple(f"Shares of {listing(units)}: {why}." for why, units in missing.items())
    return [*sections, ("Not known", rows)] if rows else sections


def _measures(question: ShareQuestion) -> Speaks:
    return lambda snapshot: snapshot.share(question) is not None


async def _lacking(views: Views, at: datetime, last: Snapshot | None) -> str:
    """Say why a share is missing; `last` is the last Snapshot that could measure it."""
    if last is not None:
        when = day(last.taken_at, at)
        return f"the last census that has them is of {when}, older than this week"
    notes = [note for each in await views.streams() for note in await views.notes(each, None, at)]
    if any(note.admitted and note.kind is Kind.CENSUS for note in notes):
        return "no census held has them"
    return "they need a census, and none is held"
