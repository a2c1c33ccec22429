"""What Slack says of who did something, and where; nothing of a payload is taken for granted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from bot.channel import SLACK, Channel

Payload = Mapping[str, Any]

_TS = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}")
_UNNAMED = frozenset({"directmessage", "privategroup"})
_ID = re.compile(r"[A-Z0-9]{1,32}")
# https://docs.slack.dev/messaging/formatting-message-text#retrieving-messages: <@U1|x>, <#C1>,
# <http://x|x>, as some clients and workspaces still write them into what was typed.
_MARKED = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


@dataclass(frozen=True)
class Came:
    """Who did something in Slack, and where; what Slack does not say is "".

    `name` is what people call the channel. `address` is the response_url, which takes answers,
    `trigger` what opens a modal within three seconds, and `thread` the thread that a button was
    pressed in.
    """

    user: str = ""
    team: str = ""
    channel: str = ""
    address: str = ""
    trigger: str = ""
    thread: str = ""
    name: str = ""

    @property
    def room(self) -> Channel:
        """The channel as the rest of Hubshift names it: of one's own workspace."""
        return Channel(SLACK, self.channel)

    def at(self, channel: str) -> Self:
        """Return the same for another channel: a modal and App Home stand in none themselves."""
        return replace(self, channel=_id(channel), address="", thread="", name="")

    @classmethod
    def by_command(cls, body: Payload) -> Self:
        """Read it from a slash command."""
        return cls(
            user=_id(said(body, "user_id")),
            team=_id(said(body, "team_id")),
            channel=_id(said(body, "channel_id")),
            address=_address(body),
            trigger=said(body, "trigger_id"),
            name=_named(said(body, "channel_name")),
        )

    @classmethod
    def by_click(cls, body: Payload) -> Self:
        """Read it from a button or a modal, where the channel may stand in the container."""
        where = said(body, "channel", "id") or said(body, "container", "channel_id")
        thread = said(body, "container", "thread_ts") or said(body, "message", "thread_ts")
        return cls(
            user=_id(said(body, "user", "id")),
            team=_id(said(body, "team", "id")),
            channel=_id(where),
            address=_address(body),
            trigger=said(body, "trigger_id"),
            thread=_stamp(thread),
            name=_named(said(body, "channel", "name")),
        )


def _named(name: str) -> str:
    """Return a channel's name as people write it; of a private one Slack only says that it is."""
    return f"#{name}" if name and name not in _UNNAMED else ""


def said(body: object, *path: str | int) -> str:
    """Return the text that stands at a path in a payload, "" where none does."""
    found = at(body, *path)
    return found if isinstance(found, str) else ""


def at(body: object, *path: str | int) -> object:
    """Return what stands at a path in a payload, None where nothing does."""
    for step in path:
        if isinstance(step, str) and isinstance(body, Mapping):
            body = body.get(step)
        elif isinstance(step, int) and isinstance(body, list) and step < len(body):
            body = body[step]
        else:
            return None
    return body


def typed(text: str) -> str:
    """Return what a person typed: links and mentions as they read them, nothing escaped."""
    plain = _MARKED.sub(_as_read, text)
    for entity, sign in _ENTITIES:
        plain = plain.replace(entity, sign)
    return plain.strip()


def _as_read(found: re.Match[str]) -> str:
    kind, target, label = found[1], found[2], found[3]
    sign = "@" if kind == "!" else kind
    return sign + (label or target).removeprefix(sign)


def _id(text: str) -> str:
    return text if _ID.fullmatch(text) else ""


def _stamp(text: str) -> str:
    return text if _TS.fullmatch(text) else ""


def _address(body: Payload) -> str:
    address = said(body, "response_url")
    return address if address.startswith(("https://", "http://")) else ""
