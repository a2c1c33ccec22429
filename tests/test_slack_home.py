"""App Home: what the viewer may see, drawn when it is opened and after each change."""

import asyncio
import json
from typing import Any

import pytest

from bot.channel import Channel
from bot.chat.slack.home_view import home_view, rule_mark
from bot.desk import Home, Room
from bot.store.store import Store
from tests.golden_files import check_golden
from tests.slack_faults import Fault, Reply, limited, no
from tests.slack_place import RULE, Clerk, Place, place
from tests.slack_views import faults_of_view
from tests.slack_workspace import person

ROOMS = ["C0HUBSHIFT", "C0OTHER", "CIDLE"]


def event(kind: str, name: str = "Ev1", **about: object) -> dict[str, Any]:
    return {
        "type": "event_callback",
        "team_id": "T0HUBSHIFT",
        "event_id": name,
        "event": {"type": kind, **about},
    }


async def happens(here: Place, payload: dict[str, Any], name: str, **more: object) -> None:
    envelope = {"type": "events_api", "envelope_id": name, "payload": payload, **more}
    await here.front.switchboard.envelope(envelope)
    await here.answered()


async def opens(here: Place, name: str = "1", mark: str = "") -> dict[str, Any]:
    view = {"view": {"hash": mark}} if mark else {}
    about = event("app_home_opened", f"Ev{name}", user="U1", tab="home", **view)
    await happens(here, about, f"home-{name}")
    return here.slack.workspace.homes.get("U1", {})


async def test_a_home_that_is_opened_shows_the_channels_its_owner_is_in(store: Store) -> None:
    async with place(store) as here:
        here.slack.workspace.rooms["U1"] = ROOMS
        view = await opens(here)
        assert len(here.slack.called("users.conversations")) == 2
    shown = {key: each for key, each in view.items() if key not in {"id", "hash"}}
    assert faults_of_view(shown, "home") == []
    check_golden("slack_home", json.dumps(shown, ensure_ascii=False, indent=1))


async def test_channels_of_others_are_not_shown(store: Store) -> None:
    async with place(store) as here:
        here.slack.workspace.rooms = {"U2": ["CSECRET"]}
        view = await opens(here)
    assert "CSECRET" not in json.dumps(view)
    assert "/hubshift watch pack newsroom" in json.dumps(view)


async def test_an_event_that_comes_again_draws_once(store: Store) -> None:
    async with place(store) as here:
        about = event("app_home_opened", user="U1", tab="home")
        await happens(here, about, "one")
        await happens(here, about, "two", retry_attempt=1, retry_reason="timeout")
        await happens(here, event("app_home_opened", "Ev2", user="U1", tab="messages"), "three")
        assert len(here.slack.called("views.publish")) == 1


async def test_a_home_is_drawn_again_after_a_change_of_its_owner(store: Store) -> None:
    async with place(store) as here:
        here.slack.workspace.rooms["U1"] = ROOMS
        await here.asks("watch pack newsroom")
        await here.answered()
        assert here.slack.called("views.publish") == []
        await opens(here)
        here.clerk.muted = "until 7 May 2026, 09:00 Europe/Berlin"
        await here.presses("home_mute", "C0HUBSHIFT", response_url="", channel=None)
        await here.answered()
        assert "until 7 May" in json.dumps(here.slack.workspace.homes["U1"])
        here.clerk.muted = ""
        await here.presses("home_unmute", "C0HUBSHIFT", response_url="", channel=None)
        await here.answered()
        assert "Unmute" not in json.dumps(here.slack.workspace.homes["U1"])
        mute, unmute = here.slack.posted()
    assert "mute 7d" in json.dumps(mute["blocks"])
    assert "unmute" in json.dumps(unmute["blocks"])
    assert here.slack.called("views.publish")[1]["hash"]


async def test_what_is_refused_is_said_in_the_home(store: Store) -> None:
    async with place(store) as here:
        here.slack.workspace.rooms["U1"] = ROOMS
        await opens(here)
        here.clerk.refuses = True
        await here.presses("home_mute", "C0HUBSHIFT", response_url="")
        await here.answered()
        view = here.slack.workspace.homes["U1"]
        assert here.slack.posted() == []
    assert view["blocks"][1]["text"]["text"].startswith("■ Only full members")


