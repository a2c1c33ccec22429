"""A lab's releases: unusually often, none for long, and again after a silence."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest

from detectors.labs import Labs
from detectors.metric import Kind
from detectors.release_dates import RELEASED
from detectors.releases import Releases, stem
from detectors.shift import Severity, Shift
from tests.golden_files import check_golden
from tests.test_render import texts_of
from tests.world import Row, World, day, labs

OFTEN = "cadence of anyone often"
SILENT = "cadence of anyone silent 180 days"
NOW = 400


def repo(name: str, at: int, hour: int = 0) -> Row:
    return f"Qwen/{name}", {"created_at": day(at, hour)}


def monthly(upto: int, every: int = 30) -> list[Row]:
    """Return a release every month, from the first day on."""
    return [repo(f"old-{at}", at) for at in range(1, upto, every)]


def burst(count: int, end: int = NOW) -> list[Row]:
    return [repo(f"new-v{number}", end - number) for number in range(count)]


def told(shifts: Sequence[Shift]) -> list[tuple[str, str]]:
    return [(shift.key, shift.facts.event.value) for shift in shifts]


def releases(*rows: Row, at: datetime | None = None, table: Labs | None = None) -> Releases:
    world = World(labs=table or labs())
    snapshot = world.snapshot(at or day(NOW), Kind.CENSUS, {None: rows})
    return snapshot.releases()["Qwen"]


def test_a_burst_is_told_once_and_its_end_once() -> None:
    world = World([OFTEN])
    rows = monthly(NOW - 30)
    news = [world.census(day(NOW - 1), rows)]
    rows += burst(6)
    news += [world.census(day(NOW), rows)]
    rows += [repo("one-more", NOW + 1)]
    news += [world.census(day(NOW + 1), rows), world.census(day(NOW + 2), rows)]
    news += [world.census(day(NOW + 40), rows)]
    assert [told(each) for each in news] == [[], [], [("Qwen", "often")], [], [("Qwen", "calm")]]
    assert news[2][0].about["usual"] == 1


def test_a_lab_that_always_releases_so_often_is_not_told() -> None:
    world = World([OFTEN])
    world.census(day(NOW - 1), monthly(NOW - 1, every=4))
    assert world.census(day(NOW), monthly(NOW, every=4)) == []


def test_without_a_quarter_to_compare_with_nothing_is_usual() -> None:
    world = World([OFTEN])
    world.census(day(100), [repo("a", 20)])
    assert world.census(day(101), [repo("a", 20), *burst(20, 101)]) == []


@pytest.mark.parametrize(
    "names",
    [
        ["Qwen9-0.6B", "Qwen9-8B", "Qwen9-235B-A22B", "Qwen9-8B-Base", "Qwen9-8B-Instruct"],
        ["Qwen9-8B", "Qwen9-8B-GGUF", "Qwen9-8B-MLX-4bit", "Qwen9-8B-AWQ", "Qwen9-8B-FP8"],
    ],
)
def test_sizes_variants_and_conversions_of_one_release_count_once(names: list[str]) -> None:
    rows = [repo(name, 100 + 10 * number) for number, name in enumerate(names)]
    found = releases(*rows)
    assert [each.isoformat() for each in found.days] == [day(100).date().isoformat()]
    assert found.models == ((f"Qwen/{names[0]}",),)


def test_what_comes_out_on_one_day_is_one_release() -> None:
    found = releases(repo("a", 100), repo("b", 100, hour=9), repo("c", 101))
    assert len(found.days) == 2
    assert found.models[0] == ("Qwen/a", "Qwen/b")


def test_names_keep_what_tells_releases_apart() -> None:
    names = ["gemma-3-27b-it", "gemma-4-31B-it", "Qwen3-8B", "Qwen3-VL-8B", "Qwen3-4B-2507"]
    assert len({stem(f"x/{name}") for name in names}) == len(names)
    assert stem("x/8B-GGUF") == "8b-gguf"


def test_the_day_is_the_published_one_where_the_table_has_it() -> None:
    name = "Qwen/QwQ-32B-Preview"
    created = datetime.fromisoformat("2024-11-27T00:00:00Z")
    found = releases((name, {"created_at": created}))
    assert found.days == (RELEASED[name.lower()],) == (date(2024, 11, 28),)


def test_what_is_not_published_yet_by_the_table_is_not_out() -> None:
    created = datetime.fromisoformat("2024-11-27T00:00:00Z")
    found = releases(("Qwen/QwQ-32B-Preview", {"created_at": created}), at=created)
    assert found.days == ()


def test_a_sibling_of_a_corrected_repo_is_dated_with_it() -> None:
    created = {"created_at": datetime.fromisoformat("2024-11-01T00:00:00Z")}
    found = releases(("Qwen/QwQ-32B-Preview", created), ("Qwen/QwQ-32B-Preview-GGUF", created))
    assert found.days == (date(2024, 11, 28),)


def test_repos_that_all_carry_the_hubs_first_instant_are_undated() -> None:
    first = datetime.fromisoformat("2022-03-02T23:29:04Z")
    found = releases(("Qwen/a", {"created_at": first}), ("Qwen/b", {}), repo("c", 100))
    assert (len(found.days), found.undated) == (1, 2)


def test_releases_are_counted_once_for_all_that_ask() -> None:
    rows = [repo("a", 100), ("meta-llama/b", {"created_at": day(101)})]
    snapshot = World().snapshot(day(NOW), Kind.CENSUS, {None: rows})
    own = snapshot.releases({"Qwen"})
    assert own is snapshot.releases(["Qwen"])
    assert snapshot.releases() is snapshot.releases()
    assert (list(own), list(snapshot.releases())) == (["Qwen"], ["Meta", "Qwen"])


def test_silence_is_told_once_and_so_is_the_return() -> None:
    world = World([SILENT])
    rows = monthly(100)
    news = [told(world.census(day(at), rows)) for at in (270, 271, 272, 300)]
    back = world.census(day(301), [*rows, repo("back", 301)])
    assert news == [[], [("Qwen", "quiet")], [], []]
    assert told(back) == [("Qwen", "returned")]
    assert back[0].about["silence"] == 210
    assert back[0].severity is Severity.NOTABLE


def test_a_conversion_of_an_old_release_is_no_return() -> None:
    world = World([SILENT])
    rows = monthly(100)
    world.census(day(300), rows)
    assert world.census(day(301), [*rows, repo("old-91-GGUF", 301)]) == []


def test_a_lab_that_releases_once_a_year_is_not_silent_after_half_of_one() -> None:
    world = World([SILENT])
    rows = [repo("a", 1), repo("b", 366)]
    world.census(day(366), rows)
    assert world.census(day(366 + 200), rows) == []


def test_who_published_once_is_not_silent() -> None:
    world = World([SILENT])
    world.census(day(2), [repo("a", 1)])
    assert world.census(day(300), [repo("a", 1)]) == []


def test_a_pulse_cannot_say_what_a_lab_has_published() -> None:
    world = World([SILENT])
    world.pulse(day(1), monthly(100))
    assert world.pulse(day(300), monthly(100)) == []


def test_the_evidence_names_the_dates_and_the_table_it_rests_on() -> None:
    world = World(["cadence of lab Qwen silent 180 days"])
    rows: list[Row] = [*monthly(100), ("Qwen/undated", {})]
    world.census(day(270), rows)
    (shift,) = world.census(day(271), rows)
    evidence = shift.evidence
    assert (evidence.before, evidence.after) == (179.0, 180.0)
    assert (evidence.denominator, evidence.unknown) == (4, 1)
    assert evidence.definition.startswith("release/1 dates:")
    assert evidence.definition.endswith(labs().version)
    assert (evidence.metric, evidence.scope) == ("days without a release", "lab Qwen")


def test_each_of_it_reads_as_a_sentence() -> None:
    world = World([OFTEN])
    rows = monthly(NOW - 30)
    world.census(day(NOW - 1), rows)
    often = world.census(day(NOW), [*rows, *burst(9)])
    calm = world.census(day(NOW + 45), [*rows, *burst(9)])
    world = World([SILENT])
    world.census(day(270), monthly(100))
    quiet = world.census(day(271), monthly(100))
    back = world.census(day(300), [*monthly(100), repo("Qwen9-8B", 299)])
    world = World([SILENT])
    world.census(day(300), monthly(100))
    gone = world.census(day(301), [("x/y", {})])
    check_golden("alert_cadence", "\n\n".join(map(texts_of, (often, calm, quiet, back, gone))))


def test_the_table_of_dates_is_about_days_near_the_repos_creation() -> None:
    assert len(RELEASED) == 40
    assert all(name == name.lower() and "/" in name for name in RELEASED)
    assert all(each - date(2024, 1, 1) > timedelta(0) for each in RELEASED.values())
