"""Charts from a real store: of censuses the small tables are enough, and no line brings it down."""

from datetime import datetime, timedelta
from random import Random

import pytest
from redis.asyncio import Redis

from bot.desk import KIND
from bot.gallery.scenes import SCENES, Scene
from bot.lookups import answer
from bot.store.keys import Keys
from bot.store.store import Store
from bot.views import Note
from detectors.labs import Labs
from detectors.snapshot import Snapshot

LEAD = next(scene for scene in SCENES if scene.rule == "lead of downloads by lab")
FAMILY = next(scene for scene in SCENES if scene.rule.startswith("share of derivatives"))
WORDS = (
    *("chart", "share", "of", "by", "in", "since", "on", "top", "country", "countries", "lab"),
    *("model", "10", "0", "1001", "downloads", "likes", "trending", "derivatives", "slots", "all"),
    *("llm", "Qwen", "China", '"', "“Meta”", "2026-02-01", "2031-01-01", "today", "panel", "x"),
    *("qwen-model", "text-generation", "license", "mit", "-1", "\u202e", "智谱", "%"),
)


class Narrow(Store):
    """A store with a visible list of the Snapshots that were read with all their columns."""

    wholes: list[str]

    async def whole(self, note: Note) -> Snapshot | None:
        self.wholes.append(note.id)
        return await super().whole(note)


@pytest.fixture
def narrow(client: Redis, labs: Labs, keys: Keys) -> Narrow:
    """Return an empty store that keeps count."""
    made = Narrow(client, labs, keys)
    made.wholes = []
    return made


async def played(scene: Scene, store: Narrow, labs: Labs) -> datetime:
    """Play a scene into a store, and return a time after it; only what is read later counts."""
    told = await scene.play(store, labs)
    store.wholes.clear()
    return told[0].taken_at + timedelta(days=1)


@pytest.mark.parametrize(
    "line",
    [
        "chart share of downloads by lab",
        "chart share of downloads by country since 2026-01-20",
        "chart top 3 by downloads in all",
        "chart model qwen-model",
    ],
)
async def test_of_censuses_the_small_tables_are_enough(
    line: str, narrow: Narrow, labs: Labs
) -> None:
    now = await played(LEAD, narrow, labs)
    found = await answer(line, narrow, labs, now)
    assert found.chart is not None
    assert narrow.wholes == []


async def test_a_crossing_that_a_census_saw_is_drawn_from_its_tables(
    narrow: Narrow, labs: Labs
) -> None:
    now = await played(FAMILY, narrow, labs)
    (shift, *_) = await narrow.shifts()
    found = await answer(f"chart {shift.id}", narrow, labs, now)
    assert found.chart is not None
    assert "The line is at 40" in found.chart.alt
    assert narrow.wholes == []


async def test_no_line_about_charts_brings_it_down(narrow: Narrow, labs: Labs) -> None:
    now = await played(LEAD, narrow, labs)
    chance = Random(7)  # noqa: S311 - the same lines each time
    lines = [
        " ".join(["chart", *chance.choices(WORDS, k=chance.randint(0, 8))]) for _ in range(400)
    ]
    ends = [
        await end(line, narrow, labs, now) for line in [*lines, "chart top 3 by downloads in all"]
    ]
    assert ends[-1] == "drawn"
    assert all(ends)


async def end(line: str, store: Store, labs: Labs, now: datetime) -> str:
    """Return what comes of a line: that it was drawn, or why not, for the person to read."""
    try:
        found = await answer(line, store, labs, now)
    except KIND as error:
        return str(error)
    return "drawn" if found.chart is not None else "answered"
