"""The ways the loopback Hub can misbehave, each a value that says where and how often."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal


class Ascending(Enum):
    """What the Hub does with `direction=1`."""

    TAKEN = "taken"
    REFUSED = "refused"
    IGNORED = "ignored"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Strikes the page with this number (from 1; None: every) of the listings by `sort`.

    It strikes `times` times and is then gone; None means for ever. The first fault that fits a
    request is the one that strikes.
    """

    page: int | None = None
    sort: str | None = None
    times: int | None = None

    def fits(self, page: int, sort: str) -> bool:
        """Whether the fault strikes this page."""
        return self.page in {None, page} and self.sort in {None, sort}


@dataclass(frozen=True, kw_only=True)
class Hang(Fault):
    """Goes silent for ever, before the headers or in the middle of the body."""

    where: Literal["headers", "body"] = "headers"


@dataclass(frozen=True, kw_only=True)
class Drip(Fault):
    """Sends the answer up to `where` at once and the rest byte by byte, for ever slow."""

    where: Literal["headers", "body"] = "body"
    every: float = 0.02


@dataclass(frozen=True, kw_only=True)
class Status(Fault):
    """Answers with this status and nothing of use."""

    code: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b'{"error":"the loopback Hub was told to fail"}'


@dataclass(frozen=True, kw_only=True)
class Body(Fault):
    """Answers 200 with this body instead of the rows."""

    body: bytes = b"<!DOCTYPE html><html><body>We will be back soon.</body></html>"
    content_type: str = "text/html; charset=utf-8"


@dataclass(frozen=True, kw_only=True)
class Half(Fault):
    """Breaks off: short of the promised length, in a chunk, or with half of the JSON only."""

    how: Literal["length", "chunked", "json", "gzip"] = "length"


@dataclass(frozen=True, kw_only=True)
class HangUp(Fault):
    """Closes the connection without a word."""


@dataclass(frozen=True, kw_only=True)
class Closes(Fault):
    """Closes a kept connection unsaid: once it has answered, or when it is asked once more.

    So does a server that finds it idle for too long; `reset` is how a restarted one does it.
    """

    when: Literal["answered", "asked", "reset"] = "asked"


@dataclass(frozen=True, kw_only=True)
class NoLink(Fault):
    """Leaves the `Link` header out, as if the listing ended here."""


@dataclass(frozen=True, kw_only=True)
class LinkTo(Fault):
    """Names this address as the next page."""

    url: str = ""


@dataclass(frozen=True, kw_only=True)
class OddRows(Fault):
    """Changes fields of every `every`-th row; a field that becomes `...` is left out."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    every: int = 1


@dataclass(frozen=True, kw_only=True)
class FirstRowsAgain(Fault):
    """Serves the rows of the first page under a fresh next link."""


@dataclass(frozen=True, kw_only=True)
class LastRowsAgain(Fault):
    """Serves the last rows of the page before once more, their figures moved, and then its own.

    As where models are deleted, or made, while somebody goes from page to page.
    """

    count: int = 2


@dataclass(frozen=True, kw_only=True)
class NoRows(Fault):
    """Serves an empty page, with the next link that the full one would have had."""
