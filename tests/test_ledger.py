"""A model has one ordinal for life: `_id` tells it, and where that is missing its name."""

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.hub.records import convert_model, decode_model
from bot.ledger import Ledger
from bot.lessons import NOTHING, Lessons
from bot.packed import oids_of
from bot.store.frame import DamagedBlock
from bot.store.lessons import packed, unpacked
from detectors.names import Names
from tests.plain_ledger import Pair, PlainLedger
from tests.world import labs

Row = str | tuple[str, str | None]


def number(ledger: Ledger, *rows: Row) -> list[int]:
    pairs = [(row, None) if isinstance(row, str) else row for row in rows]
    names = Names.of(name for name, _ in pairs)
    return list(map(int, ledger.number(names, oids_of(oid for _, oid in pairs))))


def reborn(ledger: Ledger) -> Ledger:
    """Return the ledger as it is read back from a store after everything fresh was kept."""
    again = Ledger(ledger.labs)
    again.learn(ledger.take())
    return again


def test_new_models_get_new_numbers_and_keep_them() -> None:
    ledger = Ledger(labs())
    assert number(ledger, "a/a", "a/b") == [0, 1]
    assert number(ledger, "a/b", "a/c", "a/a") == [1, 2, 0]


def test_a_renamed_repo_is_known_by_its_id_field() -> None:
    ledger = Ledger(labs())
    assert number(ledger, ("a/old", "1")) == [0]
    assert number(ledger, ("b/new", "1")) == [0]
    assert number(ledger, "b/new") == [0]


def test_a_name_taken_over_by_another_repo_is_another_model() -> None:
    ledger = Ledger(labs())
    assert number(ledger, ("a/a", "1")) == [0]
    assert number(ledger, ("a/a", "2"), ("a/b", "1")) == [1, 0]
    assert number(ledger, "a/a") == [1]


def test_two_repos_of_a_name_known_as_a_base_model_alone_are_two_models() -> None:
    ledger = Ledger(labs())
    assert ledger.parents(Names.of(["a/base"])).tolist() == [0]
    assert number(ledger, ("a/base", "1"), ("a/b", "2"), ("a/base", "3")) == [0, 1, 2]
    assert number(ledger, ("a/base", "3")) == [2]
    assert ledger.parents(Names.of(["a/base"])).tolist() == [2]


def test_two_repos_that_swap_names_keep_their_numbers() -> None:
    ledger = Ledger(labs())
    assert number(ledger, ("a/a", "1"), ("a/b", "2")) == [0, 1]
    assert number(ledger, ("a/b", "1"), ("a/a", "2")) == [0, 1]


def test_an_id_field_that_comes_later_is_bound_to_the_name() -> None:
    ledger = Ledger(labs())
    assert number(ledger, "a/a") == [0]
    assert number(ledger, ("a/a", "1")) == [0]
    assert number(ledger, ("a/new", "1")) == [0]


def test_the_same_name_in_several_lists_is_one_model() -> None:
    ledger = Ledger(labs())
    assert number(ledger, "a/a", ("a/a", "1"), "a/a", ("a/b", "1")) == [0, 0, 0, 0]


def test_a_namespace_renamed_by_the_hub_is_the_same_model() -> None:
    ledger = Ledger(labs())
    assert number(ledger, "THUDM/glm-4-9b") == [0]
    assert number(ledger, "zai-org/glm-4-9b") == [0]
    assert number(ledger, "thudm/glm-4-9b") == [0]


def test_both_names_of_a_renamed_namespace_at_once_are_two_models() -> None:
    ledger = Ledger(labs())
    assert number(ledger, "THUDM/glm-4-9b", "zai-org/glm-4-9b") == [0, 1]


def test_an_old_namespace_with_another_id_field_is_another_model() -> None:
    ledger = Ledger(labs())
    assert number(ledger, ("THUDM/glm-4-9b", "1")) == [0]
    assert number(ledger, ("zai-org/glm-4-9b", "2")) == [1]


