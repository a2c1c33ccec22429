"""A recorded Hub told again: once, whatever is killed in between, and whoever tells it."""

import asyncio
import json
import os
import signal
import sys
from itertools import groupby
from pathlib import Path
from random import Random

import pytest

from bot.chat.base import DeliveryError, Fate
from bot.hub.recorded import RecordedHub
from bot.hub.recording import write_recording
from bot.replay import Tally, replay
from bot.store.connect import Connection, connect
from bot.store.store import Store
from detectors.labs import Labs
from tests.looks import FEW, RISEN, Told, days, pulse, watching, working
from tests.world import day

RULES = ("top 3 by trending in all confirm 1 of 1", "top 1 by trending in all")
LOOKS = 40
PARTIAL = 6

# A replay as a process of its own: it writes each message as a line and says that it has.
REPLAY = """
import asyncio, json, os, sys
from pathlib import Path
from bot.hub.recorded import RecordedHub
from bot.chat.base import Receipt
from bot.replay import replay
from bot.store.connect import connect
from bot.store.store import Store
from tests.looks import Told, watching, working
from tests.world import labs

recording, data, out, *rules = sys.argv[1:]

class Lines(Told):
    async def send(self, channel, posting):
        told = [[shift.id, shift.key, shift.status.value] for shift in posting.shifts]
        line = json.dumps(told) + "\\n"
        with open(out, "a") as file:
            file.write(line)
        print(flush=True)
        return Receipt(posting.id)

async def main():
    connection = await connect(None, Path(data))
    store = Store(connection.client, labs())
    readings = RecordedHub([Path(recording)]).readings()
    await replay(readings, watching(store, labs(), *rules), working(store, Lines()))
    await connection.close()

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recording") / "hub.jsonl"
    chance = Random(11)  # noqa: S311 - figures of a story, no secrets
    boards = (chance.sample(FEW, len(FEW)) for _ in range(LOOKS))
    for number, reading in enumerate(days(*boards)):
        write_recording(path, reading)
        if number % 7 == 3:
            write_recording(path, pulse(day(number + 1, 6), RISEN, partial="a page broke off"))
    return path


async def replayed(recording: Path, store: Store, labs: Labs, messenger: Told) -> Tally:
    readings = RecordedHub([recording]).readings()
    return await replay(readings, watching(store, labs, *RULES), working(store, messenger))


async def test_a_replay_tells_what_it_sees_and_counts_it(
    recording: Path, store: Store, labs: Labs
) -> None:
    messenger = Told()
    tally = await replayed(recording, store, labs, messenger)
    assert tally.snapshots == LOOKS + PARTIAL
    held = [shift for shift in await store.shifts() if not shift.told]
    assert tally.shifts == len(messenger.lines) + len(held)
    assert tally.held_back.total() == len(held) > 0
    assert tally.alerts == len(messenger.messages)
    assert tally.withheld == {"partial": PARTIAL}
    assert tally.last is not None
    assert tally.last.taken_at == day(LOOKS)
    assert tally.sentence() == (
        f"{tally.snapshots} snapshots, {tally.shifts} shifts, {tally.alerts} alerts, "
        f"{len(held)} held back ({tally.reasons}), "
        f"{PARTIAL} snapshots withheld ({PARTIAL} partial)."
    )


async def test_the_same_recording_again_is_passed_over_and_tells_nothing(
    recording: Path, store: Store, labs: Labs
) -> None:
    await replayed(recording, store, labs, Told())
    state = await store.state()
    messenger = Told()
    tally = await replayed(recording, store, labs, messenger)
    assert messenger.messages == []
    assert (tally.snapshots, tally.shifts, tally.alerts) == (0, 0, 0)
    assert f"; {LOOKS + PARTIAL} were held already and were passed over." in tally.sentence()
    assert await store.state() == state


async def test_what_an_earlier_replay_left_untold_is_told_first(store: Store, labs: Labs) -> None:
    messenger = Told(troubles=[DeliveryError("the reader has gone", fate=Fate.AGAIN)])
    readings = days(FEW, RISEN, FEW)
    watch = watching(store, labs)
    with pytest.raises(DeliveryError):
        await replay(readings, watch, working(store, messenger))
    assert messenger.messages == []
    again = await replay(readings, watching(store, labs), working(store, messenger))
    assert messenger.lines == [
        *("lab/e firing", "lab/c resolved"),
        *("lab/c firing", "lab/e resolved"),
    ]
    assert (again.held_already, again.snapshots, again.alerts) == (2, 1, 4)


async def test_a_replay_of_nothing_says_so(store: Store, labs: Labs) -> None:
    tally = await replay([], watching(store, labs), working(store, Told()))
    assert tally.sentence() == "0 snapshots, 0 shifts, 0 alerts, 0 snapshots withheld."


async def process(recording: Path, folder: Path) -> asyncio.subprocess.Process:
    root = Path(__file__).parent.parent
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", REPLAY),
        *(str(recording), str(folder / "data"), str(folder / "told"), *RULES),
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=asyncio.subprocess.PIPE,
    )


async def killed_after(messages: int, ran: asyncio.subprocess.Process) -> bool:
    """Kill a replay that has told so many messages; false if it came to its end before."""
    assert ran.stdout is not None
    for _ in range(messages):
        if not await ran.stdout.readline():
            break
    else:
        ran.send_signal(signal.SIGKILL)
    return await ran.wait() == -signal.SIGKILL


async def test_a_replay_killed_again_and_again_tells_what_an_undisturbed_one_tells(
    recording: Path, store: Store, labs: Labs, tmp_path: Path
) -> None:
    calm = Told()
    await replayed(recording, store, labs, calm)
    expected = [[[each.id, each.key, each.status] for each in one] for one in calm.messages]
    chance, kills = Random(29), 0  # noqa: S311 - moments to die at, no secrets
    while await killed_after(chance.randrange(15, 40), ran := await process(recording, tmp_path)):
        kills += 1
        if kills % 2:
            await kill_the_server_too(tmp_path / "data")
    assert ran.returncode == 0
    assert kills > 1
    messages = [json.loads(line) for line in (tmp_path / "told").read_text().splitlines()]
    # What was in flight when a process died is told again, at once and with the same ids.
    assert [message for message, _ in groupby(messages)] == expected
    assert len(messages) <= len(expected) + kills


async def kill_the_server_too(data: Path) -> None:
    """Kill the server as well, whatever the keeper of the folder is about to do."""
    connection: Connection = await connect(None, data)
    pid = int((await connection.client.info("server"))["process_id"])
    os.kill(pid, signal.SIGKILL)
    await connection.close()
