"""A recorded Hub told again: each Reading looked at in turn, and what it says delivered."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.dispatch import Works, drain
from bot.hub.port import Reading
from bot.views import Note
from bot.watch import Watch
from bot.wording import plural


@dataclass
class Tally:
    """What a replay came to."""

    snapshots: int = 0
    held_already: int = 0
    shifts: int = 0
    alerts: int = 0
    held_back: Counter[str] = field(default_factory=Counter)
    withheld: Counter[str] = field(default_factory=Counter)
    left_out: int = 0
    repeated: int = 0
    belated: int = 0
    passed_over: int = 0
    damaged: Sequence[str] = ()
    last: Note | None = None

    @property
    def reasons(self) -> str:
        """Why Shifts were held back, with how many, the most first."""
        return "; ".join(f"{why}: {count:,}" for why, count in self.held_back.most_common())

    def sentence(self) -> str:
        """Return the closing line."""
        line = f"{self.snapshots:,} snapshots, {self.shifts:,} shifts, {self.alerts:,} alerts"
        if self.held_back:
            line += f", {self.held_back.total():,} held back ({self.reasons})"
        line += f", {self.withheld.total():,} snapshots withheld"
        if self.withheld:
            reasons = ", ".join(f"{count:,} {why}" for why, count in self.withheld.most_common())
            line += f" ({reasons})"
        if self.held_already:
            line += f"; {self.held_already:,} were held already and were passed over"
        return f"{line}{self.counted_once()}."

    def counted_once(self) -> str:
        """Return what a closing line says of rows that listed a model again, if there were any."""
        if not self.repeated:
            return ""
        listed = plural(
            self.repeated,
            "row that lists a model again was",
            "rows that list a model again were",
            whole=True,
        )
        return f"; {listed} not counted"


async def replay(
    readings: Iterable[Reading],
    watch: Watch,
    works: Works,
    *,
    pause: float = 0.0,
) -> Tally:
    """Look at each Reading and deliver what it tells before the next; `pause` is in seconds.

    What an earlier run left undelivered is told first.
    """
    tally = Tally()
    tally.alerts += await drain(works)
    for reading in readings:
        outcome = await watch.look(reading)
        tally.last = outcome.note
        if outcome.held_already:
            tally.held_already += 1
            continue
        tally.snapshots += 1
        tally.repeated += outcome.repeated
        tally.shifts += len(outcome.shifts) + len(outcome.held_back)
        tally.held_back.update(
            shift.judgement.held.value for shift in outcome.held_back if shift.judgement.held
        )
        if not outcome.note.admitted:
            tally.withheld[outcome.note.reason.value] += 1
        tally.alerts += await drain(works)
        if pause:
            await asyncio.sleep(pause)
    return tally
