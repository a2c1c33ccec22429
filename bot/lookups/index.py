"""The ids of one Snapshot as people remember them: whole, without the publisher, in part."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.wording import short_name
from detectors.snapshot import Snapshot

# Pulse, census, and the ones of a week before: what one question looks at.
_KEPT = 8
_GRAM = 3


@dataclass(frozen=True, eq=False)
class Index:
    """Rows of the models listed, by id and by name in small letters."""

    by_id: Mapping[str, int]
    by_name: Mapping[str, Sequence[int]]
    _text: str
    _rows: Sequence[int]

    def part(self, text: str) -> list[int]:
        """Return the rows whose id holds a text in small letters."""
        found: dict[int, None] = {}
        at = self._text.find(text)
        while at >= 0:
            found[self._rows[self._text.count("\n", 0, at)]] = None
            end = self._text.find("\n", at)
            at = -1 if end < 0 else self._text.find(text, end)
        return list(found)


@lru_cache(maxsize=_KEPT)
def index_of(snapshot: Snapshot) -> Index:
    """Return the index of a Snapshot; made once."""
    columns = snapshot.columns
    listed = [(row, name.lower()) for row, name in enumerate(columns.ids) if columns.present[row]]
    by_name: dict[str, list[int]] = {}
    for row, name in listed:
        by_name.setdefault(name.rpartition("/")[2], []).append(row)
    return Index(
        {name: row for row, name in listed},
        by_name,
        "\n".join(name for _, name in listed),
        [row for row, _ in listed],
    )


def alike(text: str, names: Iterable[str], most: int) -> list[str]:
    """Return the names that share most runs of three letters with a text, the likest first."""
    grams = _grams(text.lower())
    shared: Counter[str] = Counter()
    for name in names:
        common = len(grams & _grams((name if "/" in text else short_name(name)).lower()))
        if common:
            shared[name] = common
    return [name for name, _ in sorted(shared.items(), key=lambda each: (-each[1], each[0]))[:most]]


@lru_cache(maxsize=16_384)
def _grams(text: str) -> frozenset[str]:
    return frozenset(text[at : at + _GRAM] for at in range(max(len(text) - _GRAM + 1, 1)))
