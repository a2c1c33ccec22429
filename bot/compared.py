"""What the rules see in a Snapshot: small tables are asked first, all columns where those fail."""

from collections.abc import Sequence

from bot.aside import aside
from bot.history import History, Reach
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
    models = len(snapshot)
    whole: Reach | None = None
    while True:
        past = await history.past(whole=whole)
        try:
            news, moved = await aside(
                models, evaluate, rules, past, snapshot, standing, quiet=quiet
            )
        except NotTabled:
            if whole is history.reach:
                # Each read has its columns by now, or is left out: there is no more to read.
                raise
            if whole is None:
                # Rules for a lab, a country or a licence: only the columns can say.
                lacking = await aside(
                    models, _lacking, rules, past, snapshot, standing, quiet=quiet
                )
                whole = Reach.of(lacking)
            else:
                # In place of a read that is damaged or does not cover a rule an older one is asked,
                # as far back as any rule looks.
                whole = history.reach
            continue
        return past, news, moved


def _lacking(
    rules: Sequence[Detector],
    past: Sequence[Snapshot],
    snapshot: Snapshot,
    standing: Standing,
    *,
    quiet: bool,
) -> list[Detector]:
    """Return the rules that some reads cannot answer."""
    found = []
    for rule in rules:
        try:
            evaluate([rule], past, snapshot, standing, quiet=quiet)
        except NotTabled:
            found.append(rule)
    return found


async def caught_up(rules: Sequence[Detector], history: History, standing: Standing) -> Standing:
    """Let stand what holds by the last Snapshot and those put in before it, and tell nobody.

    Rules that look back see further now than when they were asked of it.
    """
    last = history.last_good
    snapshot = None if last is None else await history.snapshot(last)
    if last is None or snapshot is None:
        return standing
    return (await compared(rules, snapshot, history.before(last), standing))[2]
