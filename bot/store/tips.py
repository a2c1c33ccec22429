"""Which chain a belated census goes on with, so that no link that is held is written again.

A chain grows at its end, its tip, alone: what is put in between two links of it begins a chain of
its own, which the next ones put in there go on with, whether they are later or earlier.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from redis.asyncio import Redis

from bot.store.chain import LINKS, MANIFEST, Manifest, readable
from bot.store.keys import Keys
from bot.store.replies import with_scores

# Manifests read at a time, a few kB each.
_STEP = 64

# As long as a chain is whose links are a day apart. One that spans more would wait longer to be
# thinned, which is done once all its links are of an age.
FARTHEST = timedelta(days=LINKS)


@dataclass(frozen=True)
class Placed:
    """A link without its blocks, and the time of its census."""

    id: str
    taken_at: datetime
    manifest: Manifest


async def placed(redis: Redis, keys: Keys, stream: str) -> list[Placed]:
    """Return the links of a stream by time, but for those whose manifests are damaged."""
    held = await redis.zrange(keys.order(stream), 0, -1, withscores=True)
    links = [(name, datetime.fromtimestamp(score, UTC)) for name, score in with_scores(held)]
    found = []
    for start in range(0, len(links), _STEP):
        some = links[start : start + _STEP]
        pipe = redis.pipeline(transaction=False)
        for name, _ in some:
            pipe.hget(keys.blocks(name), MANIFEST)
        for (name, at), value in zip(some, await pipe.execute(), strict=True):
            manifest = readable(keys.blocks(name), value)
            if manifest is not None:
                found.append(Placed(name, at, manifest))
    return found


def nearest_tip(links: Sequence[Placed], at: datetime) -> str | None:
    """Return the tip nearest to a time, of the chains that have room; None where none is near.

    links: all that a stream holds, by time. The chain of the last of them is the next look's,
    and is left to it.
    """
    tips: dict[str, Placed] = {}
    for link in links:
        key = link.manifest.key
        if key not in tips or tips[key].manifest.place < link.manifest.place:
            tips[key] = link
    if links:
        del tips[links[-1].manifest.key]
    near = [
        tip
        for tip in tips.values()
        if tip.manifest.place + 1 < LINKS and abs(tip.taken_at - at) <= FARTHEST
    ]
    return min(near, key=lambda tip: (abs(tip.taken_at - at), tip.id)).id if near else None
