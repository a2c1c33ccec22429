"""How long a picture takes, warm, from its specification to its PNG; `make bench` runs this."""

import asyncio

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bot.pictures.easel import Easel
from bot.render.picture import Chart
from tests.picture_stories import countries, places, ranks, shares

MOST_SECONDS = 0.400
STORIES = {"shares": shares, "ranks": ranks, "places": places, "countries": countries}


@pytest.mark.parametrize("name", STORIES)
def test_a_picture_is_drawn_in_time(benchmark: BenchmarkFixture, name: str) -> None:
    """Each round draws a chart that was not drawn before."""
    chart, rounds = STORIES[name](), iter(range(1000))
    with asyncio.Runner() as runner:
        easel = Easel(60)
        runner.run(easel.draw(chart))

        def draw() -> None:
            other = Chart({**chart.spec, "name": f"round{next(rounds)}"}, chart.alt)
            runner.run(easel.draw(other))

        benchmark.pedantic(draw, rounds=20, warmup_rounds=2)  # type: ignore[no-untyped-call]
        runner.run(easel.close())
    assert benchmark.stats is not None
    assert benchmark.stats["median"] < MOST_SECONDS
