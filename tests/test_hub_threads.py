"""Blocking calls beside the event loop: none waits for another, and idle threads end."""

import threading
import time
from functools import partial
from queue import SimpleQueue

from bot.hub.threads import Threads


def left(name: str) -> int:
    return sum(each.name == name for each in threading.enumerate())


def _wait(hang: threading.Event) -> None:
    hang.wait(10)


def test_a_call_never_waits_for_one_that_hangs() -> None:
    threads, hang, done = Threads("hangs"), threading.Event(), threading.Event()
    threads.run(partial(_wait, hang))
    threads.run(done.set)
    assert done.wait(5)
    hang.set()


def test_a_thread_takes_the_next_call_and_ends_when_there_is_none() -> None:
    threads = Threads("idles")
    met: SimpleQueue[int] = SimpleQueue()
    idents = []
    for _ in range(20):
        threads.run(lambda: met.put(threading.get_ident()))
        idents.append(met.get(timeout=5))
        time.sleep(0.01)
    assert len(set(idents)) < len(idents)
    ends = time.monotonic() + 5
    while left("idles") and time.monotonic() < ends:
        time.sleep(0.02)
    assert not left("idles")
    again = threading.Event()
    threads.run(again.set)
    assert again.wait(5)
