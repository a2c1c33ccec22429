"""What the pages of one listing have shown so far, and whether it is honest and whole."""

from collections.abc import Set as AbstractSet
from datetime import datetime

from bot.hub.limits import CrawlLimits
from bot.hub.pages import Page
from bot.hub.port import HubError
from bot.hub.records import ListedModel


def identity(model: ListedModel) -> str:
    """Return what survives a rename: `_id`, and `id` where it is missing."""
    return model.oid or model.id


class Walk:
    """Takes the pages of a listing one by one; `name` says which listing, in a sentence.

    A model that a later page shows again slid across the border while the figures moved: the
    first place counts. Repeats within one page are left for admission to judge.
    """

    def __init__(self, name: str, limits: CrawlLimits, *, page_rows: int) -> None:
        """Name the listing; `page_rows` is how many rows a page were asked for."""
        self.name = name
        self.rows = 0
        self.kept = 0
        self.odd = 0
        self.repeated = 0
        self.pages = 0
        self.earliest: datetime | None = None
        self.latest: datetime | None = None
        self._last: datetime | None = None
        self._rises = 0
        self._falls = 0
        self._seen: set[str] = set()
        self._addresses: set[str] = set()
        self._page: Page | None = None
        self._page_rows = page_rows
        self._limits = limits

    @property
    def places(self) -> int:
        """How many places of the list were read, those of unusable records too."""
        return self.rows - self.repeated

    @property
    def rising(self) -> bool:
        """Whether the models came oldest first, as far as can be told."""
        return self._rises >= self._falls

    def has_seen(self, model: str) -> bool:
        """Whether the walk has met this identity."""
        return model in self._seen

    def take(self, page: Page) -> tuple[ListedModel, ...]:
        """Return the page's models that no earlier page had.

        Raises:
            HubError: `empty-page` or `page-loop`; the page is then not part of the walk.
        """
        new = tuple(model for model in page.models if identity(model) not in self._seen)
        self._addresses.add(page.url)
        if page.next_url is not None:
            where = f"{self.name}, page {self.pages + 1}"
            if not page.rows:
                raise HubError(
                    "empty-page", f"{where} is empty and yet names a next page. Look again later."
                )
            if page.next_url in self._addresses or (self._seen and not new):
                raise HubError(
                    "page-loop",
                    f"{where} leads back to models already listed. Look again later.",
                )
        self.count(page, new, len(page.models) - len(new))
        return new

    def count(self, page: Page, new: tuple[ListedModel, ...], repeated: int) -> None:
        """Count a page whose new models are known, as when a walk resumes."""
        self.pages += 1
        self.rows += page.rows
        self.odd += page.odd
        self.kept += len(new)
        self.repeated += repeated
        self._seen.update(map(identity, new))
        self._addresses.add(page.url)
        self._page = page
        for model in new:
            self._place(model.created_at)

    def _place(self, created: datetime | None) -> None:
        if created is None:
            return
        if self._last is not None:
            self._rises += created > self._last
            self._falls += created < self._last
        self._last = created
        self.earliest = min(created, self.earliest or created)
        self.latest = max(created, self.latest or created)

    def ends_full(self, page_sizes: AbstractSet[int]) -> str:
        """Say so when the last page was full and yet named no next one, else nothing.

        `page_sizes` are the numbers of rows of pages that did name a next one.
        """
        page = self._page
        if page is None or page.next_url is not None:
            return ""
        if page.rows != self._page_rows and page.rows not in page_sizes:
            return ""
        return f"{self.name} ended after {self.rows:,} models on a full page without a next link"

    def oddities(self) -> str:
        """Say so when too many records lacked the Hub's form, else nothing."""
        if self.odd <= self._limits.odd_share * self.rows:
            return ""
        return f"{self.name} had {self.odd:,} of {self.rows:,} records without the Hub's form"

    def disorder(self) -> str:
        """Say so when too many models came again or out of the order of their creation."""
        if self.repeated > self._limits.repeated_share * self.rows:
            return f"{self.name} had {self.repeated:,} of {self.rows:,} models twice: duplicated"
        misplaced = min(self._rises, self._falls)
        if misplaced > self._limits.misplaced_share * self.rows:
            return f"{self.name} had {misplaced:,} of {self.rows:,} models out of order"
        return ""

    def notes(self) -> tuple[str, ...]:
        """Return what is worth knowing and withholds nothing."""
        notes = []
        if self.repeated:
            notes.append(
                f"{self.name}: {self.repeated:,} models slid across a page border, counted once"
            )
        if self.odd:
            notes.append(f"{self.name}: {self.odd:,} records without the Hub's form")
        return tuple(notes)
