"""What comes in, measured: fetched pages to columns, a census beside HfApi, published tables."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec
from huggingface_hub import HfApi

from bot.hub.gatherer import Gatherer
from bot.hub.lean import lean_part
from bot.hub.limits import CrawlLimits
from bot.hub.live import LiveHub
from bot.hub.pages import FIELDS
from bot.hub.port import Listing, Reading
from bot.hub.records import ListedModel
from bot.intake import snapshot_of
from bot.ledger import Ledger
from bot.lessons import Lessons
from bot.store.lessons import packed, unpacked
from detectors.metric import Kind, Metric
from tests.bench import limit
from tests.bench.made import BEGIN, ROWS, page
from tests.bench.pages import serving
from tests.bench.program import two_censuses
from tests.world import labs

# What two crawlers read over the loopback, which serves pages no faster than some thousand models
# a second.
CRAWLED = 50
# Of the issue: seconds from fetched pages to columns for three million models, which part of
# HfApi's processor time; and what an import's bounded memory is to be.
WANTED_SECONDS, WANTED_BESIDE, WANTED_MEGABYTES = 3, 5, 1_000

# A Hub until its input ends; the file of its models is its argument.
SERVER = """
import asyncio, json, sys
from tests.hub_server import LoopbackHub
async def serve():
    async with LoopbackHub(json.load(open(sys.argv[1]))) as hub:
        print(hub.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)
