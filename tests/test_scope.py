"""Scopes say which models count; what is unknown of a model keeps it out."""

from datetime import UTC, datetime, timedelta

import pytest

from detectors.metric import Kind, Metric
from detectors.scope import ALL, LLM, TASKS, Scope, ScopeKind, default_scope
from detectors.snapshot import Snapshot
from tests.world import Row, World, day

TEXT = "text-generation"


def census() -> Snapshot:
    rows: list[Row] = [
        ("Qwen/Q", {"pipeline_tag": TEXT, "tags": ("license:apache-2.0",)}),
        ("THUDM/glm", {"pipeline_tag": TEXT, "tags": ("license:mit",)}),
        ("meta-llama/L", {"pipeline_tag": "image-text-to-text"}),
        ("Qwen/Q-GGUF", {"pipeline_tag": TEXT}),
        ("x/minilm", {"pipeline_tag": "sentence-similarity", "tags": ("license:mit",)}),
        ("bare", {}),
    ]
    return World().snapshot(day(1), Kind.CENSUS, {None: rows})


def is_llm(name: str, task: str | None) -> bool:
    rows: list[Row] = [(name, {} if task is None else {"pipeline_tag": task})]
    return bool(World().snapshot(day(1), Kind.CENSUS, {None: rows}).within(LLM)[0])


def inside(scope: Scope) -> list[str]:
    snapshot = census()
    mask = snapshot.within(scope).tolist()
    return [name for name, yes in zip(snapshot.columns.ids, mask, strict=True) if yes]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (LLM, ["Qwen/Q", "THUDM/glm", "meta-llama/L"]),
        (Scope(ScopeKind.TASK, TEXT), ["Qwen/Q", "THUDM/glm", "Qwen/Q-GGUF"]),
        (Scope(ScopeKind.LAB, "Z.ai"), ["THUDM/glm"]),
        (Scope(ScopeKind.COUNTRY, "China"), ["Qwen/Q", "THUDM/glm", "Qwen/Q-GGUF"]),
        (Scope(ScopeKind.LICENSE, "mit"), ["THUDM/glm", "x/minilm"]),
        (Scope(ScopeKind.LICENSE, "gpl-3.0"), []),
    ],
    ids=str,
)
def test_a_scope_counts_what_is_known_to_be_inside(scope: Scope, expected: list[str]) -> None:
    assert inside(scope) == expected


def test_all_counts_everything() -> None:
    assert len(inside(ALL)) == 6


@pytest.mark.parametrize(
    "name",
    [
        "Qwen/Qwen3-8B",
        "deepseek-ai/DeepSeek-V4-Pro",
        "x/space-exploration-7b",
        "x/flora",
        "airbnb/llm",
        "gpt2",
        "Qwen/Qwen3-8B-FP8",
    ],
)
def test_language_models_count_as_such(name: str) -> None:
    assert is_llm(name, TEXT)


@pytest.mark.parametrize(
    "name",
    [
        "x/Q-GGUF",
        "x/Q-GGUFs",
        "x/q-mlx-4bit",
        "mlx-community/Q-4bit",
        "onnx-community/Q",
        "x/Q-onnx",
        "x/Q-GPTQ-Int4",
        "x/Q_AWQ",
        "x/Q-bnb-4bit",
        "x/Q-LoRA",
        "x/my-loras",
        "x/Q-adapter",
        "Qwen/Qwen3-Embedding-8B",
        "Qwen/Qwen3-Reranker-8B",
        "x/Skywork-Reward-8B",
        "meta-llama/Llama-Guard-3-8B",
        "google/shieldgemma-2b",
        "x/gpt-oss-safeguard-20b",
    ],
)
def test_conversions_and_helpers_of_language_models_do_not(name: str) -> None:
    assert not is_llm(name, TEXT)


@pytest.mark.parametrize("task", [None, "feature-extraction", "text2text-generation"])
def test_another_task_is_no_language_model(task: str | None) -> None:
    assert not is_llm("Qwen/Qwen3-8B", task)


def test_each_of_the_three_tasks_is_a_language_models() -> None:
    assert all(is_llm("x/y", task) for task in (TEXT, "image-text-to-text", "any-to-any"))


def test_downloads_are_ranked_among_language_models_unless_said() -> None:
    scopes = {metric.value: str(default_scope(metric)) for metric in Metric}
    assert scopes == {
        "trending": "all",
        "likes": "all",
        "downloads": "llm",
        "downloads_all_time": "llm",
    }


def test_a_scope_reads_as_a_rule_writes_it() -> None:
    said = [ALL, LLM, Scope(ScopeKind.TASK, TEXT), Scope(ScopeKind.TASK, "odd-task")]
    said += [Scope(ScopeKind.COUNTRY, "United States"), Scope(ScopeKind.LAB, "Qwen")]
    assert [str(scope) for scope in said] == [
        "all",
        "llm",
        TEXT,
        "task odd-task",
        'country "United States"',
        "lab Qwen",
    ]


def test_a_scope_has_a_name_exactly_where_it_needs_one() -> None:
    with pytest.raises(ValueError, match="'lab' takes a name"):
        Scope(ScopeKind.LAB)
    with pytest.raises(ValueError, match="'all' takes no name, got 'x'"):
        Scope(ScopeKind.ALL, "x")


def test_the_tasks_are_sorted_and_distinct() -> None:
    assert list(TASKS) == sorted(set(TASKS))


def test_a_lab_is_counted_by_who_held_the_namespace_then() -> None:
    rows: list[Row] = ["sentence-transformers/all-MiniLM-L6-v2"]
    moved = datetime(2025, 10, 22, tzinfo=UTC)
    scope = Scope(ScopeKind.LAB, "Hugging Face")
    for at, inside_then in ((moved - timedelta(seconds=1), False), (moved, True)):
        snapshot = World().snapshot(at, Kind.CENSUS, {None: rows})
        assert snapshot.within(scope).tolist() == [inside_then]
