"""The port through which a Hub comes in, live or recorded: one Reading a look."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.hub.records import ListedModel
from detectors.metric import Kind, Metric


class HubError(Exception):
    """A look at the Hub ended without a Reading; the text says what happened, where, what to do."""

    exit_code = 1

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(frozen=True)
class Listing:
    """Models in the order the Hub listed them; `by` is the metric that ordered them, if one did."""

    by: Metric | None
    models: tuple[ListedModel, ...]


@dataclass(frozen=True)
class Reading:
    """One look at the Hub, as it came in: one listing, or one for each metric of a pulse.

    `partial` says why the Reading does not cover what it should, and is empty when it does.
    `odd` counts records that did not have the Hub's form (their odd fields are unknown).
    """

    taken_at: datetime
    kind: Kind
    listings: tuple[Listing, ...]
    panel: str | None = None
    partial: str = ""
    odd: int = 0
    notes: tuple[str, ...] = field(default=())


class Hub(Protocol):
    """Where Readings come from."""

    async def pulse(self) -> Reading:
        """Read the first 1,000 models by trending, likes and downloads; HubError on trouble."""

    async def census(self) -> Reading:
        """Read every model; HubError on trouble, after which a later call resumes."""


class Recording(Protocol):
    """Readings already taken, oldest first."""

    def readings(self) -> AsyncIterator[Reading]:
        """Yield every Reading in order."""
