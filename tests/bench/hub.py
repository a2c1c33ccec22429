"""A made-up Hub of any size, in columns, and what becomes of it in a day.

Everything here is synthetic: downloads and authors follow Zipf's law, descent is a forest with
merges, a few cycles and ghosts. Names of labs, tasks and licences are the Hub's own.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.columns import NEVER, UNKNOWN, Columns, Edges, Ints, Text
from detectors.labs import Labs
from detectors.metric import Kind, Metric
from detectors.names import Chosen, Names
from detectors.scope import LLM_TASKS, TASKS
from detectors.snapshot import Snapshot

AT = datetime(2026, 6, 1, tzinfo=UTC)
FIRST = datetime(2022, 3, 2, 23, 29, 4, tzinfo=UTC)
NEW_A_DAY = 10_000
# About so many of a thousand rows; none of these is measured on the real Hub.
WITHOUT_TASK, WITH_BASE, MERGES, GHOSTS, GONE = 400, 450, 25, 10, 1
TASKS_USED = 50
# One in so many vanishes in a day, and two change their task, however many figures move.
VANISHING = 5_000
LICENSES = (
    "apache-2.0",
    "mit",
    "other",
    "cc-by-nc-4.0",
    "llama3.1",
    "gemma",
    "openrail",
    "cc0-1.0",
)
LIBRARIES = ("transformers", "diffusers", "peft", "gguf", "sentence-transformers", "mlx")
_DAY = 86_400
_FULL = 1000


@dataclass(frozen=True, eq=False)
class Hub:
    """A census and the day it stands for; `seed` and the day decide what comes next."""

    columns: Columns
    at: datetime
    seed: int = 1

    def snapshot(self, labs: Labs) -> Snapshot:
        """Return the census."""
        return Snapshot(self.at, Kind.CENSUS, self.columns, {}, labs)

    def next(self, churn: float, new: int | None = None) -> "Hub":
        """Return the Hub a day later, when a part `churn` of its rows has other figures.

        new: how many models are new, where the size of the Hub is not to say it.
        """
        at = self.at + timedelta(days=1)
        chance = np.random.default_rng([self.seed, int(at.timestamp())])
        columns = _moved(self.columns, churn, chance)
        grown = _grown(columns, _new_a_day(len(columns)) if new is None else new, at, chance)
        return Hub(grown, at, self.seed)


def hub(models: int, labs: Labs, seed: int = 1) -> Hub:
    """Return a Hub of so many models."""
    chance = np.random.default_rng(seed)
    lab_spaces = sorted({space.name for lab in labs.labs for space in lab.namespaces})
    authors = [*lab_spaces, *(f"author-{at:x}" for at in range(max(models // 4, 10)))]
    created = _created(models, chance)
    namespace = Text(_authors(models, len(lab_spaces), len(authors), chance), Names.of(authors))
    edges = _edges(np.arange(models), chance)
    rows = _rows(models, created, namespace, 0, chance)
    # A tag may name a model that came later, so that two may name each other.
    pairs = chance.choice(models // 2, size=min(models // 20_000 + 1, models // 4), replace=False)
    here, there = pairs * 2, pairs * 2 + 1
    edges = _together(edges, Edges(np.append(here, there), np.append(there, here), _some(here)))
    return Hub(replace(rows, edges=edges), AT, seed)


def _new_a_day(models: int) -> int:
    return min(NEW_A_DAY, max(models // 100, 1))


def _some(rows: Ints) -> npt.NDArray[np.int8]:
    return np.ones(2 * len(rows), np.int8)


def _created(models: int, chance: np.random.Generator) -> Ints:
    """Return when each was created, the oldest first: the last month at its rate, else growing."""
    recent = min(_new_a_day(models) * 30, models // 2)
    begin, end = int(FIRST.timestamp()), int(AT.timestamp())
    old = begin + (end - 30 * _DAY - begin) * np.sqrt(chance.random(models - recent))
    late = end - 30 * _DAY * chance.random(recent)
    return np.sort(np.append(old, late).astype(np.int64))


def _authors(models: int, labs: int, authors: int, chance: np.random.Generator) -> Ints:
    # What many build on is old and of a lab.
    of_lab = chance.integers(0, _FULL, models) < np.where(np.arange(models) < models // 50, 600, 20)
    anybody = labs + (chance.random(models) ** 2 * (authors - labs)).astype(np.int32)
    return np.where(of_lab, (chance.random(models) ** 3 * labs).astype(np.int32), anybody)


def _rows(
    models: int, created: Ints, namespace: Text, first: int, chance: np.random.Generator
) -> Columns:
    """Return models without edges; their ordinals go on from `first`."""
    downloads = np.minimum(3 * chance.pareto(0.75, models), 3e8).astype(np.int32)
    likes = np.minimum(chance.pareto(0.9, models), 3e4).astype(np.int32)
    trending = np.where(chance.random(models) < 0.02, chance.pareto(0.8, models) * 2, 0)
    dead = chance.integers(0, _FULL, models)
    task = (chance.random(models) ** 3 * TASKS_USED).astype(np.int16)
    task[chance.integers(0, _FULL, models) < WITHOUT_TASK] = UNKNOWN
    present = dead >= GHOSTS + GONE
    figures: dict[Metric, npt.NDArray[Any]] = {
        Metric.TRENDING: np.minimum(trending, 2e3).astype(np.int32),
        Metric.LIKES: likes,
        Metric.DOWNLOADS: downloads,
        Metric.DOWNLOADS_ALL_TIME: np.minimum(downloads * chance.uniform(1, 6, models), 2e9).astype(
            np.int32
        ),
    }
    for each in figures.values():
        each[~present] = UNKNOWN
    # Language models first: the most usual tasks of a squared chance are the Hub's most usual.
    words = (*sorted(LLM_TASKS), *(task for task in TASKS if task not in LLM_TASKS))[:TASKS_USED]
    return Columns(
        ordinal=np.arange(first, first + models, dtype=np.int32),
        present=present,
        ids=_ids(namespace, first),
        namespace=namespace,
        created_at=np.where(dead >= GHOSTS, created, NEVER),
        figures=figures,
        pipeline_tag=Text(np.where(present, task, np.int16(UNKNOWN)), words),
        library_name=Text((chance.random(models) ** 2 * 7).astype(np.int16) - 1, LIBRARIES),
        license=Text((chance.random(models) ** 2 * 9).astype(np.int16) - 1, LICENSES),
        gated=chance.integers(0, 100, models, dtype=np.int8) // 99,
        not_llm=chance.integers(0, 4, models) == 0,
        edges=Edges(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int8)),
    )


def _ids(namespace: Text, first: int) -> Names:
    spaces = Chosen(namespace.words, namespace.codes)
    return Names.of(f"{space}/model-{at}" for at, space in enumerate(spaces, start=first))


def _edges(children: Ints, chance: np.random.Generator) -> Edges:
    """Return edges to older rows, most of them to a few; children come in order."""
    based = chance.integers(0, _FULL, len(children)) < WITH_BASE
    child = children[based & (children > 0)].astype(np.int32)
    parents = 1 + (chance.integers(0, _FULL, len(child)) < MERGES) * chance.integers(
        1, 4, len(child)
    )
    child = np.repeat(child, parents)
    # A third builds on anything, the rest on few.
    deep = np.where(chance.random(len(child)) < 1 / 3, 1.0, 6.0)
    parent = (chance.random(len(child)) ** deep * child).astype(np.int32)
    relation = chance.integers(0, 5, len(child), dtype=np.int8)
    return _ordered(Edges(child, parent, relation))


def _together(one: Edges, other: Edges) -> Edges:
    return _ordered(
        Edges(
            np.append(one.child, other.child).astype(np.int32),
            np.append(one.parent, other.parent).astype(np.int32),
            np.append(one.relation, other.relation),
        )
    )


def _ordered(edges: Edges) -> Edges:
    """Return edges by child and parent, each once, as a census has them."""
    up = np.diff(edges.child)
    if ((up > 0) | ((up == 0) & (np.diff(edges.parent) > 0))).all():
        return edges
    order = np.lexsort((edges.parent, edges.child))
    child, parent = edges.child[order], edges.parent[order]
    once = np.append(True, (np.diff(child) != 0) | (np.diff(parent) != 0))
    return Edges(child[once], parent[once], edges.relation[order][once])


def _moved(columns: Columns, churn: float, chance: np.random.Generator) -> Columns:
    """Return other figures for a part of the rows; a few models vanish, a few change task."""
    listed = np.flatnonzero(columns.present)
    rows = np.sort(chance.choice(listed, size=int(churn * len(columns)), replace=False))
    figures = {metric: each.copy() for metric, each in columns.figures.items()}
    step = chance.integers(0, 40, len(rows))
    for metric, each in figures.items():
        if metric is Metric.TRENDING:
            moving = rows[chance.random(len(rows)) < 0.05]
            each[moving] = np.maximum(each[moving] + chance.integers(-9, 10, len(moving)), 0)
        elif metric is Metric.LIKES:
            each[rows] += step > 36
        elif metric is Metric.DOWNLOADS:
            told = each[rows] * chance.uniform(0.9, 1.1, len(rows)) + step - 18
            each[rows] = np.clip(told, 0, 1.9e9).astype(np.int32)
        else:
            each[rows] = np.minimum(each[rows].astype(np.int64) + step, 2**31 - 1)
    present, task = columns.present.copy(), columns.pipeline_tag.codes.copy()
    some = chance.permutation(rows)
    gone, other = np.split(some[: 3 * len(columns) // VANISHING], [len(columns) // VANISHING])
    present[gone] = False
    task[gone] = UNKNOWN
    task[other] = chance.integers(0, TASKS_USED, len(other), dtype=np.int16)
    for each in figures.values():
        each[gone] = UNKNOWN
    tag = Text(task, columns.pipeline_tag.words)
    return replace(columns, figures=figures, present=present, pipeline_tag=tag)


def _grown(columns: Columns, count: int, at: datetime, chance: np.random.Generator) -> Columns:
    """Return the Hub with the day's new models; their authors are known already."""
    first = len(columns)
    created = np.sort(chance.integers(int(at.timestamp()) - _DAY, int(at.timestamp()), count))
    words = columns.namespace.words
    codes = (chance.random(count) ** 2 * len(words)).astype(np.int32)
    new = _rows(count, created, Text(codes, words), first, chance)
    fresh = _edges(np.arange(first, first + count), chance)

    def text(name: str) -> Text:
        one, other = getattr(columns, name), getattr(new, name)
        return Text(np.append(one.codes, other.codes), one.words)

    def both(name: str) -> npt.NDArray[Any]:
        return np.append(getattr(columns, name), getattr(new, name))

    if not isinstance(columns.ids, Names) or not isinstance(new.ids, Names):
        raise TypeError("a made-up Hub has packed names")
    ids = columns.ids
    return Columns(
        ordinal=both("ordinal"),
        present=both("present"),
        ids=Names(ids.blob + new.ids.blob, np.append(ids.ends, new.ids.ends + len(ids.blob))),
        namespace=text("namespace"),
        created_at=both("created_at"),
        figures={
            metric: np.append(each, new.figures[metric]) for metric, each in columns.figures.items()
        },
        pipeline_tag=text("pipeline_tag"),
        library_name=text("library_name"),
        license=text("license"),
        gated=both("gated"),
        not_llm=both("not_llm"),
        edges=_together(columns.edges, fresh),
    )
