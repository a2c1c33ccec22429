"""Sets of rows are told apart by looking the rows of one up in the other."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.rows import among, without

rows = st.lists(st.integers(0, 30), unique=True, max_size=20)


@given(rows, rows)
def test_rows_among_others_are_those_in_both(some: list[int], others: list[int]) -> None:
    found = among(np.array(some, np.int64), np.array(sorted(others), np.int64))
    assert found.tolist() == [row in others for row in some]


@given(rows, rows)
def test_rows_without_others_are_those_in_one_alone(some: list[int], others: list[int]) -> None:
    own = np.array(sorted(some), np.int64)
    left = own[without(own, np.array(sorted(others), np.int64))]
    assert left.tolist() == [row for row in sorted(some) if row not in others]
