"""A share is a group's part with its denominator; what is unknown stays in it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from detectors.metric import Kind, Metric
from detectors.scope import ALL, LLM, Scope, ScopeKind
from detectors.share import By, Of, Places, Share, ShareQuestion
from detectors.snapshot import Snapshot
from tests.world import Row, World, day

NOW = day(60)


def question(
    of: Of, by: By = By.LAB, scope: Scope = ALL, board: Places | None = None
) -> ShareQuestion:
    return ShareQuestion(of, by, scope, board)


def census(rows: Sequence[Row]) -> Snapshot:
    return World().snapshot(NOW, Kind.CENSUS, {None: rows})


def share(rows: Sequence[Row], asked: ShareQuestion) -> Share:
    found = census(rows).share(asked)
    assert found is not None
    return found


def said(found: Share) -> dict[str, float]:
    return dict(found.amounts) | {"unknown": found.unknown, "total": found.total}


def downloads(name: str, count: int | None, **fields: Any) -> Row:
    return name, {"downloads": count, **fields}


def derivative(name: str, *bases: str, age: float = 1) -> Row:
    tags = tuple(f"base_model:{base}" for base in bases)
    return name, {"tags": tags, "created_at": NOW - timedelta(days=age)}


def test_unknown_labs_stay_in_the_denominator() -> None:
    rows = [downloads("Qwen/a", 30), downloads("nobody/b", 50), downloads("gpt2", 20)]
    found = share(rows, question(Of.DOWNLOADS))
    assert said(found) == {"Qwen": 30, "unknown": 70, "total": 100}
    assert found.part("Qwen") == 0.3
    assert found.part("Meta") == 0


def test_a_lab_is_all_its_namespaces() -> None:
    names = ["meta-llama/a", "facebook/b", "FacebookAI/c", "THUDM/d", "zai-org/e"]
    found = share([downloads(name, 1) for name in names], question(Of.DOWNLOADS))
    assert said(found) == {"Meta": 3, "Z.ai": 2, "unknown": 0, "total": 5}


def test_a_country_is_the_labs_and_never_the_base_models() -> None:
    rows = [
        downloads("Qwen/a", 1),
        downloads("zai-org/b", 2),
        downloads("meta-llama/on-qwen", 4, tags=("base_model:Qwen/a",)),
        downloads("nobody/on-qwen", 8, tags=("base_model:Qwen/a",)),
    ]
    found = share(rows, question(Of.DOWNLOADS, By.COUNTRY))
    assert said(found) == {"China": 3, "United States": 4, "unknown": 8, "total": 15}


def test_where_no_group_is_known_all_is_unknown() -> None:
    found = share([downloads("nobody/a", 3)], question(Of.DOWNLOADS))
    assert said(found) == {"unknown": 3, "total": 3}


def test_unknown_and_untracked_figures_weigh_nothing() -> None:
    rows = [downloads("Qwen/a", None), downloads("Qwen/b", 0), downloads("zai-org/c", 5)]
    assert said(share(rows, question(Of.DOWNLOADS))) == {"Z.ai": 5, "unknown": 0, "total": 5}


def test_likes_are_shared_out_by_licence_and_task() -> None:
    rows: list[Row] = [
        ("a/a", {"likes": 3, "tags": ("license:mit",), "pipeline_tag": "text-generation"}),
        ("a/b", {"likes": 1, "tags": ("mit", "license:")}),
    ]
    licences = share(rows, question(Of.LIKES, By.LICENSE))
    assert said(licences) == {"mit": 3, "unknown": 1, "total": 4}
    tasks = share(rows, question(Of.LIKES, By.TASK))
    assert said(tasks) == {"text-generation": 3, "unknown": 1, "total": 4}


def test_a_scope_limits_the_denominator() -> None:
    text = {"pipeline_tag": "text-generation"}
    rows = [downloads("Qwen/a", 1, **text), downloads("zai-org/b", 1, **text)]
    rows.append(downloads("x/encoder", 98))
    assert said(share(rows, question(Of.DOWNLOADS, scope=LLM)))["total"] == 2
    chinese = Scope(ScopeKind.COUNTRY, "China")
    assert said(share(rows, question(Of.DOWNLOADS, scope=chinese)))["total"] == 2


def test_new_models_are_those_created_in_the_last_thirty_days() -> None:
    ages = {"Qwen/now": 0, "Qwen/month": 29.99, "Qwen/old": 30, "Qwen/future": -0.1}
    rows: list[Row] = [
        (name, {"created_at": NOW - timedelta(days=age)}) for name, age in ages.items()
    ]
    rows.append(("Qwen/unknown", {}))
    assert said(share(rows, question(Of.NEW))) == {"Qwen": 2, "unknown": 0, "total": 2}


def test_derivatives_are_counted_by_their_own_created_at() -> None:
    rows = [
        derivative("a/new", "Qwen/base"),
        derivative("a/old", "Qwen/base", age=31),
        derivative("Qwen/own", "Qwen/base"),
        derivative("a/from-nobody", "nobody/base"),
        derivative("a/merge", "Qwen/base", "meta-llama/base"),
        derivative("a/no-base"),
    ]
    found = share(rows, question(Of.DERIVATIVES, By.FAMILY))
    assert said(found) == {"Qwen": 1.5, "Meta": 0.5, "unknown": 1, "total": 3}


def test_contributors_are_those_whose_first_derivative_is_new() -> None:
    rows = [
        derivative("first/a", "Qwen/base", age=2),
        derivative("first/b", "meta-llama/base", age=1),
        derivative("long-here/old", "Qwen/base", age=90),
        derivative("long-here/new", "Qwen/base", age=1),
        derivative("other/a", "meta-llama/base", age=3),
        ("no-derivative/a", {"created_at": NOW}),
    ]
    found = share(rows, question(Of.CONTRIBUTORS, By.FAMILY))
    assert said(found) == {"Qwen": 1, "Meta": 1, "unknown": 0, "total": 2}


def test_slots_are_the_places_of_a_board() -> None:
    rows: list[Row] = ["Qwen/a", "nobody/b", "zai-org/c", "meta-llama/d"]
    snapshot = World().snapshot(NOW, Kind.PULSE, {Metric.TRENDING: rows})
    top = Places(3, Metric.TRENDING)
    found = snapshot.share(question(Of.SLOTS, By.COUNTRY, board=top))
    assert found is not None
    assert said(found) == {"China": 2, "unknown": 1, "total": 3}
    assert snapshot.share(question(Of.SLOTS, board=Places(3, Metric.LIKES))) is None
    assert snapshot.share(question(Of.SLOTS, scope=LLM, board=top)) is None


def test_a_pulse_shares_out_nothing_but_slots() -> None:
    rows = [downloads("Qwen/a", 1)]
    snapshot = World().snapshot(NOW, Kind.PULSE, {Metric.DOWNLOADS: rows})
    assert snapshot.share(question(Of.DOWNLOADS)) is None


@pytest.mark.parametrize(
    ("of", "fields"),
    [
        (Of.DOWNLOADS, {"likes": 1}),
        (Of.LIKES, {"downloads": 1}),
        (Of.NEW, {"likes": 1}),
        (Of.DERIVATIVES, {"tags": ("base_model:Qwen/a",)}),
    ],
)
def test_a_census_that_does_not_carry_the_figure_cannot_say(
    of: Of, fields: Mapping[str, Any]
) -> None:
    assert census([("a/a", fields)]).share(question(of)) is None


@pytest.mark.parametrize("of", [of for of in Of if of is not Of.SLOTS])
def test_of_an_empty_hub_every_part_is_nothing(of: Of) -> None:
    found = share([], question(of))
    assert said(found) == {"unknown": 0, "total": 0}
    assert found.part("Qwen") == 0
    assert found.part_without_heaviest("Qwen") == 0


def test_the_heaviest_model_is_named_and_can_be_left_out() -> None:
    rows = [downloads("Qwen/giant", 700), downloads("Qwen/a", 100), downloads("zai-org/b", 200)]
    found = share(rows, question(Of.DOWNLOADS))
    assert found.heaviest["Qwen"] == ("Qwen/giant", 700.0)
    assert found.part("Qwen") == 0.8
    assert found.part_without_heaviest("Qwen") == pytest.approx(1 / 3)
    assert found.part_without_heaviest("Meta") == 0


@pytest.mark.parametrize("by", [By.LICENSE, By.TASK])
def test_where_no_model_tells_its_group_nothing_is_said(by: By) -> None:
    snapshot = census([downloads("Qwen/a", 1)])
    assert snapshot.share(question(Of.DOWNLOADS, by)) is None
    assert snapshot.share(question(Of.DOWNLOADS, scope=LLM)) is None
    assert snapshot.share(question(Of.DOWNLOADS)) is not None


def test_of_models_that_weigh_the_same_the_first_by_id_is_named() -> None:
    rows = [downloads(f"Qwen/{name}", 5) for name in "cab"]
    assert share(rows, question(Of.DOWNLOADS)).heaviest["Qwen"] == ("Qwen/a", 5.0)


def test_two_thirds_weigh_the_same_however_they_were_added_up() -> None:
    bases = ["Qwen/x", "Qwen/y", "meta-llama/z"]
    rows = [derivative("b/one", *bases), derivative("a/two", bases[2], bases[1], bases[0])]
    for each in (rows, rows[::-1]):
        found = share(each, question(Of.DERIVATIVES, By.FAMILY))
        assert found.heaviest["Qwen"] == ("a/two", 0.666666667)


def test_leaders_are_the_largest_first_and_then_by_name() -> None:
    rows = [downloads("zai-org/a", 1), downloads("Qwen/b", 1), downloads("meta-llama/c", 2)]
    found = share(rows, question(Of.DOWNLOADS))
    assert found.leaders == [("Meta", 2), ("Qwen", 1), ("Z.ai", 1)]


def test_only_slots_have_a_board() -> None:
    with pytest.raises(ValueError, match="slots names its board"):
        question(Of.SLOTS)
    with pytest.raises(ValueError, match="slots names its board"):
        question(Of.LIKES, board=Places(10, Metric.LIKES))
    assert question(Of.LIKES).board is None
