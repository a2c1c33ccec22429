"""What a chain of days costs in the store's own bytes, and how long it takes to read them back."""

from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

from bot.store import identity as log
from bot.store.chain import Held, Link, linked, needs_key, rebuilt
from bot.store.tracks import tracks_of
from tests.bench.hub import hub
from tests.world import labs


@dataclass
class Chain:
    """Links as they are written day by day, with what each weighs in bytes."""

    links: dict[str, Link] = field(default_factory=dict)
    weights: list[int] = field(default_factory=list)
    models: list[int] = field(default_factory=list)
    taken: list[float] = field(default_factory=list)

    def path(self, name: str) -> list[tuple[str, Link]]:
        """Return the links that a day is rebuilt from, a keyframe first."""
        found = []
        while name:
            found.append((name, self.links[name]))
            name = self.links[name].manifest.base
        return found[::-1]


def grow(models: int, churn: float, days: int) -> Chain:
    """Write so many days down."""
    chain = Chain()
    day = hub(models, labs())
    known = log.NOBODY
    last: Held | None = None
    key: Held | None = None
    for number in range(days):
        begin = perf_counter()
        tracks = tracks_of(day.columns, last.tracks if last else None)
        entry = log.learnt(day.columns, known)
        known = log.after(known, entry)
        base = key if needs_key(last) else None
        link = linked(str(number), tracks, last, base, identity=known.entries, lessons=0)
        weight = sum(map(len, link.fields.values()))
        # The log of identity is written once: what the first day knows is no day's cost.
        weight += sum(map(len, log.written(entry))) if number else 0
        chain.taken.append(perf_counter() - begin)
        last = Held(str(number), link.manifest, tracks)
        key = last if not link.manifest.base else key
        chain.links[str(number)] = link
        chain.weights.append(weight)
        chain.models.append(len(day.columns))
        day = day.next(churn)
    return chain


def rows(models: int, churn: float, days: int) -> list[str]:
    """Return the rows of the table."""
    chain = grow(models, churn, days)
    took = []
    for name in sorted(chain.links, key=int)[:: max(days // 12, 1)]:
        begin = perf_counter()
        rebuilt(chain.path(name))
        took.append(perf_counter() - begin)
    a_day = sum(chain.weights) / sum(chain.models)
    return [
        (
            f"{days} daily censuses of {models:,} models growing to {chain.models[-1]:,}, "
            f"{churn:.0%} of the rows changing a day, keyframes and the log of identity included; "
            "ids, dates and authors of the first day are written once and left out."
        ),
        "",
        "| what | measured |",
        "|---|--:|",
        f"| bytes per model and day | {a_day:.2f} |",
        f"| a day encoded, median | {median(chain.taken):.2f} s |",
        f"| a past day's tracks rebuilt, least to most | {min(took):.2f} to {max(took):.2f} s |",
    ]
