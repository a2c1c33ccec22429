"""Mappings made when they are first looked at: most answers never look at all they hold."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TypeVar

Key = TypeVar("Key")
Value_co = TypeVar("Value_co", covariant=True)


class Later(Mapping[Key, Value_co]):
    """A mapping that `make` returns; it is called once, when something is first asked of it."""

    def __init__(self, make: Callable[[], Mapping[Key, Value_co]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Mapping[Key, Value_co]:
        return self._make()

    def __getitem__(self, key: Key) -> Value_co:
        return self._made[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)
