"""Arrays that rows are appended to."""

from typing import Any

import numpy as np
import numpy.typing as npt


class Growing:
    """An array that rows are appended to where it lies, as wide as the widest of them ask.

    room: how many there will be, where that is known, so that they are never moved.
    """

    def __init__(self, dtype: npt.DTypeLike, *columns: int, room: int = 0) -> None:
        self._room: npt.NDArray[Any] = np.empty((room, *columns), dtype)
        self._used = 0

    def __len__(self) -> int:
        return self._used

    @property
    def array(self) -> npt.NDArray[Any]:
        """The rows so far; writing to it changes them."""
        return self._room[: self._used]

    def append(self, rows: npt.NDArray[Any]) -> None:
        """Add rows at the end."""
        kind = np.promote_types(self._room.dtype, rows.dtype)
        if kind != self._room.dtype:
            self._moved(len(self._room), kind)
        needed = self._used + len(rows)
        if needed > len(self._room):
            size = needed + needed // 8
            try:
                # The system moves pages of memory without touching them.
                self._room.resize((size, *self._room.shape[1:]))
            except ValueError:
                # Somebody holds what was given out, and it stays where it is.
                self._moved(size, kind)
        self._room[self._used : needed] = rows
        self._used = needed

    def _moved(self, size: int, kind: npt.DTypeLike) -> None:
        room = np.empty((size, *self._room.shape[1:]), kind)
        room[: self._used] = self.array
        self._room = room
