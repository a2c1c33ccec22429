"""What can go wrong between Hubshift and its store, each with the exit code it ends in."""

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, ClassVar, ParamSpec, TypeVar

from redis.exceptions import OutOfMemoryError, RedisError

from detectors.metric import Kind

P = ParamSpec("P")
T = TypeVar("T")


class StoreError(Exception):
    """Trouble with the store; the text says what happened, where, and what to do."""

    exit_code: ClassVar[int] = 1


class Conflict(StoreError):
    """Another process committed a look in between; read the state anew and look again."""


class NoteDamaged(StoreError):
    """A Snapshot is held of which it cannot be told what it is: its note is damaged."""


class BadStoreUrl(ValueError):
    """REDIS_URL cannot be used as it is written; the text never repeats a password."""

    exit_code: ClassVar[int] = 2


def stays(kind: Kind) -> str:
    """Say of a Snapshot of which it cannot be told what it is why it stays, and what goes on."""
    why = "later ones may be told against it" if kind is Kind.CENSUS else "it may be another one"
    return f"It is not written over, since {why}; those of other times can be taken in"


def reason_of(error: RedisError) -> str:
    """Say what a server's trouble is and what to do."""
    if isinstance(error, OutOfMemoryError):
        return "it is out of memory; raise its maxmemory, or give it a larger machine"
    said = str(error) or type(error).__name__
    return f"{said.rstrip('.')}; `hubshift doctor` says what to do"


def storing(
    doing: str,
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Coroutine[Any, Any, T]]]:
    """Let the server's trouble come out as a StoreError that says what was being done."""

    def wrap(call: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[Any, Any, T]]:
        @wraps(call)
        async def told(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return await call(*args, **kwargs)
            except RedisError as error:
                raise StoreError(f"the store failed while {doing}: {reason_of(error)}") from error

        return told

    return wrap
