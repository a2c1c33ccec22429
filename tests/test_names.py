"""Names are packed, and told apart without regard to case by a number each."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.sections import ColumnsRead, sections_of
from detectors.names import Chosen, Named, Names, folds_of, located, tailed
from detectors.squeezed import squeezed
from detectors.tables import Read
from tests.censuses import columns

# Of lengths around eight bytes, where one word ends and the next begins, in few letters.
words = st.lists(st.text("aAbBé-", max_size=20), max_size=12)


def lowered(word: str) -> bytes:
    return word.encode().lower()


@given(words)
def test_two_names_fold_alike_exactly_when_they_differ_by_ascii_case_alone(
    names: list[str],
) -> None:
    folds = folds_of(Names.of(names)).tolist()
    for one, its in zip(names, folds, strict=True):
        assert [other == its for other in folds] == [lowered(one) == lowered(w) for w in names]


@given(words, words)
def test_a_name_folds_alike_wherever_it_stands(names: list[str], more: list[str]) -> None:
    assert folds_of([*more, *names])[len(more) :].tolist() == folds_of(names).tolist()


@given(words, st.sets(st.text("ab-", max_size=20), max_size=5))
def test_wanted_names_are_found_among_packed_ones_as_among_any(
    names: list[str], wanted: set[str]
) -> None:
    assert located(Names.of(names), wanted) == located(names, wanted)


@given(st.lists(st.text("aAbB/-", max_size=20), max_size=12), st.text("ab-", max_size=12))
def test_what_follows_the_publisher_is_found_among_packed_names_as_among_any(
    names: list[str], tail: str
) -> None:
    assert tailed(Names.of(names), tail) == tailed(names, tail)


@given(words, words, st.sets(st.text("ab-", max_size=20), max_size=5))
def test_names_that_go_on_from_others_take_over_what_was_found_of_these(
    names: list[str], more: list[str], wanted: set[str]
) -> None:
    before, after = Names.of(names), Names.of([*names, *more])
    located(before, wanted)
    after.follow(before)
    assert located(after, wanted) == located([*names, *more], wanted)
    assert after.hints.tolist() == Names.of([*names, *more]).hints.tolist()


def named(names: Sequence[str], draw: st.DataObject) -> list[Named]:
    """Return every kind of names, each holding these."""
    plain = Names.of(names)
    census = replace(draw.draw(columns(len(names))), ids=plain)
    rows = np.arange(len(names))
    ids = ColumnsRead(sections_of(census), rows).ids
    assert isinstance(ids, Chosen)
    spread = [each for name in names for each in (name, "")]
    twos = rows * 2
    return [
        plain,
        squeezed(plain),
        Chosen(spread, twos),
        Chosen(Names.of(spread), twos),
        Chosen(squeezed(Names.of(spread)), twos),
        Read(replace(census, ids=[*names, "beyond"]), len(names)),
        ids,
    ]


@given(st.lists(st.text("aé/-", max_size=9), max_size=9), st.slices(9), st.data())
def test_every_kind_of_names_is_read_at_a_place_and_in_slices_as_a_tuple_is(
    names: list[str], part: slice, draw: st.DataObject
) -> None:
    size = len(names)
    for kind in named(names, draw):
        assert [kind[at] for at in range(-size, size)] == [*names, *names]
        assert kind[part] == tuple(names[part])
        assert tuple(kind) == tuple(names)
        for beyond in (size, -size - 1):
            with pytest.raises(IndexError):
                kind[beyond]
