"""Slack as a place to post to: one guarded message, its picture, its updates, its simpler forms."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.channel import Channel
from bot.chat.base import DeliveryError, Fate, Messenger, Receipt
from tests.golden_files import check_golden
from tests.slack_faults import Fault, Reply, Silence, no, page
from tests.slack_scopes import SCOPES
from tests.slack_server import TOKEN, LoopbackSlack, SlackChannel
from tests.slack_stories import CHART, ENDED, ENTRY, HOME, LEFT, posting, since, speaking


def kinds(message: dict[str, object]) -> list[str]:
    blocks = message.get("blocks", [])
    assert isinstance(blocks, list)
    return [block["type"] for block in blocks]


async def test_an_alert_is_one_message_that_bears_its_delivery_id_twice() -> None:
    async with LoopbackSlack() as slack, speaking(slack) as messenger:
        contract: Messenger = messenger
        receipt = await contract.send(HOME, posting())
        [message] = slack.posted()
    assert receipt == Receipt(message["ts"])
    assert message["blocks"][0]["block_id"] == posting().id
    assert message["metadata"]["event_payload"] == {"delivery": posting().id}
    assert [method for method, _ in slack.calls] == ["chat.postMessage"]


async def test_a_picture_is_uploaded_without_a_channel_and_shown_in_the_one_message() -> None:
    async with LoopbackSlack(file_delay=0.1) as slack, speaking(slack) as messenger:
        await messenger.send(HOME, posting(picture=CHART))
        [message] = slack.posted()
        [file] = slack.files.held.items()
    assert kinds(message) == ["header", "context", "section", "context", "image", "context"]
    image = message["blocks"][4]
    assert image["slack_file"] == {"id": file[0]}
    assert image["alt_text"] == CHART.alt
    assert file[1].content == CHART.png
    assert file[1].channel is None
    assert len(slack.called("files.info")) > 1
    assert slack.files.tokens == [None]


async def test_without_the_scope_to_ask_a_picture_is_tried_until_slack_shows_it() -> None:
    scopes = {TOKEN: SCOPES - {"files:read"}}
    async with (
        LoopbackSlack(tokens=scopes, file_delay=0.1) as slack,
        speaking(slack) as messenger,
    ):
        await messenger.send(HOME, posting(1, picture=CHART))
        await messenger.send(HOME, posting(2, picture=CHART))
    assert ["image" in kinds(message) for message in slack.posted()] == [True, True]
    assert len(slack.called("files.info")) == 1
    assert len(slack.called("chat.postMessage")) > 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault(no("missing_scope", {"needed": "files:write"}), "files.getUploadURLExternal"),
        Fault(no("file_uploads_disabled"), "files.getUploadURLExternal"),
        Fault(no("internal_error"), "files.completeUploadExternal"),
        Fault(page(502), "files.completeUploadExternal"),
        Fault(Silence.DROP, "files.getUploadURLExternal"),
        Fault(Silence.HANG, "files.completeUploadExternal"),
    ],
    ids=lambda fault: f"{fault.method} {fault.says}"[:60],
)
async def test_an_upload_that_fails_costs_the_picture_and_not_the_alert(fault: Fault) -> None:
    async with LoopbackSlack(faults=[fault]) as slack, speaking(slack, 0.8) as messenger:
        await messenger.send(HOME, posting(picture=CHART))
    [message] = slack.posted()
    assert "image" not in kinds(message)


async def test_a_picture_that_never_becomes_ready_is_left_out() -> None:
    async with LoopbackSlack(file_delay=3600) as slack, speaking(slack) as messenger:
        await messenger.send(HOME, posting(picture=CHART))
        [message] = slack.posted()
    assert kinds(message) == ["header", "context", "section", "context", "context"]


async def test_an_update_edits_its_parent_and_replies_in_its_thread() -> None:
    async with LoopbackSlack() as slack, speaking(slack) as messenger:
        parent = await messenger.send(HOME, posting(1))
        update = posting(2, LEFT, parent=parent, parent_message=ENDED, picture=CHART)
        reply = await messenger.send(HOME, update)
        first, second = slack.posted()
        found = await messenger.find(HOME, update, since())
        again = await messenger.find(HOME, posting(1), since())
    assert first["blocks"][0]["text"]["text"].startswith("▲ Ended: ")
    assert kinds(first) == kinds(second)
    assert second["thread_ts"] == parent.id
    assert reply == found == Receipt(second["ts"], parent.id)
    # The edit bears no delivery id, so that the parent is not taken for the reply.
    assert update.id not in json.dumps(first)
    assert again == parent


async def test_news_of_what_has_begun_stand_in_the_channel_too_once() -> None:
    async with LoopbackSlack() as slack, speaking(slack) as messenger:
        parent = await messenger.send(HOME, posting(1))
        news = posting(2, parent=parent, parent_message=ENDED, aloud=True)
        reply = await messenger.send(HOME, news)
        quiet = await messenger.send(HOME, posting(3, LEFT, parent=parent))
        found = await messenger.find(HOME, news, since())
        copies = await messenger.copies(HOME, news.id, reply, since())
        _, second, third = slack.posted()
    assert second["subtype"] == "thread_broadcast"
    assert "subtype" not in third
    assert reply.thread == quiet.thread == parent.id
    assert found == reply
    assert copies == [reply]


async def test_a_reply_to_a_reply_goes_into_the_same_thread() -> None:
    async with LoopbackSlack() as slack, speaking(slack) as messenger:
        root = await messenger.send(HOME, posting(1))
        reply = await messenger.send(HOME, posting(2, parent=root))
        last = await messenger.send(HOME, posting(3, parent=reply, parent_message=ENDED))
    assert last.thread == reply.thread == root.id
    assert slack.posted()[1]["edited"]
    assert "edited" not in slack.posted()[0]


async def test_a_parent_that_is_gone_is_no_reason_to_fail() -> None:
    async with LoopbackSlack() as slack, speaking(slack) as messenger:
        gone = Receipt("1700000000.000100")
        edited = await messenger.send(HOME, posting(1, parent=gone, parent_message=ENDED))
        replied = posting(2, parent=gone)
        posted = await messenger.send(HOME, replied)
        found = await messenger.find(HOME, replied, since())
    assert [edited.thread, posted.thread] == ["", ""]
    assert found == posted
    assert len(slack.posted()) == 2


@pytest.mark.parametrize("code", ["cant_update_message", "edit_window_closed", "update_failed"])
async def test_a_parent_that_may_not_be_edited_still_gets_its_reply(code: str) -> None:
    async with LoopbackSlack() as slack, speaking(slack) as messenger:
        parent = await messenger.send(HOME, posting(1))
        slack.faults.append(Fault(no(code), "chat.update"))
        reply = await messenger.send(HOME, posting(2, parent=parent, parent_message=ENDED))
    assert reply.thread == parent.id


@pytest.mark.parametrize("says", [Silence.DROP, page(503), no("fatal_error")])
async def test_an_edit_nobody_knows_of_is_made_again_before_anything_is_posted(
    says: Silence | Reply,
) -> None:
    async with LoopbackSlack() as slack, speaking(slack) as messenger:
        parent = await messenger.send(HOME, posting(1))
        slack.faults.append(Fault(says, "chat.update", accepted=0))
        update = posting(2, LEFT, parent=parent, parent_message=ENDED)
        with pytest.raises(DeliveryError) as caught:
            await messenger.send(HOME, update)
        assert caught.value.fate is Fate.AGAIN
        assert len(slack.posted()) == 1
        await messenger.send(HOME, update)
    assert len(slack.posted()) == 2


@pytest.mark.parametrize("code", ["invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"])
async def test_blocks_that_are_refused_become_text_found_by_its_metadata(code: str) -> None:
    async with LoopbackSlack(faults=[Fault(no(code))]) as slack, speaking(slack) as messenger:
        receipt = await messenger.send(HOME, posting())
        [message] = slack.posted()
        found = await messenger.find(HOME, posting(), since())
    assert "blocks" not in message
    assert found == receipt
    check_golden("slack_text", message["text"])


async def test_metadata_that_are_refused_leave_the_id_in_the_blocks() -> None:
    faults = [Fault(no("metadata_must_be_sent_from_app"))]
    async with LoopbackSlack(faults=faults) as slack, speaking(slack) as messenger:
        receipt = await messenger.send(HOME, posting())
        found = await messenger.find(HOME, posting(), since())
    assert "metadata" not in slack.posted()[0]
    assert found == receipt


async def test_a_message_without_any_place_for_its_id_is_not_sent() -> None:
    faults = [Fault(no("metadata_too_large")), Fault(no("invalid_blocks"))]
    async with LoopbackSlack(faults=faults) as slack, speaking(slack) as messenger:
        with pytest.raises(DeliveryError) as caught:
            await messenger.send(HOME, posting())
    assert caught.value.fate is Fate.NEVER
    assert slack.posted() == []


async def test_a_channel_of_another_workspace_is_refused_before_anything_leaves() -> None:
    async with LoopbackSlack() as slack, speaking(slack) as messenger:
        for channel in (Channel("slack", "C0HUBSHIFT", "T0OTHER"), Channel("discord", "1101")):
            for call in (
                messenger.send(channel, posting()),
                messenger.find(channel, posting(), since()),
            ):
                with pytest.raises(DeliveryError, match="nothing was sent") as caught:
                    await call
                assert caught.value.fate is Fate.CHANNEL
    assert slack.calls == []


async def test_a_delivery_is_found_page_by_page_and_not_taken_from_before_the_time() -> None:
    async with LoopbackSlack() as slack, speaking(slack) as messenger:
        receipt = await messenger.send(HOME, posting(1))
        for number in range(2, 460):
            slack.posted().append({"ts": f"{float(receipt.id) + number:.6f}", "text": "talk"})
        found = await messenger.find(HOME, posting(1), since())
        pages = len(slack.called("conversations.history"))
        later = datetime.now(UTC) + timedelta(hours=1)
        assert await messenger.find(HOME, posting(1), later) is None
    assert found == receipt
    assert pages == 4


@pytest.mark.parametrize("seconds", [-7200, 7200])
async def test_a_delivery_is_found_whatever_slack_s_clock_says(seconds: int) -> None:
    async with LoopbackSlack() as slack, speaking(slack) as messenger:
        await messenger.send(HOME, posting(1))
        (message,) = slack.posted()
        message["ts"] = f"{float(message['ts']) + seconds:.6f}"
        found = await messenger.find(HOME, posting(1), since())
    assert found == Receipt(message["ts"])


async def test_what_cannot_be_read_to_its_end_is_not_taken_for_absent() -> None:
    async with LoopbackSlack() as slack, speaking(slack) as messenger:
        await messenger.send(HOME, posting(1))
        slack.faults.append(Fault(page(503), "conversations.history"))
        with pytest.raises(DeliveryError) as caught:
            await messenger.find(HOME, posting(2), since())
        assert caught.value.fate is Fate.AGAIN
        assert await messenger.find(HOME, posting(2), since()) is None
    assert len(slack.posted()) == 1


async def test_a_private_channel_without_its_history_scope_says_which_one() -> None:
    channels = {"C0HUBSHIFT": SlackChannel(private=True)}
    tokens = {TOKEN: SCOPES - {"groups:history"}}
    async with LoopbackSlack(channels, tokens=tokens) as slack, speaking(slack) as messenger:
        with pytest.raises(DeliveryError, match="groups:history") as caught:
            await messenger.find(HOME, posting(), since())
    assert caught.value.fate is Fate.CHANNEL


async def test_the_payload_of_an_alert_is_this() -> None:
    async with LoopbackSlack() as slack, speaking(slack) as messenger:
        parent = await messenger.send(HOME, posting(1, ENTRY))
        await messenger.send(HOME, posting(2, LEFT, parent=parent, parent_message=ENDED))
        await messenger.send(HOME, posting(3, ENTRY, picture=CHART))
    alert, update, pictured = slack.called("chat.postMessage")
    for name, payload in (("alert", alert), ("update", update), ("picture", pictured)):
        shown = {**payload, "thread_ts": "PARENT"} if "thread_ts" in payload else payload
        check_golden(f"slack_{name}", json.dumps(shown, ensure_ascii=False, indent=1))
    edit = {**slack.called("chat.update")[0], "ts": "PARENT"}
    check_golden("slack_edit", json.dumps(edit, ensure_ascii=False, indent=1))
