"""Reads labs.toml into plain rows, and says of a wrong entry which one it is and why."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

_ALWAYS = datetime.min.replace(tzinfo=UTC)
_FOREVER = datetime.max.replace(tzinfo=UTC)


class LabTableError(ValueError):
    """The lab table says something impossible; the message names the entry and what to do."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """An account on the Hub and the time in which it belongs to a lab: since ≤ at < until."""

    name: str
    since: datetime | None = None
    until: datetime | None = None
    renamed_to: str | None = None

    @property
    def key(self) -> str:
        """The name as it is looked up: the Hub's namespaces are unique without regard to case."""
        return self.name.lower()

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The time it belongs to its lab, first instant in, last instant out, both aware."""
        return self.since or _ALWAYS, self.until or _FOREVER


@dataclass(frozen=True, slots=True)
class Lab:
    """Who publishes, under the name a reader of the news knows; country None is unknown."""

    name: str
    country: str | None
    namespaces: tuple[Namespace, ...]
    aliases: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabTable:
    """What labs.toml says, entry by entry, before entries are held against each other.

    `no_public_base` holds namespaces in lower case, `country_aliases` pairs (alias, country).
    """

    labs: tuple[Lab, ...]
    country_aliases: tuple[tuple[str, str], ...]
    no_public_base: frozenset[str]


def read_table(text: str) -> LabTable:
    """Read the text of labs.toml, whose head explains its form; LabTableError if it is not it."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LabTableError(f"the lab table is not TOML: {error}") from error
    _known_keys("the lab table", table, {"sources", "country_aliases", "labs", "no_public_base"})
    sources = _table("[sources]", table.get("sources", {}))
    aliases = _table("[country_aliases]", table.get("country_aliases", {}))
    labs = _table("[labs]", table.get("labs", {}))
    return LabTable(
        labs=tuple(_lab(name, entry, sources) for name, entry in labs.items()),
        country_aliases=tuple(
            (alias, _word("[country_aliases]", alias, to)) for alias, to in aliases.items()
        ),
        no_public_base=_unplaced(table.get("no_public_base"), sources),
    )


def _unplaced(entry: object, sources: Mapping[str, Any]) -> frozenset[str]:
    where = "[no_public_base]"
    if entry is None:
        return frozenset()
    row = _table(where, entry)
    _known_keys(where, row, {"source", "namespaces"})
    _sources(where, row, sources)
    return _distinct(_words_of(where, "namespaces", row.get("namespaces")))


def _lab(name: str, entry: object, sources: Mapping[str, Any]) -> Lab:
    where = f'lab "{name}"'
    if not name.strip():
        raise LabTableError('lab "": its name is empty; write the name people know it by')
    row = _table(where, entry)
    _known_keys(where, row, {"country", "namespaces", "aliases", "source"})
    namespaces = row.get("namespaces")
    if not isinstance(namespaces, list) or not namespaces:
        raise LabTableError(f'{where}: needs namespaces, a list such as ["its-namespace"]')
    return Lab(
        name=name,
        country=_word(where, "country", row["country"]) if "country" in row else None,
        namespaces=tuple(_namespace(where, item) for item in namespaces),
        aliases=_words_of(where, "aliases", row.get("aliases", [])),
        sources=_sources(where, row, sources),
    )


def _namespace(where: str, item: object) -> Namespace:
    if isinstance(item, str):
        return Namespace(_word(where, "namespaces", item))
    row = _table(f"{where}, namespaces", item)
    name = _word(where, "a namespace's name", row.get("name"))
    where = f'{where}, namespace "{name}"'
    _known_keys(where, row, {"name", "since", "until", "renamed_to"})
    since, until = _day(where, "since", row), _day(where, "until", row)
    if since and until and since >= until:
        raise LabTableError(f"{where}: since is not before until; turn them round")
    renamed_to = row.get("renamed_to")
    if renamed_to is not None:
        renamed_to = _word(where, "renamed_to", renamed_to)
    return Namespace(name, since, until, renamed_to)


def _day(where: str, key: str, row: Mapping[str, Any]) -> datetime | None:
    day = row.get(key)
    if day is None:
        return None
    if not isinstance(day, date) or isinstance(day, datetime):
        raise LabTableError(f"{where}: {key} must be a day such as 2025-10-22, without quotes")
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _sources(where: str, row: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[str, ...]:
    given = row.get("source")
    named = _words_of(where, "source", [given] if isinstance(given, str) else given)
    if not named:
        raise LabTableError(f"{where}: needs a source, a key of [sources]")
    for key in named:
        if key not in known:
            raise LabTableError(f'{where}: source "{key}" is not a key of [sources]; add it there')
    return named


def _table(where: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise LabTableError(f"{where}: must be a table in braces, not {value!r}")
    return value


def _word(where: str, key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise LabTableError(f"{where}: {key} must be a word in quotes, not {value!r}")
    return value


def _words_of(where: str, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise LabTableError(f"{where}: {key} must be a list of words in quotes, not {value!r}")
    return tuple(_word(where, key, item) for item in value)


def _known_keys(where: str, row: Mapping[str, Any], known: set[str]) -> None:
    for key in row:
        if key not in known:
            raise LabTableError(f'{where}: unknown key "{key}"; known are {sorted(known)}')


def _distinct(listed: Sequence[str]) -> frozenset[str]:
    seen: set[str] = set()
    for name in listed:
        if name.lower() in seen:
            raise LabTableError(f'[no_public_base]: "{name}" is listed twice; keep one')
        seen.add(name.lower())
    return frozenset(seen)
