"""Pictures as Slack takes them: a place, an upload, and moments until they can be shown."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Arguments = Mapping[str, Any]
Refuse = Callable[..., Exception]


@dataclass
class SlackFile:
    """A file: `ready` is when it may be shown, None while the upload is not complete."""

    length: int
    content: bytes | None = None
    ready: float | None = None
    channel: str | None = None


@dataclass
class Files:
    """Every file that was announced; `delay` is how long a complete upload is worked on.

    `refuse` makes a refusal of a code; `tokens` is what uploads came with.
    """

    refuse: Refuse
    delay: float = 0.0
    url: str = ""
    held: dict[str, SlackFile] = field(default_factory=dict)
    tokens: list[str | None] = field(default_factory=list)

    def methods(self) -> dict[str, Callable[[Arguments], dict[str, Any]]]:
        """Return the Web API's methods that are about files."""
        return {
            "files.getUploadURLExternal": self._place,
            "files.completeUploadExternal": self._complete,
            "files.info": self._about,
        }

    async def uploaded(self, request: web.Request) -> web.Response:
        """Take what is sent to an address that was given."""
        content = await request.read()
        self.tokens.append(request.headers.get("Authorization"))
        file = self.held[request.match_info["file"]]
        if len(content) != file.length:
            return web.Response(status=400, text="the length is not as announced")
        file.content = content
        return web.Response(text=f"OK - {len(content)}")

    def shown(self, name: str) -> bool:
        """Whether a file may be shown by now."""
        held = self.held.get(name)
        return held is not None and held.ready is not None and held.ready <= time.monotonic()

    def _place(self, arguments: Arguments) -> dict[str, Any]:
        length = str(arguments.get("length", ""))
        if not arguments.get("filename") or not length.isdecimal() or int(length) == 0:
            raise self.refuse("invalid_arguments")
        name = f"F{len(self.held):09d}"
        self.held[name] = SlackFile(int(length))
        return {"upload_url": f"{self.url}{name}", "file_id": name}

    def _complete(self, arguments: Arguments) -> dict[str, Any]:
        listed = arguments.get("files", "[]")
        files = json.loads(listed) if isinstance(listed, str) else listed
        for each in files:
            file = self.held.get(each["id"])
            if file is None or file.content is None or file.ready is not None:
                raise self.refuse("file_not_found")
            file.ready = time.monotonic() + self.delay
            file.channel = arguments.get("channel_id") or arguments.get("channels")
        return {"files": files}

    def _about(self, arguments: Arguments) -> dict[str, Any]:
        name = str(arguments.get("file"))
        file = self.held.get(name)
        if file is None or file.ready is None:
            raise self.refuse("file_not_found")
        return {"file": {"id": name, "mimetype": "image/png" if self.shown(name) else ""}}
