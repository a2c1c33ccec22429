"""The names that complete what people type: labs, rules, and the models that are held."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

import numpy as np

from bot.completion import Completion
from bot.desk.packs import PACKS
from bot.lookups.held import boards_now, whole_census
from bot.store.errors import StoreError
from bot.store.store import Store
from bot.views import Views
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.snapshot import Snapshot

log = logging.getLogger(__name__)

# Seconds; what is new is complete within the time of a pulse in any case.
_EVERY, _AT_FIRST = 60.0, 1.0
_WEIGHT = (Metric.DOWNLOADS, Metric.LIKES, Metric.TRENDING, Metric.DOWNLOADS_ALL_TIME)


class Known:
    """Completes from what `refresh` has last read; reads nothing while somebody types.

    Snapshots are read through `views`, so that those at hand are not read again.
    """

    def __init__(
        self,
        store: Store,
        views: Views,
        labs: Labs,
        rules: Sequence[str],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._views = views
        self._clock = clock
        self._read: tuple[str, ...] = ()
        self._models = Completion(())
        self.labs = Completion(sorted(lab.name for lab in labs.labs)).find
        self.countries = Completion(labs.countries).find
        packed = [line for pack in PACKS.values() for line, _ in pack.rules]
        self.rules = Completion(dict.fromkeys([*rules, *packed])).find

    def models(self, typed: str) -> list[str]:
        """Return the ids of models that may be meant: those on boards, then every other.

        Each of both the most downloaded first.
        """
        return self._models.find(typed)

    async def refresh(self) -> None:
        """Read the models that are held, where a newer Snapshot is held than before."""
        streams = await self._store.streams()
        last = [await self._store.noted.last(stream, good=True) for stream in streams]
        read = tuple(note.id for note in last if note is not None)
        if read == self._read:
            return
        boards = await boards_now(self._views, self._clock())
        census = await whole_census(self._views, self._clock())
        held = {boards[each].id: boards[each] for each in _WEIGHT if each in boards}
        if census is not None:
            held.pop(census.id, None)
            held[census.id] = census
        self._models = await asyncio.to_thread(lambda: Completion(_all_names([*held.values()])))
        self._read = read

    async def keep_fresh(self, stop: asyncio.Event) -> None:
        """Refresh again and again, until `stop` is set; often as long as nothing is held."""
        while not stop.is_set():
            try:
                await self.refresh()
            except StoreError as error:
                log.warning("the names that complete stay as they were: %s", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _EVERY if self._read else _AT_FIRST)


def _all_names(snapshots: Sequence[Snapshot]) -> Iterator[str]:
    """Yield every name of some Snapshots once; of the last, by far the largest, none is kept."""
    seen: set[str] = set()
    for at, each in enumerate(snapshots, start=1):
        new = (name for name in _names(each) if name not in seen)
        if at == len(snapshots):
            yield from new
        else:
            found = list(dict.fromkeys(new))
            seen.update(found)
            yield from found


def _names(snapshot: Snapshot) -> Iterator[str]:
    """Yield the models of a Snapshot, the weightiest first."""
    columns = snapshot.columns
    figures = next((columns.figures[each] for each in _WEIGHT if each in columns.figures), None)
    weight = np.zeros(len(columns)) if figures is None else figures.astype(np.float64)
    for row in np.argsort(-weight, kind="stable").tolist():
        if columns.present[row]:
            yield columns.ids[row]
