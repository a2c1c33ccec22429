"""A share in fewer hands, or in more, is told when its Herfindahl index crosses a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.concentration import LEAST, WHOLE, Concentration, error, index
from detectors.metric import Kind
from detectors.share import By, Of, Share, ShareQuestion
from detectors.share_threshold import Side
from detectors.shift import Shift
from tests.golden_files import check_golden
from tests.shares import built, downloaded
from tests.test_render import texts_of
from tests.world import Row, World, day

RULE = "concentration of downloads by lab above 3000 clear 2700"


def share(rows: list[Row], question: ShareQuestion) -> Share:
    found = World().snapshot(day(2), Kind.CENSUS, {None: rows}).share(question)
    assert found is not None
    return found


BY_LAB = ShareQuestion(Of.DOWNLOADS, By.LAB)
BY_FAMILY = ShareQuestion(Of.DERIVATIVES, By.FAMILY)


@pytest.mark.parametrize(
    ("parts", "points"),
    [
        ({"qwen": 100}, 10_000),
        ({"qwen": 50, "meta": 50}, 5_000),
        ({"qwen": 25, "meta": 25, "google": 25, "mistral": 25}, 2_500),
        # The unknown part counts as many small ones.
        ({"qwen": 50, "unknown": 50}, 2_500),
        ({"unknown": 100}, 0),
        ({}, 0),
    ],
)
def test_the_index_is_the_sum_of_squares(parts: dict[str, int], points: float) -> None:
    assert index(share(downloaded(**parts), BY_LAB)) == points


@given(st.lists(st.integers(0, 1_000), min_size=5, max_size=5))
def test_the_index_lies_between_that_of_equal_parts_and_the_whole(counts: list[int]) -> None:
    parts = dict(zip(("qwen", "meta", "google", "mistral", "unknown"), counts, strict=True))
    found = share(downloaded(**parts), BY_LAB)
    known = sum(found.part(group) for group in found.amounts)
    least = WHOLE * known**2 / max(len(found.amounts), 1)
    assert least - 1e-3 <= index(found) <= WHOLE


def statuses(shifts: list[Shift]) -> list[str]:
    return [f"{shift.status.value} {shift.facts.event.value}" for shift in shifts]


def test_a_line_is_crossed_and_cleared_once() -> None:
    world = World([RULE])
    walk = (25, 45, 42, 45, 30)
    looks = [
        downloaded(qwen=qwen, meta=(100 - qwen) // 3, google=(100 - qwen) // 3, mistral=20)
        for qwen in walk
    ]
    told = [statuses(world.census(day(at), rows)) for at, rows in enumerate(looks, start=1)]
    assert told == [[], ["firing up"], [], [], ["resolved down"]]


def test_below_the_line_means_in_more_hands() -> None:
    world = World(["concentration of downloads by lab below 3000"])
    world.census(day(1), downloaded(qwen=60, meta=40))
    found = world.census(day(2), downloaded(qwen=25, meta=25, google=25, mistral=25))
    assert statuses(found) == ["firing down"]


def test_a_handful_of_derivatives_is_no_concentration() -> None:
    world = World(["concentration of derivatives by family above 5000"])
    world.census(day(2), built(qwen=20, meta=20))
    assert world.census(day(3), built(qwen=LEAST - 1)) == []
    assert statuses(world.census(day(4), built(qwen=LEAST))) == ["firing up"]


def test_of_what_is_drawn_a_crossing_that_chance_could_explain_waits() -> None:
    world = World(["concentration of derivatives by family above 5000"])
    world.census(day(2), built(qwen=20, meta=20, google=10))
    assert world.census(day(3), built(qwen=36, meta=14)) == []
    assert statuses(world.census(day(4), built(qwen=45, meta=5))) == ["firing up"]


def test_the_error_is_that_of_simpson() -> None:
    # Parts 0.6 and 0.4 of 100: 2 * sqrt((0.28 - 0.52²) / 100).
    assert error(share(built(qwen=60, meta=40), BY_FAMILY)) == pytest.approx(195.959, abs=1e-3)


def test_of_an_empty_share_nothing_stands() -> None:
    world = World([RULE])
    world.census(day(1), downloaded(qwen=100))
    assert statuses(world.census(day(2), [])) == ["resolved down"]
    assert world.census(day(3), []) == []


def test_a_message_says_as_how_many_equal_labs_it_is_and_who_the_largest_are() -> None:
    world = World([RULE])
    world.census(day(1), downloaded(qwen=30, meta=30, google=20, mistral=10, unknown=10))
    up = world.census(day(2), downloaded(qwen=55, meta=20, google=10, mistral=5, unknown=10))
    down = world.census(day(3), downloaded(qwen=30, meta=30, google=20, mistral=20))
    check_golden("alert_concentration", f"{texts_of(up)}\n\n{texts_of(down)}")


@pytest.mark.parametrize(
    ("side", "fire_at", "clear_at", "message"),
    [
        (Side.ABOVE, 1800, 1900, "clear 1900 must not lie above the line of 1800"),
        (Side.BELOW, 1800, 1700, "clear 1700 must not lie below the line of 1800"),
        (Side.ABOVE, 20_000, 1800, "an index is at most 10000, got 20000"),
        (Side.ABOVE, 0, 0, "the line must be a whole number of at least 1, got 0"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused(
    side: Side, fire_at: int, clear_at: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Concentration(BY_LAB, side, fire_at, clear_at)
