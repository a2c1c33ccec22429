"""One HTTP answer through huggingface_hub, by a deadline that no server can stretch."""

import asyncio
import logging
import os
import socket
import threading
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

# Before the imports below: huggingface_hub reads it when it is first imported.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import httpx2
from huggingface_hub.errors import OfflineModeIsEnabled
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # exported without `as`
    build_hf_headers,
    http_stream_backoff,
)

from bot.hub.limits import Deadline
from bot.hub.port import HubError
from bot.hub.threads import Threads

log = logging.getLogger(__name__)
_threads = Threads("hub-page")
_OK = 200
# Only these bodies are read: a listing, and the Hub's word on what it did not understand.
_WITH_BODY = (_OK, 400)


@dataclass(frozen=True)
class Answer:
    """What the server said: its headers by lower-case name, the body decompressed."""

    status: int
    headers: Mapping[str, str]
    next_link: str | None
    body: bytes


def hub_headers(token: str | None) -> dict[str, str]:
    """Return the headers of every request, with the token if there is one.

    A machine's cached login is never used: what is sent is what the settings name.
    """
    return {
        **build_hf_headers(
            token=token or False, library_name="hubshift", library_version=version("hubshift")
        ),
        "accept": "application/json",
        # Coded bodies are decompressed here, within the limit of bytes.
        "accept-encoding": "gzip",
        # A connection of its own is the only one that can be cut without hurting another request.
        "connection": "close",
    }


async def fetch(
    url: httpx2.URL | str, headers: Mapping[str, str], *, seconds: float, most_bytes: int
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
            result = request.run()
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
        self._headers = dict(headers)
        self._deadline = deadline
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_cut = False

    def cut(self) -> None:
        """End the request: whatever waits on its socket returns at once."""
        with self._lock:
            self._is_cut = True
            self._shut()

    def run(self) -> Answer:
        try:
            return self._answer()
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

    def _answer(self) -> Answer:
        left = self._deadline.left()
        # The library's own retries sleep past any deadline, so there are none here; bounded
        # ones are made around this call.
        with http_stream_backoff(
            "GET",
            # It goes to httpx2 as it is, which would have to read a text again.
            self._url,  # type: ignore[arg-type]
            max_retries=0,
            retry_on_exceptions=(),
            retry_on_status_codes=(),
            headers=self._headers,
            timeout=httpx2.Timeout(left),
            follow_redirects=False,
            extensions={"trace": self._watch},
        ) as response:
            stream = response.extensions.get("network_stream")
            self._hold(stream.get_extra_info("socket") if stream else None)
            body = self._body(response) if response.status_code in _WITH_BODY else b""
            log.debug("GET %s: %d, %d bytes", self._url, response.status_code, len(body))
            return Answer(
                status=response.status_code,
                headers={name.lower(): value for name, value in response.headers.items()},
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

    def _watch(self, event: str, details: dict[str, Any]) -> None:
        """Learn the socket as soon as there is one: httpcore's trace of what it does."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._hold(details["return_value"].get_extra_info("socket"))

    def _hold(self, held: socket.socket | None) -> None:
        with self._lock:
            self._socket = held or self._socket
            if self._is_cut:
                self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # It is closed already.
                # The plain socket's way also for TLS, whose own would disturb a read under way.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _late(seconds: float) -> HubError:
    return HubError("timeout", f"no whole answer within {seconds:.3g} s")
