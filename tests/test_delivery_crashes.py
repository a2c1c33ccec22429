"""Killed at every checkpoint, whatever the platform answers: nothing lost, nothing twice."""

import asyncio
import contextlib
import json
import os
import sys
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from bot.channel import DISCORD, SLACK, Channel
from bot.delivery import Delivery
from bot.dispatch import Composer, Step, Timing, Works
from bot.render.sample import sample_message
from bot.store.store import Store
from tests.postbox import Postbox, Reply
from tests.world import day

KILLS = int(os.environ.get("HUBSHIFT_TEST_KILLS", "500"))
# Seconds for a world that stands still to be told from one on a slow machine.
LONGEST = 400 + KILLS // 2
SHORT = Timing(
    lease=timedelta(seconds=0.12),
    settle=timedelta(seconds=0.05),
    timeout=timedelta(seconds=0.05),
    turn=timedelta(seconds=0.02),
    first_wait=timedelta(seconds=0.002),
    most_wait=timedelta(seconds=0.01),
    paces={},
    gaps={},
)
HALTS = {Reply.GONE, Reply.REVOKED}


class Died(BaseException):
    """The process is no more."""


async def settled(store: Store, box: Postbox) -> None:
    """Let a new process work until nothing is due."""
    works = Works(store.outbox, Composer(store), {(box.platform, ""): box}, SHORT)
    while (due := await store.outbox.next_due([box.platform])) is not None:
        await asyncio.sleep(due.total_seconds())
        for claim in await store.outbox.claim([box.platform], 9, SHORT.lease):
            await works.work(claim)


@pytest.mark.parametrize("platform", [SLACK, DISCORD])
@pytest.mark.parametrize(("step", "reply"), [*product(Step, Reply)])
async def test_whoever_dies_at_a_checkpoint_leaves_a_message_that_is_told_once(
    store: Store, tmp_path: Path, step: Step, reply: Reply, platform: str
) -> None:
    replies = [reply]
    channel = Channel(platform, "C1")
    box = Postbox(
        tmp_path,
        platform,
        memory=timedelta(seconds=60 if platform == DISCORD else 0),
        next_reply=lambda: replies.pop() if replies else Reply.ACCEPTED,
        late=0.02,
    )
    message = sample_message(day(1), "A test asked")
    await store.outbox.add(Delivery("d1", channel.key, message=message))

    def mark(at: Step) -> None:
        if at is step:
            raise Died

    works = Works(store.outbox, Composer(store), {(platform, ""): box}, SHORT, mark)
    (claim,) = await store.outbox.claim([platform], 9, SHORT.lease)
    with contextlib.suppress(Died):
        await works.work(claim)
    await settled(store, box)
    if reply in HALTS:
        await store.outbox.resume_channel(channel)
        await store.outbox.resume(platform)
        await settled(store, box)
    dead = await store.office.dead()
    assert box.kept(channel) == ([] if dead else ["d1"])
    # Who dies before it is noted does not know that it will never be taken.
    assert bool(dead) is (reply is Reply.NEVER and step is not Step.REFUSED)
    assert await store.office.waiting(channel) == []


async def world(folder: Path, kills: int, *late: str) -> dict[str, Any]:
    """Run a world of its own process, and return what it counted."""
    ran = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.crash_world", str(kills), "7", str(folder), *late),
        cwd=Path(__file__).parent.parent,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await ran.communicate()
    assert ran.returncode == 0
    found: dict[str, Any] = json.loads(out)
    assert found["kills"] >= kills
    assert found["deliveries"] > kills / 2
    assert found["lost"] == 0
    return found


@pytest.mark.timeout(LONGEST)
async def test_two_pollers_and_two_workers_killed_at_random_lose_nothing_and_tell_nothing_twice(
    tmp_path: Path,
) -> None:
    found = await world(tmp_path, KILLS)
    assert found["duplicates"] == {SLACK: 0, DISCORD: 0}
    assert found["channels out of order"] == 0


@pytest.mark.timeout(LONGEST)
async def test_what_is_taken_later_than_the_settle_time_stands_twice_once_in_a_thousand_at_most(
    tmp_path: Path,
) -> None:
    found = await world(tmp_path, KILLS // 5, "0.9")
    counters, twice = found["counters"], sum(found["duplicates"].values())
    assert counters["resent"] > 0
    assert counters["taken_back"] > 0
    assert twice == counters.get("duplicates", 0)
    assert twice <= found["deliveries"] / 1000
