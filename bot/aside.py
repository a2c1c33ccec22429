"""Long computing, done where it holds up no deadline of the event loop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
U = TypeVar("U")

# Models; at some 25 µs each this is half a second, and a census is a minute and more.
LONG = 20_000


async def aside(models: int, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what a call over so many models returns; in a thread of its own if that is long."""
    if models < LONG:
        return call(*args, **kwargs)
    return await asyncio.to_thread(call, *args, **kwargs)


async def both(one: Awaitable[T], other: Awaitable[U]) -> tuple[T, U]:
    """Return what two things done at the same time return; an error only when both have ended."""
    first, second = asyncio.ensure_future(one), asyncio.ensure_future(other)
    await asyncio.gather(first, second, return_exceptions=True)
    return first.result(), second.result()
