"""Messages and postings that the tests of Slack share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.channel import Channel
from bot.chat.base import Posting
from bot.chat.slack import SlackMessenger
from bot.render.message import Message, Tone
from bot.render.picture import Picture
from detectors.shift import Severity
from tests.slack_server import TOKEN, LoopbackSlack

HOME = Channel("slack", "C0HUBSHIFT")
AT = datetime(2026, 4, 25, tzinfo=UTC)
ENTRY = Message(
    title="DeepSeek-V4-Pro (DeepSeek, China) goes straight to first place in trending",
    sentence="deepseek-ai/DeepSeek-V4-Pro has been #1 in trending since 24 April.",
    why="First place was held by moonshotai/Kimi-K2.6 on 23 April.",
    evidence=(
        "trending in all · 30 models · not listed → #1 · pulse@2026-04-25T00:00:00Z · board/1",
    ),
    tone=Tone.RISE,
    at=AT,
    link="https://huggingface.co/deepseek-ai/DeepSeek-V4-Pro",
    severity=Severity.MAJOR,
)
LEFT = replace(
    ENTRY,
    title="DeepSeek-V4-Pro (DeepSeek, China) leaves the trending top 10",
    sentence="deepseek-ai/DeepSeek-V4-Pro was #1 in trending and is now #14.",
    why="It was there for 12 days.",
    tone=Tone.FALL,
    severity=Severity.INFO,
)
ENDED = replace(ENTRY, title="Ended: " + ENTRY.title)
QUICK = (0.02, 0.05, 0.1)
# The signature is all that a server looks at.
CHART = Picture(b"\x89PNG\r\n\x1a\n" + b"chart" * 20, "A line that rises to first place")


def posting(number: int = 1, message: Message = ENTRY, **more: Any) -> Posting:
    """Return a posting with a delivery id of its own."""
    return Posting(f"{number:024x}", message, **more)


@asynccontextmanager
async def speaking(slack: LoopbackSlack, seconds: float = 5.0) -> AsyncIterator[SlackMessenger]:
    """Open a messenger that speaks to a fake Slack and waits seconds for an answer at most."""
    messenger = SlackMessenger(TOKEN, base_url=slack.url, seconds=seconds, picture_waits=QUICK)
    try:
        yield messenger
    finally:
        await messenger.close()


def since() -> datetime:
    """Return a minute ago."""
    return datetime.now(UTC) - timedelta(minutes=1)
