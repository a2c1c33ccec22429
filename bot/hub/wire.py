"""One HTTP answer through huggingface_hub, by a deadline that no server can stretch."""

import asyncio
import logging
import threading
import zlib
from collections.abc import Mapping
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass
from importlib.metadata import version

import httpx2
from huggingface_hub.errors import OfflineModeIsEnabled
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # exported without `as`
    build_hf_headers,
)

from bot.hub.limits import Deadline
from bot.hub.lines import Line, Lines
from bot.hub.port import HubError
from bot.hub.threads import Threads

log = logging.getLogger(__name__)
_threads = Threads("hub-page")
_OK = 200
# Only these bodies are read: a listing, and the Hub's word on what it did not understand.
_WITH_BODY = (_OK, 400)


@dataclass(frozen=True)
class Answer:
    """What the server said: its headers, by name in any case, and the body decompressed."""

    status: int
    headers: Mapping[str, str]
    next_link: str | None
    body: bytes


def hub_headers(token: str | None) -> httpx2.Headers:
    """Return the headers of every request, with the token if there is one.

    A machine's cached login is never used: what is sent is what the settings name.
    """
    headers = build_hf_headers(
        token=token or False, library_name="hubshift", library_version=version("hubshift")
    )
    # Coded bodies are decompressed here, within the limit of bytes.
    return httpx2.Headers(
        {**headers, "accept": "application/json", "accept-encoding": "gzip"},
    )


class Wire:
    """Sends requests, each in a thread of its own."""

    def __init__(self) -> None:
        self._lines = Lines()

    def kept(self) -> AbstractContextManager[None]:
        """Keep connections from one request to the next while this lasts, as a look wants it."""
        return self._lines.kept()

    async def fetch(
        self, url: httpx2.URL | str, headers: Mapping[str, str], *, seconds: float, most_bytes: int
    ) -> Answer:
        """Send one GET and return the answer, whatever its status; redirects are not followed.

        Raises:
            HubError: `timeout`, `unreachable`, `cut-short`, `not-json` (an unknown coding),
                `too-large` or `offline`; the text is a clause, to be told with where it happened.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        request = _Request(url, headers, Deadline.after(seconds), most_bytes)

        def settle(result: Answer | Exception) -> None:
            if answer.done():
                return
            if isinstance(result, Answer):
                answer.set_result(result)
            else:
                answer.set_exception(result)

        def run() -> None:
            result: Answer | Exception
            try:
                result = request.run(self._lines)
            except Exception as error:  # noqa: BLE001  # raised again in the event loop
                result = error
            with suppress(RuntimeError):  # The loop has closed: nobody waits any more.
                loop.call_soon_threadsafe(settle, result)

        _threads.run(run)
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError:
            raise _late(seconds) from None
        finally:
            request.cut()
            if answer.done() and not answer.cancelled():
                answer.exception()  # Looked at, also when a cancellation came at the same moment.


class _Request:
    """A blocking GET that another thread can cut at any moment."""

    def __init__(
        self, url: httpx2.URL | str, headers: Mapping[str, str], deadline: Deadline, most_bytes: int
    ) -> None:
        self._url = url
        self._headers = headers
        self._deadline = deadline
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._line: Line | None = None
        self._is_cut = False

    def cut(self) -> None:
        """End the request: whatever waits on its line returns at once.

        After its end nothing happens: the line is another's by then.
        """
        with self._lock:
            self._is_cut = True
            if self._line is not None:
                self._line.cut()

    def run(self, lines: Lines) -> Answer:
        try:
            return self._over(lines)
        except httpx2.TimeoutException:
            raise _late(self._deadline.seconds) from None
        except httpx2.ConnectError as error:
            raise HubError("unreachable", f"no connection ({error})") from None
        except (httpx2.NetworkError, httpx2.RemoteProtocolError) as error:
            raise HubError("cut-short", f"the answer broke off ({error})") from None
        except zlib.error as error:
            raise HubError("cut-short", f"the compressed answer is damaged ({error})") from None
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, httpx2.LocalProtocolError) as error:
            raise HubError("unreachable", f"no address to ask ({error})") from None
        except OfflineModeIsEnabled:
            raise HubError("offline", "HF_HUB_OFFLINE is set; unset it to go online") from None

    def _over(self, lines: Lines) -> Answer:
        line = lines.take()
        with self._lock:
            self._line = line
            if self._is_cut:
                line.cut()
        try:
            with closing(line.send(self._url, self._headers, self._deadline)) as response:
                return self._answer(response)
        finally:
            with self._lock:
                self._line = None
                if self._is_cut:
                    line.close()
                else:
                    lines.give(line)

    def _answer(self, response: httpx2.Response) -> Answer:
        body = self._body(response) if response.status_code in _WITH_BODY else b""
        log.debug("GET %s: %d, %d bytes", self._url, response.status_code, len(body))
        return Answer(
            status=response.status_code,
            headers=response.headers,
            next_link=response.links.get("next", {}).get("url"),
            body=body,
        )

    def _body(self, response: httpx2.Response) -> bytes:
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        if coding not in {"identity", "gzip"}:
            raise HubError("not-json", f"the answer is coded as {coding[:20]!r}, not as asked for")
        inflate = zlib.decompressobj(wbits=31) if coding == "gzip" else None
        body: list[bytes] = []
        size = 0
        # Raw chunks: a dripping compressed body gives no decoded ones to check the clock between.
        for chunk in response.iter_raw():
            if not self._deadline.left():
                raise _late(self._deadline.seconds)
            room = self._most_bytes - size + 1
            body.append(inflate.decompress(chunk, room) if inflate else chunk)
            size += len(body[-1])
            if size > self._most_bytes:
                raise HubError("too-large", f"the answer is larger than {self._most_bytes:,} bytes")
        if inflate and not inflate.eof:
            raise HubError("cut-short", "the compressed answer ends early")
        return b"".join(body)


def _late(seconds: float) -> HubError:
    return HubError("timeout", f"no whole answer within {seconds:.3g} s")
