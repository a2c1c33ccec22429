"""What chance alone could do to a count is bounded, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.interval import DRAWN, interval, wilson
from detectors.metric import Kind
from detectors.share import By, Of, ShareQuestion
from tests.world import Row, World, day


# R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3.
@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_the_published_one(count: int, total: int, low: float, high: float) -> None:
    assert [round(end, 4) for end in wilson(count, total)] == [low, high]


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_the_part_itself_always_lies_within(count: int, more: int) -> None:
    low, high = wilson(count, count + more)
    assert 0 <= low <= count / (count + more) <= high <= 1


def test_only_what_is_drawn_has_an_interval() -> None:
    rows: list[Row] = [
        ("Qwen/a", {"likes": 1, "created_at": day(1)}),
        ("jo/b", {"likes": 1, "created_at": day(1)}),
    ]
    snapshot = World().snapshot(day(2), Kind.CENSUS, {None: rows})
    found = {of: snapshot.share(ShareQuestion(of, By.LAB)) for of in (Of.NEW, Of.LIKES)}
    ends = {of: interval(share, "Qwen") for of, share in found.items() if share is not None}
    assert ends == {Of.NEW: wilson(1, 2), Of.LIKES: (0.5, 0.5)}
    assert {Of.SLOTS, Of.DOWNLOADS, Of.LIKES}.isdisjoint(DRAWN)
