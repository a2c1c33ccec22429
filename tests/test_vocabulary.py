"""Words keep their numbers from census to census, and from one run to the next."""

from hypothesis import given
from hypothesis import strategies as st

from bot.intake import snapshot_of
from bot.ledger import Ledger
from bot.store.store import Store
from bot.vocabulary import TEXTS, Words
from detectors.changes import comparable
from detectors.columns import Columns
from detectors.labs import Labs
from tests.looks import census, watching
from tests.world import Row, day, labs

lists = st.lists(st.lists(st.text("aAé-", min_size=1, max_size=12), unique=True), max_size=5)


@given(lists)
def test_a_word_has_one_number_for_life(lists: list[list[str]]) -> None:
    words = Words()
    first: dict[str, int] = {}
    for some in lists:
        before = list(words.words)
        numbers = dict(zip(some, words.numbers(some).tolist(), strict=True))
        assert list(words.words)[: len(before)] == before
        assert [words.words[number] for number in numbers.values()] == some
        assert numbers.items() >= {word: first[word] for word in some if word in first}.items()
        first |= numbers
    assert sorted(first.values()) == list(range(len(words)))


def models(*authors: str) -> list[Row]:
    return [
        (
            f"{author}/m",
            {"author": author, "pipeline_tag": f"task-{author}", "tags": (f"license:{author}",)},
        )
        for author in authors
    ]


def columns(number: int, ledger: Ledger, *authors: str) -> Columns:
    return snapshot_of(census(day(number), models(*authors)), ledger)[0].columns


def test_censuses_that_list_other_models_first_can_be_held_side_by_side() -> None:
    ledger = Ledger(labs())
    one = columns(1, ledger, "a", "b", "c")
    other = columns(2, ledger, "d", "c", "b")
    assert comparable(one, other)
    for name in TEXTS[:2]:
        text = getattr(other, name)
        assert list(text.words)[:3] == list(getattr(one, name).words)
    assert [other.namespace.at(row) for row in range(4)] == [None, "b", "c", "d"]
    assert [other.license.at(row) for row in range(4)] == [None, "b", "c", "d"]


async def test_a_process_that_starts_anew_goes_on_with_the_words_that_are_held(
    store: Store, labs: Labs
) -> None:
    note = (await watching(store, labs).look(census(day(1), models("a", "b", "c")))).note
    held = await store.whole(note)
    assert held is not None
    ledger = Ledger(labs)
    ledger.learn(await store.lessons())
    ledger.vocabulary.begin(held.columns)
    assert comparable(held.columns, columns(2, ledger, "d", "c", "b"))
    fresh = Ledger(labs)
    fresh.learn(await store.lessons())
    assert not comparable(held.columns, columns(2, fresh, "d", "c", "b"))
