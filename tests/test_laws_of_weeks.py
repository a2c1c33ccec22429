"""The laws hold where a trend breaks, too: what looks at weeks takes more of them than a few."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

from detectors.metric import Kind
from tests import test_laws as laws
from tests.law_stories import WEEKS, Hub, Rows, groups_of, told, week_of

LINES = (
    "momentum of downloads by lab anyone up over 9 weeks",
    "momentum of downloads by lab who Qwen down over 12 weeks",
)
(GROUP,) = groups_of((Kind.CENSUS, line) for line in LINES)
LAWS = (
    laws.test_the_same_snapshot_twice_says_nothing,
    laws.test_there_is_one_shift_per_key,
    laws.test_firing_and_resolved_alternate,
    laws.test_no_edge_is_missed,
    laws.test_nothing_stands_on_an_empty_hub,
    laws.test_the_evidence_of_a_shift_recomputes_to_the_same_figures,
    laws.test_judging_loses_no_shift_and_gives_each_its_cause_and_its_reasons,
    laws.test_nobody_is_called_short_who_stands_or_fires,
)


STEADY = [week_of(count) for count in (200, 202, 198, 201, 199, 200, 203, 197, 200, 201, 199, 200)]


@pytest.mark.parametrize(("line", "counts"), [*zip(LINES, ((400, 600), (120, 40)), strict=True)])
def test_such_weeks_do_break_a_trend(line: str, counts: tuple[int, int]) -> None:
    history = [*STEADY, *(week_of(count) for count in counts)]
    assert any(told(line, Hub(GROUP, history).reads).news)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@settings(max_examples=12)
@given(history=WEEKS)
def test_a_trend_keeps_the_law(law: Callable[..., Any], history: list[Rows]) -> None:
    inner: Any = law
    inner.hypothesis.inner_test(GROUP, history)
