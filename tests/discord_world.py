"""Guilds, channels, threads and messages as Discord keeps them; no network here."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.discord_schema import V2, Refusal, check_message, components_of

EPOCH_MS = 1_420_070_400_000
BOT = "900000000000000001"
GUILD = "800000000000000001"
TEXT, ANNOUNCEMENT, THREAD, FORUM = 0, 5, 11, 15
VIEW, SEND, HISTORY, EMBED, FILES = "view", "send", "history", "embed", "files"
_NONCE_SECONDS = 180.0
_LARGEST = 10 * 1024 * 1024

Json = dict[str, Any]


@dataclass
class Room:
    """A channel or thread. `lacks` names what the bot may not do there."""

    id: str
    kind: int = TEXT
    parent: str = ""
    name: str = "general"
    lacks: set[str] = field(default_factory=set)
    archived: bool = False
    archived_at: float = 0.0
    locked: bool = False
    tags: list[Json] = field(default_factory=list)
    wants_tag: bool = False
    messages: list[Json] = field(default_factory=list)
    last: str | None = None
    applied: list[str] = field(default_factory=list)

    @property
    def shown(self) -> Json:
        """The channel as the API shows it."""
        found: Json = {
            "id": self.id,
            "type": self.kind,
            "guild_id": GUILD,
            "name": self.name,
            "position": 0,
            "permission_overwrites": [],
            "last_message_id": self.last,
            "flags": (1 << 4) if self.wants_tag else 0,
        }
        if self.parent:
            found["parent_id"] = self.parent
        if self.kind == THREAD:
            found["owner_id"] = BOT
            found["thread_metadata"] = {
                "archived": self.archived,
                "locked": self.locked,
                "archive_timestamp": _iso(self.archived_at),
            }
        if self.kind == FORUM:
            found["available_tags"] = self.tags
        return found


class World:
    """Everything the bot can reach. `v2` off is a Discord that knows no Components V2.

    `page` is how many archived threads are listed at a time.
    """

    def __init__(self) -> None:
        self.rooms: dict[str, Room] = {}
        self.v2 = True
        self.later = 0.0
        self.page = 50
        self._nonces: dict[tuple[str, str], tuple[str, float]] = {}
        self._numbers = count()

    def open(self, number: str = "100", **fields: Any) -> Room:
        """Open a channel."""
        self.rooms[number] = room = Room(number, **fields)
        return room

    def close(self, number: str) -> None:
        """Delete a channel, and every thread of it."""
        self.rooms = {
            key: room for key, room in self.rooms.items() if number not in {key, room.parent}
        }

    def room(self, number: str) -> Room:
        """Return a channel; refused as Discord does where it is gone or hidden."""
        if number not in self.rooms:
            raise Refusal(404, 10003, "Unknown Channel")
        room = self.rooms[number]
        if VIEW in room.lacks:
            raise Refusal(403, 50001, "Missing Access")
        return room

    def message(self, room: Room, number: str) -> Json:
        """Return one message."""
        for each in room.messages:
            if each["id"] == number:
                return each
        raise Refusal(404, 10008, "Unknown Message")

    def delete(self, room: Room, number: str) -> None:
        """Take a message of the bot's own away."""
        message = self.message(room, number)
        if message["author"]["id"] != BOT:
            raise Refusal(403, 50013, "Missing Permissions")
        room.messages.remove(message)

    def post(self, room: Room, body: Json, files: Mapping[str, bytes]) -> Json:
        """Add a message, or give back the one that had this nonce."""
        self._admit(room, body, files)
        nonce = str(body.get("nonce", ""))
        if nonce and body.get("enforce_nonce"):
            earlier, at = self._nonces.get((room.id, nonce), ("", 0.0))
            if earlier and self._now() - at < _NONCE_SECONDS:
                return {**self.message(room, earlier), "nonce": nonce}
        reference = body.get("message_reference")
        if reference:
            self._check_reference(room, reference)
        made = self._made(room, body, files)
        if nonce:
            self._nonces[room.id, nonce] = (made["id"], self._now())
            return {**made, "nonce": nonce}
        return made

    def edit(self, room: Room, number: str, body: Json, files: Mapping[str, bytes]) -> Json:
        """Change a message."""
        if room.archived:
            raise Refusal(400, 50083, "Thread is archived")
        found = self.message(room, number)
        if found["author"]["id"] != BOT:
            raise Refusal(403, 50005, "Cannot edit a message authored by another user")
        kept = {each["id"]: each for each in found["attachments"]}
        named = [kept[each["id"]] for each in body.get("attachments", kept.values())]
        check = {**body, "attachments": named} if named else body
        check_message(check, files, edit=True)
        if found["flags"] & V2 and body.get("embeds"):
            raise Refusal(400, 50035, "Invalid Form Body")
        for key in ("content", "embeds", "components"):
            if key in body:
                found[key] = body[key]
        found["flags"] |= body.get("flags", 0)
        found["attachments"] = named
        found["edited_timestamp"] = _iso(self._now())
        return found

    def history(self, room: Room, query: Mapping[str, str]) -> list[Json]:
        """Return messages, newest first; none where the history is hidden."""
        if room.kind == FORUM:
            raise Refusal(400, 50008, "Cannot send messages in a non-text channel")
        if HISTORY in room.lacks:
            return []
        most = int(query.get("limit", "50"))
        if not 1 <= most <= 100:
            raise Refusal(400, 50035, "Invalid Form Body")
        found = sorted(room.messages, key=lambda each: int(each["id"]))
        if "after" in query:
            found = [each for each in found if int(each["id"]) > int(query["after"])][:most]
        elif "before" in query:
            found = [each for each in found if int(each["id"]) < int(query["before"])]
        elif "around" in query:
            middle = int(query["around"])
            found.sort(key=lambda each: abs(int(each["id"]) - middle))
            found = sorted(found[:most], key=lambda each: int(each["id"]))
        return found[-most:][::-1]

    def start_post(self, room: Room, body: Json, files: Mapping[str, bytes]) -> Json:
        """Start a forum post."""
        if room.kind != FORUM:
            raise Refusal(400, 50024, "Cannot execute action on this channel type")
        if not 1 <= len(str(body.get("name", ""))) <= 100:
            raise Refusal(400, 50035, "Invalid Form Body")
        if room.wants_tag and not body.get("applied_tags"):
            raise Refusal(400, 40067, "A tag is required to create a forum post in this channel")
        message = body.get("message", {})
        if "nonce" in message:
            raise Refusal(400, 50035, "Invalid Form Body")
        check_message(message, files)
        number = self._number()
        thread = self.open(number, kind=THREAD, parent=room.id, name=body["name"])
        thread.applied = list(body.get("applied_tags", ()))
        made = self._made(thread, message, files, number)
        room.last = number
        return {**thread.shown, "message": made}

    def threads(self) -> Json:
        """Return the threads that are open."""
        found = [each.shown for each in self._threads(archived=False)]
        return {"threads": found, "members": []}

    def archived(self, parent: str, query: Mapping[str, str]) -> Json:
        """Return a page of a channel's archived threads, the last archived first."""
        before = query.get("before", "9999")
        found = [
            each.shown
            for each in sorted(self._threads(archived=True), key=lambda each: -each.archived_at)
            if each.parent == parent and _iso(each.archived_at) < before
        ]
        page = found[: self.page]
        return {"threads": page, "members": [], "has_more": len(found) > len(page)}

    def _threads(self, *, archived: bool) -> list[Room]:
        rooms = self.rooms.values()
        return [each for each in rooms if each.kind == THREAD and each.archived is archived]

    def say(self, room: Room, text: str, author: str = "1") -> Json:
        """Let somebody else say something."""
        made = self._made(room, {"content": text}, {})
        made["author"] = {"id": author}
        return made

    def _admit(self, room: Room, body: Json, files: Mapping[str, bytes]) -> None:
        if room.kind == FORUM:
            raise Refusal(400, 50008, "Cannot send messages in a non-text channel")
        if room.locked:
            raise Refusal(403, 160005, "Thread is locked")
        if SEND in room.lacks or (files and FILES in room.lacks):
            raise Refusal(403, 50013, "Missing Permissions")
        if body.get("embeds") and EMBED in room.lacks:
            raise Refusal(403, 50013, "Missing Permissions")
        if sum(map(len, files.values())) > _LARGEST:
            raise Refusal(413, 40005, "Request entity too large")
        if not self.v2 and body.get("flags", 0) & V2:
            raise Refusal(400, 50035, "Invalid Form Body", errors={"flags": {"_errors": []}})
        check_message(body, files)
        room.archived = False

    def _check_reference(self, room: Room, reference: Json) -> None:
        if HISTORY in room.lacks:
            raise Refusal(403, 160002, "Cannot reply without permission to read message history")
        there = any(each["id"] == reference["message_id"] for each in room.messages)
        if not there and reference.get("fail_if_not_exists", True):
            raise Refusal(400, 50035, "Invalid Form Body")

    def _made(self, room: Room, body: Json, files: Mapping[str, bytes], number: str = "") -> Json:
        number = number or self._number()
        given = {f"files[{each['id']}]": each for each in body.get("attachments", ())}
        attachments = [
            {"id": self._number(), "size": len(content), **_described(given.get(name, {}))}
            for name, content in files.items()
        ]
        free = count(1)
        parts = body.get("components", [])
        for part in components_of(parts):
            part.setdefault("id", next(free))
        made: Json = {
            "id": number,
            "type": 19 if body.get("message_reference") else 0,
            "channel_id": room.id,
            "author": {"id": BOT, "bot": True},
            "content": body.get("content", ""),
            "embeds": body.get("embeds", []),
            "components": parts,
            "attachments": attachments,
            "flags": body.get("flags", 0),
            "message_reference": body.get("message_reference"),
            "allowed_mentions": body.get("allowed_mentions"),
            "timestamp": _iso(self._now()),
            "edited_timestamp": None,
        }
        room.messages.append(made)
        room.last = number
        return made

    def _now(self) -> float:
        return time.time() + self.later

    def _number(self) -> str:
        return str((int(self._now() * 1000) - EPOCH_MS) << 22 | next(self._numbers) & 0x3FFFFF)


def _described(given: Json) -> Json:
    return {key: given[key] for key in ("filename", "description") if key in given}


def _iso(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(at))
