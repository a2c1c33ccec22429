"""Standing decides what is news: streams, baselines, definitions and changing panels."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.rules import parse_rule
from detectors.evaluate import RuleStanding, Standing, evaluate
from detectors.labs import Labs, parse_labs
from detectors.metric import Kind, Metric
from detectors.shift import Shift
from detectors.snapshot import Snapshot
from tests.world import LABS, Row, World, day, labs

TOP = "top 2 by likes in all"
FIRST = "top 1 by likes in all confirm 1 of 1"
SHARE = "share of likes by lab anyone above 30%"


def told(shifts: Sequence[Shift]) -> list[tuple[str, str]]:
    return [(shift.key, shift.status.value) for shift in shifts]


def liked(**likes: int) -> list[Row]:
    """Return models x/NAME with so many likes."""
    return [(f"x/{name}", {"likes": count}) for name, count in likes.items()]


@dataclass
class Looks:
    """Looks at Snapshots with chosen rules; every look may have others."""

    world: World = field(default_factory=World)
    past: list[Snapshot] = field(default_factory=list)
    standing: Standing = field(default_factory=dict)

    def look(
        self,
        at: datetime,
        rows: Sequence[Row],
        *rules: str,
        labs: Labs | None = None,
        quiet: bool = False,
    ) -> list[Shift]:
        snapshot = self.world.snapshot(at, Kind.CENSUS, {None: rows})
        snapshot = replace(snapshot, labs=labs or snapshot.labs)
        detectors = [parse_rule(rule, snapshot.labs) for rule in rules]
        news, self.standing = evaluate(detectors, self.past, snapshot, self.standing, quiet=quiet)
        self.past.append(snapshot)
        return news


def test_a_new_rule_takes_the_snapshot_as_its_baseline() -> None:
    looks = Looks()
    assert looks.look(day(1), liked(a=3, b=2, c=1), TOP, SHARE) == []
    holding = {"0": "x/a", "1": "x/b"}
    assert looks.standing[TOP] == RuleStanding("board/1", day(1), holding, since=day(1))


def test_a_rule_that_is_added_later_is_quiet_once_and_then_speaks() -> None:
    looks = Looks()
    looks.look(day(1), liked(a=3, b=2), FIRST)
    assert looks.look(day(2), liked(a=3, b=4), TOP) == []
    assert told(looks.look(day(3), liked(a=5, b=4), TOP, "top 1 by likes in all")) == []
    assert told(looks.look(day(4), liked(a=5, b=4, c=6), f"{TOP} confirm 1 of 1")) == []


def test_a_rule_that_was_off_for_a_time_is_quiet_once() -> None:
    looks = Looks()
    looks.look(day(1), liked(a=3, b=2), FIRST)
    looks.look(day(2), liked(a=3, b=4))
    looks.look(day(3), liked(a=3, b=4))
    assert looks.look(day(4), liked(a=3, b=4), FIRST) == []
    assert looks.standing[FIRST].holding == {"1": "x/b"}
    assert told(looks.look(day(5), liked(a=5, b=4), FIRST)) == [
        ("x/a", "firing"),
        ("x/b", "resolved"),
    ]


def test_what_stood_before_comes_back_as_a_re_entry() -> None:
    looks = Looks()
    looks.look(day(1), liked(a=3, b=2), FIRST)
    looks.look(day(2), liked(a=3, b=4), FIRST)
    news = looks.look(day(3), liked(a=5, b=4), FIRST)
    assert [shift.facts.event.value for shift in news] == ["re-entry", "left"]
    assert looks.standing[FIRST].ended == {"1": day(3)}


def test_a_moved_baseline_is_quiet_and_remembers() -> None:
    looks = Looks()
    looks.look(day(1), liked(a=3, b=2), FIRST)
    assert looks.look(day(2), liked(a=3, b=4), FIRST, quiet=True) == []
    standing = looks.standing[FIRST]
    assert (standing.holding, standing.ended) == ({"1": "x/b"}, {"0": day(2)})
    news = looks.look(day(3), liked(a=5, b=4), FIRST)
    assert news[0].facts.event.value == "re-entry"


def test_a_moved_baseline_keeps_what_is_between_the_edges() -> None:
    rule = "top 1 by likes in all leave 2"
    looks = Looks()
    looks.look(day(1), liked(a=3, b=2), rule)
    looks.look(day(2), liked(a=3, b=4), rule, quiet=True)
    assert looks.standing[rule].holding == {"0": "x/a", "1": "x/b"}


def test_a_change_of_definition_is_never_an_alert() -> None:
    old = labs()
    new = parse_labs(LABS.read_text(encoding="utf-8").replace('"Qwen" = {', '"Kwen" = {'))
    assert old.version != new.version
    looks = Looks()
    rows: list[Row] = [("Qwen/a", {"likes": 5}), ("meta-llama/b", {"likes": 1})]
    looks.look(day(1), rows, SHARE)
    assert looks.look(day(2), rows, SHARE, labs=new) == []
    assert looks.standing[SHARE].holding == {"Kwen": "Kwen"}
    assert looks.standing[SHARE].ended == {"Qwen": day(2)}
    rows = [("Qwen/a", {"likes": 1}), ("meta-llama/b", {"likes": 5})]
    assert told(looks.look(day(3), rows, SHARE, labs=new)) == [
        ("Kwen", "resolved"),
        ("Meta", "firing"),
    ]


def test_a_board_of_all_models_does_not_care_for_the_lab_table() -> None:
    new = parse_labs(LABS.read_text(encoding="utf-8").replace('"Qwen" = {', '"Kwen" = {'))
    looks = Looks()
    looks.look(day(1), liked(a=3, b=2), FIRST)
    assert told(looks.look(day(2), liked(a=3, b=4), FIRST, labs=new)) == [
        ("x/b", "firing"),
        ("x/a", "resolved"),
    ]


def test_a_snapshot_that_does_not_speak_for_a_rule_leaves_it_as_it_is() -> None:
    looks = Looks()
    looks.look(day(1), liked(a=3, b=2), FIRST)
    before = looks.standing
    assert looks.look(day(2), [("x/a", {"downloads": 1})], FIRST) == []
    assert looks.standing == before
    # The read before is then the one that spoke.
    assert told(looks.look(day(3), liked(a=3, b=4), FIRST))[0] == ("x/b", "firing")


def test_the_same_snapshot_twice_says_nothing() -> None:
    looks = Looks()
    looks.look(day(1), liked(a=3, b=2), FIRST)
    looks.look(day(2), liked(a=3, b=4), FIRST)
    before = looks.standing
    assert looks.look(day(2), liked(a=5, b=4), FIRST) == []
    assert looks.standing == before


def test_census_is_compared_with_census_and_pulse_with_pulse() -> None:
    world = World([FIRST])
    world.pulse(day(1), liked(a=3, b=2), by=Metric.LIKES)
    # The first census has nothing of its own to be compared with.
    assert world.census(day(1, 1), liked(a=3, b=4)) == []
    assert told(world.pulse(day(2), liked(a=3, b=4), by=Metric.LIKES)) == [
        ("x/b", "firing"),
        ("x/a", "resolved"),
    ]
    # What the pulse has told the census does not tell again.
    assert world.census(day(2, 1), liked(a=3, b=4)) == []


def test_a_census_older_than_the_last_pulse_changes_nothing() -> None:
    world = World([FIRST])
    world.census(day(1), liked(a=3, b=2))
    world.pulse(day(1, 1), liked(a=3, b=2), by=Metric.LIKES)
    world.pulse(day(2, 1), liked(a=3, b=2), by=Metric.LIKES)
    assert world.census(day(2), liked(a=3, b=4)) == []
    assert world.pulse(day(3), liked(a=3, b=2), by=Metric.LIKES) == []


def test_a_panel_stands_for_itself() -> None:
    world = World([FIRST])
    world.census(day(1), liked(a=3, b=2))
    assert world.census(day(2), liked(c=3, d=2), panel="labs") == []
    assert world.census(day(3), liked(e=3, f=2), panel="others") == []
    assert world.census(day(4), liked(a=3, b=2)) == []
    assert told(world.census(day(5), liked(c=3, d=4), panel="labs")) == [
        ("x/d", "firing"),
        ("x/c", "resolved"),
    ]
