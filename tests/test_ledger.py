"""A model has one ordinal for life: `_id` tells it, and where that is missing its name."""

from collections.abc import Sequence
from typing import Any

from bot.hub.records import ListedModel, convert_model, decode_model
from bot.ledger import Ledger
from tests.world import labs

Row = str | tuple[str, str | None]


def number(ledger: Ledger, *rows: Row) -> list[int]:
    return ledger.number(listed(rows))


def listed(rows: Sequence[Row]) -> list[ListedModel]:
    pairs = [(row, None) if isinstance(row, str) else row for row in rows]
    return [ListedModel(id=name, oid=oid) for name, oid in pairs]


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
    assert [entry.id for entry in ledger.take()] == ["a/a", "a/b"]
    number(ledger, "a/a", ("a/b", "1"))
    assert ledger.take() == []
    number(ledger, ("a/a", "2"), ("a/c", "1"))
    assert [(entry.ordinal, entry.oid, entry.id) for entry in ledger.take()] == [
        (0, "2", "a/a"),
        (1, "1", "a/c"),
    ]


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
    assert Ledger(labs()).number([model for model in models if model]) == [0, 1, 2]
