"""Pictures: what is drawn, where, within what, and what happens when it cannot be."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import pytest

from bot.pictures import brush
from bot.pictures.days import ticks
from bot.pictures.easel import Easel, NotDrawn
from bot.pictures.letters import apart, broken, drawable, fitted, wide
from bot.render.picture import Chart
from tests.golden_files import check_golden
from tests.picture_stories import (
    HOSTILE,
    START,
    awkward,
    countries,
    pixels,
    places,
    ranks,
    shares,
)

STORIES = {"shares": shares, "ranks": ranks, "places": places, "countries": countries}
MOST_BYTES = 200_000
PROC = Path("/proc")
NOTHING = Chart({"data": {"values": [{}]}, "mark": "point"}, "nothing")


@pytest.fixture
async def easel() -> AsyncIterator[Easel]:
    """Lend an easel that has all the time it needs."""
    async with Easel(60) as lent:
        yield lent


def texts(spec: Any) -> list[str]:
    """Return every text that a card shows."""
    return [value["text"] for _, value in written(spec)]


def written(spec: Any) -> list[tuple[Any, Any]]:
    """Return each text that a card shows, with how it is written."""
    return [
        (layer["mark"], value)
        for layer in spec["layer"]
        if layer["mark"]["type"] == "text"
        for value in layer["data"]["values"]
    ]


@pytest.mark.parametrize("name", STORIES)
def test_each_kind_of_picture_is_specified_as_it_was(name: str) -> None:
    chart = STORIES[name]()
    spec = json.dumps(chart.spec, indent=1, ensure_ascii=False)
    check_golden(f"picture_{name}", f"{chart.alt}\n\n{spec}")


async def test_every_picture_is_small_and_has_its_text_on_it(easel: Easel) -> None:
    for chart in [*(story() for story in STORIES.values()), *awkward().values()]:
        drawn = await easel.draw(chart)
        assert len(drawn.png) < MOST_BYTES
        assert drawn.alt == chart.alt
        whole, bare = pixels(drawn.png), pixels((await easel.draw(without_text(chart))).png)
        inked = (whole != bare).any(axis=2)
        title = inked[: round(50 * brush.SCALE)]
        assert title.mean() > 0.01, "the title left no ink"
        assert inked.mean() > 0.01


def without_text(chart: Chart) -> Chart:
    """Return the same picture without a letter on it."""
    layers = [each for each in chart.spec["layer"] if each["mark"]["type"] != "text"]
    return Chart({**chart.spec, "layer": layers}, chart.alt)


def test_a_machine_without_fonts_draws_the_same_pixels(tmp_path: Path) -> None:
    empty = tmp_path / "fonts.conf"
    empty.write_text("<fontconfig></fontconfig>")
    spec = json.dumps(shares().spec).encode()
    asked = len(spec).to_bytes(brush.LENGTH, "big") + spec
    told = []
    for env in (
        {"FONTCONFIG_FILE": str(empty), "HOME": str(tmp_path)},
        {"PATH": os.environ["PATH"]},
    ):
        ran = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-P", brush.__file__],
            input=asked,
            env=env,
            capture_output=True,
            check=True,
            timeout=60,
        )
        told.append(ran.stdout)
    assert told[0] == told[1]
    assert told[0][brush.LENGTH : brush.LENGTH + 1] == b"+"


def test_no_picture_names_an_address_or_leaves_the_card() -> None:
    for chart in [*(story() for story in STORIES.values()), *awkward().values()]:
        spec = dict(chart.spec)
        assert spec.pop("$schema").startswith("https://vega.github.io/schema/")
        said = json.dumps(spec)
        assert '"url"' not in said
        assert '"href"' not in said
        assert '"signal"' not in said
        width = spec["width"] + spec["padding"]["left"] + spec["padding"]["right"]
        assert width == pytest.approx(480)
        for mark, value in written(spec):
            inside(mark, value, spec)


def inside(mark: Any, value: Any, spec: Any) -> None:
    """Assert that a line of text stands on the card, by its width and where it is set to."""
    size = wide(value["text"], mark["fontSize"], bold=mark["fontWeight"] == "bold")
    part = {"left": 0.0, "center": 0.5, "right": 1.0}[mark["align"]]
    left = value["x"] + spec["padding"]["left"] - size * part
    assert left >= -1, value
    assert left + size <= 481, value
    top = value["y"] + spec["padding"]["top"]
    height = spec["height"] + spec["padding"]["top"] + spec["padding"]["bottom"]
    assert 0 < top < height, value


async def test_what_is_hostile_is_drawn_as_text_and_told_in_full(easel: Easel) -> None:
    chart = awkward()["hostile"]
    assert (await easel.draw(chart)).png.startswith(b"\x89PNG")
    assert "智谱 AI 清华" in chart.alt
    assert not any("智" in line for line in texts(chart.spec))


async def test_figures_from_elsewhere_are_never_fetched(easel: Easel) -> None:
    away = Chart({"data": {"url": "https://example.com/a.csv"}, "mark": "point"}, "away")
    with pytest.raises(NotDrawn, match="not allowed"):
        await easel.draw(away)
    assert (await easel.draw(NOTHING)).png


async def test_a_picture_that_takes_too_long_is_done_without_and_the_next_is_drawn() -> None:
    async with Easel(60) as easel:
        await easel.draw(NOTHING)
        assert await easel.picture(shares(), 0.001) is None
        assert (await easel.draw(shares())).png


async def test_a_program_that_died_is_started_again() -> None:
    async with Easel(60) as easel:
        await easel.warm()
        running = easel.process
        assert running is not None
        running.kill()
        await running.wait()
        assert (await easel.draw(NOTHING)).png


async def test_drawing_takes_none_of_our_own_time(easel: Easel) -> None:
    await easel.draw(NOTHING)
    own, begin = process_time(), perf_counter()
    for chart in awkward().values():
        await easel.draw(chart)
    assert process_time() - own < (perf_counter() - begin) / 3


async def test_the_same_chart_is_drawn_once(easel: Easel) -> None:
    first, second = await easel.draw(shares()), await easel.draw(shares())
    assert first.png is second.png


@pytest.mark.skipif(not PROC.exists(), reason="this system does not show what processes are told")
async def test_the_program_that_draws_is_told_no_secret(easel: Easel) -> None:
    os.environ["SLACK_BOT_TOKEN"] = "told to nobody"  # noqa: S105 - a secret of this test
    try:
        await easel.warm()
    finally:
        del os.environ["SLACK_BOT_TOKEN"]
    assert easel.process is not None
    assert "SLACK" not in told(easel.process.pid)


def told(pid: int) -> str:
    """Return the environment that a process was given."""
    return (PROC / str(pid) / "environ").read_text()


def test_names_of_lines_never_stand_on_one_another() -> None:
    for wanted in ([10.0] * 9, [0.0, 1.0, 2.0, 180.0, 190.0], [95.0], [190.0] * 3):
        spots = sorted(apart(wanted, 17, 0, 194))
        assert all(after - before >= 17 - 1e-6 for before, after in pairwise(spots))
        assert spots[0] >= 0
        assert spots[-1] <= 194


def test_text_is_cut_visibly_to_what_the_font_can_show() -> None:
    assert drawable("智谱 AI") == "… AI"
    assert drawable("\u202e\u200b") == "…"
    for name in HOSTILE:
        assert wide(fitted(name, 100, 13), 13) <= 100
        assert len(broken(f"{name} {name} {name}", 100, 13, 2)) <= 2


def test_days_below_a_picture_are_few_and_apart() -> None:
    since = START + timedelta(hours=1)
    for days in (1, 2, 5, 14, 30, 90, 174, 400, 2000):
        found = ticks(since, since + timedelta(days=days), 210, 11.5)
        assert 1 <= len(found) <= 6, (days, found)
        assert [at for at, _ in found] == sorted({at for at, _ in found})
