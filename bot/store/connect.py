"""Opens the store: the server that REDIS_URL names, else the embedded one."""

import asyncio
import contextlib
import logging
import re
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff

from bot.store.embedded import EmbeddedServer
from bot.store.errors import BadStoreUrl, StoreError

log = logging.getLogger(__name__)

SAFE_POLICY = "noeviction"
SOCKET_TIMEOUT = 5.0
"""Seconds; a blocking read has to be shorter."""
HEALTH_CHECK_INTERVAL = 30
"""Seconds of idleness after which a connection is tried first: hosted servers cut idle ones."""
SOCKET_READ = 262_144
"""Bytes read at a time, as many as asyncio takes off a socket: a census is some megabytes."""
LOADING_PATIENCE = 120.0
"""Seconds to wait for a server that says it is reading its data back."""
LOADING_POLL = 0.25
_FORMS = (
    "Accepted are redis://HOST:6379/0, rediss://USER:PASSWORD@HOST:6380/0 (TLS) and "
    "unix:///path/to/redis.sock; in a password write @ : / ? # % as %40 %3A %2F %3F %23 %25."
)
# Timeouts and the form of answers are Hubshift's own: the URL must not change them.
_PARAMETERS = frozenset({"db"})
_TLS_PARAMETERS = frozenset(
    f"ssl_{name}"
    for name in ("ca_certs", "ca_path", "cert_reqs", "certfile", "check_hostname", "keyfile")
)


@dataclass(frozen=True)
class Connection:
    """An open store: `client` speaks to it in bytes, `server` is ours where it is embedded."""

    client: Redis
    server: EmbeddedServer | None

    async def close(self) -> None:
        """Close the client, then leave the embedded server; its last user stops it.

        Raises:
            StoreError: the embedded server does not stop.
        """
        try:
            await self.client.aclose()
        finally:
            if self.server is not None:
                await self.server.leave()


async def connect(
    redis_url: str | None,
    data: Path,
    *,
    remove: bool = False,
    patience: float = SOCKET_TIMEOUT,
    loading_patience: float = LOADING_PATIENCE,
) -> Connection:
    """Open the store and make sure that it keeps what it is given.

    Args:
        redis_url: the server to use; None or empty for the embedded one.
        data: the embedded server's folder.
        remove: the folder is a loan, to be removed after its last user.
        patience: seconds to wait for the first answer.
        loading_patience: seconds to wait for a server that is reading its data back.

    Raises:
        BadStoreUrl: the URL cannot be used as it is written.
        StoreError: the server cannot be reached or started, or might drop what it is given.
    """
    async with contextlib.AsyncExitStack() as undo:
        server = None
        url = redis_url or ""
        if not url:
            server = EmbeddedServer(data, remove=remove)
            undo.push_async_callback(server.leave)
            await server.start()
            url = f"unix://{quote(str(server.socket))}"
        await _check(url, patience, loading_patience)
        # Two more tries bridge a dropped connection. A repeated write does no harm here only
        # because every write that must happen once is a script guarded by an id.
        client = _client(url, Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), 2))
        undo.pop_all()
    return Connection(client, server)


def address(url: str) -> str:
    """Name a store for people: the URL without user, password and parameters.

    >>> address("rediss://ann:secret@cache.example:6380/2?ssl_cert_reqs=required")
    'rediss://cache.example:6380/2'

    Raises:
        BadStoreUrl: the URL cannot be used as it is written.
    """
    try:
        parts = urlsplit(url)
        wrong = _fault(parts)
    except ValueError:  # its text would quote whatever stands where the port should be
        wrong = "cannot be read"
        raise BadStoreUrl(f"REDIS_URL {wrong}. {_FORMS}") from None
    if wrong:
        raise BadStoreUrl(f"REDIS_URL {wrong}. {_FORMS}")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _fault(parts: SplitResult) -> str:
    """Say what is wrong with the URL, quoting nothing that may be a piece of a password."""
    unix = parts.scheme == "unix"
    known = _PARAMETERS | _TLS_PARAMETERS if parts.scheme == "rediss" else _PARAMETERS
    given = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    faults = {
        "does not begin with redis://, rediss:// or unix://": parts.scheme
        not in {"redis", "rediss", "unix"},
        "holds a sign that must be written as a percent code": bool(parts.fragment)
        or "@" in parts.path + parts.query,
        "names no absolute path of a socket (three slashes after unix:)": unix
        and (bool(parts.hostname) or not parts.path.startswith("/")),
        "names no host": not unix and not parts.hostname,
        "has something after the host that is not a database number": not unix
        and not re.fullmatch(r"/?\d*", parts.path),
        "has port 0": parts.port == 0,
        f"has a parameter other than {', '.join(sorted(known))}": not given <= known,
    }
    return next((fault for fault, holds in faults.items() if holds), "")


