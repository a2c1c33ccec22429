"""What the doctor and the log say of Slack's tokens before anybody asks in vain."""

import asyncio

import pytest

from bot.chat.slack.probe import SlackTrouble, lacks, slack_knows
from bot.chat.slack.wire import Identity
from bot.doctor import examine
from bot.store.store import Store
from tests.slack_faults import Fault, Silence, no
from tests.slack_place import socketed
from tests.slack_scopes import SCOPES
from tests.slack_server import TOKEN, LoopbackSlack
from tests.slack_sockets import APP_TOKEN


async def test_whose_tokens_they_are_is_said() -> None:
    async with LoopbackSlack() as slack:
        assert await slack_knows(TOKEN, APP_TOKEN, slack.url) == (
            "answers as hubshift in Acme, and the socket can be opened"
        )
        assert await slack_knows(TOKEN, None, slack.url) == "answers as hubshift in Acme"


async def test_scopes_that_were_not_granted_are_named_with_what_they_are_for() -> None:
    async with LoopbackSlack(tokens={TOKEN: SCOPES - {"users:read", "files:write"}}) as slack:
        with pytest.raises(SlackTrouble, match=r"lacks files:write \(to bring charts") as told:
            await slack_knows(TOKEN, None, slack.url)
    assert "users:read (to let guests ask but not change" in str(told.value)
    assert "reinstall the app" in str(told.value)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(no("invalid_auth"), "auth.test"), "does not accept the bot token"),
        (Fault(no("invalid_auth"), "apps.connections.open"), "does not take SLACK_APP_TOKEN"),
        (Fault(Silence.DROP, "auth.test"), "broke off; it is tried again"),
    ],
)
async def test_a_token_that_slack_does_not_take_is_said_with_what_to_do(
    fault: Fault, words: str
) -> None:
    async with LoopbackSlack() as slack:
        slack.faults.append(fault)
        with pytest.raises(SlackTrouble, match=words) as told:
            await slack_knows(TOKEN, APP_TOKEN, slack.url)
    assert "canary" not in str(told.value)


async def test_the_doctor_asks_slack(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with LoopbackSlack() as slack:
        environ = {
            "HUBSHIFT_DATA": str(tmp_path_factory.mktemp("d")),
            "HF_ENDPOINT": "http://127.0.0.1:1",
            "HUBSHIFT_SLACK_API_URL": slack.url,
            "SLACK_BOT_TOKEN": TOKEN,
        }
        findings = {each.what: each for each in await examine(environ, None)}
        assert findings["Slack"].well
        slack.revoked.add(TOKEN)
        findings = {each.what: each for each in await examine(environ, None)}
    assert not findings["Slack"].well
    assert "reinstall the Slack app" in findings["Slack"].detail


async def test_a_front_says_at_its_start_which_scopes_are_missing(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    async with socketed(store) as here:
        here.slack.tokens[TOKEN] = SCOPES - {"users:read"}
        await here.slack.sockets.connected()
        async with asyncio.timeout(5):
            while "lacks users:read" not in caplog.text:  # noqa: ASYNC110 - logs tell nobody
                await asyncio.sleep(0.01)


def test_where_slack_does_not_say_what_was_granted_nothing_is_called_missing() -> None:
    assert lacks(Identity(frozenset({"T0HUBSHIFT"}))) == ""
    assert lacks(Identity(frozenset(), scopes=SCOPES)) == ""
