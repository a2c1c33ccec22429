"""The live Hub, through huggingface_hub, hand-paged: a pulse and a census."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import compress
from pathlib import Path

from bot.hub.census import Census
from bot.hub.limits import CrawlLimits, Deadline
from bot.hub.pages import Pages
from bot.hub.port import Listing, Reading
from bot.hub.progress import Progress
from bot.hub.records import ListedModel
from bot.hub.spool import Spool
from bot.hub.walk import Walk, identity
from detectors.metric import Kind, Metric

_PULSE = (
    (Metric.TRENDING, "trendingScore"),
    (Metric.LIKES, "likes"),
    (Metric.DOWNLOADS, "downloads"),
)


class LiveHub:
    """Reads a Hub by its listing API; implements `bot.hub.port.Hub`.

    No request goes anywhere but to `endpoint`'s own origin. The two looks may be taken at the
    same time, but only one census at once, for they share the spool.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        token: str | None,
        spool: Path,
        clock: Callable[[], datetime],
        limits: CrawlLimits | None = None,
        progress: Progress | None = None,
        records: bool = False,
    ) -> None:
        """Take the address, what to say who asks, and where a stopped census is kept.

        With `records` a census keeps all that is listed of a model, as a recording wants it.

        Raises:
            ValueError: The endpoint or the token cannot be meant; the text shows neither.
        """
        self._limits = limits or CrawlLimits()
        self._pages = Pages(endpoint=endpoint, token=token, limits=self._limits, clock=clock)
        self._spool = spool
        self._clock = clock
        self._progress = progress
        self._records = records
        # Numbers of rows of pages that named a next one: a last page of such a size is suspect.
        self._page_sizes: set[int] = set()

    async def pulse(self) -> Reading:
        """Read the first 1,000 models by trending, likes and downloads.

        Raises:
            HubError: The look ended without a Reading, within its deadline.
        """
        deadline = Deadline.after(self._limits.pulse_seconds)
        taken_at = self._clock().astimezone(UTC).replace(microsecond=0)
        page_rows = min(self._limits.page_rows, self._limits.pulse_rows)
        listings: list[Listing] = []
        walks: list[Walk] = []
        partial: list[str] = []
        cut: list[str] = []
        with self._pages.kept_open():
            for metric, sort in _PULSE:
                walk = Walk(f"the list by {metric}", self._limits, page_rows=page_rows)
                models = await self._first_rows(sort, page_rows, walk, deadline)
                listings.append(Listing(metric, models))
                walks.append(walk)
                if walk.places < self._limits.pulse_rows:
                    cut.append(walk.ends_full(self._page_sizes))
                partial += [walk.oddities(), walk.repeats()]
        if not _same_models(listings):
            partial = [*cut, *partial]
        return Reading(
            taken_at=taken_at,
            kind=Kind.PULSE,
            listings=tuple(listings),
            partial="; ".join(filter(None, partial)),
            odd=sum(walk.odd for walk in walks),
            notes=tuple(note for walk in walks for note in walk.notes()),
        )

    async def census(self) -> Reading:
        """Read every model; after a HubError, or a kill, the next call goes on from there.

        `taken_at` is when the walk began, however often it was stopped.

        Raises:
            HubError: The look ended without a Reading, within its deadline.
        """
        with Spool(self._spool) as spool, self._pages.kept_open():
            census = Census(
                pages=self._pages,
                spool=spool,
                limits=self._limits,
                clock=self._clock,
                page_sizes=self._page_sizes,
                progress=self._progress,
                records=self._records,
            )
            return await census.read()

    async def _first_rows(
        self, sort: str, page_rows: int, walk: Walk, deadline: Deadline
    ) -> tuple[ListedModel, ...]:
        models: list[ListedModel] = []
        url: str | None = self._pages.first(sort, rows=page_rows)
        while url is not None and walk.places < self._limits.pulse_rows:
            page = await self._pages.read(url, f"{walk.name}, page {walk.pages + 1}", deadline)
            new = walk.take(page)
            models += compress(page.models, new)
            if page.next_url is not None:
                self._page_sizes.add(page.rows)
            if self._progress is not None:
                self._progress.advance(int(new.sum()))
            url = page.next_url
        return tuple(models[: self._limits.pulse_rows])


def _same_models(listings: Sequence[Listing]) -> bool:
    """Whether all lists hold the same models: then each, though short, is the whole Hub.

    Lists in different orders that were cut short would not agree.
    """
    held = [frozenset(identity(model) for model in listing.models) for listing in listings]
    return len(set(held)) == 1