def _client(url: str, retry: Retry) -> Redis:
    try:
        client: Redis = Redis.from_url(
            url,
            retry=retry,
            socket_timeout=SOCKET_TIMEOUT,
            socket_connect_timeout=SOCKET_TIMEOUT,
            socket_read_size=SOCKET_READ,
            health_check_interval=HEALTH_CHECK_INTERVAL,
            legacy_responses=False,
        )
    except ValueError as error:  # of a parameter that `address` let pass; names it, no more
        raise BadStoreUrl(f"REDIS_URL cannot be used: {error} {_FORMS}") from None
    return client


async def _check(url: str, patience: float, loading_patience: float) -> None:
    """Make sure that the server answers and evicts nothing."""
    where = address(url)
    # The default retries would cost 3 to 4 s before saying that nobody is there.
    probe = _client(url, Retry(NoBackoff(), 0))
    try:
        policy = await _policy(probe, where, patience, loading_patience)
    except (exceptions.RedisError, OSError) as error:
        raise StoreError(_trouble(where, error, urlsplit(url).password)) from None
    finally:
        await probe.aclose()
    if policy != SAFE_POLICY:
        said = f"is {policy}" if policy else "is not told by its INFO"
        raise StoreError(
            f"The maxmemory-policy of the store at {where} {said}; Hubshift needs {SAFE_POLICY}, "
            "because a full server would otherwise silently drop alerts that are not delivered "
            f"yet. Set it with CONFIG SET maxmemory-policy {SAFE_POLICY} (and in the server's "
            "configuration), or in your provider's parameters."
        )


async def _policy(probe: Redis, where: str, patience: float, loading_patience: float) -> str | None:
    """Ask for the eviction policy; INFO has it also where a provider forbids CONFIG."""
    end = time.monotonic() + loading_patience
    told = False
    while True:
        try:
            async with asyncio.timeout(patience):
                await probe.ping()
                policy = (await probe.info("memory")).get("maxmemory_policy")
                return None if policy is None else str(policy)
        except exceptions.BusyLoadingError:
            if time.monotonic() > end:
                raise StoreError(
                    f"The store at {where} has been reading its data back for "
                    f"{loading_patience:g} s and more. Try again when it has finished."
                ) from None
            if not told:
                told = True
                log.info("The store at %s is reading its data back; waiting.", where)
            await asyncio.sleep(LOADING_POLL)


def _trouble(where: str, error: Exception, password: str | None) -> str:
    """Say what is wrong and what to do; old servers quote the password back, this does not."""
    if isinstance(error, exceptions.NoPermissionError):
        remedy = (
            "Allow its user the commands and keys Hubshift needs: ~* &* +@all -@dangerous +info"
        )
    elif isinstance(error, exceptions.AuthenticationError):
        remedy = "Put the right user and password into REDIS_URL: redis://USER:PASSWORD@HOST:PORT/0"
    elif isinstance(error, exceptions.ResponseError):
        remedy = "Is it a Redis or Valkey server, and is the database number within its range?"
    else:
        remedy = (
            "Is the server running, and are host, port and scheme right (rediss:// for TLS, "
            "redis:// without)?"
        )
    said = str(error) or "no answer in time"
    for secret in sorted({password or "", unquote(password or "")} - {""}, key=len, reverse=True):
        said = said.replace(secret, "***")
    return f"The store at {where} cannot be used: {said.rstrip('.')}. {remedy}"
