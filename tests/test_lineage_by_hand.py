"""Families of any small graph, held against following it by hand."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.columns import RELATIONS
from detectors.lineage import TRAINED, traced
from detectors.metric import Kind
from tests.test_graph import above
from tests.world import World, day

# A lab under two of its names, another in two cases, and people.
OWNERS = ("zai-org", "THUDM", "Qwen", "qwen", "nobody", "one")
LAB = {"zai-org": "Z.ai", "THUDM": "Z.ai", "Qwen": "Qwen", "qwen": "Qwen"}
PRESENT = {"THUDM": "zai-org", "qwen": "Qwen"}
NODES = 6
# The last of them is listed nowhere.
GHOST = NODES - 1
EVERY = frozenset(range(len(RELATIONS)))

Weights = dict[str | None, float]
Parents = Mapping[int, Sequence[int]]

owners = st.lists(st.sampled_from(OWNERS), min_size=NODES, max_size=NODES)
relations = st.integers(0, len(RELATIONS) - 1)
edges = st.dictionaries(
    st.tuples(st.integers(0, GHOST - 1), st.integers(0, GHOST)), relations, max_size=5
)


@settings(max_examples=70)
@given(owners, edges, st.integers(1, GHOST), relations)
def test_any_graph_is_of_the_families_found_by_hand(
    owner: Sequence[str], some: dict[tuple[int, int], int], ring: int, relation: int
) -> None:
    # A ring, for without one few graphs have any.
    edge = {(node, (node + 1) % ring): relation for node in range(ring)} | some
    world = World()
    names = [f"{space}/m{node}" for node, space in enumerate(owner)]
    rows = [
        (names[node], {"tags": [_tag(names[on], edge[node, on]) for on in _of(node, edge)]})
        for node in range(GHOST)
    ]
    columns = world.snapshot(day(1), Kind.CENSUS, {None: rows}).columns
    place = [columns.ids.index(name) for name in names[:GHOST]]
    for limit in (None, TRAINED):
        lineage = traced(columns, world.labs, day(1), limit)
        parents, derivatives = _kept(owner, edge, limit or EVERY)
        assert {node for node in range(GHOST) if lineage.derivative[place[node]]} == derivatives
        for node, row in enumerate(place):
            found = lineage.families(np.array([row]), np.ones(1))
            told = [found.names[code] if code >= 0 else None for code in found.codes.tolist()]
            weights = dict(zip(told, found.weights.tolist(), strict=True))
            assert weights == pytest.approx(_family(node, owner, parents))


def _tag(name: str, relation: int) -> str:
    return ":".join(["base_model", *([RELATIONS[relation]] if RELATIONS[relation] else []), name])


def _of(node: int, edge: Iterable[tuple[int, int]]) -> list[int]:
    return sorted(on for child, on in edge if child == node)


def _kept(
    owner: Sequence[str], edge: Mapping[tuple[int, int], int], counts: frozenset[int]
) -> tuple[Parents, set[int]]:
    """Return the parents that count: others' by a relation that does; else others'; else own."""
    present = [PRESENT.get(space, space) for space in owner]
    parents, derivatives = {}, set()
    for node in range(GHOST):
        others = [on for on in _of(node, edge) if on != node]
        foreign = [on for on in others if present[on] != present[node]]
        counted = [on for on in foreign if edge[node, on] in counts]
        parents[node] = counted or foreign or others
        if counted:
            derivatives.add(node)
    return parents, derivatives


def _family(node: int, owner: Sequence[str], parents: Parents) -> Weights:
    """Share a node out over the parents of the knot it is in; without any it is its own lab's."""
    knot = {at for at in above(node, parents) if node in above(at, parents)} | {node}
    outside = {on for at in knot for on in parents.get(at, ())} - knot
    if not outside:
        labs = {LAB.get(owner[at]) for at in knot}
        return {labs.pop() if len(labs) == 1 else None: 1.0}
    sums: Weights = {}
    for on in outside:
        for family, weight in _family(on, owner, parents).items():
            sums[family] = sums.get(family, 0.0) + weight / len(outside)
    return sums
