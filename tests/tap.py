"""A tap on the line to a store: what happens before a write, and replies that are lost."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_WRITES = (b"HSET", b"RPUSH", b"EVALSHA")


class Tap:
    """An async context manager that passes a store's traffic on at `url`.

    `before` is awaited once, before the next script reaches the store; after that, the replies
    to `lost` scripts are swallowed and their connections closed: the store has run them, and the
    client cannot know. Only scripts whose call holds `of` count; with another `word`, what
    holds that does in their place. `writes` counts what is sent to be written, scripts too, and
    `at_write` is awaited with the number before each is passed on.
    What is said is cut off before `cut`, and the line with it, as where the program is killed.
    """

    def __init__(self, upstream: Path) -> None:
        self._upstream = upstream
        self._folder = tempfile.TemporaryDirectory(prefix="tap-")
        self._path = Path(self._folder.name, "s")
        self.url = f"unix://{self._path}"
        self.before: Callable[[], Awaitable[object]] | None = None
        self.lost = 0
        self.of = b""
        self.word = b"EVALSHA"
        self.cut = b""
        self.writes = 0
        self.at_write: Callable[[int], Awaitable[object]] | None = None
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._accepted, self._path)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        self._folder.cleanup()

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            try:
                far_reader, far_writer = await asyncio.open_unix_connection(self._upstream)
            except OSError:
                writer.close()
                return
            back = asyncio.create_task(_pass_on(far_reader, writer))
            try:
                while said := await reader.read(1 << 20):
                    if self.cut and self.cut in said:
                        far_writer.write(said.partition(self.cut)[0])
                        await far_writer.drain()
                        return
                    if any(word in said for word in _WRITES):
                        self.writes += 1
                        if self.at_write is not None:
                            await self.at_write(self.writes)
                    if self.word not in said or self.of not in said:
                        far_writer.write(said)
                        continue
                    if self.before is not None:
                        hook, self.before = self.before, None
                        await hook()
                    if self.lost:
                        self.lost -= 1
                        back.cancel()
                        await asyncio.gather(back, return_exceptions=True)
                        far_writer.write(said)
                        await far_reader.read(1)
                        return
                    far_writer.write(said)
            finally:
                back.cancel()
                far_writer.close()
                writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        with suppress(OSError):
            while said := await reader.read(1 << 20):
                writer.write(said)
                await writer.drain()
    finally:
        writer.close()
