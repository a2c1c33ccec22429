"""Histories of a small Hub, drawn at random, and how a rule looks at them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
from hypothesis import note
from hypothesis import strategies as st

from bot.rules import parse_rule
from detectors.asked import OnShares
from detectors.base import Detector
from detectors.concentration import Concentration
from detectors.contributors import Contributors
from detectors.evaluate import RuleStanding, Standing, evaluate
from detectors.metric import Kind, Metric
from detectors.momentum import Momentum
from detectors.share import ShareQuestion
from detectors.share_threshold import ShareThreshold
from detectors.shift import Shift
from detectors.snapshot import Snapshot
from detectors.spaced import Spaced
from detectors.top_entry import TopEntry
from tests.world import Row, World, day, labs

BEGAN = day(60)
POOL = [
    "Qwen/a",
    "Qwen/b",
    "THUDM/c",
    "meta-llama/d",
    "meta-llama/e",
    "nobody/f",
    "nobody/g",
]
ANCHOR = "who/anchor"
BASES = ["Qwen/base", "meta-llama/base", "nobody/base"]

Rows = list[Row]


FIGURES = (1, 2, 3, 4, 5, 6, 0, None)
TASKS = ("text-generation", "text-generation", "fill-mask", None)
LICENSES = ("license:mit", "license:apache-2.0", "mit")
KINDS = len(FIGURES) * len(TASKS) * len(LICENSES) * len(BASES) * (len(BASES) + 1)


def listed(name: str, kind: int) -> Row:
    """Return a model as one of the KINDS that there are."""
    kind, figure = divmod(kind, len(FIGURES))
    kind, task = divmod(kind, len(TASKS))
    kind, license_ = divmod(kind, len(LICENSES))
    merged, base = divmod(kind, len(BASES))
    tags = [LICENSES[license_], f"base_model:{BASES[base]}"]
    tags += [f"base_model:merge:{other}" for other in BASES[merged : merged + 1]]
    count = FIGURES[figure]
    fields: dict[str, Any] = dict.fromkeys(("likes", "downloads", "trending_score"), count)
    fields |= {"downloads_all_time": count, "pipeline_tag": TASKS[task], "tags": tuple(tags)}
    # A gate that opens and shuts with the figure.
    fields["gated"] = None if count is None else count % 2 == 0
    fields["created_at"] = BEGAN - timedelta(days=7 * [*POOL, ANCHOR].index(name) % 45)
    if name == "meta-llama/d":
        # A lab that has published for long enough to have habits.
        fields["created_at"] = BEGAN - timedelta(days=400)
    # One of them is known by its name alone.
    return name, fields | {"oid": None if name == "THUDM/c" else name}


def look_of(drawn: Sequence[tuple[str, int]]) -> Rows:
    """Return what one look lists; the anchor is always there, so that no share is of nothing."""
    rows = [listed(name, kind) for name, kind in drawn]
    rows.insert(drawn[0][1] % (len(drawn) + 1) if drawn else 0, listed(ANCHOR, 1))
    return rows


def looks() -> st.SearchStrategy[Rows]:
    model = st.tuples(st.sampled_from(POOL), st.integers(0, KINDS - 1))
    return st.lists(model, unique_by=lambda drawn: drawn[0]).map(look_of)


HISTORIES = st.lists(looks(), min_size=1, max_size=7)


def week_of(count: int) -> Rows:
    """Return a week in which Qwen has so many of a thousand downloads and Meta the rest."""
    figures = {"Qwen/a": count, "meta-llama/d": 1000 - count}
    return [(name, {"downloads": each, "oid": name}) for name, each in figures.items()]


def _weeks(parts: tuple[list[int], list[int]]) -> list[Rows]:
    steady, moving = parts
    return [week_of(count) for count in (*steady, *moving)]


# Weeks that say what is usual, and weeks that go anywhere.
WEEKS = st.tuples(
    st.lists(st.integers(190, 210), min_size=10, max_size=12),
    st.lists(st.integers(0, 1000), max_size=6),
).map(_weeks)


@dataclass(frozen=True)
class Group:
    """Rules that look at the same reads: those of one kind, as far apart."""

    kind: Kind
    apart: timedelta
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind}-every-{self.apart}"


def groups_of(cases: Iterable[tuple[Kind, str]]) -> list[Group]:
    """Put rules together that can look at the same reads, so that each is drawn once for all."""
    found: dict[tuple[Kind, timedelta], list[str]] = {}
    for kind, line in cases:
        found.setdefault((kind, _apart(line)), []).append(line)
    return [Group(kind, apart, tuple(lines)) for (kind, apart), lines in found.items()]


def _apart(line: str) -> timedelta:
    rule = parse_rule(line, labs())
    # What looks at weeks is told of weeks.
    return rule.spacing if isinstance(rule, Spaced) else timedelta(hours=1)


class Hub:
    """A history of the Hub, read as often as a group of rules wants."""

    def __init__(self, group: Group, history: Sequence[Rows] = ()) -> None:
        self.group = group
        self.reads: list[Snapshot] = []
        self._world = World()
        # So that a model has its number whatever it is listed after.
        self.next([listed(name, 0) for name in (*POOL, ANCHOR)])
        for rows in history:
            self.reads.append(self.next(rows))

    def next(self, rows: Rows) -> Snapshot:
        """Return the Snapshot after those that are in the history."""
        at = BEGAN + self.group.apart * len(self.reads)
        orders = (Metric.TRENDING, Metric.LIKES, Metric.DOWNLOADS)
        pulse = self.group.kind is Kind.PULSE
        lists = dict.fromkeys(orders if pulse else [None], rows)
        return self._world.snapshot(at, self.group.kind, lists)

    def told(self) -> Iterator["Told"]:
        """Return how each rule of the group looked at the history, each on its own."""
        for line in self.group.lines:
            # Of those noted of an example that fails, the last is the one that does.
            note(line)
            yield told(line, self.reads)


@dataclass
class Told:
    """A history as a rule looked at it: the Snapshots that speak for it, its news and standing."""

    rule: Detector
    reads: list[Snapshot] = field(default_factory=list)
    news: list[list[Shift]] = field(default_factory=list)
    held: list[set[str]] = field(default_factory=list)
    standing: Standing = field(default_factory=dict)

    @property
    def state(self) -> RuleStanding | None:
        """How the rule stands, None where no read spoke for it."""
        return self.standing.get(str(self.rule))

    def holding(self) -> set[str]:
        """Return the subjects that stand."""
        return set() if self.state is None else set(self.state.holding)

    def look(self, after: Snapshot) -> list[Shift]:
        """Take in a Snapshot if it speaks for the rule, and return what the rule tells."""
        if not self.rule.covers(after):
            return []
        news, self.standing = evaluate([self.rule], self.reads, after, self.standing)
        self.reads.append(after)
        self.news.append(news)
        self.held.append(self.holding())
        return news

    def subjects(self) -> set[str]:
        """Return every subject there could be."""
        if isinstance(self.rule, TopEntry):
            return {str(ordinal) for ordinal in range(len(POOL) + 1)}
        asked = questions_of(self.rule)
        shares = [read.share(question) for read in self.reads for question in asked]
        groups = {group for share in shares if share for group in share.amounts}
        if isinstance(self.rule, ShareThreshold | Contributors | Momentum) and self.rule.who:
            # Who holds nothing is in no share, and may be below a line all the same.
            groups.add(self.rule.who)
        if groups and not isinstance(self.rule, Concentration):
            return groups
        return {subject for read in self.reads for subject in self.rule.holding(read, ())}


def told(line: str, reads: Sequence[Snapshot]) -> Told:
    """Let a rule look at reads, one after the other."""
    found = Told(parse_rule(line, labs()))
    for read in reads:
        found.look(read)
    return found


def questions_of(rule: Detector) -> tuple[ShareQuestion, ...]:
    """Return the shares that a rule is measured on, none of those that ask for boards."""
    return rule.questions if isinstance(rule, OnShares) else ()


def rebuilt(snapshot: Snapshot, order: Sequence[int] | None = None) -> Snapshot:
    """Return the same Snapshot with nothing worked out yet, its rows in any order."""
    listed = np.flatnonzero(snapshot.columns.present)
    return snapshot.only(listed[np.array(order or range(len(snapshot)), dtype=np.int64)])