asyncio.run(serve())
"""

# A crawl where the scanner was not compiled: it is then no module that can be imported.
UNCOMPILED = """
import sys
sys.modules["bot.hub.scanner"] = None
from pathlib import Path
from tests.bench.intake import crawled
print(*crawled(sys.argv[1], Path(sys.argv[2])))
"""


def told(models: int) -> dict[str, Any]:
    """Measure everything, in sentences."""
    with tempfile.TemporaryDirectory(prefix="hubshift-intake-") as folder:
        said = [
            pages_to_columns(models),
            census_beside_hfapi(Path(folder)),
            two_censuses(models),
            imported(Path(folder), models),
        ]
    return {"said": said}


def rows(measured: Mapping[str, Any]) -> list[str]:
    """Return what was measured as a list."""
    return [f"- {line[:1].upper()}{line[1:]}." for line in measured["said"]]


def pages_to_columns(models: int) -> str:
    """Time parsing and numbering, on processor time of this process, pages made outside it."""
    pages = max(models // ROWS, 1)
    whole = msgspec.json.Decoder(list[ListedModel])
    gatherer, parse, size, alone = Gatherer(), 0.0, 0, 0.0
    for number in range(pages):
        body = msgspec.json.encode(page(number))
        began = time.process_time()
        part = lean_part(body, gatherer)
        assert part is not None
        gatherer.add(part)
        parse += time.process_time() - began
        size += len(body)
        began = time.process_time()
        whole.decode(body)
        alone += time.process_time() - began
    began = time.process_time()
    listing = Listing(None, columns=gatherer.columns())
    parse += time.process_time() - began
    ledger = Ledger(labs())
    takes = []
    for day in range(2):
        reading = Reading(BEGIN + timedelta(days=day), Kind.CENSUS, (listing,))
        began = time.process_time()
        snapshot, intake = snapshot_of(reading, ledger)
        takes.append(time.process_time() - began)
        assert (len(snapshot), intake.repeated) == (pages * ROWS, 0)
    values = list(packed(ledger.take()))
    began = time.process_time()
    Ledger(labs()).learn(Lessons.joined(list(unpacked("ledger", values))))
    learn = time.process_time() - began
    models = pages * ROWS
    return (
        f"{models:,} models of {size / models:.0f} bytes: parse {parse:.2f} s "
        f"({parse / models * 1e6:.2f} µs a model), ids to rows and columns {takes[1]:.2f} s, "
        f"{takes[0]:.2f} s when all are new; {parse + takes[1]:.2f} s of processor time in all "
        f"({WANTED_SECONDS * models / 3e6:.2g} s are wanted), "
        f"{limit.times(parse + takes[1], size, limit.bandwidth())} times the limit; msgspec alone, "
        f"all fields into records, takes {alone:.2f} s; "
        f"the ledger of all is read from its {len(values):,} values in {learn:.2f} s"
    )


def census_beside_hfapi(folder: Path) -> str:
    """Crawl the same pages both ways in this run, and compare processor time a model.

    The least of three of each: what else the machine does counts for neither.
    """
    models = [row for number in range(CRAWLED) for row in page(number)]
    path = folder / "models.json"
    path.write_bytes(msgspec.json.encode(models))
    with serving(["-c", SERVER, str(path)]) as url:
        del models
        threes = [(crawled(url, folder), _uncompiled(url, folder), _theirs(url)) for _ in range(3)]
    assert len({each[:2] for three in threes for each in three}) == 1
    ours, uncompiled, theirs = (
        min(each.seconds / each.rows * 1e6 for each in one) for one in zip(*threes, strict=True)
    )
    return (
        f"a census takes {ours:.1f} µs of processor time a model, its pages kept on disk "
        f"meanwhile, HfApi.list_models {theirs:.1f} µs over the same pages: 1/{theirs / ours:.1f} "
        f"(1/{WANTED_BESIDE} is wanted); where the scanner is not compiled {uncompiled:.1f} µs"
    )


class Crawled(NamedTuple):
    """What a crawl came to: rows, their downloads in all, seconds of processor time."""

    rows: int
    downloads: int
    seconds: float


def crawled(url: str, folder: Path) -> Crawled:
    """Take a census of the Hub at `url`, its pages kept in the folder meanwhile."""
    hub = LiveHub(
        endpoint=url,
        token=None,
        spool=folder,
        clock=lambda: BEGIN,
        limits=CrawlLimits(page_rows=ROWS),
    )
    began = time.process_time()
    reading = asyncio.run(hub.census())
    took = time.process_time() - began
    [listing] = reading.listings
    assert listing.columns is not None
    return Crawled(len(reading), int(listing.columns.figures[Metric.DOWNLOADS].sum()), took)


def _uncompiled(url: str, folder: Path) -> Crawled:
    words = [sys.executable, "-c", UNCOMPILED, url, str(folder)]
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()  # noqa: S603 - our own program
    return Crawled(int(told[0]), int(told[1]), float(told[2]))


def _theirs(url: str) -> Crawled:
    began = time.process_time()
    api = HfApi(endpoint=url, token=False)
    listed = list(api.list_models(sort="created_at", limit=None, expand=cast("Any", list(FIELDS))))
    took = time.process_time() - began
    return Crawled(len(listed), sum(each.downloads or 0 for each in listed), took)


def imported(folder: Path, rows: int) -> str:
    """Import two days of a made-up Hub by the program itself, and say what that took."""
    write = (sys.executable, "-m", "tests.bench.published", str(folder), str(rows), "2")
    subprocess.run(write, check=True)  # noqa: S603 - our own program
    paths = sorted(folder.glob("*.parquet"))
    words = [
        sys.executable,
        "-m",
        "bot",
        "import",
        *map(str, paths),
        "--data",
        str(folder / "data"),
    ]
    began = time.monotonic()
    program = subprocess.Popen(words, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
    _, status, used = os.wait4(program.pid, 0)
    took = time.monotonic() - began
    program.returncode = os.waitstatus_to_exitcode(status)
    assert program.returncode == 0
    size = sum(path.stat().st_size for path in paths) / len(paths)
    processor = used.ru_utime + used.ru_stime
    return (
        f"two days of {rows:,} rows, files of {size / 1e6:,.0f} MB: imported in {took:,.0f} s, "
        f"{processor / 2:,.1f} s of processor time a day ({processor / 2 / rows * 1e6:.1f} µs a "
        f"row), at most {used.ru_maxrss / 1024:,.0f} MB of memory ({WANTED_MEGABYTES:,} MB are "
        "wanted)"
    )
