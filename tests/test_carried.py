"""Boards and shares are carried on from census to census, and once a day made anew as well."""

from dataclasses import dataclass, field
from functools import partial

import pytest

from bot.carried import carried
from bot.history import History, Reach
from bot.owner import listed
from bot.store.store import Store
from bot.views import Note
from detectors.labs import Labs
from detectors.metric import Kind, Metric
from detectors.snapshot import Snapshot
from detectors.tally import Tally
from detectors.verdict import Reason, Verdict
from tests.looks import census, watching
from tests.world import Row, World, day

REACH = Reach(1, {})


@dataclass
class Auditor:
    """An audit that keeps what it was shown, and finds what it is told to find."""

    finds: str | None = None
    shown: list[str] = field(default_factory=list)

    def __call__(self, tally: Tally, snapshot: Snapshot) -> str | None:
        """Note the census, and answer."""
        assert tally is snapshot.tally
        self.shown.append(snapshot.id)
        return self.finds


@dataclass
class Owner:
    """Hears alarms."""

    heard: list[str] = field(default_factory=list)

    async def __call__(self, text: str) -> None:
        """Note an alarm."""
        self.heard.append(text)


def models(likes: int) -> list[Row]:
    return [(f"Qwen/m{at}", {"likes": likes + at, "pipeline_tag": "fill-mask"}) for at in range(5)]


def a_census(world: World, number: int, hour: int = 0) -> Snapshot:
    return world.snapshot(day(number, hour), Kind.CENSUS, {None: models(number + hour)})


def remembered(history: History, snapshot: Snapshot) -> None:
    history.add(Note.of(snapshot, Verdict(Reason.ADMITTED)), snapshot)


async def test_a_census_goes_on_from_the_last_and_is_audited_once_a_day() -> None:
    world, auditor, owner = World(), Auditor(), Owner()
    history = History(world.views, "census", REACH)
    for number, hour in ((1, 0), (1, 6), (2, 0), (2, 6)):
        snapshot = await carried(a_census(world, number, hour), history, owner, auditor)
        assert snapshot.tally is not None
        board = snapshot.board(Metric.LIKES)
        assert board is not None
        assert board.ids[0] == "Qwen/m4"
        remembered(history, snapshot)
    assert auditor.shown == ["census@2026-01-01T00:00:00Z", "census@2026-01-02T00:00:00Z"]
    assert owner.heard == []


async def test_what_the_audit_finds_is_an_alarm_to_the_owner_and_told_to_nobody_else(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    found = await carried(
        a_census(world, 1),
        History(world.views, "census", REACH),
        partial(store.office.tell, "audit"),
        Auditor("likes in all: 4 is 5"),
    )
    assert found.tally is None
    assert "ALARM: what was carried on into census@2026-01-01T00:00:00Z" in caplog.text
    assert "likes in all: 4 is 5" in caplog.text
    assert "notice: audit: what was carried on into" in await listed(store)


async def test_a_pulse_is_left_as_it_is() -> None:
    world = World()
    pulse = world.snapshot(day(1), Kind.PULSE, {Metric.LIKES: models(1)})
    assert await carried(pulse, History(world.views, "pulse", REACH), Owner(), Auditor()) is pulse


async def test_looks_carry_on_and_the_real_audit_finds_nothing(
    store: Store, labs: Labs, caplog: pytest.LogCaptureFixture
) -> None:
    watch = watching(store, labs, "top 2 by likes in all confirm 1 of 1")
    for number in range(1, 5):
        outcome = await watch.look(census(day(number), models(number)))
        assert outcome.note.admitted
    assert "ALARM" not in caplog.text
