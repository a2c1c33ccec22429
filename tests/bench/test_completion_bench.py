"""How long a name takes to complete among as many as the Hub has models."""

from random import Random

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bot.completion import Completion

MODELS = 3_000_000
_WORDS = ("llama", "qwen3", "instruct", "gguf", "7B", "8b", "lora", "v2", "merge", "chat", "coder")
# Common and rare beginnings, what stands nowhere, and the worst: known letters in no such order.
TYPED = ("", "qwen", "instruct", "no such", "user19999/", "chat-bert-12345", "llama-llama-llama")


@pytest.fixture(scope="module")
def names() -> Completion:
    chance = Random(1)  # noqa: S311  # the same names each time
    return Completion(
        f"{chance.choice(('Qwen', 'user', 'lab-'))}{chance.randrange(20_000)}/"
        f"{chance.choice(_WORDS)}-{chance.choice(_WORDS)}-{chance.randrange(10**6)}"
        for _ in range(MODELS)
    )


@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.timeout(300)
def test_a_letter_typed_among_three_million_models(
    benchmark: BenchmarkFixture, names: Completion, typed: str
) -> None:
    benchmark(names.find, typed)
    assert benchmark.stats is not None
    assert benchmark.stats.stats.median < 0.1
