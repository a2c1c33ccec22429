"""Whole numbers come back from their planes as they went in, all of them or any one."""

from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.cursor import Cursor, reached, together
from bot.store.planes import packed, pieces
from detectors.columns import Ints

MOST = 2**63
bits = st.lists(st.integers(0, 1))
small = st.integers(-127, 127)
# Lists in which a few are large are what is packed in the way of its own.
mixed = st.lists(
    st.one_of(small, small, small, small, small, st.integers(-MOST, MOST - 1)), max_size=60
)
many = st.lists(small, min_size=16).map(lambda given: [*given, MOST - 1, -MOST])
numbers = st.one_of(bits, mixed, many).map(lambda given: np.array(given, np.int64))


@given(numbers, numbers)
def test_numbers_come_back_as_they_went_in(one: Ints, other: Ints) -> None:
    cursor = Cursor(packed(one) + packed(other))
    assert cursor.numbers().tolist() == one.tolist()
    assert cursor.narrow().tolist() == other.tolist()


@given(numbers, numbers)
def test_each_is_found_without_the_others(one: Ints, other: Ints) -> None:
    data = packed(one) + packed(other)
    for index, value in enumerate(one.tolist()):
        cursor = Cursor(data)
        assert cursor.pick(index) == value
        assert cursor.numbers().tolist() == other.tolist()
    cursor = Cursor(data)
    assert cursor.pick(None) == 0
    assert cursor.numbers().tolist() == other.tolist()


@given(numbers, numbers, st.data())
def test_some_are_found_without_the_others(one: Ints, other: Ints, data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, len(one) - 1))) if len(one) else []
    cursor = Cursor(memoryview(packed(one) + packed(other)))
    assert cursor.some(np.array(rows, np.int64)).tolist() == one[np.array(rows, np.int64)].tolist()
    assert cursor.narrow().tolist() == other.tolist()


@given(numbers, numbers, st.one_of(small, st.integers(-MOST, MOST - 1)))
def test_a_value_is_found_without_unpacking_any(one: Ints, other: Ints, value: int) -> None:
    for wanted in (value, *one[:2].tolist()):
        cursor = Cursor(packed(one) + packed(other))
        assert cursor.where(wanted).tolist() == np.flatnonzero(one == wanted).tolist()
        assert cursor.narrow().tolist() == other.tolist()


def test_a_few_large_numbers_do_not_make_all_wide() -> None:
    values = np.arange(1000) % 100
    narrow = len(packed(values))
    values[::100] = 2**40
    assert len(packed(values)) < narrow + 10 * 8 + 20
    assert len(packed(np.where(values < 50, 2**40, values))) > 8 * 1000


def test_bytes_stand_beside_those_that_are_alike() -> None:
    values = np.arange(1000) % 100
    values[::100] = 300
    heads = 5
    assert [len(piece) for piece in pieces(values)] == [1000 + heads, 10 + heads, 10]


few_large = st.lists(st.integers(0, 127), min_size=16).map(lambda given: [*given, 2**40, 300, 0])
gaps = st.one_of(
    st.lists(st.integers(0, 1), min_size=1),
    st.lists(st.integers(0, 2**40), min_size=1),
    few_large,
)


@given(st.lists(gaps, max_size=4), numbers)
def test_where_each_sum_is_reached_is_found(lists: list[list[int]], other: Ints) -> None:
    sums = [list(accumulate(each)) for each in lists]
    for total in {0, 5, *(value + more for each in sums for value in each for more in (0, 1))}:
        cursors = [Cursor(packed(np.array(each, np.int64)) + packed(other)) for each in lists]
        totals = [total + at % 2 for at in range(len(lists))]
        assert reached(cursors, totals) == [
            (each.index(wanted), len(each)) if wanted in each else None
            for each, wanted in zip(sums, totals, strict=True)
        ]
        assert all(cursor.numbers().tolist() == other.tolist() for cursor in cursors)


@given(st.lists(numbers, min_size=1, max_size=4), numbers)
def test_some_that_follow_each_other_are_read_as_one(lists: list[Ints], other: Ints) -> None:
    cursors = [Cursor(memoryview(packed(each) + packed(other))) for each in lists]
    assert together(cursors).tolist() == np.concatenate(lists).tolist()
    assert all(cursor.numbers().tolist() == other.tolist() for cursor in cursors)


def test_what_is_cut_short_is_not_read_as_one() -> None:
    data = packed(np.arange(1000) % 100)
    with pytest.raises(ValueError, match="bytes are missing"):
        together([Cursor(data), Cursor(data[:-1])])
