"""What a model is built on and what is built on it, from all columns of a census."""

from collections import Counter

import numpy as np

from bot.wording import clean, figure, listing, plural
from detectors.columns import RELATIONS, UNKNOWN, Columns, Ints
from detectors.metric import Metric
from detectors.snapshot import Snapshot

_STEPS = 8
_SAID = {
    "finetune": "finetune",
    "adapter": "adapter",
    "quantized": "quantization",
    "merge": "merge",
}


def ancestry(columns: Columns, row: int) -> str:
    """Return what a model is built on, step by step to its root; "" where it says nothing."""
    told: list[str] = []
    seen = {row}
    while len(told) < _STEPS:
        edges = np.flatnonzero(columns.edges.child == row)
        parents = [int(each) for each in columns.edges.parent[edges]]
        if not parents:
            break
        named = [
            clean(columns.ids[parent]) + _relation(int(relation))
            for parent, relation in zip(parents, columns.edges.relation[edges], strict=True)
        ]
        told.append(listing(named))
        if len(parents) > 1 or parents[0] in seen:
            break
        row = parents[0]
        seen.add(row)
    return ", itself on ".join(told)


def offspring(snapshot: Snapshot, row: int) -> str:
    """Return how many models are built on one, by relation, and which of them leads; or ""."""
    columns = snapshot.columns
    edges = np.flatnonzero(columns.edges.parent == row)
    edges = edges[columns.present[columns.edges.child[edges]]]
    if not len(edges):
        return ""
    kinds = Counter(int(each) for each in columns.edges.relation[edges])
    parts = [
        plural(count, _SAID.get(RELATIONS[kind], "other")) for kind, count in kinds.most_common()
    ]
    children = np.unique(columns.edges.child[edges])
    everyone = _descendants(columns, row)
    told = f"{plural(len(children), 'model')} directly ({listing(parts)})"
    if everyone > len(children):
        told += f", {figure(everyone)} in all"
    return told + _leader(snapshot, children)


def _leader(snapshot: Snapshot, children: Ints) -> str:
    figures = snapshot.columns.figures.get(Metric.DOWNLOADS)
    if figures is None:
        return ""
    best = int(children[np.argmax(figures[children])])
    if figures[best] in {UNKNOWN, 0}:
        return ""
    name = clean(snapshot.columns.ids[best])
    return f"; most downloaded is {name} with {figure(float(figures[best]))}"


def _descendants(columns: Columns, row: int) -> int:
    """Count the listed models that descend from one, each once, by however many steps."""
    reached = np.zeros(len(columns), np.bool_)
    reached[row] = True
    child, parent = columns.edges.child, columns.edges.parent
    count = 1
    while True:
        reached[child[reached[parent]]] = True
        now = int(np.count_nonzero(reached))
        if now == count:
            reached[row] = False
            return int(np.count_nonzero(reached & columns.present))
        count = now


def _said(kind: int) -> str:
    return _SAID.get(RELATIONS[kind], "of a kind not told")


def _relation(code: int) -> str:
    return f" ({RELATIONS[code]})" if code else ""
