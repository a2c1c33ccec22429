"""Which repo is which: every model has an ordinal for life, whatever it is called later."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.hub.records import ListedModel
from detectors.labs import Labs


@dataclass(frozen=True)
class Entry:
    """One thing learnt: this ordinal goes by this id, and by this `_id` where it is known."""

    ordinal: int
    oid: str | None
    id: str


@dataclass
class Ledger:
    """Ordinals by `_id`; where that is missing, by id and the lab table's renames.

    `fresh` holds what was learnt since it was last taken, oldest first, for the store.
    """

    labs: Labs
    fresh: list[Entry] = field(default_factory=list)
    _by_oid: dict[str, int] = field(default_factory=dict)
    _by_id: dict[str, int] = field(default_factory=dict)
    _by_canonical: dict[str, int] = field(default_factory=dict)
    _oids: list[str | None] = field(default_factory=list)
    _names: dict[int, str] = field(default_factory=dict)

    def learn(self, entries: Iterable[Entry]) -> None:
        """Take in entries already stored, oldest first."""
        for entry in entries:
            self._keep(entry)

    def take(self) -> list[Entry]:
        """Return what is fresh, and count it as stored."""
        fresh, self.fresh = self.fresh, []
        return fresh

    def number(self, models: Sequence[ListedModel]) -> list[int]:
        """Return the ordinal of each model of one Reading, new models getting new ones."""
        found = [self._known(model) for model in models]
        used = {ordinal for ordinal in found if ordinal is not None}
        numbers = []
        for model, known in zip(models, found, strict=True):
            ordinal = known
            if ordinal is None:
                # Two records of one Reading with the same name are the same repo.
                ordinal = self._known(model)
            if ordinal is None:
                ordinal = self._renamed(model, used)
            if ordinal is None:
                ordinal = len(self._oids)
            used.add(ordinal)
            self._note(ordinal, model)
            numbers.append(ordinal)
        return numbers

    def __len__(self) -> int:
        """Return how many repos have an ordinal."""
        return len(self._oids)

    def parent(self, name: str) -> int:
        """Return the ordinal of a base model by name; one that was never listed gets its own."""
        found = self._by_id.get(name)
        if found is None:
            found = self._by_canonical.get(self.labs.canonical_id(name))
        if found is None:
            found = len(self._oids)
            entry = Entry(found, None, name)
            self._keep(entry)
            self.fresh.append(entry)
        return found

    def name(self, ordinal: int) -> str:
        """Return the id a repo went by last."""
        return self._names[ordinal]

    def _known(self, model: ListedModel) -> int | None:
        if model.oid is not None and model.oid in self._by_oid:
            return self._by_oid[model.oid]
        ordinal = self._by_id.get(model.id)
        return None if ordinal is None or self._another(ordinal, model) else ordinal

    def _renamed(self, model: ListedModel, used: set[int]) -> int | None:
        """Return the model this one was before its namespace was renamed, if the table knows."""
        ordinal = self._by_canonical.get(self.labs.canonical_id(model.id))
        if ordinal is None or ordinal in used or self._another(ordinal, model):
            return None
        return ordinal

    def _another(self, ordinal: int, model: ListedModel) -> bool:
        """Whether a name was taken over: the repo that bore it has a different `_id`."""
        oid = self._oids[ordinal]
        return model.oid is not None and oid is not None and oid != model.oid

    def _note(self, ordinal: int, model: ListedModel) -> None:
        new = ordinal == len(self._oids)
        known = new or self._by_id.get(model.id) != ordinal
        bound = not new and model.oid is not None and self._oids[ordinal] is None
        if known or bound:
            entry = Entry(ordinal, model.oid, model.id)
            self._keep(entry)
            self.fresh.append(entry)

    def _keep(self, entry: Entry) -> None:
        if entry.ordinal == len(self._oids):
            self._oids.append(entry.oid)
        elif entry.oid is not None:
            self._oids[entry.ordinal] = entry.oid
        if entry.oid is not None:
            self._by_oid[entry.oid] = entry.ordinal
        self._by_id[entry.id] = entry.ordinal
        self._names[entry.ordinal] = entry.id
        self._by_canonical.setdefault(self.labs.canonical_id(entry.id), entry.ordinal)
