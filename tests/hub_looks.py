"""Looks at a loopback Hub with short deadlines, and what every failed one must keep to."""

import asyncio
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.hub.limits import CrawlLimits
from bot.hub.live import LiveHub
from bot.hub.port import HubError, Reading
from tests.hub_listing import Row

TOKEN = "hf_loopback0secret0word"  # noqa: S105  # a made-up word
NOW = datetime(2026, 11, 23, 12, 0, 0, 987654, tzinfo=UTC)
# Deadlines that only a look that really hangs can miss, on however busy a machine.
PATIENT = CrawlLimits(
    page_seconds=20,
    pulse_seconds=30,
    census_seconds=30,
    page_rows=20,
    pulse_rows=50,
    retries=1,
    backoff_seconds=0.01,
)
# For looks that are meant to run into them.
HASTY = replace(PATIENT, page_seconds=0.3, pulse_seconds=0.7, census_seconds=0.9)
# What a look may take beyond its deadline on a busy machine.
SLACK = 1.0


def live(url: str, spool: Path, limits: CrawlLimits = PATIENT) -> LiveHub:
    return LiveHub(endpoint=url, token=TOKEN, spool=spool, clock=lambda: NOW, limits=limits)


async def failed(hub: LiveHub, *, census: bool = False, within: float = 30) -> HubError:
    """Look, and return the error the look must end with, in time and without the token."""
    began = time.monotonic()
    with pytest.raises(HubError) as caught:
        await (hub.census() if census else hub.pulse())
    assert time.monotonic() - began < within + SLACK
    assert TOKEN not in str(caught.value)
    await no_threads_left()
    return caught.value


async def no_threads_left() -> None:
    for _ in range(100):
        if not [each for each in threading.enumerate() if each.name == "hub-page"]:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("a request outlived its look")


def ids(rows: Sequence[Row], sort: str, *, count: int = 50) -> list[str]:
    ranked = sorted(rows, key=lambda row: (row[sort], row["_id"]), reverse=True)
    return [row["id"] for row in ranked[:count]]


def listed_ids(reading: Reading, number: int = 0) -> list[str]:
    return list(reading.listings[number].ids)
