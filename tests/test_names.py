"""Names are packed, and told apart without regard to case by a number each."""

from hypothesis import given
from hypothesis import strategies as st

from detectors.names import Names, folds_of, located, tailed

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
    assert after.folds.tolist() == folds_of([*names, *more]).tolist()
