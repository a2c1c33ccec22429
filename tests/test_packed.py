"""Keys in bulk: sorted, told apart and looked up as one by one."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.packed import (
    OID_BYTES,
    Letters,
    Runs,
    alone,
    name_keys,
    oid_keys,
    order_of,
    same_names,
    same_oids,
)
from detectors.names import Names

few = st.lists(st.integers(0, 6), max_size=30).map(lambda keys: np.array(keys, np.uint64))
oids = st.lists(st.binary(min_size=OID_BYTES, max_size=OID_BYTES), max_size=6).map(
    lambda rows: np.frombuffer(b"".join(rows), np.uint8).reshape(-1, OID_BYTES)
)
texts = st.lists(st.text("ab/é", max_size=20), min_size=1, max_size=8)


@given(few)
def test_keys_are_sorted_as_they_came_and_those_that_stand_alone_are_known(
    keys: np.ndarray[tuple[int], np.dtype[np.uint64]],
) -> None:
    assert np.array_equal(order_of(keys), np.argsort(keys, kind="stable"))
    times = Counter(keys.tolist())
    assert alone(keys).tolist() == [times[key] == 1 for key in keys.tolist()]


@given(st.lists(few, max_size=5), few)
def test_the_last_row_under_a_key_is_found(
    added: list[np.ndarray[tuple[int], np.dtype[np.uint64]]],
    asked: np.ndarray[tuple[int], np.dtype[np.uint64]],
) -> None:
    last: dict[int, int] = {}
    runs, row = Runs(), 0
    for keys in added:
        runs.add(keys, np.arange(row, row + len(keys)))
        last |= {key: row + at for at, key in enumerate(keys.tolist())}
        row += len(keys)
    found = runs.find(asked, lambda rows, _: np.ones(len(rows), np.bool_))
    assert found.tolist() == [last.get(key, -1) for key in asked.tolist()]


@given(oids)
def test_the_keys_of_ids_rise_with_their_time_and_counter(
    some: np.ndarray[tuple[int, int], np.dtype[np.uint8]],
) -> None:
    packed = [bytes(each) for each in some]
    assert oid_keys(some).tolist() == [int.from_bytes(e[:4] + e[8:], "big") for e in packed]
    turned = some[::-1]
    alike = [one == other for one, other in zip(packed, packed[::-1], strict=True)]
    assert same_oids(some, turned).tolist() == alike


@given(texts, texts)
def test_names_are_the_same_exactly_when_their_texts_are(mine: list[str], its: list[str]) -> None:
    count = min(len(mine), len(its))
    one, other = Letters(Names.of(mine[:count])), Letters(Names.of(its[:count]))
    equal = np.flatnonzero(one.lengths == other.lengths)
    same = same_names(
        one.words, one.starts[equal], other.words, other.starts[equal], one.lengths[equal]
    )
    assert same.tolist() == [mine[at] == its[at] for at in equal.tolist()]
    keys = [name_keys(each.words, each.starts, each.lengths) for each in (one, other)]
    for at in range(count):
        if mine[at] == its[at]:
            assert keys[0][at] == keys[1][at]


@given(
    st.lists(st.text("ab/é", max_size=20), min_size=200, max_size=400),
    st.lists(st.integers(0, 399), max_size=3),
    st.lists(st.integers(0, 399), max_size=3),
)
def test_long_rows_of_names_are_compared_as_each_is(
    names: list[str], changed: list[int], left_out: list[int]
) -> None:
    its = [name[::-1] if at in changed else name for at, name in enumerate(names)]
    rows = np.array([at for at in range(len(names)) if at not in left_out])
    one, other = Letters(Names.of(names)), Letters(Names.of(its))
    same = same_names(
        one.words, one.starts[rows], other.words, other.starts[rows], one.lengths[rows]
    )
    assert same.tolist() == [names[at] == its[at] for at in rows.tolist()]
