"""The port through which a Hub comes in, live or recorded: one Reading a look."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Protocol

import msgspec

from bot.hub.listed import ListedColumns
from bot.hub.records import ListedModel
from detectors.metric import Kind, Metric


class HubError(Exception):
    """A look at the Hub ended without a Reading; the text says what happened, where, what to do."""

    exit_code = 1

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(frozen=True)
class Head:
    """What a Reading is known by: its place in time, and a digest of its content."""

    taken_at: datetime
    kind: Kind
    panel: str | None
    digest: str


@dataclass(frozen=True)
class Listing:
    """Models in the order the Hub listed them; `by` is the metric that ordered them, if one did.

    They are decoded records, or columns where there are very many.
    """

    by: Metric | None
    models: tuple[ListedModel, ...] = field(default=(), repr=False)
    columns: ListedColumns | None = field(default=None, repr=False)

    def __len__(self) -> int:
        """Return how many records it has."""
        return len(self.models if self.columns is None else self.columns)

    @property
    def ids(self) -> Sequence[str]:
        """The ids of its models, in list order."""
        if self.columns is not None:
            return self.columns.names
        return [model.id for model in self.models]


@dataclass(frozen=True)
class Reading:
    """One look at the Hub, as it came in: one listing, or one for each metric of a pulse.

    `partial` says why the Reading does not cover what it should, and is empty when it does.
    `odd` counts records that did not have the Hub's form (their odd fields are unknown). `digest`
    stands for the content where something shorter than it is known, such as the file it is from.
    """

    taken_at: datetime
    kind: Kind
    listings: tuple[Listing, ...]
    panel: str | None = None
    partial: str = ""
    odd: int = 0
    notes: tuple[str, ...] = field(default=())
    digest: str = ""

    def __len__(self) -> int:
        """Return how many records were listed, in all lists."""
        return sum(map(len, self.listings))

    @cached_property
    def head(self) -> Head:
        """What it is known by; equal Readings have equal heads."""
        encode = msgspec.json.Encoder().encode
        if self.digest:
            return Head(self.taken_at, self.kind, self.panel, self.digest)
        digest = hashlib.sha256()
        for listing in self.listings:
            digest.update(f"{listing.by}\x1e{self.partial}\x1e".encode())
            for model in listing.models:
                digest.update(encode(model))
            for chunk in listing.columns.chunks() if listing.columns is not None else ():
                digest.update(chunk)
        return Head(self.taken_at, self.kind, self.panel, digest.hexdigest()[:16])


class Hub(Protocol):
    """Where Readings come from."""

    async def pulse(self) -> Reading:
        """Read the first 1,000 models by trending, likes and downloads; HubError on trouble."""

    async def census(self) -> Reading:
        """Read every model; HubError on trouble, after which a later call resumes."""
