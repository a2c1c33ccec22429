"""Measures a Share on the columns of a Snapshot: who counts, for what, in which group."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from detectors.columns import NEVER, Bools, Columns, Floats, Ints, Text
from detectors.labs import Labs
from detectors.later import Later
from detectors.lineage import Grouped, Lineage
from detectors.metric import Metric
from detectors.names import located
from detectors.share import NEW_SECONDS, By, Of, Share, ShareQuestion


@dataclass(frozen=True)
class Ground:
    """What a Share is measured on; lineage is traced only when a question needs it.

    `lineage` is by all relations, `trained` by finetunes and adapters alone.
    """

    columns: Columns
    labs: Labs
    at: datetime
    lineage: Callable[[], Lineage]
    trained: Callable[[], Lineage]


def measured(
    question: ShareQuestion, ground: Ground, inside: Bools, places: Ints | None
) -> Share | None:
    """Measure a Share over the rows inside a scope; `places` are the rows of a board's slots.

    None where the columns carry nothing the question could be answered from.
    """
    found = weighed(question.of, ground, inside, places)
    if found is None:
        return None
    return divided(question, grouping(question, ground, *found), ground.columns)


def divided(question: ShareQuestion, grouped: Grouped, columns: Columns) -> Share:
    """Add up grouped rows."""
    known = grouped.codes >= 0
    sums = np.bincount(grouped.codes[known], grouped.weights[known], len(grouped.names))
    unknown, total = float(grouped.weights[~known].sum()), float(grouped.weights.sum())
    if question.of is not Of.SLOTS:
        return share_of(question, sums.astype(np.float64), grouped, columns, (total, unknown))
    # Places are asked for day after day, and who holds them only where something shifts.
    held = sorted((grouped.names[code], code) for code in set(grouped.codes[known].tolist()))
    return Share(
        question=question,
        amounts={name: round(float(sums[code]), 9) for name, code in held},
        total=round(total, 9),
        unknown=round(unknown, 9),
        heaviest=Later(lambda: _named(_heaviest(grouped, columns))),
        holders=Later(lambda: _holders(grouped, columns)),
    )


def share_of(
    question: ShareQuestion,
    sums: Floats,
    grouped: Grouped,
    columns: Columns,
    whole: tuple[float, float],
) -> Share:
    """Return the Share of sums by group; whole: the total, and what of it is unknown.

    grouped: the rows, of which those that weigh most in each group are all that is looked at.
    """
    heaviest = _heaviest(grouped, columns)
    total, unknown = whole
    return Share(
        question=question,
        holders={},
        amounts={name: round(float(sums[heaviest[name][2]]), 9) for name in sorted(heaviest)},
        total=round(total, 9),
        unknown=round(unknown, 9),
        heaviest=_named(heaviest),
    )


def _named(heaviest: Mapping[str, tuple[str, float, int]]) -> dict[str, tuple[str, float]]:
    return {name: (model, weight) for name, (model, weight, _) in heaviest.items()}


def _holders(grouped: Grouped, columns: Columns) -> dict[str, tuple[str, ...]]:
    """Return the models of each group, in the order of the rows."""
    found: dict[str, tuple[str, ...]] = {}
    for row, code in zip(grouped.rows.tolist(), grouped.codes.tolist(), strict=True):
        if code >= 0:
            name = grouped.names[code]
            found[name] = (*found.get(name, ()), columns.ids[row])
    return found


def _heaviest(grouped: Grouped, columns: Columns) -> dict[str, tuple[str, float, int]]:
    """Return id and weight of each group's heaviest row, the oldest of those that weigh the same.

    The oldest as boards have it: first by `created_at`, then by id.
    """
    known = np.flatnonzero(grouped.codes >= 0)
    # Nine digits: beyond those two thirds depend on the order their parts were added up in.
    codes, weights = grouped.codes[known], grouped.weights[known].round(9)
    rows = grouped.rows[known]
    top = np.full(len(grouped.names), -1.0)
    np.maximum.at(top, codes, weights)
    near = weights == top[codes]
    codes, rows = codes[near], rows[near]
    created = columns.created_at[rows]
    oldest = np.full(len(grouped.names), NEVER)
    np.minimum.at(oldest, codes, created)
    near = created == oldest[codes]
    candidates: dict[int, list[int]] = {}
    for code, row in zip(codes[near].tolist(), rows[near].tolist(), strict=True):
        candidates.setdefault(code, []).append(row)
    return {
        grouped.names[code]: (min(columns.ids[row] for row in near), float(top[code]), code)
        for code, near in candidates.items()
    }


def weighed(
    of: Of, ground: Ground, inside: Bools, places: Ints | None
) -> tuple[Ints, Floats] | None:
    """Return the rows inside a scope that count for a share, and by how much each does.

    None where the columns carry nothing that could be counted.
    """
    if of is Of.SLOTS:
        rows = np.empty(0, np.int64) if places is None else places
        return rows, np.ones(len(rows))
    if of in {Of.DOWNLOADS, Of.LIKES}:
        figures = ground.columns.figures.get(Metric(of.value))
        if figures is None:
            # Of an empty Hub every figure is known: there is none.
            return None if ground.columns.count else (np.empty(0, np.int64), np.empty(0))
        rows = np.flatnonzero(inside & (figures > 0))
        return rows, figures[rows].astype(np.float64)
    wanted = fresh(of, ground)
    if wanted is None:
        return None
    rows = np.flatnonzero(inside & wanted)
    return rows, np.ones(len(rows))


def fresh(of: Of, ground: Ground) -> Bools | None:
    """Return which rows count for a share of what is new, as a mask.

    None where no row is dated or, for what is built on others, where no row names a base model: a
    table without these columns does not say that nothing was built. A row that is not listed may
    be among them: a scope leaves it out.
    """
    columns = ground.columns
    if of is not Of.NEW and columns.count and not len(columns.edges):
        return None
    now = int(ground.at.timestamp())
    created = columns.created_at
    recent = created > now - NEW_SECONDS
    recent &= created <= now
    if not recent.any() and columns.count and (created[columns.present] == NEVER).all():
        return None
    match of:
        case Of.NEW:
            return recent
        case Of.DERIVATIVES:
            recent &= ground.lineage().derivative
            return recent
        case Of.FINETUNES:
            return recent & ground.trained().derivative
        case Of.CONTRIBUTORS:
            derivative = ground.lineage().derivative & columns.present
            return recent & _first_of_author(columns, derivative)
    raise ValueError(f"a share of {of.value} is not of what is new")


def _first_of_author(columns: Columns, derivative: Bools) -> Bools:
    """Return which rows are the first derivative of their namespace."""
    codes, created = columns.namespace.codes, columns.created_at
    rows = np.flatnonzero(derivative & (codes >= 0) & (created != NEVER))
    oldest = np.full(len(columns.namespace.words), NEVER)
    np.minimum.at(oldest, codes[rows], created[rows])
    near = rows[created[rows] == oldest[codes[rows]]]
    first = np.zeros(len(columns), dtype=np.bool_)
    first[near] = True
    # Where an author's first ones were created in the same second, the first by id is.
    spaces, counts = np.unique(codes[near], return_counts=True)
    several = np.isin(codes[near], spaces[counts > 1])
    tied: dict[int, list[int]] = {}
    for row in near[several].tolist():
        tied.setdefault(int(codes[row]), []).append(row)
    for several_rows in tied.values():
        first[several_rows] = False
        first[min(several_rows, key=lambda row: columns.ids[row])] = True
    return first


def grouping(question: ShareQuestion, ground: Ground, rows: Ints, weights: Floats) -> Grouped:
    """Split weighted rows over the groups of a question."""
    columns = ground.columns
    if question.by is By.FAMILY:
        lineage = ground.trained() if question.of is Of.FINETUNES else ground.lineage()
        return lineage.families(rows, weights)
    if question.by in {By.LICENSE, By.TASK}:
        text = columns.license if question.by is By.LICENSE else columns.pipeline_tag
        return Grouped(rows, weights, text.codes[rows].astype(np.int64), tuple(text.words))
    # Places are few, and most accounts hold none: only those that do are looked up.
    slots = question.of is Of.SLOTS
    taken = columns.namespace.take(rows)
    space = taken.spoken() if slots else taken
    of_space, names = spaces(question.by, space, ground.labs, ground.at)
    return Grouped(rows, weights, of_space[space.codes], names)


def spaces(by: By, namespace: Text, labs: Labs, at: datetime) -> tuple[Ints, tuple[str, ...]]:
    """Return the lab or country of each namespace, as codes of the names returned; -1 unknown.

    The codes have one place more, so that an unknown namespace (-1) picks the last: unknown.
    """
    of = labs.lab_of if by is By.LAB else labs.country_of
    held = {code: of(word, at) for code, word in located(namespace.words, labs.spaces)}
    names = tuple(sorted({name for name in held.values() if name is not None}))
    place = {name: code for code, name in enumerate(names)}
    of_space = np.full(len(namespace.words) + 1, -1, dtype=np.int64)
    for code, name in held.items():
        if name is not None:
            of_space[code] = place[name]
    return of_space, names
