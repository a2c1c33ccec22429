"""A group's part of a metric in a scope, with its denominator and the part that is unknown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np

from detectors.columns import NEVER, Bools, Columns, Floats, Ints
from detectors.labs import Labs
from detectors.lineage import FAMILY_DEFINITION, Grouped, Lineage
from detectors.metric import Metric
from detectors.scope import ALL, Scope, ScopeKind, default_scope

# Shares carry this in evidence; a change of definition is a new version, never an alert.
SHARE_DEFINITION = "share/1"

NEW_DAYS = 30
_DAY = 86_400


class Of(StrEnum):
    """What a Share divides up."""

    DOWNLOADS = "downloads"
    LIKES = "likes"
    NEW = "new"
    DERIVATIVES = "derivatives"
    SLOTS = "slots"
    CONTRIBUTORS = "contributors"

    @property
    def unit(self) -> str:
        """What the denominator counts, as a person says it."""
        return _UNITS[self]

    @property
    def window(self) -> str:
        """The time the figure counts over, as a person says it."""
        return _WINDOWS[self]


_UNITS = {
    Of.DOWNLOADS: "downloads",
    Of.LIKES: "likes",
    Of.NEW: "new models",
    Of.DERIVATIVES: "new derivatives",
    Of.SLOTS: "places",
    Of.CONTRIBUTORS: "new contributors",
}
_WINDOWS = {
    Of.DOWNLOADS: Metric.DOWNLOADS.window,
    Of.LIKES: Metric.LIKES.window,
    Of.NEW: f"created in the last {NEW_DAYS} days",
    Of.DERIVATIVES: f"created in the last {NEW_DAYS} days",
    Of.SLOTS: "at the time of the snapshot",
    Of.CONTRIBUTORS: f"first derivative in the last {NEW_DAYS} days",
}


class By(StrEnum):
    """What the groups of a Share are."""

    LAB = "lab"
    COUNTRY = "country"
    FAMILY = "family"
    LICENSE = "license"
    TASK = "task"


@dataclass(frozen=True)
class Places:
    """The first n places by a metric."""

    n: int
    metric: Metric

    def __str__(self) -> str:
        return f"top {self.n} by {self.metric.value}"


@dataclass(frozen=True)
class ShareQuestion:
    """share(of, by, scope); `places` says which board's slots, and only slots have it."""

    of: Of
    by: By
    scope: Scope = ALL
    board: Places | None = None

    def __post_init__(self) -> None:
        if (self.of is Of.SLOTS) != (self.board is not None):
            raise ValueError("a share of slots names its board (top N by METRIC), others do not")

    @property
    def head(self) -> str:
        """The question as a rule begins it: `share of slots by country`."""
        return f"share of {self.of.value} by {self.by.value}"

    @property
    def tail(self) -> str:
        """Where it is asked, as a rule ends: ` in top 10 by trending`; empty for all models."""
        plain = ALL if self.board is None else default_scope(self.board.metric)
        board = "" if self.board is None else f" in {self.board}"
        return board if self.scope == plain else f"{board} in {self.scope}"

    @property
    def where(self) -> str:
        """Where it is asked, as evidence says it: nothing is left to a default."""
        return str(self.scope) if self.board is None else f"{self.board} in {self.scope}"

    def definition(self, labs: Labs) -> str:
        """Return the version of the share, with the lab table's where groups come from it."""
        version = SHARE_DEFINITION
        if self.by is By.FAMILY:
            version += f" {FAMILY_DEFINITION}"
        scoped = self.scope.kind in {ScopeKind.LAB, ScopeKind.COUNTRY}
        if scoped or self.by in {By.LAB, By.COUNTRY, By.FAMILY}:
            version += f" labs:{labs.version}"
        return version

    @property
    def places(self) -> Places:
        """The board whose slots are shared out; ValueError where the question has none."""
        if self.board is None:
            raise ValueError(f"a share of {self.of.value} has no board")
        return self.board


@dataclass(frozen=True, eq=False)
class Share:
    """Amounts by group, in the unit of `of`; all known groups and `unknown` add up to `total`.

    `heaviest` names, for each group, the id and amount of the model that weighs most in it;
    `holders`, of slots only, the ids of the models that hold them, in the order of the board.
    """

    question: ShareQuestion
    amounts: Mapping[str, float]
    total: float
    unknown: float
    heaviest: Mapping[str, tuple[str, float]]
    holders: Mapping[str, tuple[str, ...]]

    def part(self, group: str) -> float:
        """Return a group's part, 0 to 1; 0 of an empty total is 0."""
        return _part(self.amounts.get(group, 0.0), self.total)

    def part_without_heaviest(self, group: str) -> float:
        """Return the part the group would have were its heaviest model not counted at all."""
        weight = self.heaviest.get(group, ("", 0.0))[1]
        return _part(self.amounts.get(group, 0.0) - weight, self.total - weight)

    @property
    def leaders(self) -> list[tuple[str, float]]:
        """Groups and amounts, largest first, then by name."""
        return sorted(self.amounts.items(), key=lambda pair: (-pair[1], pair[0]))


@dataclass(frozen=True)
class Ground:
    """What a Share is measured on; lineage is traced only when a question needs it."""

    columns: Columns
    labs: Labs
    at: datetime
    lineage: Callable[[], Lineage]


