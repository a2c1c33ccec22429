"""States of censuses, rebuilt off their chains from the nearest link whose state is at hand."""

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from redis.asyncio import Redis

from bot.store.blocks import THREADS
from bot.store.chain import Held, Link, Manifest, block_fields, is_post, list_fields, lists_of
from bot.store.identity import NOBODY
from bot.store.rebuilding import Rebuilding
from bot.store.replies import one_bytes
from bot.store.tracks import Tracks
from detectors.columns import Ints
from detectors.metric import Metric


@dataclass(frozen=True)
class Step:
    """A link on the way from a keyframe, without its blocks."""

    key: str
    name: str
    manifest: Manifest


class Onward:
    """How far the reading of one stream has come, so that the next census is read on from there.

    Holds the states that one is told against: of the link read last, and of the last post.
    known: what was known of all repos for life.
    """

    def __init__(self) -> None:
        self.known = NOBODY
        self._held: list[Held] = []

    def begun(self, path: Sequence[Step]) -> tuple[int, Tracks | None]:
        """Return how many links of a path need not be read, and the state after them."""
        for count in range(len(path), 0, -1):
            step = path[count - 1]
            for held in self._held:
                if (held.id, held.manifest) == (step.name, step.manifest):
                    # What is rebuilt on it takes its tracks; here they stay.
                    return count, replace(held.tracks, ints=dict(held.tracks.ints))
        return 0, None

    def reached(self, path: Sequence[Step], tracks: Tracks) -> None:
        """Go on from the state after a path the next time."""
        last = path[-1]
        posts = [step.name for step in path if is_post(step.manifest.place)]
        rest = [held for held in self._held if held.id == posts[-1] != last.name]
        self._held = [Held(last.name, last.manifest, tracks), *rest]


class States:
    """Reads the blocks of links, and rebuilds states of them."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def rebuilt(self, path: Sequence[Step], onward: Onward) -> Tracks:
        """Return the state after the last of some links; blocks are read while others are rebuilt.

        Raises:
            DamagedBlock: a block is missing or not whole.
        """
        count, onto = onward.begun(path)
        rest = path[count:]
        if onto is not None and not rest:
            return onto
        work = Rebuilding([step.manifest for step in rest], onto=onto)
        loop, begun = asyncio.get_running_loop(), []
        with ThreadPoolExecutor(THREADS) as threads:
            try:
                for at, numbers in enumerate(work.groups):
                    links = await self._links(rest, numbers)
                    begun.append(loop.run_in_executor(threads, work.blocks, links, numbers))
                    # No more is read ahead than is rebuilt meanwhile.
                    if at >= THREADS:
                        await begun[at - THREADS]
            finally:
                await asyncio.gather(*begun, return_exceptions=True)
        return await asyncio.to_thread(work.tracks, [each.result() for each in begun])

    async def _links(self, path: Sequence[Step], numbers: Iterable[int]) -> list[tuple[str, Link]]:
        """Return links with the fields of some of their blocks alone."""
        return await self._read([(step, block_fields(step.manifest, numbers)) for step in path])

    async def lists(self, step: Step) -> dict[Metric, Ints]:
        """Return the rows of each list of a link, in list order."""
        [(key, link)] = await self._read([(step, list_fields(step.manifest))])
        return lists_of(link, key)

    async def _read(self, wanted: Sequence[tuple[Step, Sequence[str]]]) -> list[tuple[str, Link]]:
        """Return links with some fields each: values of some hundred kB at most, or of a few."""
        asked = [(step, names) for step, names in wanted if names]
        pipe = self._redis.pipeline(transaction=False)
        for step, names in asked:
            pipe.hmget(step.key, names)
        held: dict[str, dict[str, bytes]] = {}
        for (step, names), values in zip(asked, await pipe.execute(), strict=True):
            pairs = zip(names, values, strict=True)
            held[step.key] = {name: one_bytes(each) for name, each in pairs if each is not None}
        return [
            (step.key, Link(step.name, step.manifest, held.get(step.key, {}))) for step, _ in wanted
        ]
