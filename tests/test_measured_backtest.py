"""The default rules keep the aims that docs/backtest.md gives beside their figures."""

from datetime import timedelta
from pathlib import Path

from detectors.shift import Event, Status
from tests.measure_backtest import LABELS, TOP, entries, replayed, report
from tests.measure_recorded import COVERED, LABS, RECORDED, grown, told

DOC = Path(__file__).parent.parent / "docs" / "backtest.md"


async def test_the_default_rules_keep_their_aims_on_half_a_year() -> None:
    held = await replayed()
    plain = entries(held.tops)
    fired = [each for each in held.shifts if each.rule == TOP and each.status is Status.FIRING]
    again = sum(each.facts.event is Event.RE_ENTRY for each in fired)
    assert again * 4 <= sum(back for _, _, back, _ in plain)
    weeks = (held.notes[-1].taken_at - held.notes[0].taken_at) / timedelta(days=7)
    assert 0 < held.alerts <= 5 * weeks
    assert "stayed 3 days or more, missed | 0 |" in report(held)


async def test_coverage_that_grows_between_the_labs_crawls_causes_no_share_alert() -> None:
    found = await told(LABS, COVERED[::4])
    assert len(found.snapshots) == 5
    assert found.shifts
    assert grown(found) == []


def test_the_report_says_the_same_of_coverage() -> None:
    text = DOC.read_text("utf-8")
    assert "of these 0 that are not crossings among the models" in text
    assert all(path.name in text for path in RECORDED)


def test_the_report_counts_every_label() -> None:
    labels = LABELS.read_text("utf-8").splitlines()[1:]
    assert len(labels) >= 60
    assert f"of {len(labels)}\n" in DOC.read_text("utf-8")
