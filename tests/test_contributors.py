"""Whose models newcomers build on is told by authors, each counted once."""

import pytest

from detectors.contributors import Contributors
from detectors.share_threshold import Side
from tests.golden_files import check_golden
from tests.shares import built
from tests.test_render import texts_of
from tests.world import Row, World, day

RULE = "newcomers who Qwen above 50% clear 45%"


def test_a_majority_of_newcomers_is_told_with_the_family_that_comes_next() -> None:
    world = World([RULE])
    world.census(day(2), built(qwen=40, meta=40, google=20))
    up = world.census(day(3), built(qwen=66, meta=24, unknown=10))
    assert [(shift.rule, shift.detector, shift.key) for shift in up] == [
        (RULE, "contributors", "Qwen")
    ]
    down = world.census(day(4), built(qwen=30, meta=60, unknown=10))
    check_golden("alert_newcomers", f"{texts_of(up)}\n\n{texts_of(down)}")


def test_a_prolific_newcomer_counts_once() -> None:
    world = World([RULE])
    world.census(day(2), built(qwen=20, meta=20))
    tags = ("base_model:finetune:Qwen/base",)
    flood: list[Row] = [
        (f"qwen0/extra{at}", {"created_at": day(1), "tags": tags}) for at in range(200)
    ]
    assert world.census(day(3), [*built(qwen=20, meta=20), *flood]) == []


def test_who_built_before_is_no_newcomer() -> None:
    world = World([RULE])
    world.census(day(2), built(meta=40))
    (shift,) = world.census(day(25), [*built(meta=20, qwen=60)])
    assert (shift.evidence.denominator, shift.evidence.after) == (80, 0.75)
    # Two months on all of them have built before, and who comes then is another.
    later = [*built(meta=20, qwen=60), *built_at(60, meta=40)]
    (shift,) = world.census(day(61), later)
    assert (shift.evidence.denominator, shift.evidence.after) == (40, 0)


def built_at(number: int, **derivatives: int) -> list[Row]:
    """Return derivatives of that day, by authors of their own."""
    fresh = (pair for row in built(**derivatives) if isinstance(row, tuple) for pair in [row])
    return [(f"late-{name}", {**fields, "created_at": day(number)}) for name, fields in fresh]


def test_a_handful_of_newcomers_waits() -> None:
    world = World([RULE])
    world.census(day(2), built(qwen=1, meta=3))
    assert world.census(day(3), built(qwen=4, meta=2)) == []


def test_a_line_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="clear 60% must not lie above the line of 50%"):
        Contributors("Qwen", Side.ABOVE, 0.5, 0.6)
