"""A channel in which people talk to the desk, with three weeks of history behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.channel import Channel
from bot.desk import Answer, Asker, Desk
from bot.rules import parse_rule
from bot.store.store import Store
from detectors.labs import Labs
from tests.looks import days, look_all, watching
from tests.world import Row, day

ROOM = Channel("slack", "C024BE91L")
TOP = "top 2 by trending in all confirm 1 of 1"
FIRST = "top 1 by trending in all confirm 1 of 1"
OLD: Sequence[Row] = ("Qwen/Qwen3-8B", "zai-org/GLM-5", "google/gemma-4", "jack/Thing-7B-GGUF")
NEW: Sequence[Row] = ("deepseek-ai/DeepSeek-V4", "Qwen/Qwen3-8B", *OLD[1:])


@dataclass
class Talk:
    """A channel in which people talk to the desk; `now` moves on when the story does."""

    desk: Desk
    store: Store
    now: datetime

    async def type(self, line: str, *, user: str = "", may: bool = True) -> Answer:
        """Let somebody type a line."""
        return await self.desk.answer(line, Asker(ROOM, user, may, "#open-models"))

    async def says(self, line: str, *, may: bool = True) -> str:
        """Return what a terminal would show of the answer."""
        return (await self.type(line, may=may)).text


async def talking(store: Store, labs: Labs) -> Talk:
    """Return a channel that the operator has named, three weeks into the first history."""
    lists = [OLD] * 6 + [NEW] * 8 + [OLD] * 7
    await look_all(watching(store, labs, TOP, FIRST), days(*lists))
    return at_desk(store, labs, day(21, 12))


def at_desk(store: Store, labs: Labs, now: datetime) -> Talk:
    """Return a channel that the operator has named, at a desk that has this time."""
    rules = [parse_rule(line, labs) for line in (TOP, FIRST)]
    found = Talk(Desk(store, labs, lambda: found.now, first=[ROOM], rules=rules), store, now)
    return found
