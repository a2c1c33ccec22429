"""The lab table: which lab a namespace belongs to at a date, and where that lab is based."""

import difflib
import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from detectors.lab_table import Lab, LabTableError, Namespace, read_table

__all__ = ["Lab", "LabTableError", "Labs", "Namespace", "parse_labs"]

_MIN_LIKENESS = 0.6


@dataclass(frozen=True)
class Labs:
    """All labs, looked up by namespace and date; a namespace nobody mapped stays unknown.

    Lookups disregard case and are one dictionary access. `at` is an aware datetime (UTC).
    Raises LabTableError when entries contradict each other.
    """

    labs: tuple[Lab, ...]
    country_aliases: tuple[tuple[str, str], ...] = ()
    no_public_base: frozenset[str] = frozenset()
    version: str = field(init=False, compare=False)
    countries: tuple[str, ...] = field(init=False, compare=False)
    _holders: dict[str, tuple[tuple[datetime, datetime, Lab], ...]] = field(
        init=False, compare=False, repr=False
    )
    _renames: dict[str, str] = field(init=False, compare=False, repr=False)
    _words: dict[str, tuple[str, Lab]] = field(init=False, compare=False, repr=False)
    _countries: dict[str, str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        countries = tuple(sorted({lab.country for lab in self.labs if lab.country}))
        holders = _holders(self.labs)
        for listed in sorted(self.no_public_base):
            if listed in holders:
                lab = holders[listed][0][2].name
                raise LabTableError(
                    f'[no_public_base]: "{listed}" is listed under "{lab}" too; keep one of them'
                )
        _set(self, "countries", countries)
        _set(self, "version", _digest(self.labs))
        _set(self, "_holders", holders)
        _set(self, "_renames", _renames(self.labs))
        _set(self, "_words", _words(self.labs))
        _set(self, "_countries", _country_words(countries, self.country_aliases))

    def lab_of(self, namespace: str | None, at: datetime) -> str | None:
        """Name the lab that held the namespace at that instant; None is unknown."""
        lab = self._held(namespace, at)
        return lab.name if lab else None

    def country_of(self, namespace: str | None, at: datetime) -> str | None:
        """Name the country of the lab that held the namespace then; None is unknown."""
        lab = self._held(namespace, at)
        return lab.country if lab else None

    @property
    def spaces(self) -> Collection[str]:
        """All namespaces of all labs, in small letters."""
        return self._holders.keys()

    @property
    def renamed(self) -> Collection[str]:
        """The namespaces that the Hub knows by another name today, in small letters."""
        return self._renames.keys()

    def lists(self, namespace: str) -> bool:
        """Whether the table has looked at the namespace, be it to leave its base unknown."""
        return namespace.lower() in self._holders or namespace.lower() in self.no_public_base

    def lab(self, name: str) -> Lab | None:
        """Find a lab by its name, an alias or a namespace (the last to hold it)."""
        found = self._words.get(name.lower())
        return found[1] if found else None

    def country(self, name: str) -> str | None:
        """Give a country's name as the table writes it, from that name or an alias."""
        return self._countries.get(name.lower())

    def canonical_id(self, model_id: str) -> str:
        """Write a model id under the namespace the Hub renamed its own to; others unchanged.

        THUDM/glm-4-9b is zai-org/glm-4-9b; an id without a slash names no namespace.
        """
        owner, slash, rest = model_id.partition("/")
        new = self._renames.get(owner.lower()) if slash else None
        return f"{new}/{rest}" if new else model_id

    def nearest(self, word: str) -> str | None:
        """Suggest the known lab name, alias or namespace most like the word, if any is."""
        close = difflib.get_close_matches(word.lower(), self._words, n=1, cutoff=_MIN_LIKENESS)
        return self._words[close[0]][0] if close else None

    def nearest_country(self, word: str) -> str | None:
        """Suggest the known country most like the word, if any is."""
        close = difflib.get_close_matches(word.lower(), self._countries, n=1, cutoff=_MIN_LIKENESS)
        return self._countries[close[0]] if close else None

    def _held(self, namespace: str | None, at: datetime) -> Lab | None:
        if namespace is None:
            return None
        for since, until, lab in self._holders.get(namespace.lower(), ()):
            if since <= at < until:
                return lab
        return None


def parse_labs(text: str) -> Labs:
    """Make the lookups of the text of labs.toml; LabTableError names the entry that is wrong."""
    table = read_table(text)
    return Labs(table.labs, table.country_aliases, table.no_public_base)


def _holders(labs: Iterable[Lab]) -> dict[str, tuple[tuple[datetime, datetime, Lab], ...]]:
    holders: dict[str, tuple[tuple[datetime, datetime, Lab], ...]] = {}
    for lab in labs:
        for namespace in lab.namespaces:
            since, until = namespace.span
            for other_since, other_until, other in holders.get(namespace.key, ()):
                if since < other_until and other_since < until:
                    raise LabTableError(
                        f'namespace "{namespace.name}" is listed twice, under "{other.name}" and '
                        f'"{lab.name}"; keep one, or tell them apart by since and until'
                    )
            held = (*holders.get(namespace.key, ()), (since, until, lab))
            holders[namespace.key] = held
    return holders


def _renames(labs: Iterable[Lab]) -> dict[str, str]:
    renames: dict[str, str] = {}
    for lab in labs:
        current = {n.key for n in lab.namespaces if n.renamed_to is None}
        for namespace in lab.namespaces:
            if namespace.renamed_to is None:
                continue
            if namespace.renamed_to.lower() not in current:
                raise LabTableError(
                    f'lab "{lab.name}": "{namespace.name}" is renamed to "{namespace.renamed_to}", '
                    "which is not among the lab's present namespaces; list it there"
                )
            renames[namespace.key] = namespace.renamed_to
    return renames


def _words(labs: Sequence[Lab]) -> dict[str, tuple[str, Lab]]:
    words: dict[str, tuple[str, Lab]] = {}
    for lab in labs:
        for word in (lab.name, *lab.aliases):
            known = words.setdefault(word.lower(), (word, lab))[1]
            if known is not lab:
                raise LabTableError(
                    f'lab "{lab.name}": "{word}" already means "{known.name}"; choose another word'
                )
    latest = sorted(
        ((n.span[1], n.name, lab) for lab in labs for n in lab.namespaces),
        key=lambda held: held[0],
        reverse=True,
    )
    taken = dict(words)
    for _, name, lab in latest:
        known = words.setdefault(name.lower(), (name, lab))[1]
        if known is not lab and name.lower() in taken:
            raise LabTableError(
                f'lab "{lab.name}": its namespace "{name}" is also a name of "{known.name}"'
            )
    return words


def _country_words(countries: Sequence[str], aliases: Iterable[tuple[str, str]]) -> dict[str, str]:
    words = {country.lower(): country for country in countries}
    for alias, country in aliases:
        if country not in countries:
            raise LabTableError(
                f'[country_aliases]: "{alias}" means "{country}", where no lab is based'
            )
        if alias in countries:
            raise LabTableError(
                f'[country_aliases]: a lab\'s country is written "{alias}"; write "{country}" there'
            )
        if words.setdefault(alias.lower(), country) != country:
            raise LabTableError(
                f'[country_aliases]: "{alias}" already means "{words[alias.lower()]}"'
            )
    return words


def _digest(labs: Iterable[Lab]) -> str:
    """Sum up what changes a figure: names, countries, namespaces, dates and renames."""
    meaning = sorted(
        (
            lab.name,
            lab.country or "",
            sorted(
                (n.key, *(instant.isoformat() for instant in n.span), (n.renamed_to or "").lower())
                for n in lab.namespaces
            ),
        )
        for lab in labs
    )
    return hashlib.sha256(json.dumps(meaning).encode()).hexdigest()[:8]


def _set(labs: Labs, name: str, value: object) -> None:
    object.__setattr__(labs, name, value)
