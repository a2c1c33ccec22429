"""Blocking calls in threads that nobody waits for at exit."""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

# Longer than the columns of a page take; what idles so long ends.
_IDLE_SECONDS = 0.2
_Calls = SimpleQueue[Callable[[], None]]


class Threads:
    """Gives every call a thread, one that idles or a new one: a call never waits for another.

    A thread that goes on with the next call has its memory at hand; that makes a request for a
    page a fifth cheaper. They are no pool of an event loop, which is joined at exit: a name server
    that hangs cannot be cut.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._idle: list[_Calls] = []

    def run(self, call: Callable[[], None]) -> None:
        """Begin a call, which must not raise."""
        with self._lock:
            if self._idle:
                self._idle.pop().put(call)
                return
        calls = _Calls()
        calls.put(call)
        threading.Thread(target=self._serve, args=(calls,), name=self._name, daemon=True).start()

    def _serve(self, calls: _Calls) -> None:
        while (call := self._next(calls)) is not None:
            call()
            # What it held is not kept until the next one.
            del call
            with self._lock:
                self._idle.append(calls)

    def _next(self, calls: _Calls) -> Callable[[], None] | None:
        try:
            return calls.get(timeout=_IDLE_SECONDS)
        except Empty:
            with self._lock:
                if calls in self._idle:
                    self._idle.remove(calls)
                    return None
            # It was given a call at this very moment.
            return calls.get()
