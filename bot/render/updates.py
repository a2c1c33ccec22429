"""Messages about messages: one that has news, one that came too late, many in one."""

from collections.abc import Sequence
from dataclasses import replace

from bot.render.message import Message, Tone, headline
from bot.wording import moment, plural
from detectors.shift import Severity

LINES = 20
"""How many missed alerts a summary names."""


def ended(message: Message) -> Message:
    """Return an alert that could not be told in time, saying that it no longer holds."""
    return replace(
        message,
        title=headline(f"Over already: {message.title}"),
        sentence=f"{message.sentence} This has ended meanwhile.",
        tone=Tone.NOTICE,
    )


def followed(first: Message, news: Message, *, over: bool) -> Message:
    """Return how a message reads once there are news of it."""
    return replace(
        first,
        title=headline(f"Over: {first.title}") if over else first.title,
        sentence=f"{first.sentence} Since then, on {moment(news.at)}: {news.title}.",
        tone=Tone.NOTICE if over else first.tone,
    )


def summary(missed: Sequence[Message]) -> Message:
    """Return one message in place of those that a channel missed, oldest first."""
    first, last = missed[0].at, missed[-1].at
    more = len(missed) - LINES
    lines = [f"{moment(each.at)}: {each.title}" for each in missed[:LINES]]
    if more > 0:
        lines.append(f"and {plural(more, 'alert')} more")
    span = f"on {moment(first)}"
    if moment(first) != moment(last):
        span = f"between {moment(first, last)} and {moment(last)}"
    return Message(
        title=f"{plural(len(missed), 'alert')} that could not be told in time",
        sentence=f"This channel could not be reached, and missed what happened {span}.",
        why="`hubshift ask shifts` tells each with its figures.",
        evidence=tuple(lines),
        tone=Tone.NOTICE,
        at=last,
        shifts=tuple(shift for each in missed for shift in each.shifts),
        severity=max((each.severity for each in missed), key=lambda each: Severity(each).rank),
    )
