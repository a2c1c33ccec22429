"""What rules say of the other recorded data: labs crawled monthly, a catalogue, a first thousand.

`python -m tests.measure_backtest` writes it below what they say of the trending lists.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.app import messenger, opened_empty, recorded_hub
from bot.backtest import STARTERS
from bot.backtest.ladder import PARTS
from bot.render import message_of, stories
from bot.replay import replay
from bot.rules import parse_rule
from bot.settings import read_settings
from bot.views import Note
from bot.wording import NBSP
from detectors.base import Detector
from detectors.columns import paired
from detectors.share import By, Of, Share, ShareQuestion
from detectors.share_threshold import ANYONE, ShareThreshold, Side
from detectors.shift import AT_ONCE, Shift
from detectors.snapshot import Snapshot
from tests.world import labs

FACTS = Path(__file__).parent / "facts"
LABS = FACTS / "labs_monthly.jsonl.gz"
RECORDED = (LABS, FACTS / "catalogue.jsonl.gz", FACTS / "top1000.jsonl.gz")
# Shares of what the crawls carry figures of: a line at every part, on either side.
COVERED = [
    ShareThreshold(ShareQuestion(of, by), ANYONE, side, line)
    for of in (Of.DOWNLOADS, Of.LIKES)
    for by in (By.LAB, By.COUNTRY)
    for side in Side
    for line in PARTS
]


@dataclass(frozen=True)
class Told:
    """What came of a recording: notes, the admitted Snapshots in order, and Shifts."""

    notes: Sequence[Note]
    snapshots: Sequence[Snapshot]
    shifts: Sequence[Shift]


async def told(path: Path, rules: Sequence[Detector] | None = None) -> Told:
    """Replay a recording in a store of its own, with the rules shipped unless others are given."""
    hub = recorded_hub([path])
    async with opened_empty(read_settings({})) as empty:
        app = empty if rules is None else replace(empty, rules=rules)
        works = app.works(messenger(io.StringIO()))
        await replay(hub.readings(), app.watch(AT_ONCE), works)
        store = app.store
        notes = [note for stream in await store.streams() for note in await store.notes(stream)]
        read = [await store.whole(note) for note in notes if note.admitted]
        snapshots = [each for each in read if each is not None]
        return Told(notes, snapshots, await store.shifts())


def examples() -> list[Detector]:
    """Return one rule for each detector: what a person might begin with."""
    return [parse_rule(line, labs()) for line in STARTERS.values()]


def grown(found: Told) -> list[Shift]:
    """Return the Shifts of shares whose line is not crossed among the models both crawls list."""
    reads = {each.id: each for each in found.snapshots}
    wrong = []
    for shift in found.shifts:
        before, after = (reads[str(each)] for each in shift.evidence.snapshots)
        rule = parse_rule(shift.rule, labs())
        if isinstance(rule, ShareThreshold):
            then, now = common(rule.question, before, after)
            line = rule.fire_at
            if not _crosses(then.part(shift.key), now.part(shift.key), line):
                wrong.append(shift)
    return wrong


def plainly_grown(found: Told) -> tuple[int, int]:
    """Return how many lines the crawls as they are cross, and how many of these by growth alone."""
    crossed = alone = 0
    pairs = list(zip(found.snapshots, found.snapshots[1:], strict=False))
    for question in {rule.question: None for rule in COVERED}:
        for before, after in pairs:
            whole = (_share(question, before), _share(question, after))
            both = common(question, before, after)
            for group in {**whole[0].amounts, **whole[1].amounts}:
                then, now = (each.part(group) for each in whole)
                was, became = (each.part(group) for each in both)
                lines = [line for line in PARTS if _crosses(then, now, line)]
                crossed += len(lines)
                alone += sum(not _crosses(was, became, line) for line in lines)
    return crossed, alone


def common(question: ShareQuestion, before: Snapshot, after: Snapshot) -> tuple[Share, Share]:
    """Return a share at both ends among the models that both list."""
    now, then = paired(after.columns, before.columns)
    return _share(question, before.only(then)), _share(question, after.only(now))


def _share(question: ShareQuestion, snapshot: Snapshot) -> Share:
    share = snapshot.share(question)
    if share is None:
        raise ValueError(f"{snapshot.id} cannot measure the {question.head}")
    return share


def _crosses(before: float, after: float, line: float) -> bool:
    return (before - line) * (after - line) < 0


async def section() -> str:
    """Return the part of the report as Markdown."""
    lines = list(_HEAD.splitlines())
    for path in RECORDED:
        shipped, example = await told(path), await told(path, examples())
        models = ", ".join(f"{note.rows:,}" for note in shipped.notes)
        withheld = [note for note in shipped.notes if not note.admitted]
        lines += ["", f"### {path.name}", ""]
        lines.append(f"{len(shipped.notes)} snapshots of {models} models.")
        lines += [f"- withheld: {each.id}: {each.reason.value}, {each.detail}" for each in withheld]
        lines += ["- none withheld"] * (not withheld)
        for name, found in (("default rules", shipped), ("example rules", example)):
            lines += _titles(name, found.shifts)
    dense = await told(LABS, COVERED)
    crossed, alone = plainly_grown(dense)
    lines += _COVERAGE.format(
        rules=len(COVERED),
        parts=len(PARTS),
        shifts=len(dense.shifts),
        wrong=len(grown(dense)),
        crossed=crossed,
        alone=alone,
    ).splitlines()
    return "\n".join(lines) + "\n"


def _titles(name: str, shifts: Sequence[Shift]) -> Iterator[str]:
    held = sum(not shift.told for shift in shifts)
    yield f"- {name}: {len(shifts)} shifts, {held} of them held back{':' if shifts else ''}"
    for story in stories(shifts):
        message = message_of(story)
        rules = ", ".join(f"`{each}`" for each in dict.fromkeys(shift.rule for shift in story))
        told_as = "" if message.severity.rank >= AT_ONCE.rank else ", in the digest"
        title = message.title.replace(NBSP, " ")
        yield f"  - {message.at:%Y-%m-%d}: {title} ({message.severity.value}{told_as}; {rules})"


_HEAD = """
## The other recorded data

The recordings are `tests/facts/*.jsonl.gz`; where they are from is said in `tests/facts/SOURCE.md`.
The labs' crawls and the catalogue hold parts of the Hub, so each is a panel of its own. The
example rules are one a detector, those that `hubshift suggest` begins with."""

_COVERAGE = """
### Coverage growth causes no share alert

The labs' crawls cover more each month. {rules} rules (share of downloads and of likes, by lab and
by country, anyone above and anyone below each of {parts} lines) were held against them: they told
{shifts} shifts, beginnings and ends, and of these {wrong} that are not crossings among the models
which both crawls list (aim: 0). A bot that compared the crawls as they are would have told
{crossed} crossings, {alone} of them owed to coverage alone."""
