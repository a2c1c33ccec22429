"""Chains and knots, held against following one step at a time."""

from collections.abc import Mapping, Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.chains import Chains
from detectors.graph import knots

NODES = 12
edges = st.sets(
    st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)).filter(lambda e: e[0] != e[1]),
    max_size=18,
)


def parents_of(found: set[tuple[int, int]]) -> dict[int, list[int]]:
    parents: dict[int, list[int]] = {}
    for child, parent in sorted(found):
        parents.setdefault(child, []).append(parent)
    return parents


def above(node: int, parents: Mapping[int, Sequence[int]]) -> set[int]:
    """Return everything a node can be followed up to, itself only where it is in a cycle."""
    reached: set[int] = set()
    waiting = list(parents.get(node, ()))
    while waiting:
        at = waiting.pop()
        if at not in reached:
            reached.add(at)
            waiting += parents.get(at, ())
    return reached


@given(edges, edges)
def test_a_chain_ends_where_following_it_by_hand_does(
    found: set[tuple[int, int]], left_out: set[tuple[int, int]]
) -> None:
    parents = parents_of(found)
    every = sorted(found | left_out)
    child = np.array([pair[0] for pair in every], np.int64)
    parent = np.array([pair[1] for pair in every], np.int64)
    kept = np.array([pair in found for pair in every], np.bool_)
    single = {node: on[0] for node, on in parents.items() if len(on) == 1}
    lone = {node: [on] for node, on in single.items()}
    chains = Chains(child, parent, kept, NODES)
    for node, end in enumerate(chains.ends(np.arange(NODES)).tolist()):
        at = node
        while at in single and at not in above(at, lone):
            at = single[at]
        assert end == at


@given(edges, st.sets(st.integers(0, NODES - 1)))
def test_what_lies_between_some_nodes_and_their_ends_is_what_following_them_passes(
    found: set[tuple[int, int]], some: set[int]
) -> None:
    every = sorted(found)
    child, parent = (np.array([pair[at] for pair in every], np.int64) for at in (0, 1))
    chains = Chains(child, parent, np.ones(len(every), np.bool_), NODES)
    single = {node: on[0] for node, on in parents_of(found).items() if len(on) == 1}
    passed: dict[int, int] = {}
    for node in some:
        [end] = chains.ends(np.array([node])).tolist()
        at = node
        while at != end:
            passed[at] = end
            at = single[at]
    nodes, ends = chains.between(np.array(sorted(some), np.int64))
    assert sorted(zip(nodes.tolist(), ends.tolist(), strict=True)) == sorted(passed.items())


@given(edges)
def test_knots_are_what_reaches_each_other_parents_first(found: set[tuple[int, int]]) -> None:
    parents = parents_of(found)
    seen: set[int] = set()
    for knot in knots(parents):
        for node in knot:
            circle = {at for at in above(node, parents) if node in above(at, parents)} | {node}
            assert set(knot) == circle
            assert {at for at in parents.get(node, ()) if at not in circle} <= seen
        assert not seen & set(knot)
        seen |= set(knot)
    assert set(parents) <= seen
