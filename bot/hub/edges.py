"""Who descends from whom, as tags and the field `baseModels` name it."""

from collections.abc import Iterable, Sequence

import numpy as np

from bot.hub.records import BaseModels
from detectors.columns import RELATIONS, Edges

BASE = "base_model:"


def edges_of(child: Iterable[int], parent: Iterable[int], relation: Iterable[int]) -> Edges:
    """Return edges as arrays."""
    return Edges(
        np.array(list(child), np.int64),
        np.array(list(parent), np.int64),
        np.array(list(relation), np.int8),
    )


def once(edges: Edges) -> Edges:
    """Return each edge once, by child and parent, with the last relation that is named."""
    if not len(edges):
        return edges
    keys = edges.child.astype(np.int64) << 32 | edges.parent
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    begins = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    named = np.where(edges.relation[order] > 0, np.arange(len(order)), -1)
    last = np.maximum.reduceat(named, begins)
    relation = np.where(last < 0, 0, edges.relation[order][last])
    return Edges(keys[begins] >> 32, keys[begins] & (2**32 - 1), relation.astype(np.int8))


def relation_of(tag: str) -> tuple[str, int]:
    """Return the base model a tag names, after its `base_model:`, and the relation it says."""
    head, _, rest = tag.partition(":")
    return (rest, RELATIONS.index(head)) if head in RELATIONS else (tag, 0)


def parents_of(tags: Sequence[str] | None, base: BaseModels | None) -> dict[str, int]:
    """Return parent ids and relations, from the tags and from `baseModels`."""
    found: dict[str, int] = {}
    for tag in tags or ():
        if tag.startswith(BASE):
            parent, relation = relation_of(tag[len(BASE) :])
            if parent:
                found[parent] = relation or found.get(parent, 0)
    if base is not None:
        relation = RELATIONS.index(base.relation) if base.relation in RELATIONS else 0
        for each in base.models or ():
            if each.id:
                found[each.id] = relation or found.get(each.id, 0)
    return found
