"""Models are followed up their base models to the labs at the roots."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from detectors.columns import Edges, Text
from detectors.lineage import TRAINED, Lineage, traced
from detectors.metric import Kind
from detectors.snapshot import Snapshot
from tests.world import Row, World, day

QWEN, GLM, LLAMA = "Qwen/Qwen3-8B", "zai-org/GLM-5", "meta-llama/Llama-3"


def model(name: str, *bases: str) -> Row:
    """Return a model with its base models, each `ID` or `relation:ID` as a tag says it."""
    return name, {"tags": tuple(f"base_model:{base}" for base in bases)}


def census(*rows: Row) -> Snapshot:
    return World().snapshot(day(1), Kind.CENSUS, {None: rows})


def families(snapshot: Snapshot, lineage: Lineage, name: str) -> dict[str, float]:
    row = snapshot.columns.ids.index(name)
    found = lineage.families(np.array([row]), np.ones(1))
    return {
        "unknown" if code < 0 else found.names[code]: round(weight, 9)
        for code, weight in zip(found.codes.tolist(), found.weights.tolist(), strict=True)
    }


def family(name: str, *rows: Row) -> dict[str, float]:
    snapshot = census(*rows)
    return families(snapshot, snapshot.lineage, name)


def derivatives(snapshot: Snapshot, lineage: Lineage | None = None) -> list[str]:
    found = (lineage or snapshot.lineage).derivative
    return sorted(
        name for name, yes in zip(snapshot.columns.ids, found.tolist(), strict=True) if yes
    )


def test_a_model_without_a_base_is_of_its_own_lab() -> None:
    assert family(QWEN, QWEN) == {"Qwen": 1}
    assert family("nobody/x", "nobody/x") == {"unknown": 1}


def test_the_root_is_found_through_a_chain() -> None:
    rows = [QWEN, model("b/b", QWEN), model("c/c", "b/b"), model("d/d", "finetune:c/c")]
    assert family("d/d", *rows) == {"Qwen": 1}
    assert derivatives(census(*rows)) == ["b/b", "c/c", "d/d"]


def test_a_long_chain_does_not_exhaust_the_stack() -> None:
    rows = [QWEN, model("n/0", QWEN)] + [model(f"n{at}/x{at}", _link(at)) for at in range(1, 5000)]
    assert family("n4999/x4999", *rows) == {"Qwen": 1}


def _link(at: int) -> str:
    return "n/0" if at == 1 else f"n{at - 1}/x{at - 1}"


def test_a_lab_that_builds_on_another_does_not_own_the_line() -> None:
    rows = [QWEN, model("meta-llama/built-on-qwen", QWEN), model("x/y", "meta-llama/built-on-qwen")]
    assert family("x/y", *rows) == {"Qwen": 1}


def test_a_merge_counts_an_equal_part_for_each_parent() -> None:
    rows = [QWEN, GLM, LLAMA, model("m/m", f"merge:{QWEN}", f"merge:{GLM}", f"merge:{LLAMA}")]
    third = round(1 / 3, 9)
    assert family("m/m", *rows) == {"Qwen": third, "Z.ai": third, "Meta": third}


def test_two_parents_of_one_family_add_up() -> None:
    rows = [model("m/m", QWEN, "Qwen/other", GLM)]
    assert family("m/m", *rows) == {"Qwen": round(2 / 3, 9), "Z.ai": round(1 / 3, 9)}


def test_a_merge_of_merges_splits_on() -> None:
    rows = [model("m/m", QWEN, GLM), model("n/n", "m/m", LLAMA)]
    assert family("n/n", *rows) == {"Qwen": 0.25, "Z.ai": 0.25, "Meta": 0.5}


def test_a_merge_with_an_unknown_parent_shows_the_unresolved_part() -> None:
    assert family("m/m", model("m/m", QWEN, "nobody/x")) == {"Qwen": 0.5, "unknown": 0.5}


def test_an_absent_parent_still_names_its_lab() -> None:
    snapshot = census(model("x/y", "Qwen/deleted"), model("x/z", "gpt2"), model("x/w", "who/knows"))
    lineage = snapshot.lineage
    assert families(snapshot, lineage, "x/y") == {"Qwen": 1}
    assert families(snapshot, lineage, "x/z") == {"unknown": 1}
    assert families(snapshot, lineage, "x/w") == {"unknown": 1}
    assert len(derivatives(snapshot)) == 3


def test_the_same_base_said_twice_is_one_parent() -> None:
    assert family("m/m", model("m/m", QWEN, f"finetune:{QWEN}", GLM)) == {"Qwen": 0.5, "Z.ai": 0.5}


def test_a_model_that_names_itself_has_no_parent() -> None:
    snapshot = census(model(QWEN, QWEN))
    assert derivatives(snapshot) == []
    assert families(snapshot, snapshot.lineage, QWEN) == {"Qwen": 1}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([model("a/a", "b/b"), model("b/b", "a/a")], {"unknown": 1}),
        ([model("Qwen/a", "Qwen/b"), model("Qwen/b", "Qwen/a")], {"Qwen": 1}),
        (
            [model("Qwen/a", "b/b", "c/c"), model("b/b", "Qwen/a"), model("c/c", "Qwen/a")],
            {"unknown": 1},
        ),
        (
            [
                model("meta-llama/a", "facebook/b", "facebook/c"),
                model("facebook/b", "meta-llama/a"),
                model("facebook/c", "d/d"),
                model("d/d", "meta-llama/a"),
            ],
            {"unknown": 1},
        ),
        (
            [
                model("meta-llama/a", "facebook/b", "facebook/c"),
                model("facebook/b", "meta-llama/a"),
                model("facebook/c", "meta-llama/a"),
            ],
            {"Meta": 1},
        ),
        ([model("a/a", "b/b", QWEN), model("b/b", "a/a")], {"Qwen": 1}),
        ([model("a/a", "b/b", QWEN), model("b/b", "a/a", QWEN, GLM)], {"Qwen": 0.5, "Z.ai": 0.5}),
        ([model("a/a", "b/b"), model("b/b", "c/c"), model("c/c", "a/a", GLM)], {"Z.ai": 1}),
    ],
    ids=[
        "without a way out",
        "within one lab",
        "two ways round",
        "a longer way round",
        "all ways within one lab",
        "one way out",
        "a shared parent",
        "three",
    ],
)
def test_a_cycle_is_one_knot(rows: Sequence[Row], expected: dict[str, float]) -> None:
    snapshot = census(*rows)
    for row in rows:
        name = row if isinstance(row, str) else row[0]
        assert families(snapshot, snapshot.lineage, name) == expected


def test_below_a_cycle_its_family_goes_on() -> None:
    rows = [model("a/a", "b/b", QWEN), model("b/b", "a/a"), model("c/c", "b/b")]
    assert family("c/c", *rows) == {"Qwen": 1}


def test_an_edge_within_one_owner_makes_no_derivative() -> None:
    rows = [QWEN, model("u/tuned", QWEN), model("u/tuned-GGUF", "quantized:u/tuned")]
    assert derivatives(census(*rows)) == ["u/tuned"]
    assert family("u/tuned-GGUF", *rows) == {"Qwen": 1}


def test_an_edge_within_one_owner_takes_no_part_of_a_merge() -> None:
    rows = [model("u/base", GLM), model("u/merge", "u/base", QWEN)]
    assert family("u/merge", *rows) == {"Qwen": 1}


def test_owners_are_compared_without_case_and_under_their_present_name() -> None:
    rows = [model("zai-org/GLM-5-FP8", "THUDM/GLM-5"), model("Zai-Org/x", "zai-org/y")]
    assert derivatives(census(*rows)) == []


def test_a_parent_under_its_old_namespace_is_the_model_that_is_listed() -> None:
    rows = [model("zai-org/glm-x", QWEN), model("a/a", "THUDM/glm-x")]
    assert family("a/a", *rows) == {"Qwen": 1}


def test_finetunes_and_adapters_can_be_counted_alone() -> None:
    rows = [
        QWEN,
        model("a/lora", f"adapter:{QWEN}"),
        model("b/quant", f"quantized:{QWEN}"),
        model("c/says-nothing", QWEN),
        model("d/lora-of-quant", "adapter:b/quant"),
        model("e/both", f"finetune:{QWEN}", "merge:zai-org/GLM-5"),
    ]
    world = World()
    snapshot = world.snapshot(day(1), Kind.CENSUS, {None: rows})
    lineage = traced(snapshot.columns, world.labs, snapshot.taken_at, TRAINED)
    assert derivatives(snapshot, lineage) == ["a/lora", "d/lora-of-quant", "e/both"]
    # The way to the root leads through every relation.
    assert families(snapshot, lineage, "d/lora-of-quant") == {"Qwen": 1}
    assert families(snapshot, lineage, "e/both") == {"Qwen": 1}
    assert families(snapshot, snapshot.lineage, "e/both") == {"Qwen": 0.5, "Z.ai": 0.5}


def test_base_models_are_read_from_either_field() -> None:
    fields = {"tags": ("base_model:Qwen/a", "base_model:adapter:Qwen/a", "base_model:")}
    snapshot = census(("x/y", fields))
    columns = snapshot.columns
    assert [columns.ids[row] for row in columns.edges.parent.tolist()] == ["Qwen/a"]
    assert snapshot.columns.edges.relation.tolist() == [2]


def test_families_add_up_to_the_weights_given() -> None:
    snapshot = census(QWEN, model("m/m", QWEN, GLM, "nobody/x"), "n/n")
    found = snapshot.lineage.families(np.arange(3), np.array([1.0, 6.0, 2.0]))
    assert found.weights.sum() == pytest.approx(9)


class Waits(list[str]):
    """Words that can be read once the event is set; `times` is how often they were."""

    event: threading.Event
    times = 0

    def __iter__(self) -> Iterator[str]:
        self.times += 1
        assert self.event.wait(10)
        return super().__iter__()


def test_lineage_is_traced_beside_what_is_done_meanwhile() -> None:
    snapshot = census(QWEN, model("b/b", QWEN))
    words = Waits(snapshot.columns.namespace.words)
    words.event = threading.Event()
    namespace = Text(snapshot.columns.namespace.codes, words)
    snapshot = replace(snapshot, columns=replace(snapshot.columns, namespace=namespace))
    with snapshot.tracing():
        # The tracing waits for this: it would never end if it were not beside it.
        words.event.set()
    assert (read := words.times) > 0
    assert derivatives(snapshot) == ["b/b"]
    assert words.times == read


def test_what_tracing_raises_is_not_lost() -> None:
    snapshot = census(QWEN)
    nowhere = Edges(np.array([0]), np.array([9]), np.array([0], np.int8))
    snapshot = replace(snapshot, columns=replace(snapshot.columns, edges=nowhere))
    with pytest.raises(IndexError), snapshot.tracing():
        pass
