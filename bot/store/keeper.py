"""Stops the embedded server once its last user is gone, also when that user was killed.

Run as a program of its own (`keeper.py FOLDER SOCKET [--remove]`) it needs nothing but the
standard library. One lock file each for starting, users, server and keeper lies in the data
folder; a lock ends with the process that holds it, however that process ends.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

LOOK_EVERY = 0.25
"""Seconds between two looks at the users' lock."""
_PATIENCE = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 3.0))
"""Seconds each way of stopping is given; a kill loses nothing the server has acknowledged."""
_POLL = 0.005
INHERITED = 3
"""The number under which a started process finds the open file of its lock."""


class FileLock:
    """An flock on one file; it belongs to this object, and to a child that inherits `fd`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def take(self, *, shared: bool = False) -> bool:
        """Take the lock if it is free; never waits."""
        try:
            fcntl.flock(self.fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Let the lock go, also for a child that inherited it."""
        fcntl.flock(self.fd, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file; a child that inherited the lock keeps it."""
        os.close(self.fd)

    def is_current(self) -> bool:
        """Whether the path still names the file that is locked here."""
        try:
            return os.path.samestat(os.fstat(self.fd), self.path.stat())
        except FileNotFoundError:
            return False


class FolderLocks:
    """The locks of one data folder; all but start are only tried while holding start.

    `users`: shared by every user for its life. `server` and `keeper`: held by these processes
    themselves, which inherit them, so they tell who lives whatever became of a socket.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with contextlib.ExitStack() as opened:
            self.start, self.users, self.server, self.keeper = (
                opened.enter_context(FileLock(folder / f"{name}.lock"))
                for name in ("start", "users", "server", "keeper")
            )
            self._opened = opened.pop_all()

    def close(self) -> None:
        """Let every lock go."""
        self._opened.close()

    def stop_server(self, socket_path: Path) -> Iterator[float]:
        """Stop the server, like `stop`, and clear away what it leaves of its socket."""
        yield from stop(self.server, socket_path)
        # Where the folder was removed and made anew, the socket may be another server's.
        near = socket_path.parent == self.folder
        if self.start.is_current() and (near or is_private(socket_path.parent)):
            socket_path.unlink(missing_ok=True)
            if not near:
                socket_path.parent.rmdir()

    def stop_keeper(self) -> Iterator[float]:
        """Stop the keeper, like `stop`; in another container it notices by itself, a bit later."""
        if _in_this_space(self.keeper):
            yield from stop(self.keeper)


def lives(lock: FileLock) -> bool:
    """Whether the process that inherited the lock runs."""
    if lock.take():
        lock.release()
        return False
    return True


def stop(lock: FileLock, socket_path: Path | None = None) -> Iterator[float]:
    """Stop the process that holds the lock, yielding the seconds to sleep before the next look.

    A generator, so that the bot can wait without holding up its loop and the keeper plainly.

    Raises:
        TimeoutError: it is still there.
    """
    for sign, patience in _PATIENCE:
        if not lives(lock):
            return
        _ask_to_stop(lock, socket_path, sign)
        end = time.monotonic() + patience
        while lives(lock) and time.monotonic() < end:
            yield _POLL
    if lives(lock):
        raise TimeoutError(f"process {recorded_pid(lock)}, which holds {lock.path}, still runs")


def is_private(folder: Path) -> bool:
    """Whether it is a folder (no link to one) of this user's that nobody else may enter."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    closed = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    return closed and found.st_uid == os.getuid()


def record_pid(lock: FileLock, pid: int | None) -> None:
    """Write beside the held lock which process holds it."""
    os.ftruncate(lock.fd, 0)
    if pid is not None:
        os.pwrite(lock.fd, f"{pid} {_pid_space()}\n".encode(), 0)


def recorded_pid(lock: FileLock) -> int | None:
    """Give the number of the process that was last started to hold the lock."""
    return int(_record(lock)[0] or 0) or None


def _record(lock: FileLock) -> tuple[str, str]:
    pid, _, space = os.pread(lock.fd, 100, 0).decode().strip().partition(" ")
    return pid, space


def _in_this_space(lock: FileLock) -> bool:
    """Whether the recorded number means the same process here."""
    pid, space = _record(lock)
    return bool(pid) and space == _pid_space()


def _pid_space() -> str:
    """Name the set of process numbers this process lives in: containers have one each."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _ask_to_stop(lock: FileLock, socket_path: Path | None, sign: signal.Signals) -> None:
    """Signal a process by its number where that number means the same, else through its socket.

    The number comes first because a socket path may by now belong to another server: somebody
    may have removed the folder of a running one and begun anew.
    """
    pid = recorded_pid(lock)
    if pid and _in_this_space(lock):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        return
    if socket_path is None:
        return
    with socket.socket(socket.AF_UNIX) as line, contextlib.suppress(OSError):
        line.settimeout(1)
        line.connect(str(socket_path))
        line.sendall(b"SHUTDOWN\r\n")
        line.recv(100)


def keep(folder: Path, socket_path: Path, *, remove: bool) -> None:
    """Wait until nobody uses the server, stop it, and remove the folder if it was a loan."""
    os.chdir("/")  # holds no file system back from being unmounted
    try:
        locks = FolderLocks(folder)
    except FileNotFoundError:
        return  # the folder is gone already, and its users took their server with them
    with contextlib.closing(locks):
        while not (locks.start.take() and locks.users.take()):
            locks.start.release()
            time.sleep(LOOK_EVERY)
        try:
            for pause in locks.stop_server(socket_path):
                time.sleep(pause)
            if remove:
                shutil.rmtree(folder, ignore_errors=True)  # nobody is left to tell
        finally:
            # Before the start lock goes: who starts next must not take this for a keeper at work.
            os.close(INHERITED)


if __name__ == "__main__":
    keep(Path(sys.argv[1]), Path(sys.argv[2]), remove="--remove" in sys.argv[3:])
