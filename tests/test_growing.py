"""Rows that are appended where they lie are what putting the pieces together would give."""

from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from bot.growing import Growing

PIECES = st.tuples(
    st.sampled_from([np.int32, np.int64, np.float64]), st.integers(0, 6_000), st.booleans()
)


@given(st.lists(PIECES, max_size=6), st.sampled_from([0, 5_000]))
def test_rows_are_the_pieces_one_after_the_other(
    pieces: list[tuple[type[Any], int, bool]], room: int
) -> None:
    rows, told = Growing(np.int32, room=room), [np.empty(0, np.int32)]
    given_out: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = []
    for dtype, count, asked in pieces:
        piece: npt.NDArray[Any] = np.arange(count).astype(dtype)
        rows.append(piece)
        told.append(piece)
        if asked:
            given_out.append((rows.array, np.concatenate(told)))
    given_out.append((rows.array, np.concatenate(told)))
    # What was given out before is still what it was.
    for found, wanted in given_out:
        assert found.dtype == wanted.dtype
        assert np.array_equal(found, wanted)


def test_rows_of_several_columns_keep_them() -> None:
    rows = Growing(np.uint8, 12)
    pieces = [np.full((count, 12), count % 251, np.uint8) for count in (0, 3, 5_000, 7)]
    for piece in pieces:
        rows.append(piece)
    assert np.array_equal(rows.array, np.concatenate(pieces))
