"""What the Hub's counters were seen to do is withheld with its reason; ordinary days are not."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pytest

from bot.hub.port import Listing, Reading
from bot.intake import snapshot_of
from bot.ledger import Ledger
from detectors.counters import totals
from detectors.health import admit, agree
from detectors.metric import Kind, Metric
from detectors.snapshot import Snapshot
from detectors.verdict import Basis, Intake, Reason, Verdict
from tests.counted import counted, scaled
from tests.world import START, Row, day, labs, models

Figures = Mapping[str, Mapping[str, float | None]]
LEDGER = Ledger(labs())


def of(
    rows: Sequence[Row],
    at: datetime = START,
    *,
    by: Metric | None = None,
    kind: Kind = Kind.CENSUS,
) -> Snapshot:
    return snapshot_of(Reading(at, kind, (Listing(by, models(*rows)),)), LEDGER)[0]


def against(last: Snapshot, after: Snapshot, **basis: Snapshot) -> Verdict:
    lists = dict.fromkeys(last.lists, last)
    return admit(after, Intake(), Basis(last=last, lists=lists, older=basis.get("older")))


def named(count: int) -> list[Row]:
    return [f"x/{number}" for number in range(count)]


def test_the_first_good_snapshot_is_admitted() -> None:
    assert admit(of(named(3)), Intake(), Basis()) == Verdict(Reason.ADMITTED)


def test_an_empty_listing_is_withheld() -> None:
    verdict = admit(of([]), Intake(), Basis())
    assert verdict == Verdict(Reason.EMPTY, "the listing holds no models")


def test_one_empty_list_of_several_is_withheld() -> None:
    lists = (Listing(Metric.TRENDING, models("x/a")), Listing(Metric.LIKES, ()))
    snapshot, intake = snapshot_of(Reading(day(1), Kind.PULSE, lists), LEDGER)
    verdict = admit(snapshot, intake, Basis())
    assert verdict == Verdict(Reason.EMPTY, "the list by likes holds no models")


def test_a_partial_reading_is_withheld_with_what_it_says() -> None:
    verdict = admit(of([]), Intake(partial="2 of 3 pages"), Basis())
    assert verdict == Verdict(Reason.PARTIAL, "2 of 3 pages")


def test_repeated_ids_are_withheld_and_named() -> None:
    rows = ["x/a", "x/b", "x/a", "x/b", "x/c"]
    snapshot, intake = snapshot_of(
        Reading(day(1), Kind.CENSUS, (Listing(None, models(*rows)),)), Ledger(labs())
    )
    verdict = admit(snapshot, intake, Basis())
    assert verdict == Verdict(Reason.DUPLICATED, "2 of 5 rows list a model again: x/a, x/b")


@pytest.mark.parametrize(
    ("again", "reason"), [(1, Reason.ADMITTED), (2, Reason.ADMITTED), (3, Reason.DUPLICATED)]
)
def test_a_list_may_repeat_a_hundredth_of_its_rows(again: int, reason: Reason) -> None:
    some: list[Row] = ["x/1"] * again
    lists = (
        Listing(Metric.LIKES, models(*named(200 - again), *some)),
        Listing(Metric.TRENDING, models(*named(400))),
    )
    snapshot, intake = snapshot_of(Reading(day(1), Kind.PULSE, lists), Ledger(labs()))
    assert (len(snapshot), intake.repeated) == (400, again)
    assert admit(snapshot, intake, Basis()).reason is reason


def test_two_ids_of_one_repo_in_a_list_are_duplicates() -> None:
    rows: list[Row] = [("x/old", {"oid": "1"}), ("x/new", {"oid": "1"})]
    snapshot, intake = snapshot_of(
        Reading(day(1), Kind.CENSUS, (Listing(None, models(*rows)),)), Ledger(labs())
    )
    assert admit(snapshot, intake, Basis()).reason is Reason.DUPLICATED


@pytest.mark.parametrize(("rows", "reason"), [(50, Reason.ADMITTED), (49, Reason.TRUNCATED)])
@pytest.mark.parametrize(("by", "kind"), [(None, Kind.CENSUS), (Metric.LIKES, Kind.PULSE)])
def test_half_the_rows_of_the_last_are_wanted(
    rows: int, reason: Reason, by: Metric | None, kind: Kind
) -> None:
    last = of(named(100), by=by, kind=kind)
    after = of(named(rows), day(2), by=by, kind=kind)
    assert against(last, after).reason is reason


def test_each_list_is_compared_with_the_last_of_its_own() -> None:
    likes = of(named(100), by=Metric.LIKES, kind=Kind.PULSE)
    trending = of(named(30), day(2), by=Metric.TRENDING, kind=Kind.PULSE)
    assert against(likes, trending).admitted
    short = of(named(40), day(3), by=Metric.LIKES, kind=Kind.PULSE)
    verdict = admit(short, Intake(), Basis(last=trending, lists={Metric.LIKES: likes}))
    assert verdict.detail == "the list by likes has 40 models, 100 the time before"


def test_a_field_known_of_less_than_half_the_models_is_a_half_listing() -> None:
    last = of(counted("likes", [1] * 10))
    some: list[float | None] = [1] * 4
    assert against(last, of(counted("likes", some + [None] * 6))).reason is Reason.TRUNCATED
    assert against(last, of(counted("likes", [1, *some, *[None] * 5]))).admitted
    # Where nobody carries it the census does not speak of it.
    assert against(last, of(counted("likes", [None] * 10))).admitted


@pytest.mark.parametrize(
    ("models_", "falling", "reason"),
    [
        (100, 5, Reason.ADMITTED),
        (100, 6, Reason.RESET),
        (20, 1, Reason.ADMITTED),
        (20, 2, Reason.RESET),
    ],
)
def test_all_time_counters_may_fall_for_one_in_twenty(
    models_: int, falling: int, reason: Reason
) -> None:
    last = of(counted("downloads_all_time", [100] * models_))
    after = of(counted("downloads_all_time", [99] * falling + [101] * (models_ - falling)), day(2))
    assert against(last, after).reason is reason


def test_only_models_in_both_snapshots_have_fallen() -> None:
    last = of(counted("downloads_all_time", [100, 100, None]))
    after = of(counted("downloads_all_time", [None, 100, 5]), day(2))
    assert against(last, after).admitted


@pytest.mark.parametrize(
    ("fall", "days", "reason"),
    [
        (0.26, 1, Reason.RESET),
        (0.5, 1, Reason.RESET),
        (0.5, 3, Reason.RESET),
        (0.05, 1, Reason.ADMITTED),
        (0.26, 6, Reason.ADMITTED),
        (0.26, 1 / 24, Reason.RESET),
        (-0.5, 1, Reason.ADMITTED),
    ],
)
def test_large_models_do_not_all_fall_together_in_a_day(
    fall: float, days: float, reason: Reason
) -> None:
    last = of(counted("downloads", scaled(1)))
    after = of(counted("downloads", scaled(1 - fall)), day(1) + timedelta(days=days))
    assert against(last, after).reason is reason


def test_some_large_models_that_fall_are_their_own_affair() -> None:
    last = of(counted("downloads", scaled(1)))
    after = of(counted("downloads", scaled(0.5)[:9] + scaled(1)[9:]), day(2))
    assert against(last, after).admitted


def test_a_few_large_models_are_no_panel() -> None:
    last = of(counted("downloads", scaled(1, 4)))
    assert against(last, of(counted("downloads", scaled(0.5, 4)), day(2))).admitted


@pytest.mark.parametrize(
    ("still", "hours", "reason"),
    [
        (9, 36, Reason.ADMITTED),
        (10, 36, Reason.FROZEN),
        (40, 36, Reason.FROZEN),
    ],
)
def test_less_than_a_quarter_of_the_large_models_stand_still(
    still: int, hours: int, reason: Reason
) -> None:
    older = of(counted("downloads", scaled(1)))
    moved = scaled(1)[:still] + scaled(1.01)[still:]
    after = of(counted("downloads", moved), day(1, hours))
    assert against(older, after, older=older).reason is reason


def test_counters_may_stand_still_for_a_day() -> None:
    last = of(counted("downloads", scaled(1)))
    assert against(last, of(counted("downloads", scaled(1)), day(2))).admitted


@pytest.mark.parametrize(("total", "reason"), [(300, Reason.ADMITTED), (299, Reason.RESET)])
def test_the_total_is_measured_against_its_median(total: int, reason: Reason) -> None:
    basis = Basis(totals={Metric.LIKES: [900, 1000, 5000]})
    assert admit(of(counted("likes", [total, 0])), Intake(), basis).reason is reason


def test_totals_are_those_a_snapshot_speaks_for() -> None:
    fields = {"likes": 1, "downloads": 2, "trending_score": 3.0}
    rows: list[Row] = [("x/a", fields), ("x/b", {"likes": 4})]
    assert totals(of(rows)) == {Metric.LIKES: 5, Metric.DOWNLOADS: 2}
    assert totals(of(rows, by=Metric.LIKES, kind=Kind.PULSE)) == {Metric.LIKES: 5}
    # A list ordered by what some rows do not tell has no sum.
    assert totals(of(rows, by=Metric.DOWNLOADS, kind=Kind.PULSE)) == {}


@pytest.mark.parametrize(
    ("reason", "comparative"),
    [
        (Reason.EMPTY, False),
        (Reason.PARTIAL, False),
        (Reason.DUPLICATED, False),
        (Reason.SILENT, False),
        (Reason.TRUNCATED, True),
        (Reason.RESET, True),
        (Reason.FROZEN, True),
    ],
)
def test_only_a_comparison_can_be_wrong_about_the_baseline(
    reason: Reason, *, comparative: bool
) -> None:
    assert Verdict(reason).comparative is comparative
    assert not Verdict(reason).admitted


def test_snapshots_agree_that_tell_the_same_story() -> None:
    half = of(counted("downloads", scaled(0.5)))
    assert agree(of(counted("downloads", scaled(0.51)), day(2)), half)
    assert not agree(of(counted("downloads", scaled(0.25)), day(2)), half)
    assert not agree(of(counted("downloads", scaled(1)), day(2)), half)
    assert not agree(of(named(10), day(2)), of(named(30)))
    assert not agree(of(named(30), day(2)), of(named(10)))
    grown = of(counted("downloads_all_time", [2, 3]), day(2))
    assert agree(grown, of(counted("downloads_all_time", [1, 2])))


def test_counters_of_many_large_models_wiped_at_once_are_a_reset() -> None:
    figures = scaled(1.0, count=40)
    half = [0 if number % 2 else figure for number, figure in enumerate(figures)]
    verdict = against(of(counted("downloads", figures)), of(counted("downloads", half), day(2)))
    assert verdict.reason is Reason.RESET
    assert verdict.detail == "downloads of 20 of 40 large models were wiped out at once"


@pytest.mark.parametrize(
    ("falling", "kept", "days", "reason"),
    [
        (20, 0.5, 1, Reason.RESET),
        (20, 0.5, 3, Reason.RESET),
        (10, 0.5, 1, Reason.RESET),
        (9, 0.5, 1, Reason.ADMITTED),
        (20, 0.7, 1, Reason.ADMITTED),
        (20, 0.5, 10, Reason.ADMITTED),
    ],
)
def test_a_quarter_of_the_large_models_do_not_lose_half_of_their_month_in_days(
    falling: int, kept: float, days: int, reason: Reason
) -> None:
    figures = [*scaled(kept)[:falling], *scaled(1)[falling:]]
    verdict = against(
        of(counted("downloads", scaled(1))),
        of(counted("downloads", figures), START + timedelta(days=days)),
    )
    assert verdict.reason is reason


def test_wiped_models_are_missed_where_a_list_no_longer_shows_them() -> None:
    figures = scaled(1.0, count=40)
    before = of(counted("downloads", figures), by=Metric.DOWNLOADS, kind=Kind.PULSE)
    rest = [row for number, row in enumerate(counted("downloads", figures)) if number % 2]
    verdict = against(before, of(rest, day(2), by=Metric.DOWNLOADS, kind=Kind.PULSE))
    assert verdict.reason is Reason.RESET


def test_a_single_wiped_model_is_its_own_affair() -> None:
    figures = scaled(1.0, count=40)
    one = [0, *figures[1:]]
    verdict = against(of(counted("downloads", figures)), of(counted("downloads", one), day(2)))
    assert verdict.admitted


def test_models_that_only_the_last_read_lacked_have_come_back() -> None:
    whole = [*named(40), *dated(30, START - timedelta(days=300))]
    verdict = against(of(named(40), day(3)), of(whole, day(4)), older=of(whole, day(1)))
    assert verdict.admitted


def dated(count: int, created: datetime) -> list[Row]:
    return [(f"new/{number}", {"created_at": created}) for number in range(count)]


@pytest.mark.parametrize(
    ("age", "count", "reason"),
    [
        (timedelta(days=300), 30, Reason.GROWN),
        (timedelta(days=10), 30, Reason.ADMITTED),
        (timedelta(days=300), 5, Reason.ADMITTED),
    ],
)
def test_old_models_listed_for_the_first_time_are_a_wider_crawl(
    age: timedelta, count: int, reason: Reason
) -> None:
    wider = of([*named(40), *dated(count, START - age)], day(2))
    assert against(of(named(40)), wider).reason is reason
