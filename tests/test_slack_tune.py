"""Tune: opened at once, filled when the settings were tried, saved with everything typed kept."""

import asyncio
import json
from typing import Any

import pytest

from bot.chat.slack.tune_view import told_apart, tune_view
from bot.desk import Setting, Tuning
from bot.store.store import Store
from tests.golden_files import check_golden
from tests.slack_faults import Fault, Reply, limited, no
from tests.slack_place import RULE, Clerk, Place, place
from tests.slack_views import faults_of_view
from tests.slack_workspace import person

SHIFT = "0123456789ab"
WIDER = RULE.replace("30%", "20%")


async def tuned(here: Place, **more: object) -> dict[str, Any]:
    """Press Tune and return the modal that stands there then."""
    assert await here.presses("alert_tune", SHIFT, **more) == 200
    await here.answered()
    [view] = here.slack.workspace.views.values()
    return view


def sent_in(view: dict[str, Any], line: str | None = RULE, chosen: str = "") -> dict[str, Any]:
    """Return what Slack says of a modal that is sent in."""
    option = {"value": chosen} if chosen else None
    values = {
        "rule": {"rule": {"type": "plain_text_input", "value": line}},
        "setting": {"setting": {"type": "radio_buttons", "selected_option": option}},
    }
    return {
        "type": "view_submission",
        "user": {"id": "U1", "team_id": "T0HUBSHIFT"},
        "team": {"id": "T0HUBSHIFT"},
        "view": {**view, "state": {"values": values}},
    }


async def submits(here: Place, view: dict[str, Any], **more: str) -> dict[str, Any]:
    """Send a modal in by the socket's way, and return what Slack is answered."""
    envelope = {
        "type": "interactive",
        "envelope_id": f"e{len(here.clerk.asked)}{more}",
        "payload": sent_in(view, **more),
    }
    answer = await here.front.switchboard.envelope(envelope)
    assert answer is not None
    return answer


async def test_tune_opens_a_modal_at_once_and_fills_it_when_the_rule_was_tried(
    store: Store,
) -> None:
    async with place(store, Clerk(seconds=0.3)) as here:
        view = await tuned(here)
        opened = here.slack.called("views.open")[0]["view"]
        assert "Trying the rule" in json.dumps(opened)
        assert "submit" not in opened
    check_golden("slack_modal_tune", json.dumps(view, ensure_ascii=False, indent=1))
    assert here.clerk.lines == [f"tuning {RULE}"]


async def test_a_setting_that_is_chosen_is_saved_and_the_channel_sees_it(store: Store) -> None:
    async with place(store) as here:
        answer = await submits(here, await tuned(here), chosen="0")
        await here.answered()
        [posted] = here.slack.posted()
    assert here.clerk.lines[-1] == f"retune {RULE} > {WIDER}"
    assert answer["response_action"] == "update"
    assert faults_of_view(answer["view"], "modal") == []
    assert f"Tuned: {WIDER}"[:60] in json.dumps(answer, ensure_ascii=False)
    assert posted["blocks"][0]["elements"][0]["text"] == (
        "<@U1> changed what this channel is told:"
    )
    check_golden("slack_modal_saved", json.dumps(answer, ensure_ascii=False, indent=1))


async def test_a_line_that_was_changed_counts_more_than_the_choice(store: Store) -> None:
    line = RULE.replace("30%", "33%")
    async with place(store) as here:
        await submits(here, await tuned(here), line=line, chosen="0")
    assert here.clerk.lines[-1] == f"retune {RULE} > {line}"


async def test_what_cannot_be_saved_is_said_inside_the_modal_and_nothing_typed_is_lost(
    store: Store,
) -> None:
    async with place(store) as here:
        view = await tuned(here)
        assert await submits(here, view, line="share of slots") == {
            "response_action": "errors",
            "errors": {"rule": "says above or below"},
        }
        here.slack.workspace.people["U1"] = person(is_restricted=True)
        assert here.slack.posted() == []


async def test_a_guest_may_look_at_the_settings_and_not_save_them(store: Store) -> None:
    async with place(store) as here:
        here.slack.workspace.people["U1"] = person(is_restricted=True)
        answer = await submits(here, await tuned(here), chosen="0")
    assert "Only those who may configure" in answer["errors"]["rule"]


