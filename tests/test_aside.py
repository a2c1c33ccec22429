"""Long computing leaves the event loop to others."""

import threading

import pytest

from bot.aside import LONG, aside


async def test_what_is_short_is_done_at_once() -> None:
    assert await aside(LONG - 1, threading.current_thread) is threading.current_thread()


async def test_what_is_long_is_done_in_a_thread() -> None:
    assert await aside(LONG, threading.current_thread) is not threading.current_thread()


async def test_what_a_call_raises_reaches_the_caller() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        await aside(LONG, int, "x")
