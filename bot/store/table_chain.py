"""Which tables those of a census are told against, so that few are read to tell any.

Tables stand in a row from place 0 on, and each is told against the one whose place has one bit
less, the last that is set: 29 against 28, 28 against 24, 24 against 16, 16 against 0 (Fenwick,
1994). So half of them are told against the day before, and any is read with five others at most.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import zstandard
from msgspec.structs import replace

from bot.store.frame import DamagedBlock
from bot.store.tables import Table, unsqueezed

# Five bits: as many as a chain of censuses has links.
PLACES = 32


class Payloads(Mapping[str, bytes]):
    """What fields say, each unpacked when it is looked up; `base` they were compressed with.

    Raises:
        DamagedBlock: a field is whole, and yet not what `base` unpacks.
    """

    def __init__(
        self, key: str, held: Mapping[str, bytes], base: Mapping[str, bytes] | None = None
    ) -> None:
        self._key = key
        self._held = held
        self._base = base or {}
        self._read: dict[str, bytes] = {}

    def __getitem__(self, name: str) -> bytes:
        if name not in self._read:
            data = self._held[name]
            try:
                self._read[name] = unsqueezed(data, self._base.get(name))
            except zstandard.ZstdError as error:
                told = f"{self._key}: block {name} cannot be unpacked ({error})"
                raise DamagedBlock(told) from None
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is such a field; a Mapping of itself would unpack it to know."""
        return name in self._held

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


@dataclass(frozen=True, eq=False)
class Told:
    """The tables of a census, what fields of them say, and the ones they are told against."""

    id: str
    table: Table
    raw: Mapping[str, bytes]
    base: "Told | None" = None

    @property
    def path(self) -> Iterator["Told"]:
        """These tables, those they are told against, and so on to the ones that stand alone."""
        told: Told | None = self
        while told is not None:
            yield told
            told = told.base


def base_after(last: Told | None, key: str) -> Told | None:
    """Return what the tables after some are told against; None where they have to stand alone.

    key: the keyframe of their chain; tables of another are none to be told against, as a chain
    is dropped, or written anew, without the others.
    """
    if last is None or last.table.key != key or last.table.place + 1 >= PLACES:
        return None
    place = last.table.place & last.table.place + 1
    return next(told for told in last.path if told.table.place <= place)


def placed(table: Table, base: Told | None, last: Told | None, key: str) -> Table:
    """Return a table in its place: after the last one, told against its base."""
    if base is None or last is None:
        return replace(table, base="", key=key, place=0)
    return replace(table, base=base.id, key=key, place=last.table.place + 1)