async def test_saving_that_takes_long_is_told_in_the_channel(store: Store) -> None:
    async with place(store) as here:
        view = await tuned(here)
        here.clerk.seconds = 3.0
        answer = await submits(here, view, chosen="0")
        assert "told in the channel" in json.dumps(answer)
        await here.answered()
        assert len(here.slack.posted()) == 1


@pytest.mark.parametrize(
    "fault",
    [
        no("expired_trigger_id"),
        no("exchanged_trigger_id"),
        limited("1"),
        Reply(b"", 503),
        no("invalid_arguments"),
    ],
)
async def test_a_modal_that_does_not_open_is_explained_where_it_was_pressed(
    store: Store, fault: Reply
) -> None:
    async with place(store) as here:
        here.slack.faults.append(Fault(fault, "views.open"))
        await here.presses("alert_tune", SHIFT)
        [payload] = await here.answered()
        assert "ress Tune again" in payload["text"]
        assert here.slack.called("views.update") == []


async def test_a_press_that_came_late_is_explained(store: Store) -> None:
    async with place(store) as here:
        await here.presses("alert_tune", SHIFT, trigger_id=here.slack.workspace.trigger(age=4))
        [payload] = await here.answered()
    assert "within three seconds" in payload["text"]


async def test_a_modal_that_was_closed_meanwhile_is_let_be(store: Store) -> None:
    async with place(store, Clerk(seconds=0.2)) as here:
        await here.presses("alert_tune", SHIFT)
        await asyncio.sleep(0.1)
        here.slack.workspace.views.clear()
        assert await here.answered() == []


@pytest.mark.parametrize(
    "metadata", ["", "{", "[]", "null", '{"channel":1,"rule":2}', '{"channel":"C1"}', "x" * 4_000]
)
async def test_a_modal_whose_metadata_cannot_be_read_says_so(store: Store, metadata: str) -> None:
    async with place(store) as here:
        view = {"id": "V1", "type": "modal", "callback_id": "tune", "private_metadata": metadata}
        answer = await submits(here, view)
    assert answer["response_action"] == "update"
    assert "press Tune" in json.dumps(answer)
    assert faults_of_view(answer["view"], "modal") == []
    assert here.clerk.asked == []


@pytest.mark.parametrize("chosen", ["9", "-1", "²", "99999", "x"])
async def test_a_choice_that_was_not_offered_changes_nothing(store: Store, chosen: str) -> None:
    async with place(store) as here:
        await submits(here, await tuned(here), chosen=chosen)
    assert here.clerk.lines[-1] == f"retune {RULE} > {RULE}"


async def test_a_watch_that_was_deleted_meanwhile_is_explained_in_the_modal(store: Store) -> None:
    async with place(store, Clerk()) as here:
        here.clerk.rule = "top 9 by likes in all"
        view = await tuned(here)
    assert "is not watched here, or no longer" in json.dumps(view, ensure_ascii=False)
    assert "submit" not in view


def test_settings_are_told_apart_by_the_words_in_which_they_differ() -> None:
    assert told_apart([RULE, WIDER]) == ["above 30%", "above 20%"]
    assert told_apart([RULE, WIDER.replace("27%", "18%")]) == [
        "above 30%, clear 27%",
        "above 20%, clear 18%",
    ]
    assert told_apart(["top 3", "top 3 by likes"]) == ["top 3", "top 3 by likes"]
    assert told_apart([RULE]) == [RULE]


@pytest.mark.parametrize("sign", ["x", "<", "&", "𝕏"])
def test_the_largest_form_stays_inside_the_limits(sign: str) -> None:
    rule = f"top 10 by trending in {sign * 220}"
    near = [Setting(f"{rule}{at}", sign * 200, own=at == 3) for at in range(20)]
    for tuning in (
        Tuning(rule, tuple(near), sign * 5_000),
        Tuning(sign * 1_000, (), ""),
        Tuning(sign * 1_000, (Setting(sign * 1_000, "x", own=True),), ""),
    ):
        assert faults_of_view(tune_view(tuning, "C0HUBSHIFT"), "modal") == []
