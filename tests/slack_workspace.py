"""People, modals, homes and quiet messages of a fake workspace, each held against its limits.

https://docs.slack.dev/reference/views, https://docs.slack.dev/interactivity
"""

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.slack_views import faults_of_view

Arguments = Mapping[str, Any]
Refuse = Callable[..., Exception]
TRIGGER_SECONDS = 3.0
_REPLIES, _REPLY_SECONDS = 5, 30 * 60


def person(**more: object) -> dict[str, Any]:
    """Return a person as users.info has them: a full member of the workspace."""
    return {"id": "U1", "team_id": "T0HUBSHIFT", "deleted": False, "is_bot": False, **more}


@dataclass
class Address:
    """A response_url: what arrived there, and what it answers before it answers as Slack does."""

    url: str
    began: float = field(default_factory=time.monotonic)
    says: list[tuple[int, str]] = field(default_factory=list)
    payloads: list[dict[str, Any]] = field(default_factory=list)
    uses: int = 0


@dataclass
class Workspace:
    """Who is in the workspace, and what they see beside the channels' messages.

    `refuse` makes a refusal of a code.
    """

    refuse: Refuse
    url: str = ""
    people: dict[str, dict[str, Any]] = field(default_factory=lambda: {"U1": person()})
    rooms: dict[str, list[str]] = field(default_factory=dict)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    quiet: list[dict[str, Any]] = field(default_factory=list)
    addresses: dict[str, Address] = field(default_factory=dict)
    _triggers: dict[str, float] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def methods(self) -> dict[str, Callable[[Arguments], dict[str, Any]]]:
        """Return the Web API's methods that this part of the workspace answers."""
        return {
            "users.info": self._person,
            "users.conversations": self._rooms_of,
            "chat.postEphemeral": self._quietly,
            "views.open": self._open,
            "views.update": self._change,
            "views.publish": self._publish,
        }

    def trigger(self, age: float = 0.0) -> str:
        """Return a trigger_id; it opens one modal within three seconds."""
        name = f"{next(self._numbers)}.trigger"
        self._triggers[name] = time.monotonic() - age
        return name

    def address(self, age: float = 0.0) -> Address:
        """Return a response_url of its own."""
        name = f"reply-{next(self._numbers)}"
        found = Address(f"{self.url}{name}", time.monotonic() - age)
        self.addresses[name] = found
        return found

    async def replied(self, request: web.Request) -> web.Response:
        """Take what is sent to a response_url."""
        address = self.addresses[request.match_info["name"]]
        if address.says:
            status, text = address.says.pop(0)
            return web.Response(status=status, text=text)
        if time.monotonic() - address.began > _REPLY_SECONDS:
            return web.json_response({"ok": False, "error": "expired_url"}, status=404)
        if address.uses >= _REPLIES:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        address.uses += 1
        address.payloads.append(await request.json())
        return web.Response(text="ok")

    def _person(self, arguments: Arguments) -> dict[str, Any]:
        user = self.people.get(str(arguments.get("user")))
        if user is None:
            raise self.refuse("user_not_found")
        return {"user": user}

    def _rooms_of(self, arguments: Arguments) -> dict[str, Any]:
        found = self.rooms.get(str(arguments.get("user")), [])
        begin = int(arguments.get("cursor") or 0)
        page = found[begin : begin + 2]
        following = str(begin + 2) if begin + 2 < len(found) else ""
        return {
            "channels": [{"id": each} for each in page],
            "response_metadata": {"next_cursor": following},
        }

    def _quietly(self, arguments: Arguments) -> dict[str, Any]:
        if not arguments.get("user") or not arguments.get("text"):
            raise self.refuse("invalid_arguments")
        self.quiet.append(dict(arguments))
        return {"message_ts": "1.1"}

    def _open(self, arguments: Arguments) -> dict[str, Any]:
        began = self._triggers.pop(str(arguments.get("trigger_id")), None)
        if began is None:
            raise self.refuse("exchanged_trigger_id")
        if time.monotonic() - began > TRIGGER_SECONDS:
            raise self.refuse("expired_trigger_id")
        return self._kept(arguments.get("view"), f"V{next(self._numbers)}")

    def _change(self, arguments: Arguments) -> dict[str, Any]:
        name = str(arguments.get("view_id"))
        held = self.views.get(name)
        if held is None:
            raise self.refuse("not_found")
        if arguments.get("hash") not in {None, held["hash"]}:
            raise self.refuse("hash_conflict")
        return self._kept(arguments.get("view"), name)

    def _publish(self, arguments: Arguments) -> dict[str, Any]:
        user = str(arguments.get("user_id"))
        held = self.homes.get(user)
        if arguments.get("hash") not in {None, held["hash"] if held else None}:
            raise self.refuse("hash_conflict")
        self._hold(arguments.get("view"), "home")
        self.homes[user] = {**arguments["view"], "hash": self._hash(), "id": f"V{user}"}
        return {"view": self.homes[user]}

    def _kept(self, view: Any, name: str) -> dict[str, Any]:
        self._hold(view, "modal")
        self.views[name] = {**view, "id": name, "hash": self._hash()}
        return {"view": self.views[name]}

    def _hold(self, view: object, kind: str) -> None:
        found = faults_of_view(view, kind)
        if found:
            raise self.refuse("invalid_arguments", response_metadata={"messages": found})

    def _hash(self) -> str:
        return f"hash.{next(self._numbers)}"
