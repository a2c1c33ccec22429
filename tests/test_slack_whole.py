"""From an alert in the channel to what its buttons change: the real desk, the real store."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.channel import Channel
from bot.chat.slack import SlackMessenger
from bot.desk import Desk
from bot.dispatch import Worker
from bot.rules import parse_rule
from bot.store.store import Store
from bot.watch import Watch
from detectors.labs import Labs
from detectors.shift import Severity
from tests.looks import FEW, RISEN, TOP, days, look_all, working
from tests.slack_place import Place, place
from tests.slack_server import TOKEN
from tests.test_slack_home import opens
from tests.test_slack_tune import submits

ROOM = Channel("slack", "C0HUBSHIFT")
WIDER = TOP.replace("top 3", "top 5")
NOW = datetime(2026, 1, 3, 12, tzinfo=UTC)


@dataclass
class Team:
    """A place where an alert was posted; `alert` is its message."""

    here: Place
    store: Store
    alert: dict[str, Any]

    async def presses(self, action: str) -> dict[str, Any]:
        """Press a button of the alert, and return what was answered."""
        buttons = {each["action_id"]: each for each in self.alert["blocks"][-1]["elements"]}
        await self.here.presses(action, buttons[action]["value"])
        return (await self.here.answered())[-1]

    async def watched(self) -> list[tuple[str, bool]]:
        """Return each rule that the channel watches, and whether it is muted."""
        home = self.here.slack.workspace.homes["U1"]
        shown = [each for each in home["blocks"] if "accessory" in each]
        lines = [each["text"]["text"].split("\n") for each in shown]
        return [(rule, "muted" in state) for rule, state in lines if rule.startswith("top")]


@asynccontextmanager
async def team(store: Store, labs: Labs) -> AsyncIterator[Team]:
    rules = [parse_rule(TOP, labs)]
    desk = Desk(store, labs, lambda: NOW, first=(ROOM,), rules=rules, floor=Severity.INFO)
    async with place(store, desk) as here:
        here.slack.workspace.rooms["U1"] = [ROOM.address]
        await look_all(Watch(store, labs, rules, (ROOM,), Severity.INFO), days(FEW, RISEN))
        messenger = SlackMessenger(TOKEN, base_url=here.slack.url, pressable=True)
        stop = asyncio.Event()
        worker = asyncio.create_task(Worker(working(store, messenger)).run(stop))
        async with asyncio.timeout(10):
            while len(here.slack.posted()) < 2:  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.01)
        stop.set()
        await worker
        await messenger.close()
        alert = next(each for each in here.slack.posted() if "lab/e" in each["text"])
        await opens(here)
        yield Team(here, store, alert)


async def test_why_measures_the_alert_again(store: Store, labs: Labs) -> None:
    async with team(store, labs) as here:
        answer = await here.presses("alert_why")
    assert answer["response_type"] == "ephemeral"
    assert "lab/e" in answer["text"]


async def test_chart_shows_the_board_of_the_alert(store: Store, labs: Labs) -> None:
    async with team(store, labs) as here:
        answer = await here.presses("alert_chart")
    assert answer["response_type"] == "ephemeral"
    assert "enters the trending top 3" in answer["text"]


async def test_mute_silences_the_rule_and_the_home_shows_it(store: Store, labs: Labs) -> None:
    async with team(store, labs) as here:
        assert await here.watched() == [(TOP, False)]
        answer = await here.presses("alert_mute")
        assert answer["response_type"] == "in_channel"
        assert "in this channel: top 3" in answer["text"]
        assert await here.watched() == [(TOP, True)]


async def test_tune_changes_the_watch_and_the_home_shows_it(store: Store, labs: Labs) -> None:
    async with team(store, labs) as here:
        await here.here.presses("alert_tune", here.alert["blocks"][-1]["elements"][0]["value"])
        await here.here.answered()
        [view] = here.here.slack.workspace.views.values()
        assert TOP in json.dumps(view)
        refused = await submits(here.here, view, line="top 5 by lieks")
        assert "likes" in refused["errors"]["rule"]
        saved = await submits(here.here, view, line=WIDER)
        assert saved["response_action"] == "update"
        await here.here.answered()
        assert await here.watched() == [(WIDER, False)]
        again = await submits(here.here, view, line=TOP.replace("top 3", "top 7"))
        assert "no longer" in again["errors"]["rule"]


async def test_buttons_of_a_watch_that_was_deleted_answer_kindly(store: Store, labs: Labs) -> None:
    async with team(store, labs) as here:
        await here.here.asks(f"unwatch {TOP}")
        await here.here.answered()
        assert await here.watched() == []
        answer = await here.presses("alert_mute")
        assert "is not watched in" in answer["text"]
        assert answer["response_type"] == "ephemeral"
        await here.here.presses("alert_tune", here.alert["blocks"][-1]["elements"][0]["value"])
        await here.here.answered()
        [view] = here.here.slack.workspace.views.values()
        assert "no longer" in json.dumps(view)


async def test_what_phones_make_of_quotes_and_links_is_understood(store: Store, labs: Labs) -> None:
    async with team(store, labs) as here:
        for text in ("lab “Z.ai”", "lab «Z.ai»", "lab <http://z.ai|z.ai>", "watch “top 9”"):
            await here.here.asks(text)
            await here.here.answered()
        *labs_told, watch = here.here.inbox.payloads
    assert [each["blocks"][0]["text"]["text"] for each in labs_told] == ["Z.ai"] * 3
    assert "^" in watch["text"]
