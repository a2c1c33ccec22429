"""An account that the lab table does not know gains weight in a board: the table needs an entry."""

from collections.abc import Sequence

from detectors.scope import ALL
from detectors.shift import Severity, Shift
from tests.golden_files import check_golden
from tests.test_render import texts_of
from tests.world import World, day, labs

RULE = "unmapped lab above 20% clear 10% in top 5 by trending"
KNOWN = ["Qwen/a", "google/b", "openai/c", "nvidia/d", "mistralai/e"]


def told(shifts: Sequence[Shift]) -> list[tuple[str, str]]:
    return [(shift.key, shift.status.value) for shift in shifts]


def walk(*boards: Sequence[str]) -> list[list[tuple[str, str]]]:
    world = World([RULE])
    return [told(world.pulse(day(at), board)) for at, board in enumerate(boards, start=1)]


def with_new(*names: str) -> list[str]:
    return [*names, *KNOWN][: len(KNOWN)]


def test_a_second_place_is_told_and_its_loss_ends_it() -> None:
    one, two = with_new("New-Lab/x"), with_new("New-Lab/x", "new-lab/y")
    assert walk(KNOWN, one, two, two, one, KNOWN) == [
        [],
        [],
        [("New-Lab", "firing")],
        [],
        [],
        [("New-Lab", "resolved")],
    ]


def test_a_lab_that_the_table_knows_is_not_told() -> None:
    assert walk(KNOWN, ["Qwen/a", "Qwen/b", "Qwen/c", "google/d", "google/e"]) == [[], []]


def test_an_account_that_somebody_has_looked_at_is_not_told() -> None:
    looked_at = min(labs().no_public_base)
    assert walk(KNOWN, with_new(f"{looked_at}/x", f"{looked_at}/y")) == [[], []]


def test_a_name_without_an_account_is_nobodys() -> None:
    assert walk(KNOWN, with_new("gpt2", "bert-base")) == [[], []]


def test_the_evidence_counts_the_places_that_nobody_can_map() -> None:
    world = World([RULE])
    world.pulse(day(1), KNOWN)
    (shift,) = world.pulse(day(2), with_new("New-Lab/x", "New-Lab/y", "jo/z"))
    evidence = shift.evidence
    assert (evidence.before, evidence.after) == (0.0, 0.4)
    assert (evidence.denominator, evidence.unknown) == (5, 3)
    assert evidence.definition == f"unmapped/1 board/1 labs:{labs().version}"
    assert evidence.scope == f"top 5 by trending in {ALL}"
    assert shift.about["holders"] == "New-Lab/x New-Lab/y"
    assert (shift.subject, shift.severity) == ("new-lab", Severity.INFO)


def test_the_message_says_what_to_do() -> None:
    world = World([RULE])
    world.pulse(day(1), with_new("jo/z"))
    up = world.pulse(day(2), with_new("New-Lab/x", "New-Lab/y", "jo/z"))
    down = world.pulse(day(3), KNOWN)
    check_golden("alert_unmapped", texts_of(up) + "\n\n" + texts_of(down))
