"""A Hub of pages made beforehand, served from a process of its own: millions of models, no rows.

    python -m tests.bench.pages MODELS

says where it listens, and ends with its input.
"""

import asyncio
import heapq
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from urllib.parse import parse_qs, urlsplit

import msgspec

from tests.bench.made import ROWS, page
from tests.hub_listing import Row

_TOPS = ("trendingScore", "likes", "downloads")


class Pages:
    """The models in the order of their creation, and the first 1,000 of each other order."""

    def __init__(self, models: int) -> None:
        self._pages: list[bytes] = []
        tops: dict[str, list[Row]] = {name: [] for name in _TOPS}
        newest: list[Row] = []
        for number in range(max(models // ROWS, 1)):
            rows = page(number)
            self._pages.append(msgspec.json.encode(rows))
            newest = rows[-1:]
            for name, held in tops.items():
                tops[name] = heapq.nlargest(ROWS, [*held, *rows], key=lambda row: int(row[name]))
        self._tops = {name: msgspec.json.encode(rows) for name, rows in tops.items()}
        self._newest = msgspec.json.encode(newest)

    def answer(self, query: Mapping[str, Sequence[str]]) -> tuple[bytes, str]:
        """Return the body for a question, and the cursor of the next page, if there is one."""
        (sort,) = query["sort"]
        if sort in self._tops:
            return self._tops[sort], ""
        if "direction" not in query:
            return self._newest, ""
        number = int(query.get("cursor", ["0"])[0])
        return self._pages[number], str(number + 1) if number + 1 < len(self._pages) else ""


async def _serve(pages: Pages, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split(" ", 2)[1]
            host = head.lower().partition("host:")[2].partition("\r\n")[0].strip()
            query = parse_qs(urlsplit(path).query)
            body, cursor = pages.answer(query)
            lines = ["HTTP/1.1 200 OK", "content-type: application/json; charset=utf-8"]
            lines.append(f"content-length: {len(body)}")
            if cursor:
                before = path.partition("&cursor=")[0]
                lines.append(f'link: <http://{host}{before}&cursor={cursor}>; rel="next"')
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
            await writer.drain()
    writer.close()


async def _listen(models: int) -> None:
    pages = Pages(models)
    server = await asyncio.start_server(
        lambda reader, writer: _serve(pages, reader, writer), "127.0.0.1", 0
    )
    async with server:
        port = server.sockets[0].getsockname()[1]
        sys.stdout.write(f"http://127.0.0.1:{port}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


def serving_pages(models: int) -> AbstractContextManager[str]:
    """Serve so many models until this is left; yield where."""
    return serving(["-m", "tests.bench.pages", str(models)])


@contextmanager
def serving(words: Sequence[str]) -> Iterator[str]:
    """Run a server of Python in a process of its own until this is left; yield what it says first.

    Its processor time is not that of who asks it.
    """
    server = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdin is not None
    assert server.stdout is not None
    with server:
        yield server.stdout.readline().strip()
        server.stdin.close()


if __name__ == "__main__":
    asyncio.run(_listen(int(sys.argv[1])))
