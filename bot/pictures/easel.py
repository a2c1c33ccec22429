"""Where charts are drawn: one process beside ours, never the event loop, never for long."""

import asyncio
import hashlib
import json
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.pictures import brush
from bot.render.picture import Chart, Picture
from bot.wording import clean

log = logging.getLogger(__name__)

# Seconds for a picture that nobody hurries for, the first one included: the program needs two or
# three to start, then a tenth for each.
PATIENCE = 30.0
# A picture is below 200 kB: so many are 6 MB at most, and one story goes to many channels.
_KEPT = 32
# What the program needs of our environment; no token and no address is among it.
_NEEDED = ("PATH", "HOME", "LANG", "PYTHONPATH", "LD_LIBRARY_PATH", "FONTCONFIG_FILE", "TMPDIR")


class NotDrawn(Exception):
    """A chart was not drawn; the text says why."""

    exit_code = 1


class Easel:
    """Draws charts one after another; a chart asked for again is given from memory.

    The program is started by the first chart or by `warm`, ended and begun anew when a chart
    takes too long, and ends with `close` or with our own process.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self.process: Process | None = None
        self._one = asyncio.Lock()
        self._closed = False
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()

    async def __aenter__(self) -> Self:
        """Return itself; nothing is started yet."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        await self.close()

    async def picture(self, chart: Chart, seconds: float | None = None) -> Picture | None:
        """Return a chart drawn; None, and a line in the log, where it takes longer or fails."""
        try:
            return await self.draw(chart, seconds)
        except NotDrawn as error:
            log.warning("no picture of “%s”: %s", clean(chart.alt, 60), error)
            return None

    async def draw(self, chart: Chart, seconds: float | None = None) -> Picture:
        """Return a chart drawn.

        Raises:
            NotDrawn: it cannot be drawn, or not in so many seconds.
        """
        limit = self._patience if seconds is None else min(seconds, self._patience)
        asked = json.dumps(chart.spec, allow_nan=False).encode()
        name = hashlib.sha256(asked).digest()
        try:
            async with asyncio.timeout(limit), self._one:
                png = self._kept.get(name) or await self._drawn(asked)
        except TimeoutError:
            raise NotDrawn(f"it was not ready within {limit:g} s") from None
        except OSError as error:
            raise NotDrawn(f"the program that draws cannot run: {error}") from None
        self._kept[name] = png
        self._kept.move_to_end(name)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return Picture(png, chart.alt)

    async def warm(self) -> None:
        """Start the program, so that the first chart is as quick as the others."""
        try:
            async with self._one:
                await self._running()
        except (NotDrawn, OSError) as error:
            log.warning("there will be no pictures: %s", error)

    async def close(self) -> None:
        """End the program, whatever it is drawing."""
        self._closed = True
        await self._end()

    async def _drawn(self, asked: bytes) -> bytes:
        try:
            answer = await self._answered(asked)
        except BaseException:
            # Whatever it was about to answer would be taken for the next chart's.
            await asyncio.shield(self._anew())
            raise
        if answer[:1] != b"+":
            raise NotDrawn(clean(answer[1:].decode(errors="replace")))
        return answer[1:]

    async def _answered(self, asked: bytes) -> bytes:
        process = await self._running()
        if process.stdin is None or process.stdout is None:
            raise NotDrawn("the program that draws has no ends to speak through")
        try:
            process.stdin.write(len(asked).to_bytes(brush.LENGTH, "big") + asked)
            await process.stdin.drain()
            size = int.from_bytes(await process.stdout.readexactly(brush.LENGTH), "big")
            return await process.stdout.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise NotDrawn("the program that draws has ended") from None

    async def _running(self) -> Process:
        if self._closed:
            raise NotDrawn("Hubshift is ending")
        if self.process is None or self.process.returncode is not None:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                # -P: beside the file lies nothing that it imports.
                *("-P", str(Path(brush.__file__))),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                env={name: os.environ[name] for name in _NEEDED if name in os.environ},
            )
        return self.process

    async def _anew(self) -> None:
        await self._end()
        with suppress(NotDrawn, OSError):
            await self._running()

    async def _end(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
