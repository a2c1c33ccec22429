"""Long computing leaves the event loop to others."""

import asyncio
import threading

import pytest

from bot.aside import LONG, aside, both


async def test_what_is_short_is_done_at_once() -> None:
    assert await aside(LONG - 1, threading.current_thread) is threading.current_thread()


async def test_what_is_long_is_done_in_a_thread() -> None:
    assert await aside(LONG, threading.current_thread) is not threading.current_thread()


async def test_what_a_call_raises_reaches_the_caller() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        await aside(LONG, int, "x")


async def test_both_are_under_way_at_once() -> None:
    begun = asyncio.Event()

    async def waits() -> str:
        await begun.wait()
        return "one"

    async def begins() -> str:
        begun.set()
        return "other"

    assert await both(waits(), begins()) == ("one", "other")


async def test_an_error_of_one_waits_for_the_other() -> None:
    ended = []

    async def fails() -> None:
        raise ValueError("no")

    async def ends() -> None:
        await asyncio.sleep(0.01)
        ended.append(True)

    for pair in ((fails(), ends()), (ends(), fails())):
        with pytest.raises(ValueError, match="no"):
            await both(*pair)
        assert ended.pop()
