"""Names in compressed blocks say what they say unpacked."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.lessons import Lessons, Roll
from bot.packed import OID_BYTES
from detectors.names import Names, located, tailed
from detectors.squeezed import Squeezed, again, squeezed

MANY = 8192
words = st.lists(
    st.text(st.characters(codec="utf-8"), max_size=9) | st.sampled_from(["a/b", "A/B", "x/b"]),
    max_size=200,
)


@given(words, st.integers(0, 200), st.integers(0, 200))
def test_squeezed_names_are_those_that_went_in(names: list[str], one: int, other: int) -> None:
    plain, packed = Names.of(names), squeezed(Names.of(names))
    start, end = sorted((min(one, len(names)), min(other, len(names))))
    assert isinstance(packed, Squeezed)
    assert list(packed) == names == [packed[at] for at in range(len(names))]
    assert packed.some(np.arange(len(names))[::-1]) == names[::-1]
    assert list(packed.first(end)) == names[:end]
    assert list(packed.first(end).after(start)) == names[start:end]
    assert (packed.blob, packed.ends.tolist()) == (plain.blob, plain.ends.tolist())
    assert packed.hints.tolist() == plain.hints.tolist()
    assert located(packed, {"a/b"}) == located(plain, {"a/b"})
    assert tailed(packed, "b") == tailed(plain, "b")


@given(words, words, st.integers(0, 200))
def test_squeezed_names_know_what_they_begin_with(
    names: list[str], more: list[str], at: int
) -> None:
    other = [*names]
    if other:
        other[at % len(other)] += "x"
    longer = squeezed(Names.of([*names, *more]))
    for pack in (squeezed, Names.of):
        assert longer.begins_with(pack(Names.of(names)))
        assert Names.of(longer).begins_with(pack(Names.of(names)))
        assert longer.begins_with(pack(Names.of(other))) is (other == names)
        assert Names.of(longer).begins_with(pack(Names.of(other))) is (other == names)
    assert longer.first(len(names)).begins_with(squeezed(Names.of(names)))


def test_a_name_too_long_for_a_block_stays_as_it_is() -> None:
    names = Names.of(["a", "b" * 300])
    assert squeezed(names) is names
    assert again(squeezed(Names.of(["a"])), names, np.array([0]), 2) is None


def test_the_roll_goes_on_from_the_names_it_told_last() -> None:
    def taught(ordinals: list[int], names: list[str]) -> Lessons:
        oids = np.zeros((len(names), OID_BYTES), np.uint8)
        return Lessons(np.array(ordinals, np.int32), oids, Names.of(names))

    roll = Roll()
    roll.add(taught([*range(MANY)], [f"lab/{at}" for at in range(MANY)]))
    first = roll.names()
    roll.add(taught([5, MANY, MANY + 1], ["lab/five", "lab/new", "lab/newer"]))
    second = roll.names()
    told = [f"lab/{at}" for at in range(MANY)]
    assert isinstance(first, Squeezed)
    assert isinstance(second, Squeezed)
    assert list(first) == told == list(roll.names(MANY))
    told[5:6] = ["lab/five"]
    assert list(second) == [*told, "lab/new", "lab/newer"] == list(roll.names())
    assert not second.begins_with(first)
    assert roll.names_of(np.arange(3)[::-1].astype(np.int32))[0] == "lab/2"
