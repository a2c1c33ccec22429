"""Who may change what a channel is told in Slack, and who may only ask."""

import json

import pytest

from bot.store.store import Store
from tests.slack_faults import Fault, Reply, limited, no
from tests.slack_place import place
from tests.slack_server import SlackChannel
from tests.slack_workspace import person


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ({}, True),
        ({"is_admin": True}, True),
        ({"is_restricted": True}, False),
        ({"is_ultra_restricted": True, "is_restricted": True}, False),
        ({"deleted": True}, False),
        ({"is_bot": True}, False),
        ({"team_id": "T0ELSEWHERE"}, False),
        ({"team_id": "T0ELSEWHERE", "enterprise_user": {"enterprise_id": "E1"}}, False),
        ({"team_id": ""}, True),
        ({"is_stranger": True}, False),
    ],
)
async def test_full_members_may_configure_and_guests_and_strangers_may_ask(
    store: Store, who: dict[str, object], *, may: bool
) -> None:
    async with place(store) as here:
        here.slack.workspace.people["U1"] = person(**who)
        await here.asks("top 1")
        await here.answered()
        await here.asks("watch pack newsroom")
        top, watch = await here.answered()
    assert "Trending top 1" in top["text"]
    assert ("Only full members" in watch["text"]) is not may
    assert len(here.slack.called("users.info")) == 1


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ({}, False),
        ({"is_admin": True}, True),
        ({"is_owner": True}, True),
        ({"is_admin": "yes"}, False),
        ({"is_admin": True, "team_id": "T0ELSEWHERE"}, False),
        ({"is_admin": True, "is_restricted": True}, False),
    ],
)
async def test_where_changes_are_for_admins_members_may_ask(
    store: Store, who: dict[str, object], *, may: bool
) -> None:
    async with place(store, admins=True) as here:
        here.slack.workspace.people["U1"] = person(**who)
        await here.asks("top 1")
        await here.asks("watch pack newsroom")
        top, watch = await here.answered()
    assert "Trending top 1" in top["text"]
    assert ("Only full members" in watch["text"]) is not may


@pytest.mark.parametrize("fault", [limited("30"), no("missing_scope", {"needed": "users:read"})])
async def test_where_slack_does_not_say_who_somebody_is_they_may_ask_and_change_nothing(
    store: Store, fault: Reply
) -> None:
    async with place(store) as here:
        here.slack.faults += [Fault(fault, "users.info", times=2)]
        await here.asks("top 1")
        await here.asks("watch pack newsroom")
        top, watch = await here.answered()
    assert "Trending top 1" in top["text"]
    assert "Slack did not say who you are" in watch["text"]


@pytest.mark.parametrize("channel", ["CPUBLIC", "CUNKNOWN"])
async def test_a_watch_where_hubshift_cannot_post_says_how_to_invite_it(
    store: Store, channel: str
) -> None:
    async with place(store) as here:
        here.slack.channels["CPUBLIC"] = SlackChannel(member=False)
        await here.asks("watch pack newsroom")
        await here.sends({**here.command("watch pack newsroom"), "channel_id": channel})
        in_it, beside = await here.answered()
    assert "/invite @Hubshift" not in json.dumps(in_it)
    assert "/invite @Hubshift" in json.dumps(beside["blocks"][-1])
