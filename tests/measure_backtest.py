"""Writes docs/backtest.md: what rules say of real recorded lists, half a year of trending first.

    python -m tests.measure_backtest > docs/backtest.md

The trending lists are the demo's own, the labels `tests/facts/labelled_entries.csv`, the other
recordings those of `tests/measure_recorded.py`.
"""

import asyncio
import csv
import io
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from bot.app import messenger, opened_empty, recorded_hub
from bot.backtest.course import Course
from bot.backtest.reading import run
from bot.backtest.trial import Trial, trial_of
from bot.demo import recording
from bot.replay import replay
from bot.settings import read_settings
from bot.views import Note
from detectors.metric import Metric
from detectors.share import By, Of, Places, ShareQuestion
from detectors.shift import AT_ONCE, Event, Severity, Shift, Status
from detectors.snapshot import Snapshot
from tests.measure_recorded import examples, section

LABELS = Path(__file__).parent / "facts" / "labelled_entries.csv"
TOP = "top 10 by trending in all"
N = 10
STAYED = 3
RARE = timedelta(days=30)
# An entry confirmed in 2 of 3 reads is told some days after it is first seen.
WAIT = timedelta(days=3)
CHINESE = ShareQuestion(Of.SLOTS, By.COUNTRY, board=Places(N, Metric.TRENDING))
CLAIMED = 6


@dataclass(frozen=True)
class Held:
    """All of the replay: notes, admitted Snapshots in order, Shifts, and messages told at once."""

    notes: Sequence[Note]
    snapshots: Sequence[Snapshot]
    shifts: Sequence[Shift]
    alerts: int
    tried: Sequence[Trial]

    @property
    def tops(self) -> Mapping[datetime, list[str]]:
        """The ids of the first ten, by day."""
        found = {}
        for snapshot in self.snapshots:
            board = snapshot.board(Metric.TRENDING)
            found[snapshot.taken_at] = list(board.ids)[:N] if board else []
        return found


async def replayed() -> Held:
    """Replay the recording with the rules shipped, in a store of its own."""
    hub = recorded_hub([recording()])
    async with opened_empty(read_settings({})) as app:
        tally = await replay(
            hub.readings(), app.watch(AT_ONCE), app.works(messenger(io.StringIO()))
        )
        notes = await app.store.notes("pulse")
        read = [await app.store.snapshot(note) for note in notes if note.admitted]
        found = [snapshot for snapshot in read if snapshot is not None]
        ran = await run(lambda: [Course(rule) for rule in examples()], app.store, None)
        tried = [trial_of(course, None, None) for course in ran.courses]
        return Held(notes, found, await app.store.shifts(), tally.alerts, tried)


def entries(tops: Mapping[datetime, list[str]]) -> list[tuple[datetime, str, bool, int]]:
    """Return what the plain rule tells: day, id, whether it was in before, and looks it stayed."""
    days, found, ever = list(tops), [], set(tops[min(tops)])
    for at, (before, now) in enumerate(pairwise(days), start=1):
        for name in tops[now]:
            if name in tops[before]:
                continue
            out = next((n for n in range(at, len(days)) if name not in tops[days[n]]), len(days))
            found.append((now, name, name in ever, out - at))
        ever |= set(tops[now])
    return found


def told_at_once(shifts: Iterable[Shift]) -> list[Shift]:
    """Return the firings in a message that does not wait for the digest."""
    told = [shift for shift in shifts if shift.told]
    causes = {each.judgement.cause for each in told if each.severity.rank >= AT_ONCE.rank}
    return [
        each for each in told if each.judgement.cause in causes and each.status is Status.FIRING
    ]


def of_rare_labs(shifts: Iterable[Shift]) -> list[Shift]:
    """Return what would be told at once if a lab's first entry in 30 days were notable, too."""
    shifts = list(shifts)
    told = {each.id: each for each in told_at_once(shifts)}
    last: dict[str, Shift] = {}
    for shift in shifts:
        lab = str(shift.about.get("lab") or "")
        if shift.rule != TOP or shift.facts.event is not Event.NEW or not lab:
            continue
        before = last.get(lab)
        together = before is not None and before.judgement.cause == shift.judgement.cause
        if before is None or shift.taken_at - before.taken_at > RARE or together:
            told[shift.id] = shift
        last[lab] = shift
    return [each for each in told.values() if each.told]


def labelled(told: Sequence[Shift]) -> tuple[Counter[tuple[str, bool]], list[str]]:
    """Return how many labelled entries were told at once or not, and those that went wrong."""
    counts: Counter[tuple[str, bool]] = Counter()
    wrong = []
    with LABELS.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            day = datetime.fromisoformat(f"{row['day']}T00:00:00+00:00")
            said = any(
                each.key == row["id"] and day <= each.taken_at <= day + WAIT for each in told
            )
            counts[row["tell"], said] += 1
            if (row["tell"] == "yes") != said:
                was = "told" if said else "not told"
                wrong.append(f"| {row['day']} | {row['id']} | {was} | {row['reason']} |")
    return counts, wrong


