"""Two pollers and two workers, killed again and again, and the store too; then a count.

    python -m tests.crash_world KILLS SEED FOLDER [LATE]

prints one JSON object: kills, deliveries, lost, duplicates by platform, the program's counters.
LATE is after how many seconds a message shows up that was taken late; beyond the settle time of
0.4 s it stands there twice until the program takes one back.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff

from bot.channel import DISCORD, SLACK, Channel
from bot.deliveries import Rooms, fan_out
from bot.dispatch import Composer, Step, Timing, Worker, Works
from bot.look import Look
from bot.store.embedded import EmbeddedServer
from bot.store.errors import Conflict, StoreError
from bot.store.store import Store
from detectors.shift import Event, Evidence, Facts, Severity, Shift, Status
from tests.postbox import Postbox, Reply
from tests.world import day, labs

CHANNELS = [Channel(platform, f"C{at}") for at in range(24) for platform in (SLACK, DISCORD)]
A_LOOK = 4
"""Channels that one look tells."""
SHORT = Timing(
    lease=timedelta(seconds=1),
    settle=timedelta(seconds=0.4),
    timeout=timedelta(seconds=0.4),
    turn=timedelta(seconds=0.1),
    poll=timedelta(seconds=0.01),
    first_wait=timedelta(seconds=0.01),
    most_wait=timedelta(seconds=0.1),
    late=timedelta(days=1),
    outage=timedelta(days=1),
    paces={},
    gaps={},
)
LATE = 0.2
WORDS = "words"
"""The file in which what the processes say is kept."""
SAME_ID = timedelta(seconds=5)
FAULTY = 0.36
_FAULTS = (Reply.REFUSED, Reply.UNANSWERED, Reply.LATE, Reply.LOST)
_STORE_EVERY = 50
_LIFE = 0.25
_ANSWERS = 10
_BACKLOG = 400
_ASKER = os.getppid()


@dataclass
class Life:
    """What one process is given: where, and the dice by which it dies."""

    socket: Path
    folder: Path
    chance: Random
    mortal: bool = True
    late: float = LATE

    def store(self) -> Store:
        retry = Retry(ConstantBackoff(0.02), 2)
        client = Redis(unix_socket_path=str(self.socket), retry=retry, legacy_responses=False)
        return Store(client, labs())

    def mark(self, _step: Step | None = None) -> None:
        """Die at a checkpoint, perhaps."""
        if self.mortal and self.chance.random() < 1 / 40:
            os.kill(os.getpid(), signal.SIGKILL)

    def doom(self, answer: float) -> None:
        """Die at some moment from now on, wherever that finds us.

        Where the store takes long to answer, lives are longer: nothing would get done in them.
        """
        if self.mortal:
            moment = self.chance.uniform(0.02, max(_LIFE, _ANSWERS * answer))
            asyncio.get_running_loop().call_later(moment, os.kill, os.getpid(), signal.SIGKILL)

    def reply(self) -> Reply:
        faulty = self.chance.random() < FAULTY
        return self.chance.choice(_FAULTS) if faulty else Reply.ACCEPTED


def shift(cycle: int) -> Shift:
    """Return what the look of a cycle tells."""
    evidence = Evidence("likes", "all", "now", 9, 0, None, 1, (None, f"pulse@{cycle}"), "board/1")
    facts = Facts(Event.NEW, None, 1)
    key, firing = f"lab/m{cycle}", Status.FIRING
    return Shift("a rule", "made up", key, key, firing, day(1), facts, evidence)


def channels(cycle: int) -> list[Channel]:
    """Return whom the look of a cycle tells."""
    return [CHANNELS[(cycle * A_LOOK + at) % len(CHANNELS)] for at in range(A_LOOK)]


def look(cycle: int, name: str) -> Look:
    """Return the look of a cycle."""
    shifts = [shift(cycle)]
    told = fan_out(shifts, {}, cycle, Rooms(first=channels(cycle), floor=Severity.INFO))
    return Look(id=name, cycle=cycle, shifts=shifts, deliveries=told)


async def alive(life: Life) -> Store:
    """Return the store once it answers, from when on death may come: not while Python starts."""
    store = life.store()
    while True:
        begun = time.monotonic()
        try:
            await store.state()
        except StoreError:
            await asyncio.sleep(0.02)
        else:
            life.doom(time.monotonic() - begun)
            return store


async def poll(life: Life) -> None:
    """Commit looks, one after the other, in a race with the other poller."""
    store = await alive(life)
    while True:
        try:
            counted = await store.office.counters()
            cycle = (await store.state()).cycle
            if cycle * A_LOOK - counted.get("sent", 0) < _BACKLOG:
                life.mark()
                await store.commit(look(cycle, f"{os.getpid()}-{life.chance.random()}"))
                life.mark()
        except (Conflict, StoreError):
            pass
        await asyncio.sleep(0.02)


async def tell(life: Life, stop: asyncio.Event | None = None) -> None:
    """Work deliveries off; without kills, until nothing is left."""
    store = await alive(life)
    desk = {
        (SLACK, ""): Postbox(life.folder, SLACK, next_reply=life.reply, late=life.late),
        (DISCORD, ""): Postbox(life.folder, DISCORD, SAME_ID, life.reply),
    }
    works = Works(store.outbox, Composer(store), desk, SHORT, life.mark)
    stop = stop or asyncio.Event()
    worker = asyncio.create_task(Worker(works, at_a_time=8).run(stop, _mend))
    while not life.mortal:
        await asyncio.sleep(0.05)
        due = await store.outbox.next_due([SLACK, DISCORD])
        if due is None and not await store.audits.left([SLACK, DISCORD]):
            stop.set()
            break
    await worker


async def _mend() -> None:
    await asyncio.sleep(0.02)


def born(life: Life, role: str) -> int:
    """Start a process; return its id."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        # What it would say about a store that is away is part of the story, and no news here.
        words = os.open(life.folder.parent / WORDS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(words, 2)
        asyncio.run(poll(life) if role == "poll" else tell(life))
        code = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stderr.flush()
        os._exit(code)


async def _pid(socket: Path) -> int:
    async with Redis(unix_socket_path=str(socket), legacy_responses=False) as client:
        return int((await client.info("server"))["process_id"])


def storm(server: EmbeddedServer, kills: int, seed: int, folder: Path, late: float) -> int:
    """Let processes live and die until so many were killed; return how many were."""
    roles: dict[int, str] = {}
    chance, count = Random(seed), 0  # noqa: S311 - moments to die at, no secrets

    def one(role: str) -> None:
        dice = Random(chance.random())  # noqa: S311 - as above
        life = Life(server.socket, folder, dice, late=late)
        roles[born(life, role)] = role

    try:
        for role in ("poll", "poll", "tell", "tell"):
            one(role)
        while count < kills:
            if os.getppid() != _ASKER:
                raise RuntimeError("nobody waits for this world any more")
            pid, status = os.wait()
            role = roles.pop(pid, "")
            if not role:
                continue
            if not os.WIFSIGNALED(status):
                said = (folder.parent / WORDS).read_text()[-3000:]
                code = os.waitstatus_to_exitcode(status)
                raise RuntimeError(f"a {role} ended by itself with {code}: {said}")
            count += 1
            if count % _STORE_EVERY == 0:
                os.kill(asyncio.run(_pid(server.socket)), signal.SIGKILL)
                time.sleep(0.01)
                asyncio.run(server.ensure())
                count += 1
            one(role)
    finally:
        for pid in roles:
            os.kill(pid, signal.SIGKILL)
        while roles:
            roles.pop(os.wait()[0], "")
            count += 1
    return count


async def tally(server: EmbeddedServer, folder: Path, kills: int, late: float) -> dict[str, object]:
    """Let one worker finish in peace, faults and all, then count what stands where."""
    dice = Random(0)  # noqa: S311 - as above
    life = Life(server.socket, folder, dice, mortal=False, late=late)
    async with asyncio.timeout(300):
        await tell(life)
    store = life.store()
    cycles = (await store.state()).cycle
    expected = [each for cycle in range(cycles) for each in look(cycle, "").deliveries]
    stands: Counter[tuple[str, str]] = Counter()
    boxes = {name: Postbox(folder, name) for name in (SLACK, DISCORD)}
    order = 0
    for channel in CHANNELS:
        kept = boxes[channel.platform].kept(channel)
        stands.update((channel.platform, name) for name in kept)
        wanted = [each.id for each in expected if each.to == channel]
        order += [*dict.fromkeys(kept)] != wanted
    return {
        "kills": kills,
        "deliveries": len(expected),
        "lost": sum(stands[each.to.platform, each.id] == 0 for each in expected),
        "duplicates": {
            name: sum(count - 1 for (box, _), count in stands.items() if box == name)
            for name in boxes
        },
        "channels out of order": order,
        "counters": await store.office.counters(),
    }


def main(kills: int, seed: int, folder: Path, late: float = LATE) -> dict[str, object]:
    """Run one world and return what came of it."""
    box = folder / "platforms"
    box.mkdir(parents=True)
    server = EmbeddedServer(folder / "store")
    asyncio.run(server.start())
    try:
        count = storm(server, kills, seed, box, late)
        return asyncio.run(tally(server, box, count, late))
    finally:
        asyncio.run(server.leave())
        shutil.rmtree(folder / "store", ignore_errors=True)


if __name__ == "__main__":
    began = time.monotonic()
    kills, seed, folder, *late = sys.argv[1:]
    found = main(int(kills), int(seed), Path(folder), *map(float, late))
    print(json.dumps(found | {"seconds": round(time.monotonic() - began, 1)}))  # noqa: T201 - its answer
