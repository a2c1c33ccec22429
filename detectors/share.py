"""A group's part of a metric in a scope, with its denominator and the part that is unknown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import takewhile
from operator import itemgetter

from detectors.labs import Labs
from detectors.lineage import FAMILY_DEFINITION
from detectors.metric import Metric
from detectors.scope import ALL, Scope, ScopeKind, default_scope

# Shares carry this in evidence; a change of definition is a new version, never an alert.
SHARE_DEFINITION = "share/1"

NEW_DAYS = 30
NEW_SECONDS = NEW_DAYS * 86_400


class Of(StrEnum):
    """What a Share divides up."""

    DOWNLOADS = "downloads"
    LIKES = "likes"
    NEW = "new"
    DERIVATIVES = "derivatives"
    FINETUNES = "finetunes"
    SLOTS = "slots"
    CONTRIBUTORS = "contributors"

    @property
    def unit(self) -> str:
        """What the denominator counts, as a person says it."""
        return _UNITS[self]

    @property
    def window(self) -> str:
        """The time the figure counts over, as a person says it."""
        return _WINDOWS[self]


_UNITS = {
    Of.DOWNLOADS: "downloads",
    Of.LIKES: "likes",
    Of.NEW: "new models",
    Of.DERIVATIVES: "new derivatives",
    Of.FINETUNES: "new finetunes and adapters",
    Of.SLOTS: "places",
    Of.CONTRIBUTORS: "new contributors",
}
_WINDOWS = {
    Of.DOWNLOADS: Metric.DOWNLOADS.window,
    Of.LIKES: Metric.LIKES.window,
    Of.NEW: f"created in the last {NEW_DAYS} days",
    Of.DERIVATIVES: f"created in the last {NEW_DAYS} days",
    Of.FINETUNES: f"created in the last {NEW_DAYS} days",
    Of.SLOTS: "at the time of the snapshot",
    Of.CONTRIBUTORS: f"first derivative in the last {NEW_DAYS} days",
}


class By(StrEnum):
    """What the groups of a Share are."""

    LAB = "lab"
    COUNTRY = "country"
    FAMILY = "family"
    LICENSE = "license"
    TASK = "task"


@dataclass(frozen=True)
class Places:
    """The first n places by a metric."""

    n: int
    metric: Metric

    def __str__(self) -> str:
        return f"top {self.n} by {self.metric.value}"


@dataclass(frozen=True)
class ShareQuestion:
    """share(of, by, scope); `places` says which board's slots, and only slots have it."""

    of: Of
    by: By
    scope: Scope = ALL
    board: Places | None = None
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if (self.of is Of.SLOTS) != (self.board is not None):
            raise ValueError("a share of slots names its board (top N by METRIC), others do not")
        # Asked of a year of Snapshots, each of which looks it up by this.
        object.__setattr__(self, "_hash", hash((self.of, self.by, self.scope, self.board)))

    def __hash__(self) -> int:
        """Return what it is looked up by; made once."""
        return self._hash

    @property
    def head(self) -> str:
        """The question as a rule begins it: `share of slots by country`."""
        return f"share of {self.of.value} by {self.by.value}"

    @property
    def tail(self) -> str:
        """Where it is asked, as a rule ends: ` in top 10 by trending`; empty for all models."""
        plain = ALL if self.board is None else default_scope(self.board.metric)
        board = "" if self.board is None else f" in {self.board}"
        return board if self.scope == plain else f"{board} in {self.scope}"

    @property
    def where(self) -> str:
        """Where it is asked, as evidence says it: nothing is left to a default."""
        return str(self.scope) if self.board is None else f"{self.board} in {self.scope}"

    def definition(self, labs: Labs) -> str:
        """Return the version of the share, with the lab table's where groups come from it."""
        version = SHARE_DEFINITION
        if self.by is By.FAMILY:
            version += f" {FAMILY_DEFINITION}"
        scoped = self.scope.kind in {ScopeKind.LAB, ScopeKind.COUNTRY}
        if scoped or self.by in {By.LAB, By.COUNTRY, By.FAMILY}:
            version += f" labs:{labs.version}"
        return version

    @property
    def places(self) -> Places:
        """The board whose slots are shared out; ValueError where the question has none."""
        if self.board is None:
            raise ValueError(f"a share of {self.of.value} has no board")
        return self.board


@dataclass(frozen=True, eq=False)
class Share:
    """Amounts by group, in the unit of `of`; all known groups and `unknown` add up to `total`.

    `heaviest` names, for each group, the id and amount of the model that weighs most in it;
    `holders`, of slots only, the ids of the models that hold them, in the order of the board.
    """

    question: ShareQuestion
    amounts: Mapping[str, float]
    total: float
    unknown: float
    heaviest: Mapping[str, tuple[str, float]]
    holders: Mapping[str, tuple[str, ...]]
    _parts: dict[str, float] = field(default_factory=dict, init=False, repr=False)
    _beyond: dict[float, frozenset[str]] = field(default_factory=dict, init=False, repr=False)

    def part(self, group: str) -> float:
        """Return a group's part, 0 to 1; 0 of an empty total is 0."""
        found = self._parts.get(group)
        if found is None:
            found = self._parts[group] = _part(self.amounts.get(group, 0.0), self.total)
        return found

    def part_without_heaviest(self, group: str) -> float:
        """Return the part the group would have were its heaviest model not counted at all."""
        weight = self.heaviest.get(group, ("", 0.0))[1]
        return _part(self.amounts.get(group, 0.0) - weight, self.total - weight)

    def beyond(self, part: float) -> frozenset[str]:
        """Return the groups that hold more than a part; made once for all who ask."""
        if part not in self._beyond:
            larger = takewhile(lambda pair: self.part(pair[0]) > part, self.leaders)
            self._beyond[part] = frozenset(group for group, _ in larger)
        return self._beyond[part]

    @cached_property
    def leaders(self) -> list[tuple[str, float]]:
        """Groups and amounts, largest first, then by name."""
        by_name = sorted(self.amounts.items())
        return sorted(by_name, key=itemgetter(1), reverse=True)

    @cached_property
    def squares(self) -> float:
        """The sum of the squares of all known groups' parts, 0 to 1: their Herfindahl index.

        Groups are added up in the order of their size, so that no other order shows in it.
        """
        return sum(_part(amount, self.total) ** 2 for _, amount in self.leaders)

    @cached_property
    def cubes(self) -> float:
        """The sum of the cubes of all known groups' parts, added up as `squares` is."""
        return sum(_part(amount, self.total) ** 3 for _, amount in self.leaders)


def _part(amount: float, total: float) -> float:
    # Twelve digits: beyond those a sum of thirds shows the order it was added up in.
    return round(amount / total, 12) if total > 0 else 0.0
