"""What goes wrong at Slack: the fate of the message, in words, and nothing secret in them."""

import logging
import re

import pytest

from bot.chat.base import DeliveryError, Fate
from bot.chat.slack.refusals import FATES
from tests.slack_faults import Fault, Reply, Silence, limited, no, page
from tests.slack_server import TOKEN, LoopbackSlack, SlackChannel
from tests.slack_stories import CHART, ENDED, HOME, posting, since, speaking

ANSWERS: list[tuple[Reply | Silence, Fate]] = [
    (no("channel_not_found"), Fate.CHANNEL),
    (no("is_archived"), Fate.CHANNEL),
    (no("not_in_channel"), Fate.CHANNEL),
    (no("restricted_action_read_only_channel"), Fate.CHANNEL),
    (no("missing_scope", {"needed": "chat:write"}), Fate.PLATFORM),
    (no("token_revoked"), Fate.PLATFORM),
    (no("account_inactive"), Fate.PLATFORM),
    (no("invalid_auth"), Fate.PLATFORM),
    (no("not_authed"), Fate.PLATFORM),
    (no("invalid_auth", status=401), Fate.PLATFORM),
    (no("ratelimited"), Fate.AGAIN),
    (no("rate_limited"), Fate.AGAIN),
    (no("what_is_this"), Fate.AGAIN),
    (no(TOKEN), Fate.AGAIN),
    (Reply(b'{"ok":false}'), Fate.AGAIN),
    (limited(None), Fate.AGAIN),
    (limited("soon"), Fate.AGAIN),
    (Reply(b"slow down", 429, "text/plain"), Fate.AGAIN),
    (page(404), Fate.AGAIN),
    (no("no_text"), Fate.NEVER),
    (no("fatal_error"), Fate.UNKNOWN),
    (no("internal_error"), Fate.UNKNOWN),
    (no("service_unavailable", status=503), Fate.UNKNOWN),
    (no("channel_not_found", status=500), Fate.UNKNOWN),
    (page(200), Fate.UNKNOWN),
    (page(500), Fate.UNKNOWN),
    (page(504), Fate.UNKNOWN),
    (Reply(b'{"ok":true,"ts"'), Fate.UNKNOWN),
    (Reply(b'{"ok":true}'), Fate.UNKNOWN),
    (Reply(b"[]"), Fate.UNKNOWN),
    (Reply(b"[1]"), Fate.UNKNOWN),
    (Reply(b"null"), Fate.UNKNOWN),
    (Reply(b"ok", kind="text/plain"), Fate.UNKNOWN),
    (Reply(b"\xff\xfe", kind="application/json; charset=utf-8"), Fate.UNKNOWN),
    (Reply(b""), Fate.UNKNOWN),
    (Silence.DROP, Fate.UNKNOWN),
    (Silence.HANG, Fate.UNKNOWN),
]


async def failed(says: Reply | Silence, accepted: float | None = None) -> DeliveryError:
    fault = Fault(says, accepted=accepted)
    # On a busy machine a call may take a while; only silence has to be waited out.
    seconds = 0.8 if says is Silence.HANG else 5.0
    async with LoopbackSlack(faults=[fault]) as slack, speaking(slack, seconds) as messenger:
        with pytest.raises(DeliveryError) as caught:
            await messenger.send(HOME, posting())
        assert len(slack.called("chat.postMessage")) == 1
    return caught.value


@pytest.mark.parametrize(("says", "fate"), ANSWERS, ids=lambda each: str(each)[:70])
async def test_each_answer_has_its_fate_and_a_sentence_and_is_asked_for_once(
    says: Reply | Silence, fate: Fate
) -> None:
    error = await failed(says)
    assert error.fate is fate
    assert re.fullmatch(r"[A-Za-z].{30,}", error.reason)
    assert "xoxb" not in error.reason + repr(error)


@pytest.mark.parametrize("says", [page(502), Silence.DROP, no("fatal_error"), page(200)])
async def test_what_was_taken_before_the_answer_was_lost_is_found(says: Reply | Silence) -> None:
    faults = [Fault(says, accepted=0)]
    async with LoopbackSlack(faults=faults) as slack, speaking(slack) as messenger:
        with pytest.raises(DeliveryError) as caught:
            await messenger.send(HOME, posting())
        found = await messenger.find(HOME, posting(), since())
    assert caught.value.fate is Fate.UNKNOWN
    assert found is not None
    assert [found.id] == [message["ts"] for message in slack.posted()]


async def test_how_long_to_wait_is_told_where_slack_says_so() -> None:
    assert (await failed(limited("7"))).retry_after == 7
    assert (await failed(limited("2.5"))).retry_after == 2.5
    for unsaid in (None, "soon", "-3", "inf", "9" * 40):
        assert (await failed(limited(unsaid))).retry_after is None


async def test_a_slack_that_is_not_there_was_sent_nothing() -> None:
    async with LoopbackSlack() as slack:
        gone = slack
    async with speaking(gone) as messenger:
        with pytest.raises(DeliveryError, match=r"cannot be reached at 127\.0\.0\.1") as caught:
            await messenger.send(HOME, posting())
    assert caught.value.fate is Fate.AGAIN


async def test_archived_missing_and_foreign_channels_say_what_to_do() -> None:
    channels = {"C0HUBSHIFT": SlackChannel(archived=True)}
    async with LoopbackSlack(channels) as slack, speaking(slack) as messenger:
        with pytest.raises(DeliveryError, match="C0HUBSHIFT is archived; unarchive it"):
            await messenger.send(HOME, posting())
        channels["C0HUBSHIFT"] = SlackChannel(member=False)
        with pytest.raises(DeliveryError, match=r"not a member .* write /invite @Hubshift"):
            await messenger.send(HOME, posting())
        del channels["C0HUBSHIFT"]
        with pytest.raises(DeliveryError, match=r"does not exist or .* not invited"):
            await messenger.send(HOME, posting())


def test_every_sentence_is_whole_and_every_last_resort_is_named() -> None:
    for code, (fate, words) in FATES.items():
        said = words.format(channel="C1", needed="chat:write")
        assert "{" not in said, code
        assert ";" in said or fate is Fate.NEVER, code
    assert {fate for fate, _ in FATES.values()} == set(Fate)


async def test_no_log_line_error_or_repr_shows_the_token_even_at_debug(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("slack_sdk", "slack_sdk.web.async_base_client", "aiohttp", "asyncio", "bot"):
        caplog.set_level(logging.DEBUG, logger=name)
    shown: list[str] = []
    for says, _ in ANSWERS:
        if says is Silence.HANG:
            continue
        methods = ("chat.update", "chat.postMessage", "conversations.history", "files.info")
        faults = [Fault(says, method) for method in methods]
        async with LoopbackSlack(faults=faults) as slack, speaking(slack) as messenger:
            parent = None
            for number in range(3):
                try:
                    update = posting(number, picture=CHART, parent=parent, parent_message=ENDED)
                    parent = await messenger.send(HOME, update)
                    await messenger.find(HOME, update, since())
                except DeliveryError as error:
                    chain = (error, error.__cause__, error.__context__)
                    shown += [f"{each} {each!r} {vars(each)}" for each in chain if each]
            shown.append(repr(messenger) + str(messenger))
    shown += [record.getMessage() + str(record.exc_info) for record in caplog.records]
    assert len(shown) > 50
    assert [each for each in shown if "canary" in each] == []
