"""The models of known labs, so that shares by lab and country look at no others."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from detectors.changes import Changes
from detectors.columns import AT_ONCE, Columns, Figures, Floats, Ints, Text
from detectors.labs import Labs
from detectors.lineage import Grouped
from detectors.names import located
from detectors.rows import without
from detectors.share import By


@dataclass(frozen=True, eq=False)
class Placed:
    """Rows whose namespace some lab holds, in order.

    spaces: how many namespaces there are. held: the lab of those that have one, by their codes.
    labs, countries: their names, in order. of_lab: the country of each lab, by its place, -1 for
    none. codes: the lab of each of the rows, by its place.
    """

    spaces: int
    held: Mapping[int, str]
    labs: tuple[str, ...]
    countries: tuple[str, ...]
    of_lab: Ints
    rows: Ints
    codes: Ints

    @classmethod
    def of(cls, columns: Columns, labs: Labs, at: datetime) -> "Placed":
        """Look at every row."""
        return cls._where(columns, *_holders(columns.namespace, labs, at))

    @classmethod
    def _where(
        cls, columns: Columns, held: Mapping[int, str], home: Mapping[str, str | None]
    ) -> "Placed":
        names = tuple(sorted(home))
        countries = tuple(sorted({each for each in home.values() if each is not None}))
        place = {country: code for code, country in enumerate(countries)}
        of_lab = np.array([place.get(home[name] or "", -1) for name in names], np.int64)
        of_space = _of_space(columns.namespace, held, names)
        rows, codes = [np.empty(0, np.int64)], [of_space[:0]]
        for start in range(0, len(columns), AT_ONCE):
            told = of_space.take(columns.namespace.codes[start : start + AT_ONCE], mode="wrap")
            some = np.flatnonzero(told >= 0)
            codes.append(told.take(some))
            rows.append(some + start)
        return cls(
            spaces=len(columns.namespace.words),
            held=held,
            labs=names,
            countries=countries,
            of_lab=of_lab,
            rows=np.concatenate(rows),
            codes=np.concatenate(codes),
        )

    def moved(self, columns: Columns, labs: Labs, at: datetime, changes: Changes) -> "Placed":
        """Return the rows of a later census, of which only those that moved are looked at."""
        held, home = _holders(columns.namespace, labs, at)
        known = {code: name for code, name in held.items() if code < self.spaces}
        if known != self.held or tuple(sorted(home)) != self.labs:
            # A namespace has begun or ceased to be a lab's, or a lab is new on the Hub.
            return self._where(columns, held, home)
        rows = changes.moved
        stays = without(self.rows, rows)
        codes = _of_space(columns.namespace, held, self.labs)[columns.namespace.codes[rows]]
        found = np.flatnonzero(codes >= 0)
        placed = np.append(self.rows[stays], rows[found])
        order = np.argsort(placed, kind="stable")
        return replace(
            self,
            spaces=len(columns.namespace.words),
            held=held,
            rows=placed[order],
            codes=np.append(self.codes[stays], codes[found])[order],
        )

    def summed(self, rows: Ints, codes: Ints, weights: Figures) -> "Weighed":
        """Add weights up by lab; codes: the lab of each row."""
        count = len(self.labs)
        top = np.zeros(count, dtype=weights.dtype)
        np.maximum.at(top, codes, weights)
        near = np.flatnonzero(weights == top.take(codes))
        sums = np.bincount(codes, weights, count).astype(np.float64)
        return Weighed(self, sums, rows[near], codes[near], weights[near])


@dataclass(frozen=True, eq=False)
class Weighed:
    """Sums by lab, and of each lab the rows that weigh most in it; codes and weights alongside."""

    placed: Placed
    sums: Floats
    rows: Ints
    codes: Ints
    weights: Figures

    def by(self, by: By) -> tuple[Floats, Grouped]:
        """Return the sum of each lab or country, and its heaviest rows as a group."""
        placed, weights = self.placed, self.weights.astype(np.float64)
        if by is By.LAB:
            return self.sums, Grouped(self.rows, weights, self.codes, placed.labs)
        known = placed.of_lab >= 0
        sums = np.bincount(placed.of_lab[known], self.sums[known], len(placed.countries))
        codes = placed.of_lab[self.codes]
        return sums.astype(np.float64), Grouped(self.rows, weights, codes, placed.countries)


def _holders(
    namespace: Text, labs: Labs, at: datetime
) -> tuple[dict[int, str], dict[str, str | None]]:
    """Return the lab that holds each namespace, by its code, and the country of each lab."""
    held: dict[int, str] = {}
    home: dict[str, str | None] = {}
    for code, word in located(namespace.words, labs.spaces):
        lab = labs.lab_of(word, at)
        if lab is not None:
            held[code] = lab
            if lab not in home:
                home[lab] = labs.country_of(word, at)
    return held, home


def _of_space(namespace: Text, held: Mapping[int, str], names: tuple[str, ...]) -> Ints:
    """Return the lab of each namespace by its place, -1 for none; code -1 picks the last."""
    place = {name: code for code, name in enumerate(names)}
    # As narrow as labs are few: what is looked into for every row stays in the cache.
    kind = np.min_scalar_type(-len(names) - 1)
    of_space: Ints = np.full(len(namespace.words) + 1, -1, kind)
    of_space[[*held]] = [place[name] for name in held.values()]
    return of_space
