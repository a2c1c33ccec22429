"""What goes wrong at a fake Slack: one Fault a call, in the order they are listed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType


class Silence(Enum):
    """No answer at all."""

    DROP = "the connection is closed"
    HANG = "the connection stays open"


@dataclass(frozen=True)
class Reply:
    """An answer other than the method's own."""

    body: bytes
    status: int = 200
    kind: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Fault:
    """What happens to the next `times` calls of a method.

    `accepted` says whether Slack carries the call out all the same: not (None), before it answers
    (0), or so many seconds after (late acceptance). `says` is what the caller gets for it.
    """

    says: Reply | Silence
    method: str = "chat.postMessage"
    times: int = 1
    accepted: float | None = None


def no(code: str, more: Mapping[str, object] = MappingProxyType({}), status: int = 200) -> Reply:
    """Return Slack's own refusal, with what it says beside the code."""
    return Reply(json.dumps({"ok": False, "error": code, **more}).encode(), status)


def limited(retry_after: str | None) -> Reply:
    """Return a 429, with and without Retry-After."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Reply(b'{"ok":false,"error":"ratelimited"}', 429, headers=headers)


def page(status: int) -> Reply:
    """Return what a proxy or a balancer answers."""
    return Reply(b"<!DOCTYPE html><title>Oops</title>", status, "text/html; charset=utf-8")
