"""A census: every model of the live Hub in one walk, resumable, in the order of creation.

The order decides correctness: with figures that move during the walk, an order by them loses
models, the order of creation does not.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from bot.hub.gatherer import Gatherer
from bot.hub.limits import CrawlLimits, Deadline
from bot.hub.pages import FIELDS, Page, Pages
from bot.hub.port import HubError, Listing, Reading
from bot.hub.progress import Progress
from bot.hub.records import ListedModel
from bot.hub.spool import Landmarks, Spool, SpooledPage, SpoolHead
from bot.hub.spooled import restored, spooled
from bot.hub.status import StatusError
from bot.hub.walk import Walk, identity
from detectors.metric import Kind

_SORT = "createdAt"
# What a cursor is refused with that the Hub no longer knows, and an order it does not take.
_REFUSALS = (400, 404, 410, 422)
_LANDMARKS = 50


@dataclass
class Census:
    """One call's part of a census: it goes on where the spool stands, or begins.

    With `records`, the Reading has them decoded, every tag with them, and not in columns.
    """

    pages: Pages
    spool: Spool
    limits: CrawlLimits
    clock: Callable[[], datetime]
    page_sizes: set[int]
    progress: Progress | None = None
    records: bool = False
    notes: list[str] = field(default_factory=list)
    _gatherer: Gatherer = field(default_factory=Gatherer)

    async def read(self) -> Reading:
        """Walk to the end and return the Reading; the spool is then empty.

        Raises:
            HubError: The walk stopped; the spool keeps it, unless going on cannot help.
        """
        deadline = Deadline.after(self.limits.census_seconds)
        walk, page = await self._resumed()
        if page is None or page.next_url is not None:
            try:
                walk = await self._walked(walk, page, deadline)
            except HubError as error:
                if error.reason == "page-loop" or _refused(error):
                    self.spool.clear()
                raise
        return await self._reading(walk, deadline)

    async def _walked(self, walk: Walk, page: Page | None, deadline: Deadline) -> Walk:
        if page is not None and page.next_url is not None:
            try:
                page = await self._read(page.next_url, walk, deadline)
            except StatusError as error:
                if not _refused(error):
                    raise
                self.notes.append(
                    f"the Hub no longer knew where the walk of {walk.kept:,} models had stopped "
                    f"({error.status}); it began again"
                )
                page = None
        if page is None:
            walk = self._new_walk()
            page = await self._first(walk, deadline)
        while True:
            self._take(walk, page)
            if page.next_url is None:
                return walk
            rest = max(0.0, page.go_on_at - time.monotonic())
            if rest >= deadline.left():
                raise HubError(
                    "timeout",
                    f"{self.pages.endpoint}: the census has read {walk.kept:,} models and its "
                    f"{deadline.seconds:.3g} s are over. The next one goes on from there.",
                )
            await asyncio.sleep(rest)
            page = await self._read(page.next_url, walk, deadline)

    async def _first(self, walk: Walk, deadline: Deadline) -> Page:
        """Ask for the newest model and the first page, and begin the spool with both."""
        started_at = self.clock().astimezone(UTC).replace(microsecond=0)
        probe = await self.pages.read(self.pages.first(_SORT, rows=1), "the newest model", deadline)
        ascending = True
        try:
            page = await self._read(
                self.pages.first(_SORT, rows=self.limits.page_rows, ascending=True), walk, deadline
            )
        except StatusError as error:
            if not _refused(error):
                raise
            ascending = False
            self.notes.append(f"the Hub refused the ascending order ({error.status})")
            page = await self._read(
                self.pages.first(_SORT, rows=self.limits.page_rows), walk, deadline
            )
        self.spool.begin(
            SpoolHead(
                endpoint=self.pages.endpoint,
                fields=FIELDS,
                started_at=started_at,
                ascending=ascending,
                newest=next(iter(probe.models), None),
                records=self.records,
            )
        )
        return page

    def _new_walk(self) -> Walk:
        self._gatherer = Gatherer()
        return Walk("the census", self.limits, page_rows=self.limits.page_rows)

    async def _read(self, url: str, walk: Walk, deadline: Deadline) -> Page:
        what = f"{walk.name}, page {walk.pages + 1}"
        return await self.pages.read(url, what, deadline, self._gatherer)

    def _take(self, walk: Walk, page: Page) -> None:
        # Reading and writing a page of 1,000 holds the event loop for some 3 ms.
        self._gather(walk, page)
        self.spool.append(self._spooled(page))

    def _spooled(self, page: Page) -> SpooledPage:
        if self.records:
            return SpooledPage(url=page.url, next_url=page.next_url, body=page.body)
        return SpooledPage(
            url=page.url,
            next_url=page.next_url,
            columns=spooled(page.part, self._gatherer),
            rows=page.rows,
            odd=page.odd,
        )

    def _unspooled(self, kept: SpooledPage) -> Page:
        if kept.columns is None:
            return Page.read(
                kept.body, self._gatherer, url=kept.url, next_url=kept.next_url, lean=True
            )
        part = restored(kept.columns, self._gatherer)
        return Page(kept.url, (), part, kept.rows, kept.odd, b"", kept.next_url)

    def _gather(self, walk: Walk, page: Page) -> None:
        new = walk.take(page)
        self._gatherer.add(page.part.taken(new))
        if page.next_url is not None:
            self.page_sizes.add(page.rows)
        if self.progress is not None:
            self.progress.advance(int(new.sum()))

    async def _resumed(self) -> tuple[Walk, Page | None]:
        """Return the walk as the spool holds it with its last page, or one not begun."""
        walk, page = self._new_walk(), None
        head = self.spool.head
        if head is None:
            return walk, None
        age = (self.clock() - head.started_at).total_seconds()
        mine = (head.endpoint, head.fields) == (self.pages.endpoint, FIELDS)
        # One that kept columns alone has no records to give.
        mine = mine and head.records >= self.records
        if not mine or not 0 <= age <= self.limits.resume_seconds:
            self.spool.clear()
            return walk, None
        for kept in self.spool.pages():
            page = self._unspooled(kept)
            self._gather(walk, page)
            await asyncio.sleep(0)
        return walk, page

    async def _reading(self, walk: Walk, deadline: Deadline) -> Reading:
        head = self.spool.head
        if head is None:
            raise AssertionError("a walk begins with a head")
        in_order = head.ascending and walk.rising
        if head.ascending and not walk.rising:
            self.notes.append("the Hub ignored the ascending order")
        if in_order:
            end = self._short_of_newest(walk, head.newest)
        else:
            end = await self._short_of_oldest(walk, deadline)
        partial = "; ".join(filter(None, (end, walk.oddities(), walk.disorder())))
        if not partial:
            self.spool.keep(
                Landmarks(
                    endpoint=head.endpoint,
                    oldest=walk.ends(_LANDMARKS, first=in_order),
                    created_at=walk.earliest,
                )
            )
        listing = await self._listing()
        self.spool.clear()
        return Reading(
            taken_at=head.started_at,
            kind=Kind.CENSUS,
            listings=(listing,),
            partial=partial,
            odd=walk.odd,
            notes=(*self.notes, *walk.notes()),
        )

    async def _listing(self) -> Listing:
        if not self.records:
            return Listing(None, columns=await asyncio.to_thread(self._gatherer.columns))
        models: list[ListedModel] = []
        shared: dict[Any, Any] = {}
        walk = self._new_walk()
        for kept in self.spool.pages():
            page = Page.read(kept.body, Gatherer(), url=kept.url, next_url=kept.next_url)
            new = walk.take(page)
            models += [
                _lean(model, shared)
                for model, is_new in zip(page.models, new, strict=True)
                if is_new
            ]
            # A page takes some 10 ms; whoever waits for an answer meanwhile gets it.
            await asyncio.sleep(0)
        return Listing(None, tuple(models))

    def _short_of_newest(self, walk: Walk, newest: ListedModel | None) -> str:
        """Say so when a walk to the newest model did not get there, else nothing."""
        if newest is None:
            return walk.ends_full(self.page_sizes)
        # It may have been deleted since; then the walk ends at a newer one.
        if walk.reaches(newest.created_at) or walk.has_seen(identity(newest)):
            return ""
        return f"the census ended after {walk.kept:,} models, before the newest one ({newest.id})"

    async def _short_of_oldest(self, walk: Walk, deadline: Deadline) -> str:
        """Say so when a walk to the oldest model did not get there, as far as can be told.

        Without an earlier census to go by, a walk that ends on a full page is held against the
        most liked models, which are old: had it been cut short, some of them would be missing.
        """
        known = self.spool.landmarks(self.pages.endpoint)
        if known is None:
            end = walk.ends_full(self.page_sizes)
            if not end:
                return ""
            liked = await self.pages.read(
                self.pages.first("likes", rows=self.limits.page_rows), "the most liked", deadline
            )
            return "" if all(walk.has_seen(identity(each)) for each in liked.models) else end
        beyond = walk.earliest and known.created_at and walk.earliest <= known.created_at
        if beyond or any(walk.has_seen(bytes.fromhex(each)) for each in known.oldest):
            return ""
        return f"the census ended after {walk.kept:,} models, before the oldest ones known"


def _refused(error: HubError) -> bool:
    return isinstance(error, StatusError) and error.status in _REFUSALS


def _lean(model: ListedModel, shared: dict[Any, Any]) -> ListedModel:
    """Return the model with equal texts held once, which takes about half of the memory."""
    same = shared.setdefault
    tags = model.tags
    if tags is not None:
        tags = tuple([same(tag, tag) for tag in tags])
        tags = same(tags, tags)
    return msgspec.structs.replace(
        model,
        tags=tags,
        author=same(model.author, model.author),
        library_name=same(model.library_name, model.library_name),
        pipeline_tag=same(model.pipeline_tag, model.pipeline_tag),
        base_models=same(model.base_models, model.base_models),
    )
