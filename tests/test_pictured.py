"""Alerts with their pictures: drawn once, never waited for, never lost for one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from bot.channel import Channel
from bot.chat.base import Posting
from bot.dispatch import Composer, Pictured, Works, drain
from bot.dispatch.pictured import SECONDS
from bot.pictures.easel import Easel
from bot.render import message_of
from bot.render.picture import Chart, Picture
from bot.rules import parse_rule
from bot.store.store import Store
from bot.watch import Watch
from detectors.labs import Labs
from detectors.shift import Severity
from tests.looks import FEW, RISEN, TOP, days, trending
from tests.test_charted import told, world
from tests.test_worker import QUICK, Team

PNG = Picture(b"\x89PNG", "who climbed")


@dataclass
class Board(Easel):
    """An easel that keeps what it was to draw, and takes its time or fails."""

    seconds: float = 0.0
    fails: bool = False

    def __post_init__(self) -> None:
        super().__init__()
        self.asked: list[Chart] = []

    async def picture(self, chart: Chart, seconds: float | None = None) -> Picture | None:
        """Return a picture in its own time."""
        del seconds
        self.asked.append(chart)
        await asyncio.sleep(self.seconds)
        if self.fails:
            raise RuntimeError("the brush broke")
        return PNG


async def alerts(
    store: Store, labs: Labs, easel: Easel, team: Team, *, channels: int = 1, seconds: float = 5.0
) -> Sequence[Posting]:
    """Let a model rise, and return what each channel is told of it."""
    rooms = [Channel(team.platform, f"C{at}") for at in range(channels)]
    watch = Watch(store, labs, [parse_rule(TOP, labs)], rooms, floor=Severity.INFO)
    for reading in days(*(trending(*each) for each in (FEW, FEW, RISEN))):
        await watch.look(reading)
    pictures = Pictured(store, labs, easel, seconds)
    desk = {(team.platform, ""): team}
    await drain(Works(store.outbox, Composer(store, pictures), desk, QUICK))
    return [posting for _, _, posting in team.posts]


async def test_an_alert_comes_with_the_picture_of_its_board(store: Store, labs: Labs) -> None:
    easel, team = Board(), Team()
    posted = await alerts(store, labs, easel, team)
    assert [each.picture for each in posted] == [PNG] * len(posted)
    assert "Trending top 3" in easel.asked[0].alt


async def test_what_many_channels_are_told_is_drawn_once(store: Store, labs: Labs) -> None:
    easel, team = Board(0.05), Team()
    posted = await alerts(store, labs, easel, team, channels=5)
    assert len(posted) % 5 == 0
    assert len(easel.asked) == len(posted) / 5


@pytest.mark.parametrize("easel", [Board(30.0), Board(fails=True)], ids=["late", "broken"])
async def test_an_alert_goes_without_a_picture_that_is_late_or_fails(
    store: Store, labs: Labs, easel: Board
) -> None:
    begin = asyncio.get_running_loop().time()
    posted = await alerts(store, labs, easel, Team(), seconds=0.2)
    assert posted
    assert [each.picture for each in posted] == [None] * len(posted)
    assert asyncio.get_running_loop().time() - begin < 10


async def test_a_terminal_and_a_web_hook_are_told_without_drawing(labs: Labs) -> None:
    for platform in ("console", "webhook"):
        easel = Board()
        story = told(world())[0]
        posting = Posting("1", message_of([story]), shifts=(story,))
        pictured = Pictured(world().views, labs, easel)
        assert (await pictured.with_picture(platform, posting)).picture is None
        assert easel.asked == []


async def test_a_message_without_shifts_has_no_picture(labs: Labs) -> None:
    hub = world()
    pictured = Pictured(hub.views, labs, Board(), SECONDS)
    posting = Posting("1", replace(message_of([told(hub)[0]]), title="a sample"))
    assert (await pictured.with_picture("slack", posting)).picture is None