async def test_tune_in_a_home_opens_the_form_of_the_rule(store: Store) -> None:
    async with place(store) as here:
        here.slack.workspace.rooms["U1"] = ROOMS
        await opens(here)
        value = f"C0OTHER {rule_mark(RULE)}"
        await here.presses("home_tune", value, response_url="", channel=None)
        await here.presses("home_tune", "C0OTHER 000000000000", response_url="")
        await here.answered()
        form, gone = here.slack.workspace.views.values()
    assert json.loads(form["private_metadata"])["channel"] == "C0OTHER"
    assert "no longer watched" in json.dumps(gone)


async def test_where_another_drawing_was_quicker_the_newest_stands(store: Store) -> None:
    async with place(store) as here:
        here.slack.workspace.rooms["U1"] = ROOMS
        await opens(here)
        await opens(here, "2", mark="hash.of-another-process")
        assert [each.get("hash") for each in here.slack.called("views.publish")] == [
            None,
            "hash.of-another-process",
            None,
        ]


@pytest.mark.parametrize("fault", [no("hash_conflict"), no("not_enabled"), Reply(b"", 503)])
async def test_a_home_that_cannot_be_drawn_harms_nothing(store: Store, fault: Reply) -> None:
    async with place(store) as here:
        here.slack.faults.append(Fault(fault, "views.publish", times=9))
        assert await opens(here) == {}
        await here.asks("top 1")
        assert len(await here.answered()) == 1


async def test_a_home_that_is_limited_is_drawn_a_moment_later(store: Store) -> None:
    async with place(store) as here:
        here.slack.faults.append(Fault(limited("0.2"), "views.publish"))
        assert await opens(here)
        here.slack.faults.append(Fault(limited("3600"), "views.publish"))
        async with asyncio.timeout(2):
            await opens(here, "2")


@pytest.mark.parametrize("fault", [no("missing_scope", {"needed": "channels:read"}), limited("9")])
async def test_where_slack_does_not_say_who_is_where_the_home_says_so(
    store: Store, fault: Reply
) -> None:
    async with place(store) as here:
        here.slack.faults.append(Fault(fault, "users.conversations"))
        view = await opens(here)
    assert "Slack did not say which channels you are in" in json.dumps(view)


async def test_a_workspace_that_removed_the_app_is_forgotten_once(store: Store) -> None:
    async with place(store) as here:
        here.slack.workspace.people["U1"] = person()
        await happens(here, event("app_uninstalled", "Ev1"), "one")
        await happens(here, event("app_uninstalled", "Ev1"), "two", retry_attempt=1)
        other = {**event("app_uninstalled", "Ev2"), "team_id": "T0ELSEWHERE"}
        await happens(here, other, "three")
        assert here.clerk.forgotten == [("slack", "")]


@pytest.mark.parametrize("sign", ["x", "<", "&", "𝕏"])
def test_the_largest_home_stays_inside_the_limits_and_says_what_is_left_out(sign: str) -> None:
    long = sign * 1_000
    rooms = tuple(
        Room(
            Channel("slack", f"C{number:010}"),
            ((long, long, long),) * 100,
            long if number % 2 else "",
            ((long, long),) * 20,
            ((long, long, "ab" * 6),) * 5,
        )
        for number in range(60)
    )
    idle = tuple(Room(Channel("slack", f"CI{number}"), (), "", (), ()) for number in range(50))
    view = home_view(Home(rooms + idle, long), long)
    assert faults_of_view(view, "home") == []
    assert "channels more" in json.dumps(view)
    assert "and 40 more" in json.dumps(view)


async def test_who_asks_too_much_reads_in_the_home_when_to_go_on(store: Store) -> None:
    async with place(store, Clerk(busy=True)) as here:
        view = await opens(here)
    assert "Ask again in 46 seconds" in json.dumps(view)
