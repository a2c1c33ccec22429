"""Sets of rows are told apart by looking the rows of one up in the other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.columns import Columns, Ints
from detectors.rows import Places, among, rising, without
from tests.censuses import columns

rows = st.lists(st.integers(0, 30), unique=True, max_size=20)


@given(rows, rows)
def test_rows_among_others_are_those_in_both(some: list[int], others: list[int]) -> None:
    for far in (1, 1000):
        held = np.array(sorted(others), np.int32) * far
        found = among(np.array(some, np.int32) * far, held)
        assert found.tolist() == [row in others for row in some]


@given(rows, rows)
def test_rows_without_others_are_those_in_one_alone(some: list[int], others: list[int]) -> None:
    own = np.array(sorted(some), np.int64)
    left = own[without(own, np.array(sorted(others), np.int64))]
    assert left.tolist() == [row for row in sorted(some) if row not in others]


@given(st.lists(st.integers(0, 9), max_size=20))
def test_rows_rise_where_none_is_before_the_last(some: list[int]) -> None:
    assert rising(np.array(some, np.int64)) is (some == sorted(some))


def test_many_rows_are_told_apart_as_few_are() -> None:
    rows = np.arange(200_000, dtype=np.int32)
    assert among(rows, rows[::7]).tolist() == [row % 7 == 0 for row in range(200_000)]
    assert rising(rows)
    assert not rising(rows[::-1])


@pytest.mark.parametrize("kind", [np.int32, np.int64])
@pytest.mark.parametrize("count", [1, 63, 64, 65, 200_000])
def test_a_place_is_how_many_of_the_chosen_come_before(count: int, kind: type) -> None:
    nodes: Ints = np.arange(0, count, 3, dtype=kind)
    chosen = np.arange(len(nodes)) % 5 != 0
    held = nodes[chosen].tolist()
    place = {node: at for at, node in enumerate(held)}
    every: Ints = np.arange(count, dtype=kind)
    wanted = [place.get(node, ~node) for node in range(count)]
    assert Places(nodes, chosen, count).of(every).tolist() == wanted


@given(st.integers(0, 12).flatmap(columns), rows)
def test_rows_of_many_models_are_those_of_each(census: Columns, asked: list[int]) -> None:
    some = census.take(np.arange(len(census))[::2][::-1])
    for held in (census, some):
        alone = [held.row(ordinal) for ordinal in asked]
        found = held.rows(np.array(asked, np.int64)).tolist()
        assert found == [-1 if row is None else row for row in alone]
