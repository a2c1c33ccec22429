"""The press's seven claims: each figure, and when it cannot be told."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.app import opened_empty, recorded_hub
from bot.demo import recording
from bot.lookups import NothingHeld, answer
from bot.replay import replay
from bot.settings import read_settings
from detectors.metric import Kind, Metric
from tests.golden_files import check_golden
from tests.shares import built, slots
from tests.world import Row, World, day

NOW = day(9, 12)


async def asked(hub: World) -> str:
    return (await answer("claims", hub.views, hub.labs, NOW)).text


def released(*days: int) -> list[Row]:
    return [(f"Qwen/Model{n}", {"created_at": day(n), "likes": n}) for n in days]


def _made(rows: list[Row]) -> list[tuple[str, Mapping[str, Any]]]:
    return [row for row in rows if not isinstance(row, str)]


async def test_the_claims_read_as_they_were_read_before() -> None:
    hub = World(["top 1 by trending in all"])
    hub.look(day(8), Kind.PULSE, {Metric.TRENDING: slots("cccccccuux")})
    past = datetime(2025, 1, 5, tzinfo=UTC)
    then = [(name, {**more, "created_at": past}) for name, more in _made(built(meta=5, qwen=5))]
    hub.census(past, then)
    hub.census(day(8, 1), [*built(qwen=6, meta=1, unknown=1), *released(2, 4, 7)])
    check_golden("claims", await asked(hub))


async def test_a_census_only_claim_cannot_be_told_from_pulses() -> None:
    hub = World(["top 1 by trending in all"])
    hub.look(day(8), Kind.PULSE, {Metric.TRENDING: slots("cccccuuuux")})
    check_golden("claims_pulse", await asked(hub))


async def test_a_model_that_is_gated_is_named_with_the_claim_of_access() -> None:
    hub = World(["access change in top 3 by likes"])
    for number, gated in enumerate([False, False, "auto", "auto", "auto"], start=3):
        hub.census(day(number), [("meta-llama/L", {"likes": 900, "gated": gated})])
    text = await asked(hub)
    assert "7. Labs open and restrict access: holds\n" in text
    assert "1 shift. Definition" in text


async def test_the_claims_of_the_demos_half_a_year_read_as_they_were_read_before() -> None:
    hub = recorded_hub([recording()])
    async with opened_empty(read_settings({})) as app:
        await replay(hub.readings(), app.quiet_watch(), app.works())
        found = await answer("claims", app.store, app.labs, datetime(2026, 5, 1, tzinfo=UTC))
        then = await answer("claims", app.store, app.labs, datetime(2025, 12, 31, tzinfo=UTC))
    check_golden("claims_demo", f"{found.text}\n\n{then.text}")


async def test_claims_of_nothing_held_say_what_to_do() -> None:
    with pytest.raises(NothingHeld, match="Nothing is held yet"):
        await asked(World(["top 1 by trending in all"]))


async def claimed(number: int, *rows: Row, then: list[Row] | None = None) -> str:
    """Return what is said of one claim on a census, and one of a year before."""
    hub = World(["top 1 by trending in all"])
    if then is not None:
        past = datetime(2025, 1, 5, tzinfo=UTC)
        hub.census(past, [(name, {**more, "created_at": past}) for name, more in _made(then)])
    hub.census(day(8), list(rows))
    text = await asked(hub)
    return text[text.index(f"\n{number}. ") :].partition("\n\n")[0].strip()


@pytest.mark.parametrize(
    ("now", "then", "verdict"),
    [
        ({"meta": 1, "qwen": 9}, {"meta": 5, "qwen": 5}, "holds"),
        ({"meta": 1, "qwen": 7, "unknown": 2}, {"meta": 5, "qwen": 5}, "cannot be told"),
        ({"meta": 3, "qwen": 7}, {"meta": 5, "qwen": 5}, "does not hold"),
        ({"meta": 1, "qwen": 9}, {"meta": 4, "qwen": 4, "unknown": 2}, "cannot be told"),
        ({"meta": 1, "qwen": 9}, {"meta": 4, "qwen": 6}, "does not hold"),
    ],
)
async def test_what_is_unknown_may_decide_how_far_meta_fell(
    now: dict[str, int], then: dict[str, int], verdict: str
) -> None:
    text = await claimed(4, *built(**now), then=built(**then))
    assert f"at least 45 %): {verdict}" in " ".join(text.split())


@pytest.mark.parametrize(
    ("now", "verdict", "said"),
    [
        ({"qwen": 6, "meta": 2}, "holds", "Qwen comes first with 75 %."),
        ({"qwen": 4, "meta": 3, "unknown": 2}, "cannot be told", "Qwen comes first"),
        ({"qwen": 3, "meta": 4, "unknown": 2}, "cannot be told", "Meta comes first"),
        ({"qwen": 4, "meta": 4}, "does not hold", "Meta and Qwen come first with 50 % each."),
        ({"unknown": 3}, "cannot be told", "families that they build on are all unknown"),
    ],
)
async def test_what_is_unknown_may_decide_whom_newcomers_build_on(
    now: dict[str, int], verdict: str, said: str
) -> None:
    text = " ".join((await claimed(5, *built(**now))).split())
    assert f"any other family: {verdict}" in text
    assert said in text


async def test_lineage_without_a_derivative_of_the_month_is_not_called_missing() -> None:
    old = [
        (name, {**more, "created_at": datetime(2024, 1, 1, tzinfo=UTC)})
        for name, more in _made(built(qwen=3))
    ]
    text = " ".join((await claimed(3, *old)).split())
    assert "It needs a census that has lineage, and derivatives of the 30 days before it." in text


async def test_chinese_places_are_told_by_downloads_too_where_they_are_held() -> None:
    hub = World(["top 1 by trending in all"])
    more = {"pipeline_tag": "text-generation", "trending_score": 5.0}
    rows = [("Qwen/A", {**more, "downloads": 9})]
    rows += [(f"meta-llama/B{at}", {**more, "downloads": 20 + at}) for at in range(10)]
    hub.census(day(8), rows)
    text = " ".join((await asked(hub)).split())
    assert "0 of 10 places by downloads among language models: does not hold." in text
