"""A panel that grows or shrinks is no shift; what truly moves in it is."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pytest

from detectors.shift import Shift
from tests.world import Row, World, day

TOP = "top 2 by likes in all"
FIRST = "top 1 by likes in all confirm 1 of 1"
SHARE = "share of likes by lab anyone above 30%"


def told(shifts: Sequence[Shift]) -> list[tuple[str, str]]:
    return [(shift.key, shift.status.value) for shift in shifts]


LONG_AGO = day(1) - timedelta(days=400)


def listed(old: datetime = LONG_AGO, **likes: int) -> list[Row]:
    """Return models OWNER_NAME as OWNER/NAME, all published long ago."""
    return [
        (name.replace("_", "/"), {"likes": count, "created_at": old})
        for name, count in likes.items()
    ]


def panel(rules: Sequence[str], *looks: Sequence[Row]) -> list[list[tuple[str, str]]]:
    world = World(rules)
    return [
        told(world.census(day(30 * number), rows, panel="labs"))
        for number, rows in enumerate(looks, start=1)
    ]


def test_a_panel_that_grows_is_no_shift() -> None:
    small = listed(x_a=30, x_b=20, x_c=10)
    grown = [*small, *listed(y_d=50, y_e=40)]
    assert panel([TOP, FIRST], small, small, grown, grown, grown, grown, grown) == [[]] * 7


def test_a_panel_that_shrinks_is_no_shift() -> None:
    large = listed(x_a=30, x_b=20, x_c=10, y_d=50, y_e=40)
    shrunk = large[:3]
    assert panel([TOP, FIRST], large, large, shrunk, shrunk, shrunk, shrunk, shrunk) == [[]] * 7


def test_a_panel_that_grows_and_shrinks_back_is_no_shift() -> None:
    small = listed(x_a=30, x_b=20, x_c=10)
    grown = [*small, *listed(y_d=50, y_e=40)]
    assert panel([TOP, FIRST], small, grown, small, grown, grown, small, small) == [[]] * 7


def test_what_truly_enters_a_growing_panel_is_told() -> None:
    before = listed(x_a=30, x_b=20, x_c=10)
    after = [*listed(x_a=30, x_b=20, x_c=60), *listed(y_d=5)]
    assert panel([FIRST], before, after) == [[], [("x/c", "firing"), ("x/a", "resolved")]]


def test_what_truly_enters_as_the_panel_grows_is_told_when_it_is_confirmed() -> None:
    before = listed(x_a=30, x_b=20, x_c=10)
    grown = [*listed(x_a=30, x_b=20, x_c=60), *listed(y_d=50)]
    news = panel([TOP], before, before, grown, grown)
    # x/c drove out x/b with y/d and without it; x/a made room for y/d alone, and is not told.
    assert news[:3] == [[], [], []]
    assert news[3] == [("x/c", "firing"), ("x/b", "resolved")]


def test_a_release_of_a_listed_lab_is_told() -> None:
    before = listed(x_a=30, x_b=20)
    fresh = [*before, *listed(day(59), x_new=40)]
    assert panel([FIRST], before, fresh) == [[], [("x/new", "firing"), ("x/a", "resolved")]]


def test_an_old_model_of_a_listed_lab_is_growth() -> None:
    before = listed(x_a=30, x_b=20)
    assert panel([FIRST], before, [*before, *listed(x_old=40)]) == [[], []]
    unknown: list[Row] = [("x/undated", {"likes": 40})]
    assert panel([FIRST], before, [*before, *unknown]) == [[], []]


def test_who_left_with_its_part_of_the_panel_can_come_back_later() -> None:
    large = listed(x_a=30, x_b=20, y_d=50)
    back = listed(x_a=30, x_b=20, y_d=1)
    risen = listed(x_a=30, x_b=20, y_d=60)
    news = panel([FIRST], large, large[:2], large[:2], back, back, risen)
    assert news[:5] == [[]] * 5
    assert news[5] == [("y/d", "firing"), ("x/a", "resolved")]


def shares(**likes: int) -> list[Row]:
    names = {"qwen": "Qwen/a", "meta": "meta-llama/a", "zai": "zai-org/a", "other": "who/a"}
    return [(names[lab], {"likes": count}) for lab, count in likes.items()]


@pytest.mark.parametrize(
    "rule",
    [
        SHARE,
        "share of likes by lab who Qwen above 30%",
        "share of likes by lab anyone below 30%",
        "share of likes by lab who Qwen below 30%",
        "share of likes by country who China above 40%",
    ],
)
def test_coverage_that_grows_shifts_no_share(rule: str) -> None:
    small = shares(qwen=40, meta=60)
    larger = shares(qwen=40, meta=60, zai=90)
    largest = shares(qwen=40, meta=60, zai=90, other=500)
    assert panel([rule], small, larger, larger, largest, largest, small, small) == [[]] * 7


def test_a_share_that_truly_moves_in_a_growing_panel_is_told() -> None:
    news = panel([SHARE], shares(qwen=20, meta=80), shares(qwen=80, meta=80, other=5))
    assert news == [[], [("Qwen", "firing")]]


def test_a_share_that_moves_after_the_panel_grew_is_told() -> None:
    grown = shares(qwen=20, meta=80, other=100)
    risen = shares(qwen=180, meta=80, other=100)
    news = panel([SHARE], shares(qwen=20, meta=80), grown, risen)
    assert news == [[], [], [("Meta", "resolved"), ("Qwen", "firing")]]


def test_five_monthly_lists_of_more_and_more_labs_shift_no_share() -> None:
    """As OSIR-LMTS crawled 2025: the labs listed grow month by month, figures drift a little."""
    months: Mapping[int, Sequence[str]] = {
        1: ["Qwen", "meta-llama", "google"],
        2: ["Qwen", "meta-llama", "google", "mistralai", "microsoft"],
        3: ["Qwen", "meta-llama", "google", "mistralai", "microsoft", "deepseek-ai"],
        4: ["Qwen", "meta-llama", "google", "mistralai", "microsoft", "deepseek-ai"],
        5: ["Qwen", "meta-llama", "google", "microsoft", "deepseek-ai", "zai-org"],
    }
    base = {"Qwen": 90, "meta-llama": 70, "google": 40, "mistralai": 120, "microsoft": 60}
    base |= {"deepseek-ai": 200, "zai-org": 300}
    world = World(["share of downloads by lab anyone above 10%", "top 3 by downloads in all"])
    for month, spaces in months.items():
        rows: list[Row] = [
            (f"{space}/{part}", {"downloads": base[space] * part + month})
            for space in spaces
            for part in (1, 2)
        ]
        assert world.census(day(30 * month), rows, panel="labs") == []
