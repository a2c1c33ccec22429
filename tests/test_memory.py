"""One arena of memory for all threads, where malloc is glibc's, and no other beside it."""

import os
import platform
import subprocess
import sys

import pytest

from bot import memory

# Of each arena that a process has, malloc_info(3) writes an element.
ARENAS = """
import ctypes, sys, threading
from bot import memory
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.fdopen.restype = ctypes.c_void_p
libc.malloc_info.argtypes, libc.fflush.argtypes = [ctypes.c_int, ctypes.c_void_p], [ctypes.c_void_p]
if sys.argv[1] == "shared" and not memory.shared():
    sys.exit("malloc refused")
ready = threading.Barrier(4)
def take():
    ready.wait()
    libc.malloc(100_000)
    ready.wait()
threads = [threading.Thread(target=take) for _ in range(4)]
[each.start() for each in threads]
[each.join() for each in threads]
out = libc.fdopen(1, b"w")
libc.malloc_info(0, out)
libc.fflush(out)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another malloc has no such arenas")
def test_threads_share_one_arena() -> None:
    found = {}
    for how in ("apart", "shared"):
        command = [sys.executable, "-c", ARENAS, how]
        done = subprocess.run(  # noqa: S603 - this very Python
            command, check=True, stdout=subprocess.PIPE, text=True
        )
        found[how] = done.stdout.count("<heap nr=")
    assert found["shared"] == 1
    assert found["apart"] > 1


def test_a_malloc_without_such_options_is_left_as_it_is() -> None:
    assert not memory.shared(object())


def test_tables_are_read_with_the_memory_that_all_the_rest_has() -> None:
    asks = "import bot.hub.tables, pyarrow; print(pyarrow.default_memory_pool().backend_name)"
    environment = {
        name: value for name, value in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"
    }
    done = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-c", asks], check=True, env=environment, stdout=subprocess.PIPE
    )
    assert done.stdout.strip() == b"system"
