"""The rule by which repos keep their ordinals, written down plainly: one model after the other."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from detectors.labs import Labs

Pair = tuple[str, str | None]
"""A model: its id and its `_id`."""


@dataclass
class PlainLedger:
    """A ledger of dicts, slow and easy to check; bot.ledger must number as it does."""

    labs: Labs
    by_oid: dict[str, int] = field(default_factory=dict)
    by_id: dict[str, int] = field(default_factory=dict)
    by_canonical: dict[str, int] = field(default_factory=dict)
    oids: list[str | None] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    lessons: int = 0

    def number(self, models: Sequence[Pair]) -> list[int]:
        """Return the ordinals of one Reading's models."""
        before = [self._known(*model) for model in models]
        used = {ordinal for ordinal in before if ordinal is not None}
        numbers = []
        for (name, oid), known in zip(models, before, strict=True):
            stale = known is None or self._another(known, oid)
            ordinal = self._known(name, oid) if stale else known
            if ordinal is None:
                ordinal = self._renamed(name, oid, used)
            if ordinal is None:
                ordinal = len(self.names)
                self.names.append("")
                self.oids.append(None)
            used.add(ordinal)
            self._keep(ordinal, name, oid)
            numbers.append(ordinal)
        return numbers

    def parent(self, name: str) -> int:
        """Return the ordinal of a base model."""
        known = self.by_id.get(name, self.by_canonical.get(self.labs.canonical_id(name)))
        if known is None:
            known = len(self.names)
            self.names.append("")
            self.oids.append(None)
            self._keep(known, name, None)
        return known

    def _known(self, name: str, oid: str | None) -> int | None:
        if oid is not None and oid in self.by_oid:
            return self.by_oid[oid]
        holder = self.by_id.get(name)
        return None if holder is None or self._another(holder, oid) else holder

    def _renamed(self, name: str, oid: str | None, used: set[int]) -> int | None:
        holder = self.by_canonical.get(self.labs.canonical_id(name)) if self._moved(name) else None
        if holder is None or holder in used or self._another(holder, oid):
            return None
        return holder

    def _moved(self, name: str) -> bool:
        """Whether a name's namespace is in the table of renames, as the old or the new one."""
        old = {f"{space}/" for space in self.labs.renamed}
        new = {self.labs.canonical_id(space).lower() for space in old}
        return name.lower().startswith((*old, *new))

    def _another(self, ordinal: int, oid: str | None) -> bool:
        return None not in {oid, self.oids[ordinal]} and oid != self.oids[ordinal]

    def _keep(self, ordinal: int, name: str, oid: str | None) -> None:
        binds = oid is not None and self.oids[ordinal] is None
        if not binds and self.names[ordinal] == name and self.by_id.get(name) == ordinal:
            return
        self.lessons += 1
        if binds and oid is not None:
            self.oids[ordinal] = oid
            self.by_oid[oid] = ordinal
        self.names[ordinal] = name
        self.by_id[name] = ordinal
        self.by_canonical.setdefault(self.labs.canonical_id(name), ordinal)
