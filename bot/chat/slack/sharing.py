"""Answers that a channel may get to see: what is shared is what the person saw."""

import json
import logging
import re
import secrets
import zlib

from bot.chat.slack.blocks import Block, markup, text_object
from bot.chat.slack.came import Came
from bot.chat.slack.limits import BUTTON_VALUE
from bot.chat.slack.reply import Payload, aloud
from bot.chat.slack.text import plain
from bot.store.errors import StoreError
from bot.store.shelf import Shelf

_LOG = logging.getLogger(__name__)
_KIND = "slack-answer"
# The button works for half an hour; a person may press it late in it.
_SECONDS = 3600
_SHOWN = 300
_VALUE = re.compile(r"([0-9a-f]{16}) (.*)", re.DOTALL)


class Sharing:
    """Keeps answers for an hour."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def keep(self, payload: Payload, question: str) -> str:
        """Keep an answer, and return what its button carries: its name and the question.

        "" where a button has no room for it.
        """
        name = secrets.token_hex(8)
        value = f"{name} {question}"
        if len(value) > BUTTON_VALUE:
            return ""
        content = zlib.compress(json.dumps(payload, ensure_ascii=False).encode())
        try:
            await self._shelf.put(_KIND, name, content, _SECONDS)
        except StoreError as error:
            # Shared, it is asked again.
            _LOG.warning("an answer is not kept for sharing: %s", error)
        return value

    async def kept(self, name: str) -> Payload | None:
        """Return an answer that was kept, None where it is gone."""
        try:
            content = await self._shelf.read(_KIND, name) if name else None
        except StoreError as error:
            _LOG.warning("an answer that was kept cannot be read: %s", error)
            return None
        if content is None:
            return None
        payload: Payload = json.loads(zlib.decompress(content))
        return payload


def read_value(value: str) -> tuple[str, str]:
    """Return an answer's name, "" where it has none, and the question, of a button's value."""
    found = _VALUE.fullmatch(value)
    return (found[1], found[2]) if found else ("", value)


def shared(payload: Payload, question: str, came: Came) -> Payload:
    """Return an answer as the channel sees it, with who asked what."""
    return _under("asked:", payload, question, came)


def changed(payload: Payload, line: str, came: Came) -> Payload:
    """Return the confirmation of a change as the channel sees it, with who made it and how."""
    return _under("changed what this channel is told:", payload, line, came)


def _under(did: str, payload: Payload, line: str, came: Came) -> Payload:
    who = f"<@{came.user}> {did}" if came.user else did.capitalize()
    head: Block = {
        "type": "context",
        "elements": [markup(who), text_object(plain(line, _SHOWN) or "help")],
    }
    return {**aloud(payload), "blocks": [head, *payload["blocks"]]}