def test_only_what_is_learnt_is_fresh() -> None:
    ledger = Ledger(labs())
    number(ledger, "a/a", ("a/b", "1"))
    assert ledger.take() == Lessons.of([(0, None, "a/a"), (1, "1", "a/b")])
    number(ledger, "a/a", ("a/b", "1"))
    assert len(ledger.take()) == 0
    number(ledger, ("a/a", "2"), ("a/c", "1"))
    assert ledger.take() == Lessons.of([(0, "2", "a/a"), (1, "1", "a/c")])


def test_a_ledger_read_back_knows_what_it_knew() -> None:
    ledger = Ledger(labs())
    number(ledger, ("a/a", "1"), "THUDM/x", "a/b")
    number(ledger, ("a/new", "1"), ("a/b", "3"))
    again = reborn(ledger)
    assert number(again, ("a/last", "1"), "zai-org/x", ("a/c", "3"), "a/d") == [0, 1, 2, 3]


def test_an_empty_id_field_names_no_model() -> None:
    records: list[Any] = [{"id": "a/a", "_id": ""}, {"id": "a/b", "_id": ""}]
    models = [convert_model(record)[0] for record in records]
    models.append(decode_model(b'{"id": "a/c", "_id": ""}'))
    assert number(Ledger(labs()), *[(each.id, each.oid) for each in models if each]) == [0, 1, 2]


SPACES = ("THUDM", "zai-org", "Zai-Org", "lab", "CohereForAI", "CohereLabs")
names = st.builds("{}/{}".format, st.sampled_from(SPACES), st.sampled_from("abc"))
oids = st.sampled_from([None, "1", "2", f"{3:024x}", f"{4:024x}", f"{3:024X}"])
# A story: Readings of models, each followed by the base models they name, and restarts.
stories = st.lists(
    st.tuples(st.lists(st.tuples(names, oids), max_size=7), st.sets(names, max_size=2)), max_size=7
)


@given(stories, st.sets(st.integers(0, 6)))
def test_ordinals_never_move_whatever_is_renamed_or_restarted(
    story: list[tuple[list[Pair], set[str]]], restarts: set[int]
) -> None:
    plain, ledger, stored = PlainLedger(labs()), Ledger(labs()), [NOTHING]
    told: list[tuple[int, list[str]]] = []
    for at, (models, parents) in enumerate(story):
        assert number(ledger, *models) == plain.number(models)
        wanted = sorted(parents)
        assert ledger.parents(Names.of(wanted)).tolist() == [plain.parent(each) for each in wanted]
        stored.append(ledger.take())
        assert ledger.roll.lessons == plain.lessons
        assert list(ledger.roll.names()) == plain.names
        told.append((ledger.roll.lessons, list(plain.names)))
        if at in restarts:
            kept = [unpacked("key", packed(each)) for each in stored]
            ledger = Ledger(labs())
            ledger.learn(Lessons.joined([lessons for each in kept for lessons in each]))
    for lessons, then in told:
        assert list(ledger.roll.names(lessons)) == then


def test_what_was_learnt_is_damaged_or_of_another_version_and_its_key_is_named() -> None:
    [value] = packed(Lessons.of([(0, "1", "a/a")]))
    for bad, why in [
        (b"\x63" + value[1:], "key: block 0 has format version 99"),
        (value[:-1] + b"?", "key: block 0 fails its checksum"),
        (value[:3], "key: block 0 is cut short"),
    ]:
        with pytest.raises(DamagedBlock, match=why):
            list(unpacked("key", [bad]))


def test_lessons_are_stored_in_values_of_at_most_a_megabyte() -> None:
    chance = Random(1)  # noqa: S311 - figures of a story, no secrets
    rows = [(at, None, chance.randbytes(100).hex()) for at in range(20_000)]
    lessons = Lessons.of(rows)
    values = list(packed(lessons))
    assert len(values) > 1
    assert max(map(len, values)) <= 1_000_000
    assert Lessons.joined(list(unpacked("key", values))) == lessons


def test_two_keys_alike_are_told_apart_by_what_they_stand_for() -> None:
    # The number that these are looked up by leaves out the middle of an `_id`.
    ledger = Ledger(labs())
    alike = [("a/a", f"{5:08x}{1:08x}{7:08x}"), ("a/b", f"{5:08x}{2:08x}{7:08x}")]
    assert number(ledger, *alike) == [0, 1]
    assert number(ledger, *reversed(alike)) == [1, 0]