def measured(
    question: ShareQuestion, ground: Ground, inside: Bools, places: Ints | None
) -> Share | None:
    """Measure a Share over the rows inside a scope; `places` are the rows of a board's slots.

    None where the columns carry nothing the question could be answered from.
    """
    counted = _counted(question.of, ground, inside, places)
    if counted is None:
        return None
    grouped = _grouped(question.by, ground, *counted)
    known = grouped.codes >= 0
    sums = np.bincount(grouped.codes[known], grouped.weights[known], len(grouped.names))
    heaviest = _heaviest(grouped, ground.columns.ids)
    holders = _holders(grouped, ground.columns.ids) if question.of is Of.SLOTS else {}
    return Share(
        question=question,
        holders=holders,
        amounts={name: round(float(sums[heaviest[name][2]]), 9) for name in sorted(heaviest)},
        total=round(float(grouped.weights.sum()), 9),
        unknown=round(float(grouped.weights[~known].sum()), 9),
        heaviest={name: (model, weight) for name, (model, weight, _) in heaviest.items()},
    )


def _holders(grouped: Grouped, ids: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the models of each group, in the order of the rows."""
    found: dict[str, tuple[str, ...]] = {}
    for row, code in zip(grouped.rows.tolist(), grouped.codes.tolist(), strict=True):
        if code >= 0:
            name = grouped.names[code]
            found[name] = (*found.get(name, ()), ids[row])
    return found


def _heaviest(grouped: Grouped, ids: tuple[str, ...]) -> dict[str, tuple[str, float, int]]:
    """Return id and weight of each group's heaviest row, first id where several weigh the same."""
    # Nine digits: beyond those two thirds depend on the order their parts were added up in.
    rounded = grouped.weights.round(9)
    order = np.lexsort((-rounded, grouped.codes))
    order = order[grouped.codes[order] >= 0]
    codes, weights = grouped.codes[order], rounded[order]
    starts = np.flatnonzero(np.diff(codes, prepend=-1) != 0)
    ends = np.append(starts[1:], len(codes))[: len(starts)]  # no known group, no end
    found = {}
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        top = float(weights[start])
        last = start + int(np.searchsorted(-weights[start:end], -top, side="right"))
        code = int(codes[start])
        model = min(ids[row] for row in grouped.rows[order[start:last]].tolist())
        found[grouped.names[code]] = (model, top, code)
    return found


def _part(amount: float, total: float) -> float:
    # Twelve digits: beyond those a sum of thirds shows the order it was added up in.
    return round(amount / total, 12) if total > 0 else 0.0


def _counted(
    of: Of, ground: Ground, inside: Bools, places: Ints | None
) -> tuple[Ints, Floats] | None:
    columns = ground.columns
    if of is Of.SLOTS:
        rows = np.empty(0, np.int64) if places is None else places
        return rows, np.ones(len(rows))
    if of in {Of.DOWNLOADS, Of.LIKES}:
        figures = columns.figures.get(Metric(of.value), np.empty(0))
        if len(figures) < len(columns):
            return None
        rows = np.flatnonzero(inside & (figures > 0))
        return rows, figures[rows]
    if len(columns) and (columns.created_at == NEVER).all():
        return None
    now = int(ground.at.timestamp())
    fresh = (columns.created_at > now - NEW_DAYS * _DAY) & (columns.created_at <= now)
    if of is Of.NEW:
        wanted = inside & fresh
    elif of is Of.DERIVATIVES:
        wanted = inside & fresh & ground.lineage().derivative
    else:
        wanted = inside & fresh & _first_of_author(columns, ground.lineage().derivative)
    rows = np.flatnonzero(wanted)
    return rows, np.ones(len(rows))


def _first_of_author(columns: Columns, derivative: Bools) -> Bools:
    """Return which rows are the first derivative of their namespace."""
    named = derivative & (columns.namespace.codes >= 0) & (columns.created_at != NEVER)
    rows = np.flatnonzero(named)
    order = sorted(rows.tolist(), key=lambda row: (columns.created_at[row], columns.ids[row]))
    first = np.zeros(len(columns), dtype=np.bool_)
    seen: set[int] = set()
    for row in order:
        code = int(columns.namespace.codes[row])
        if code not in seen:
            seen.add(code)
            first[row] = True
    return first


def _grouped(by: By, ground: Ground, rows: Ints, weights: Floats) -> Grouped:
    columns = ground.columns
    if by is By.FAMILY:
        return ground.lineage().families(rows, weights)
    if by in {By.LICENSE, By.TASK}:
        text = columns.license if by is By.LICENSE else columns.pipeline_tag
        return Grouped(rows, weights, text.codes[rows].astype(np.int64), text.words)
    of = ground.labs.lab_of if by is By.LAB else ground.labs.country_of
    known = [of(word, ground.at) for word in columns.namespace.words]
    names = tuple(sorted({name for name in known if name is not None}))
    place = {name: code for code, name in enumerate(names)}
    of_word = np.array([-1 if name is None else place[name] for name in known] + [-1], np.int64)
    return Grouped(rows, weights, of_word[columns.namespace.codes[rows]], names)
