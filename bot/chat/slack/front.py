"""What people do in Slack: /hubshift and the button that shares its answer.

Acknowledged first, worked on in a task that is kept and drained; a question never reaches the
Hub, and what cannot be answered is said kindly.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.base import DeliveryError
from bot.chat.slack.answers import SHARE_ACTION, answer_blocks, plain_answer, trouble_blocks
from bot.chat.slack.blocks import Block
from bot.chat.slack.pace import Pace
from bot.chat.slack.refusals import BLOCKS_REFUSED
from bot.chat.slack.scopes import COMMAND
from bot.chat.slack.wire import SlackApi, deaf, proxy_for, refused
from bot.render.answer import Answer

Asked = Callable[[str], Awaitable[Answer]]

_LOG = logging.getLogger(__name__)
_DRAIN_SECONDS = 10.0
_LONGEST_QUESTION = 2_000
_SLOWER = "Those were many questions in a minute; please wait a little and ask again."
_BROKEN = (
    "Hubshift could not answer this. Nothing is lost; whoever runs it finds the reason in its "
    "log. /hubshift help shows what can be asked."
)


class SlackFront:
    """Answers commands and buttons of one workspace.

    `asked` answers a question and raises ValueError with a sentence for people where it cannot;
    `clock` is a monotonic one, in seconds.
    """

    def __init__(
        self, token: str, asked: Asked, clock: Callable[[], float], *, base_url: str
    ) -> None:
        self._asked = asked
        self._pace = Pace(clock)
        self._api = SlackApi(token, base_url)
        self._tasks: set[asyncio.Task[None]] = set()
        client = AsyncWebClient(token, base_url, retry_handlers=[], logger=deaf())
        client.proxy = proxy_for(base_url)
        # The guard has verified what comes over HTTP, and a socket needs no signature.
        self.app = AsyncApp(client=client, logger=deaf(), request_verification_enabled=False)
        self.app.command(COMMAND)(self._command)
        self.app.action(SHARE_ACTION)(self._share)
        self.app.error(self._failed)

    def __repr__(self) -> str:
        """Return where it speaks to, and no token."""
        return f"SlackFront({self._api})"

    async def drain(self) -> None:
        """Let what is being answered end, for ten seconds at most, and close the connections."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_DRAIN_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._api.close()

    async def _command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        question = _word(body.get("text")).strip() or "help"
        self._keep(self._answered(question, body, _word(body.get("user_id"))))

    async def _share(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        actions = body.get("actions")
        action = actions[0] if isinstance(actions, list) and actions else {}
        user = body.get("user")
        who = _word(user.get("id")) if isinstance(user, dict) else ""
        question = _word(action.get("value")) if isinstance(action, dict) else ""
        self._keep(self._answered(question or "help", body, who, shared=True))

    async def _answered(
        self, question: str, body: Mapping[str, Any], user: str, *, shared: bool = False
    ) -> None:
        """Answer to the person who asked, or, `shared`, to the channel."""
        address = _word(body.get("response_url"))
        if not address.startswith(("https://", "http://127.0.0.1:")):
            return
        try:
            payload = await self._payload(question, user, shared=shared)
        except Exception:  # noqa: BLE001  # a person waits for an answer, whatever broke
            _LOG.exception("a question could not be answered")
            payload = _quiet(_BROKEN, trouble_blocks(_BROKEN))
        try:
            await self._reply(address, payload)
        except DeliveryError as error:
            _LOG.warning("an answer did not reach the person who asked: %s", error)

    async def _payload(self, question: str, user: str, *, shared: bool) -> dict[str, Any]:
        if not self._pace.allowed(user):
            return _quiet(_SLOWER, trouble_blocks(_SLOWER))
        try:
            answer = await self._asked(question[:_LONGEST_QUESTION])
        except ValueError as error:
            return _quiet(plain_answer(str(error)), trouble_blocks(str(error)))
        payload = _quiet(
            plain_answer(answer.text), answer_blocks(answer, "" if shared else question)
        )
        if shared:
            payload |= {"response_type": "in_channel"}
        return payload

    async def _reply(self, address: str, payload: dict[str, Any]) -> None:
        try:
            await self._api.reply(address, payload)
        except DeliveryError as error:
            if refused(error) not in BLOCKS_REFUSED:
                raise
            bare = {key: each for key, each in payload.items() if key != "blocks"}
            await self._api.reply(address, {**bare, "mrkdwn": True})

    async def _failed(self, error: Exception) -> BoltResponse:
        # Not the error's text: Bolt's errors hold whole requests.
        _LOG.error("a request from Slack could not be read: %s", type(error).__name__)
        return BoltResponse(status=400, body="")

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _quiet(text: str, blocks: list[Block]) -> dict[str, Any]:
    """Return an answer that only the person who asked sees, and that wakes nobody."""
    return {
        "response_type": "ephemeral",
        "replace_original": False,
        "text": text,
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""
