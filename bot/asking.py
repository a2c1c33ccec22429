"""What `hubshift ask` does: a question, its answer, and its picture in a file."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from bot.app import opened
from bot.channel import Channel
from bot.chat.console import printed
from bot.desk import TERMINAL
from bot.named_files import FileError
from bot.settings import Settings


class NoPicture(ValueError):
    """A picture is asked for of an answer that has none."""

    exit_code = 2


async def ask(
    settings: Settings, question: str, png: Path | None = None, channel: str | None = None
) -> int:
    """Answer a line; its picture goes into a file, where one is named.

    It is asked for the terminal, or for the channel that is named.

    Raises:
        ChannelError: it names no channel.
        NoPicture: the answer is nothing that is drawn.
        NotDrawn: it could not be drawn; the text says why.
        FileError: the file cannot be written.
    """
    asker = TERMINAL
    if channel is not None:
        room = Channel.parse(channel)
        asker = replace(TERMINAL, channel=room, called=room.shown)
    async with opened(settings) as app:
        found = await app.desk().answer(question, asker)
        if png is not None:
            if found.chart is None:
                raise NoPicture("only what `chart …` asks for has a picture; see: ask help chart")
            await asyncio.to_thread(written, png, (await app.easel.draw(found.chart)).png)
    printed(found.text, sys.stdout)
    return 0


def written(file: Path, content: bytes) -> None:
    """Write a file; FileError with the reason where it cannot be."""
    try:
        file.write_bytes(content)
    except OSError as error:
        raise FileError(f"{file}: cannot be written ({error.strerror})") from None