def report(held: Held) -> str:
    """Return the report as Markdown."""
    plain = entries(held.tops)
    fired = [each for each in held.shifts if each.rule == TOP and each.status is Status.FIRING]
    again = sum(each.facts.event is Event.RE_ENTRY for each in fired)
    loud = sum(
        each.facts.event is Event.RE_ENTRY and each.severity is not Severity.INFO and each.told
        for each in fired
    )
    keys = {each.key for each in fired}
    plain_again = sum(back for _, _, back, _ in plain)
    last = list(held.tops)[-STAYED]
    missed = [
        f"{name} ({at:%Y-%m-%d})"
        for at, name, back, stayed in plain
        if not back and stayed >= STAYED and name not in keys and at <= last
    ]
    weeks = (held.notes[-1].taken_at - held.notes[0].taken_at) / timedelta(days=7)
    counts, wrong = labelled(told_at_once(held.shifts))
    hits, false, lost = counts["yes", True], counts["no", True], counts["yes", False]
    rare = of_rare_labs(held.shifts)
    others, _ = labelled(rare)
    rare_hits, rare_false = others["yes", True], others["no", True]
    rare_weekly = len({each.judgement.cause for each in rare}) / weeks
    china = [
        round(share.part("China") * N)
        for each in held.snapshots
        if (share := each.share(CHINESE)) is not None
    ]
    firsts = Counter(
        each.labs.lab_of(held.tops[each.taken_at][0].partition("/")[0], each.taken_at) or "unknown"
        for each in held.snapshots
    )
    back = Counter(each.judgement.held.value for each in held.shifts if each.judgement.held)
    withheld = [note for note in held.notes if not note.admitted]
    reasons = ", ".join(f"{count} {why}" for why, count in back.most_common()) or "none"
    labs = ", ".join(f"{lab} {count}" for lab, count in firsts.most_common(6))
    many = sum(n >= CLAIMED for n in china)
    kept = [f"- withheld: {note.id}: {note.reason.value}, {note.detail}" for note in withheld]
    lost_ones = [f"- missed: {each}" for each in missed]
    first, last_day = held.notes[0].taken_at, held.notes[-1].taken_at
    text = f"""# The default rules on half a year of trending lists

Made by `python -m tests.measure_backtest > docs/backtest.md`; every figure comes from it.
The lists are the demo's: {len(held.notes)} days, {first:%Y-%m-%d} to {last_day:%Y-%m-%d}, \
{weeks:.1f} weeks.

| what | figure | aim |
|---|---|---|
| shifts | {len(held.shifts)} | |
| messages told at once | {held.alerts}, {held.alerts / weeks:.1f} a week | about 5 a week at most |
| entries, plain "is new in the ten" | {len(plain)}, {plain_again} of them re-entries | |
| entries, `{TOP}` | {len(fired)}, {again} of them re-entries, {loud} of these told at once \
| at most a quarter of {plain_again} re-entries |
| first entries that stayed {STAYED} days or more, missed | {len(missed)} | 0 |
| held back | {back.total()}: {reasons} | |
| snapshots withheld | {len(withheld)} | |

## The press claims

1. Chinese models among the trending ten: {min(china)} to {max(china)}, on average \
{sum(china) / len(china):.1f}; six or more on {many} of {len(china)} days. Unknown labs stay in \
the ten and count for no country.
2. First place in trending, days by lab: {labs}. By likes, which the claim is about, it cannot be \
told from these lists.
3. Qwen's share of new derivatives cannot be told from trending lists: it needs a census.

## Against entries labelled by hand

Every third entry of the plain rule was labelled as worth telling at once or not, before anything
was run (`tests/facts/labelled_entries.csv`). The labeller saw the ranks of the days around it, a
week ahead too. An entry counts as told where a message of it goes out within three days.

- worth telling: {hits + lost} of {counts.total()}
- precision: {hits} of {hits + false} told{_part(hits, hits + false)}
- recall: {hits} of {hits + lost} worth telling{_part(hits, hits + lost)}

What goes wrong is below. Severity knows how high a model entered and how rare that is, not who
published what: an entry no higher than those of every week waits for the digest, however much
waited for the model was. Knowing more of who published does not help without harm.
Were a known lab's first entry in {RARE.days} days notable as well, precision would be \
{rare_hits} of {rare_hits + rare_false}{_part(rare_hits, rare_hits + rare_false)} and recall \
{rare_hits} of {hits + lost}{_part(rare_hits, hits + lost)}, at {rare_weekly:.1f} messages a week.
What tells a main model from a side one is in none of these lists, so severity stays with size and
rarity.

| day | model | was | label's reason |
|---|---|---|---|
"""
    found = [*wrong, *([""] if kept or missed else []), *lost_ones, *kept, *_others(held, weeks)]
    return text + "\n".join(found)


def _others(held: Held, weeks: float) -> list[str]:
    """Return what one rule of each detector would say of the same lists."""
    lines = ["", "## Other rules on the same lists", ""]
    lines.append("One example rule a detector, as `hubshift suggest` begins with, each alone.")
    lines.append("How long rules take, and which of them read every model: [tried.md](tried.md).")
    lines += ["", "| rule | looks | fired | messages | told at once, a week |"]
    lines.append("|---|--:|--:|--:|--:|")
    for trial in held.tried:
        said = f"| `{trial.rule}` | {trial.looks} | "
        counts = f"{len(trial.fired)} | {trial.messages} | {trial.at_once / weeks:.1f} |"
        lines.append(said + (counts if trial.looks else "these lists cannot answer it | | |"))
    return lines


def _part(some: int, whole: int) -> str:
    return f" ({some / whole * 100:.0f} %)" if whole else ""


if __name__ == "__main__":
    sys.stdout.write(report(asyncio.run(replayed())) + "\n" + asyncio.run(section()))
