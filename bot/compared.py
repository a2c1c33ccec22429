"""What the rules see in a Snapshot: small tables are asked first, all columns where those fail."""

from collections.abc import Sequence

from bot.aside import aside
from bot.history import History
from detectors.base import Detector
from detectors.evaluate import Standing, evaluate
from detectors.shift import Shift
from detectors.snapshot import Snapshot
from detectors.tables import NotTabled


async def compared(
    rules: Sequence[Detector],
    snapshot: Snapshot,
    history: History,
    standing: Standing,
    *,
    quiet: bool = False,
) -> tuple[list[Snapshot], list[Shift], Standing]:
    """Return the reads that rules looked back on, and what they see."""
    for whole in (False, True):
        past = await history.past(whole=whole)
        try:
            news, moved = await aside(
                len(snapshot), evaluate, rules, past, snapshot, standing, quiet=quiet
            )
        except NotTabled:
            # A rule for a lab, a country or a licence: only the columns can say.
            if whole:
                raise
            continue
        return past, news, moved
    raise AssertionError("the second time all columns are there")


async def caught_up(rules: Sequence[Detector], history: History, standing: Standing) -> Standing:
    """Let stand what holds by the last Snapshot and those put in before it, and tell nobody.

    Rules that look back see further now than when they were asked of it.
    """
    last = history.last_good
    snapshot = None if last is None else await history.snapshot(last)
    if last is None or snapshot is None:
        return standing
    return (await compared(rules, snapshot, history.before(last), standing))[2]
