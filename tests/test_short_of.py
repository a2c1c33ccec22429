"""Every detector that has a line says who comes nearest to it, and what is lacking."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.backtest import STARTERS
from bot.rules import parse_rule
from detectors import REGISTRY
from detectors.base import Explains, Lack, Short
from detectors.metric import Kind
from tests.shares import built, downloaded
from tests.test_breakout import hit, peers
from tests.world import Row, World, day, labs

# A licence or a gate has no line to come near to, and a suspicion no nearest suspect.
WITHOUT_A_LINE = {"access_change", "suspicious_growth"}


def short(line: str, *looks: Sequence[Row], days: int = 1) -> Sequence[Short]:
    """Return what a rule says of who came near, as looks come so many days apart."""
    world, rule = World(), parse_rule(line, labs())
    reads = [
        world.snapshot(day(5) + timedelta(days=days * at), Kind.CENSUS, {None: rows})
        for at, rows in enumerate(looks)
    ]
    assert isinstance(rule, Explains)
    *past, before, after = reads
    return rule.short_of(before, after, past)


def said(found: Sequence[Short]) -> list[tuple[str, Lack, str]]:
    return [(each.key, each.reason, each.sentence) for each in found]


def test_all_that_have_a_line_can_say_who_came_near() -> None:
    able = {name for name in REGISTRY if isinstance(parse_rule(STARTERS[name], labs()), Explains)}
    assert able == set(REGISTRY) - WITHOUT_A_LINE


def test_a_race_says_by_how_much_who_is_behind() -> None:
    rows = downloaded(qwen=505, meta=495)
    assert said(short("lead of downloads by lab margin 2%", rows, rows)) == [
        ("Qwen", Lack.BELOW, "50.5 %, 1 point ahead of Meta; it takes a lead of more than 2%"),
        ("Meta", Lack.BELOW, "49.5 %, 1 point behind Qwen; it takes a lead of more than 2%"),
    ]


def test_a_lead_that_chance_may_give_waits() -> None:
    rows = built(qwen=6, meta=4)
    (first, _) = short("lead of derivatives by family", rows, rows)
    assert (first.key, first.reason) == ("Qwen", Lack.UNCONFIRMED)
    assert first.sentence == "60 %, 20 points ahead of Meta, which chance alone may give"


def test_a_trend_waits_for_its_weeks_and_then_says_how_far_it_has_run() -> None:
    line = "momentum of downloads by lab who Qwen up over 9 weeks"
    steady = [downloaded(qwen=200 + 5 * (at % 2), meta=800) for at in range(12)]
    (waits,) = short(line, *steady[:4], days=7)
    assert waits.reason is Lack.UNCONFIRMED
    assert waits.sentence == "3 weekly changes are held, and it takes 9 to know the usual"
    (near,) = short(line, *steady, days=7)
    assert (near.key, near.reason) == ("Qwen", Lack.BELOW)
    assert near.sentence.endswith(" spreads up, of 5")


def test_an_index_says_how_far_from_its_line_it_is() -> None:
    rows = downloaded(qwen=30, meta=30, google=40)
    (near,) = short("concentration of downloads by lab above 5000", rows, rows)
    assert near.sentence == "3,400 points, 1,600 from the line of 5,000"
    (few,) = short(
        "concentration of derivatives by family above 1800", built(qwen=2), built(qwen=2)
    )
    assert (few.reason, few.sentence) == (
        Lack.UNCONFIRMED,
        "of 2 new derivatives the index is one of their number",
    )


def test_newcomers_are_told_like_any_share() -> None:
    rows = built(qwen=30, meta=70)
    (near,) = short("newcomers who Qwen above 50%", rows, rows)
    assert near.sentence == "30 %, 20 points below the line of 50%"


@pytest.mark.parametrize(
    ("likes", "downloads", "sentence"),
    [
        ((9, 1), (6, 4), "it leads in downloads too"),
        ((5, 5), (6, 4), "nobody leads in likes: Meta shares the first place"),
        ((52, 48), (48, 52), "4 points more than in downloads, of 10%"),
    ],
)
def test_a_gap_says_what_keeps_it_from_being_one(
    likes: tuple[int, int], downloads: tuple[int, int], sentence: str
) -> None:
    line = "gap of likes over downloads above 10% clear 5% in all"
    rows: list[Row] = [
        (name, {"likes": liked, "downloads": used})
        for name, liked, used in zip(("Qwen/q", "meta-llama/m"), likes, downloads, strict=True)
    ]
    (near,) = short(line, rows, rows)
    assert (near.reason, near.sentence) == (Lack.BELOW, sentence)


def test_an_unmapped_account_says_how_many_places_it_has() -> None:
    rows: list[Row] = [(f"nobody-{at}/m", {"trending_score": 9.0 - at}) for at in range(4)]
    found = short("unmapped lab above 30% in top 4 by trending", rows, rows)
    assert [each.sentence for each in found] == ["25 %, of 30%"] * 3


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("cadence of lab Qwen silent 90 days", "34 days without a release, of 90"),
        (
            "cadence of lab Qwen often",
            "0 in 30 days, and too short a past to know the usual",
        ),
    ],
)
def test_a_rhythm_says_how_far_it_is_from_its_line(line: str, sentence: str) -> None:
    rows: list[Row] = [
        ("Qwen/Qwen8-7B", {"created_at": day(-40), "likes": 1}),
        ("Qwen/Qwen9-7B", {"created_at": day(-28), "likes": 1}),
    ]
    (near,) = short(line, rows, rows)
    assert (near.key, near.sentence) == ("Qwen", sentence)


def test_growth_says_how_far_it_outgrew_its_peers() -> None:
    before, after = [hit(6_000), *peers(5_000)], [hit(6_700), *peers(5_500)]
    (near, *_) = short("breakout by downloads in all", before, after, days=7)
    assert near.reason is Lack.BELOW
    assert " spreads above its peers, of 5, and " in near.sentence


def test_of_nothing_there_is_nothing_to_share_out() -> None:
    nothing: list[Row] = [("Qwen/m", {"downloads": 0, "likes": 0})]
    for line in (
        "lead of downloads by lab",
        "concentration of downloads by lab above 1800",
        "momentum of downloads by lab anyone up",
        "gap of likes over downloads above 10% in all",
    ):
        (found,) = short(line, nothing, nothing)
        assert found.reason is Lack.UNKNOWN
