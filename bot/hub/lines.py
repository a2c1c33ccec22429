"""Connections that go on from request to request, each to be cut without hurting another."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from ssl import SSLContext
from typing import Any

import httpx2
from huggingface_hub import get_session

from bot.hub.limits import Deadline

# A look asks for one page at a time, and there are two kinds of looks.
_KEPT = 2
_ONE = httpx2.Limits(max_keepalive_connections=1)


class Line:
    """A connection that is opened when it is asked for, and again when it was closed since.

    It carries one request at a time, so whoever cuts it cuts that one alone.
    """

    def __init__(self) -> None:
        # With what huggingface_hub does before a request; its own client, with the connections
        # of everybody, would not tell which of them a request goes over.
        tls, hooks = as_the_library_does()
        self._client = httpx2.Client(verify=tls, event_hooks=hooks, limits=_ONE)
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self._stream: Any = None
        self._opens = False
        self._is_cut = False

    @property
    def is_open(self) -> bool:
        """Whether the next request goes over the same connection.

        The library closes one whose answer was not read to its end, or with which the server is
        done.
        """
        return self._stream is not None and self._stream.get_extra_info("socket").fileno() >= 0

    def send(
        self, url: httpx2.URL | str, headers: Mapping[str, str], deadline: Deadline
    ) -> httpx2.Response:
        """Send a GET and return its answer, the body not yet read; redirects are not followed.

        Where a connection that was kept turns out to be closed by the server, which may have
        found that it idled too long, the request goes out once more, over a new one.

        Raises:
            httpx2.TransportError: There is no answer.
        """
        try:
            response = self._sent(url, headers, deadline)
        except (httpx2.NetworkError, httpx2.RemoteProtocolError):
            if self._opens or self._is_cut:
                raise
            response = self._sent(url, headers, deadline)
        self._stream = response.extensions["network_stream"]
        return response

    def cut(self) -> None:
        """End its request, from any thread: whatever waits returns at once. It is of no more use.

        A name server that hangs is the exception, and a connection that is not accepted.
        """
        with self._lock:
            self._is_cut = True
            self._shut()

    def close(self) -> None:
        """Close it, from the thread whose request it carried."""
        self._client.close()
        with self._lock:
            self._let_go()

    def _sent(
        self, url: httpx2.URL | str, headers: Mapping[str, str], deadline: Deadline
    ) -> httpx2.Response:
        self._opens = False
        left = deadline.left()
        if not left:
            raise httpx2.PoolTimeout("there was no time to ask")
        timeout = httpx2.Timeout(left).as_dict()
        request = httpx2.Request(
            "GET", url, headers=headers, extensions={"timeout": timeout, "trace": self._watch}
        )
        return self._client.send(request, stream=True, follow_redirects=False)

    def _watch(self, event: str, details: Mapping[str, Any]) -> None:
        """Learn of a connection as soon as there is one: httpcore's trace of what it does."""
        if event.endswith("connect_tcp.started"):
            self._opens = True
        elif event.endswith("connect_tcp.complete"):
            self._hold(details["return_value"].get_extra_info("socket"))

    def _hold(self, opened: socket.socket) -> None:
        with self._lock:
            self._let_go()
            # A handle of its own is there during the handshake of TLS too, which takes the socket
            # over, and never stands for another connection that came after.
            self._handle = opened.dup()
            if self._is_cut:
                self._shut()

    def _shut(self) -> None:
        if self._handle is not None:
            with suppress(OSError):  # The server has closed it already.
                self._handle.shutdown(socket.SHUT_RDWR)

    def _let_go(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None


class Lines:
    """Gives every request a line of its own; while a look lasts, they are kept for the next."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[Line] = []
        self._looks = 0

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep lines open between requests, until nobody wants them kept any more."""
        with self._lock:
            self._looks += 1
        try:
            yield
        finally:
            with self._lock:
                self._looks -= 1
                left = [] if self._looks else self._idle
                self._idle = self._idle if self._looks else []
            for line in left:
                line.close()

    def take(self) -> Line:
        """Return a line that nobody else has."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return Line()

    def give(self, line: Line) -> None:
        """Take a line back, to keep it if its last answer was read to the end."""
        with self._lock:
            if self._looks and len(self._idle) < _KEPT and line.is_open:
                self._idle.append(line)
                return
        line.close()


@cache
def as_the_library_does() -> tuple[SSLContext, dict[str, list[Callable[..., Any]]]]:
    """Return whom a client trusts, which takes 20 ms to read, and what it does with a request."""
    return httpx2.create_ssl_context(), get_session().event_hooks
