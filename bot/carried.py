"""A census whose boards and shares are carried on from the last one, audited once a day."""

import logging
from collections.abc import Awaitable, Callable

from bot.aside import aside
from bot.history import History
from bot.vocabulary import Vocabulary
from detectors.audit import audit
from detectors.metric import Kind
from detectors.snapshot import Snapshot
from detectors.tally import Tally

log = logging.getLogger(__name__)

Audit = Callable[[Tally, Snapshot], str | None]
Tell = Callable[[str], Awaitable[None]]


def unaudited(_tally: Tally, _snapshot: Snapshot) -> None:
    """Find nothing: what is carried on is trusted."""


async def words_carried(vocabulary: Vocabulary, history: History) -> None:
    """Let words have the numbers of the last census, so that both can be held side by side."""
    last = None if history.last_good is None else await history.snapshot(history.last_good)
    if last is not None:
        await aside(len(last), vocabulary.begin, last.columns)


async def carried(
    snapshot: Snapshot, history: History, tell: Tell, audited: Audit = audit
) -> Snapshot:
    """Return a census that knows its boards and shares from those of the last one.

    Of each day's first census all is made anew as well; where the two differ the alarm is logged
    and told to the owner, and what was made anew is what counts. A pulse is returned as it is.
    """
    if snapshot.kind is not Kind.CENSUS:
        return snapshot
    note = history.last_good
    last = None if note is None else await history.snapshot(note)
    counted = await aside(len(snapshot), snapshot.counted, last)
    same_day = note is not None and note.taken_at.date() == snapshot.taken_at.date()
    if counted.tally is None or same_day:
        return counted
    wrong = await aside(len(snapshot), audited, counted.tally, counted)
    if wrong is None:
        return counted
    alarm = (
        f"what was carried on into {snapshot.id} is not what its models say ({wrong}); it was made "
        "anew, so no alert is wrong; please report this"
    )
    log.error("ALARM: %s", alarm)
    await tell(alarm)
    return snapshot.uncounted()
