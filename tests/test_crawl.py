"""A census of a Hub whose rows change while it is walked: whole, each model once, its figures."""

import asyncio
import random
import signal
import sys
from pathlib import Path

from redis.asyncio import Redis

from bot.hub.limits import CrawlLimits
from bot.hub.live import LiveHub
from bot.hub.port import Reading
from bot.store.keys import Keys
from bot.store.store import Store
from detectors.labs import Labs
from detectors.metric import Kind, Metric
from tests.hub_faults import Hang, LastRowsAgain, Status
from tests.hub_listing import hub_models
from tests.hub_server import LoopbackHub
from tests.looks import watching
from tests.test_spool import BEGAN, CRAWLER, live

MODELS = 6_000
PAGE = CrawlLimits(page_rows=250)


def observer(hub: LoopbackHub, folder: Path, token: str) -> LiveHub:
    return LiveHub(endpoint=hub.url, token=token, spool=folder, clock=lambda: BEGAN, limits=PAGE)


def told(hub: LoopbackHub, token: str) -> tuple[dict[str, int], int]:
    """Return the downloads of each model that the Hub listed to one who asked, by `_id`.

    A model counts once, as it was listed first; the second figure is how often one came again.
    """
    found: dict[str, int] = {}
    again = 0
    for request, rows in hub.answers:
        mine = request.headers.get("authorization") == f"Bearer {token}"
        if mine and request.query["limit"] != ["1"]:
            for row in rows:
                again += row["_id"] in found
                found.setdefault(row["_id"], row["downloads"])
    return found, again


async def test_observers_agree_with_the_hub_while_a_fifth_of_its_rows_change(
    client: Redis, labs: Labs, keys: Keys, tmp_path: Path
) -> None:
    # A fifth in the walk of 24 pages and a probe, for each of the two that walk at once.
    churn = 0.2 / (MODELS / PAGE.page_rows) / 2
    # On each page stand two models that the page before it had, with other figures now.
    slides = [LastRowsAgain(count=2)]
    async with LoopbackHub(hub_models(MODELS), churn=churn, faults=slides) as hub:
        tokens = ("hf_one", "hf_two")
        readings = await asyncio.gather(
            *(observer(hub, tmp_path / token, token).census() for token in tokens)
        )
        truths = [told(hub, token) for token in tokens]
    for token, reading, (truth, again) in zip(tokens, readings, truths, strict=True):
        assert again == 2 * (MODELS / PAGE.page_rows - 1)
        assert any(f"{again} models listed again, counted once" in each for each in reading.notes)
        assert reading.partial == ""
        assert len(reading) == len(truth) == MODELS
        store = Store(client, labs, Keys(f"{keys.namespace}-{token}"))
        note = (await watching(store, labs).look(reading)).note
        # Two who read the one snapshot see the same, and what the Hub had said.
        for reader in (store, Store(client, labs, store.keys)):
            snapshot = await reader.whole(note)
            assert snapshot is not None
            figures = snapshot.columns.figures[Metric.DOWNLOADS][snapshot.columns.present]
            assert (len(snapshot), int(figures.sum())) == (MODELS, sum(truth.values()))


async def test_a_killed_walk_that_goes_on_equals_an_undisturbed_one(tmp_path: Path) -> None:
    chance = random.Random(3)  # noqa: S311 - figures of a story, no secrets
    models = hub_models(600)
    async with LoopbackHub(models) as hub:
        undisturbed = await live(hub, tmp_path / "whole").census()
        for page in chance.sample(range(2, 30), 3):
            hub.faults = [Hang(page=page, times=1)]
            hub.requests.clear()
            folder = tmp_path / str(page)
            crawler = await asyncio.create_subprocess_exec(
                sys.executable, "-c", CRAWLER, hub.url, str(folder)
            )
            await asyncio.wait_for(hub.asked(page + 1), 20)
            crawler.send_signal(signal.SIGKILL)
            assert await crawler.wait() == -signal.SIGKILL
            assert content(await live(hub, folder).census()) == content(undisturbed)


async def test_a_walk_stopped_anywhere_equals_an_undisturbed_one(tmp_path: Path) -> None:
    async with LoopbackHub(hub_models(200)) as hub:
        undisturbed = await live(hub, tmp_path / "whole").census()
        for page in range(1, 11):
            hub.faults = [Status(code=500, page=page, times=1)]
            folder = tmp_path / str(page)
            await asyncio.gather(live(hub, folder).census(), return_exceptions=True)
            assert content(await live(hub, folder).census()) == content(undisturbed)


def content(reading: Reading) -> list[bytes]:
    [listing] = reading.listings
    assert reading.kind is Kind.CENSUS
    assert listing.columns is not None
    return list(listing.columns.chunks())
