"""What `hubshift ask` does: a question, its answer, and its picture in a file."""

import asyncio
import sys
from pathlib import Path

from bot.app import FileError, opened
from bot.chat.console import printed
from bot.desk import TERMINAL
from bot.settings import Settings


class NoPicture(ValueError):
    """A picture is asked for of an answer that has none."""

    exit_code = 2


async def ask(settings: Settings, question: str, png: Path | None = None) -> int:
    """Answer a question from what is held; its picture goes into a file, where one is named.

    Raises:
        NoPicture: the answer is nothing that is drawn.
        NotDrawn: it could not be drawn; the text says why.
        FileError: the file cannot be written.
    """
    async with opened(settings) as app:
        found = await app.desk().answer(question, TERMINAL)
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
