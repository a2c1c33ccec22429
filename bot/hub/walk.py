"""What the pages of one listing have shown so far, and whether it is honest and whole."""

from collections.abc import Set as AbstractSet
from datetime import UTC, datetime

import numpy as np

from bot.growing import Growing
from bot.hub.limits import CrawlLimits
from bot.hub.pages import Page
from bot.hub.port import HubError
from bot.hub.records import ListedModel
from bot.packed import (
    OID_BYTES,
    Bools,
    Keys,
    Oids,
    Runs,
    digest_of,
    oid_keys,
    oid_of,
    same_oids,
    without_oid,
)
from bot.wording import plural
from detectors.columns import NEVER, Ints
from detectors.names import Names
from detectors.verdict import repeats_too_much


def identity(model: ListedModel) -> bytes:
    """Return what survives a rename: `_id` as 12 bytes, and those of the id where it is missing."""
    return digest_of(f"id {model.id}") if model.oid is None else oid_of(model.oid)


def identities(oids: Oids, names: Names) -> Oids:
    """Return the same for many at once, given their `_id`s and ids."""
    bare = np.flatnonzero(without_oid(oids))
    if not len(bare):
        return oids
    found = oids.copy()
    for row in bare.tolist():
        found[row] = np.frombuffer(digest_of(f"id {names[row]}"), np.uint8)
    return found


class Walk:
    """Takes the pages of a listing one by one; `name` says which listing, in a sentence.

    A model that is listed again counts once, at its first place: on a later page it slid across
    the border while the figures moved, and within a page the Hub's own index names it twice. Too
    many of them are a listing that lies, see `repeats`.
    """

    def __init__(self, name: str, limits: CrawlLimits, *, page_rows: int) -> None:
        """Name the listing; `page_rows` is how many rows a page were asked for."""
        self.name = name
        self.rows = 0
        self.kept = 0
        self.odd = 0
        self.repeated = 0
        self.pages = 0
        self._earliest = NEVER
        self._latest: int | None = None
        self._last: int | None = None
        self._rises = 0
        self._falls = 0
        self._seen = Runs()
        self._met = Growing(np.uint8, OID_BYTES)
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

    @property
    def earliest(self) -> datetime | None:
        """When the oldest model met was created."""
        return None if self._earliest == NEVER else datetime.fromtimestamp(self._earliest, UTC)

    def reaches(self, created: datetime | None) -> bool:
        """Whether a model was met that is no older than an instant."""
        if created is None or self._latest is None:
            return False
        return self._latest >= int(created.timestamp())

    def has_seen(self, model: bytes) -> bool:
        """Whether the walk has met this identity."""
        models = np.frombuffer(model, np.uint8).reshape(1, -1)
        return bool(self._have_seen(models, oid_keys(models))[0])

    def ends(self, count: int, *, first: bool) -> tuple[str, ...]:
        """Return the identities of the first or the last so many models, in hexadecimal."""
        met = self._met.array
        return tuple(bytes(each).hex() for each in (met[:count] if first else met[-count:]))

    def _have_seen(self, models: Oids, keys: Keys) -> Bools:
        met = self._met.array
        return self._seen.find(keys, lambda asked, row: same_oids(met[row], models[asked])) >= 0

    def take(self, page: Page) -> Bools:
        """Return which of the page's models were not listed before, as a mask.

        Raises:
            HubError: `empty-page` or `page-loop`; the page is then not part of the walk.
        """
        models = identities(page.oids, page.names)
        keys = oid_keys(models)
        new = ~self._have_seen(models, keys) & _firsts(models, keys)
        self._addresses.add(page.url)
        if page.next_url is not None:
            where = f"{self.name}, page {self.pages + 1}"
            if not page.rows:
                raise HubError(
                    "empty-page", f"{where} is empty and yet names a next page. Look again later."
                )
            if page.next_url in self._addresses or (self.kept and not new.any()):
                raise HubError(
                    "page-loop",
                    f"{where} leads back to models already listed. Look again later.",
                )
        created = page.created_at
        if not new.all():
            models, keys, created = models[new], keys[new], created[new]
        self.pages += 1
        self.rows += page.rows
        self.odd += page.odd
        self.repeated += len(new) - len(models)
        self._seen.add(keys, np.arange(self.kept, self.kept + len(models)))
        self._met.append(models)
        self.kept += len(models)
        self._page = page
        self._place(created)
        return new

    def _place(self, created: Ints) -> None:
        created = created[created != NEVER]
        if not len(created):
            return
        steps = created[1:] - created[:-1]
        first = 0 if self._last is None else int(created[0]) - self._last
        self._rises += int(np.count_nonzero(steps > 0)) + (first > 0)
        self._falls += int(np.count_nonzero(steps < 0)) + (first < 0)
        self._last = int(created[-1])
        self._earliest = min(self._earliest, int(created.min()))
        latest = int(created.max())
        self._latest = latest if self._latest is None else max(self._latest, latest)

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

    def repeats(self) -> str:
        """Say so when too many models came again, else nothing."""
        if not repeats_too_much(self.repeated, self.rows):
            return ""
        return f"{self.name} had {self.repeated:,} of {self.rows:,} models twice: duplicated"

    def disorder(self) -> str:
        """Say so when too many models came again or out of the order of their creation."""
        if repeats := self.repeats():
            return repeats
        misplaced = min(self._rises, self._falls)
        if misplaced > self._limits.misplaced_share * self.rows:
            return f"{self.name} had {misplaced:,} of {self.rows:,} models out of order"
        return ""

    def notes(self) -> tuple[str, ...]:
        """Return what is worth knowing and withholds nothing."""
        notes = []
        if self.repeated:
            again = plural(self.repeated, "model", whole=True)
            notes.append(f"{self.name}: {again} listed again, counted once")
        if self.odd:
            notes.append(f"{self.name}: {self.odd:,} records without the Hub's form")
        return tuple(notes)


def _firsts(models: Oids, keys: Keys) -> Bools:
    """Return which of some identities none before them is the same as."""
    found = np.ones(len(keys), np.bool_)
    in_order = np.sort(keys)
    if (in_order[1:] != in_order[:-1]).all():
        return found
    met: set[bytes] = set()
    for row, model in enumerate(map(bytes, models)):
        found[row] = model not in met
        met.add(model)
    return found
