"""One page of a listing over HTTP: same origin, bounded retries, a reason for every failure."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx2

from bot.hub import wire
from bot.hub.access import REFUSED, Access
from bot.hub.gatherer import Gatherer
from bot.hub.lean import lean_part
from bot.hub.limits import CrawlLimits, Deadline
from bot.hub.listed import Part
from bot.hub.origin import Origin, read_url
from bot.hub.pacing import rest_after, wait_asked
from bot.hub.port import HubError
from bot.hub.records import ListedModel
from bot.hub.rows import decode_rows
from bot.hub.status import TOO_MANY, Rest, StatusError
from bot.packed import Oids
from detectors.columns import Ints
from detectors.names import Names

# `_id` and `id` come unasked; everything else only by name.
FIELDS = (
    "author",
    "baseModels",
    "createdAt",
    "downloads",
    "downloadsAllTime",
    "gated",
    "library_name",
    "likes",
    "pipeline_tag",
    "tags",
    "trendingScore",
)
_OK = 200
_BAD_REQUEST = 400
_NOT_FOUND = 404
_NO_ACCESS = (REFUSED, 403)
_MOVED = (301, 302, 303, 307, 308)
_REDIRECTS = 3
_PASSING = ("timeout", "unreachable", "cut-short", "not-json")
_ADVICE = {
    "timeout": "The next look tries again; https://status.huggingface.co tells of outages.",
    "unreachable": "Check the network and HF_ENDPOINT.",
    "cut-short": "The next look tries again.",
    "not-json": "Check that HF_ENDPOINT is a Hub and that no proxy answers for it.",
    "unauthorized": "Check HF_ENDPOINT and HF_TOKEN; the Hub's own listings are public.",
    "foreign-link": "Nothing was sent there, the token stays with HF_ENDPOINT.",
    f"http-{_BAD_REQUEST}": "If this stays, the Hub's API is another by now: update Hubshift.",
    f"http-{_NOT_FOUND}": "Check that HF_ENDPOINT is a Hub.",
}


@dataclass(frozen=True)
class Page:
    """One page as it came in, and where to go on.

    models: decoded records, or part: the same in columns. rows: how many records it had. body:
    as it came. go_on_at: when a walk's next request should go out, by the monotonic clock.
    """

    url: str
    models: tuple[ListedModel, ...]
    part: Part
    rows: int
    odd: int
    body: bytes
    next_url: str | None
    go_on_at: float = 0.0

    @property
    def names(self) -> Names:
        """The ids of its models."""
        return self.part.names

    @property
    def oids(self) -> Oids:
        """Their `_id`s."""
        return self.part.oids

    @property
    def created_at(self) -> Ints:
        """When they were created, in seconds."""
        return self.part.created_at

    @classmethod
    def read(
        cls,
        body: bytes,
        gatherer: Gatherer,
        *,
        url: str,
        next_url: str | None,
        go_on_at: float = 0.0,
        lean: bool = False,
    ) -> "Page":
        """Decode a page; a `lean` one has its models in columns alone, if they are all plain.

        Raises:
            HubError: `cut-short` or `not-json`.
        """
        part = lean_part(body, gatherer) if lean else None
        if part is not None:
            return cls(url, (), part, len(part.names), 0, body, next_url, go_on_at)
        found = decode_rows(body)
        part = gatherer.part(found.models)
        return cls(url, found.models, part, found.rows, found.odd, body, next_url, go_on_at)


class Pages:
    """Reads pages of `GET /api/models` from one endpoint, and from nowhere else."""

    def __init__(
        self,
        *,
        endpoint: str,
        token: str | None,
        limits: CrawlLimits,
        clock: Callable[[], datetime],
    ) -> None:
        """Raise ValueError when the endpoint or the token cannot be meant; neither is shown."""
        self._origin = Origin(endpoint)
        self._access = Access(token, self.endpoint)
        self._limits = limits
        self._clock = clock
        self._rest = Rest(limits.longest_rest_seconds)
        self._wire = wire.Wire()

    @property
    def endpoint(self) -> str:
        """The endpoint without a trailing slash."""
        return self._origin.endpoint

    def kept_open(self) -> AbstractContextManager[None]:
        """Keep connections from page to page while this lasts: a look."""
        return self._wire.kept()

    def first(self, sort: str, *, rows: int, ascending: bool = False) -> str:
        """Return the address of a listing's first page, spelled as huggingface_hub spells it.

        Descending is what the Hub does unasked, and huggingface_hub 2.4.0 does not name it.
        """
        asked = [("sort", sort), *([("direction", "1")] if ascending else []), ("limit", str(rows))]
        params = httpx2.QueryParams([*asked, *(("expand", field) for field in FIELDS)])
        return f"{self.endpoint}/api/models?{params}"

    async def read(
        self, url: str, what: str, deadline: Deadline, into: Gatherer | None = None
    ) -> Page:
        """Return the page, tried again a few times where that can help.

        With `into`, where a walk's models are gathered, it is a lean one.

        Raises:
            HubError: With a reason, and a sentence that names the Hub and the page (`what`).
        """
        asked = self._rest.asked()
        if asked is not None:
            raise self._told(asked, f"{what}, not asked for yet")
        attempt = 0
        while True:
            try:
                return await self._once(url, deadline, into)
            except HubError as error:
                pause = self._pause(error, attempt)
                if pause is None or pause >= deadline.left():
                    self._rest.keep(error)
                    raise self._told(error, what) from None
            attempt += 1
            await asyncio.sleep(pause)

    async def _once(self, url: str, deadline: Deadline, into: Gatherer | None) -> Page:
        here = read_url(url)
        for _ in range(_REDIRECTS + 1):
            seconds = min(self._limits.page_seconds, deadline.left())
            if not seconds:
                raise HubError("timeout", f"the {deadline.seconds:.3g} s of this look are over")
            began = time.monotonic()
            most = self._limits.page_bytes
            headers = self._access.headers
            answer = await self._wire.fetch(here, headers, seconds=seconds, most_bytes=most)
            if answer.status == REFUSED and self._access.refused(headers):
                return await self._once(url, deadline, into)
            if answer.status not in _MOVED:
                return self._page(url, here, answer, began, into)
            here = self._origin.at_home(here, answer.headers.get("location", ""), "redirects")
        raise HubError("redirects", f"more than {_REDIRECTS} redirects in a row")

    def _page(
        self,
        url: str,
        here: httpx2.URL,
        answer: wire.Answer,
        began: float,
        into: Gatherer | None,
    ) -> Page:
        if answer.status != _OK:
            raise self._status_error(answer)
        if "html" in answer.headers.get("content-type", "").lower():
            raise HubError("not-json", "the answer is a web page, not JSON")
        link = answer.next_link
        return Page.read(
            answer.body,
            Gatherer() if into is None else into,
            url=url,
            next_url=None if link is None else str(self._origin.at_home(here, link, "goes on")),
            go_on_at=began + rest_after(answer.headers),
            lean=into is not None,
        )

    def _status_error(self, answer: wire.Answer) -> StatusError:
        status = answer.status
        wait = wait_asked(answer.headers, self._clock())
        if status in _NO_ACCESS:
            reason, clause = "unauthorized", f"the Hub refused access ({status})"
        elif status == TOO_MANY:
            reason, clause = "rate-limited", "the quota of requests is used up (429)"
        elif status == _BAD_REQUEST:
            clause = f"the Hub did not take the question (400{self._quoted(answer.body)})"
            reason = f"http-{status}"
        else:
            reason, clause = f"http-{status}", f"the Hub answered {status}"
        return StatusError(reason, clause, status=status, wait=wait)

    def _quoted(self, body: bytes) -> str:
        """Return the Hub's own words on a bad request, which may name the field that is gone."""
        try:
            words = str(json.loads(body)["error"])
        except (ValueError, RecursionError, LookupError, TypeError):
            return ""
        return f": {self._access.hidden(words)[:200]!a}"

    def _pause(self, error: HubError, attempt: int) -> float | None:
        """Seconds to wait before the next attempt, None when another is no use."""
        if attempt >= self._limits.retries:
            return None
        backoff = min(
            self._limits.backoff_seconds * 2**attempt, self._limits.longest_backoff_seconds
        )
        if isinstance(error, StatusError):
            if error.status in {408, TOO_MANY} or error.status >= 500:  # noqa: PLR2004  # HTTP's own
                return backoff if error.wait is None else error.wait
            return None
        return backoff if error.reason in _PASSING else None

    def _told(self, error: HubError, what: str) -> HubError:
        """Return the error with a sentence for a person: where, what happened, what to do."""
        advice = _ADVICE.get(error.reason, "")
        wait = error.wait if isinstance(error, StatusError) else None
        if wait is not None:
            # A wait of centuries is no date.
            again = self._clock() + timedelta(seconds=min(wait, 10**8))
            advice = f"Try again after {again:%Y-%m-%d %H:%M:%S} UTC."
        elif error.reason == "rate-limited":
            advice = "Try again in a few minutes; a token (HF_TOKEN) has a larger quota."
        elif isinstance(error, StatusError) and not advice:
            advice = "The next look tries again; https://status.huggingface.co tells of outages."
        sentence = f"{self.endpoint}, {what}: {error}. {advice}".rstrip()
        if isinstance(error, StatusError):
            return StatusError(error.reason, sentence, status=error.status, wait=error.wait)
        return HubError(error.reason, sentence)
