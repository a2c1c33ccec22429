"""Times as the Hub writes every one of them, many at once: `2022-03-02T23:29:04.000Z`."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bot.hub.records import Unplain
from detectors.columns import NEVER, Ints

_FORM = np.frombuffer(b"0000-00-00T00:00:00.000Z", np.uint8)
_WIDTH = len(_FORM)
# How far a letter may lie above the form's.
_SPAN = np.where(ord("0") == _FORM, 9, 0).astype(np.uint8)
_FIRST_YEAR, _LAST_YEAR = 1970, 2099
_MONTHS = np.arange(f"{_FIRST_YEAR}-01", f"{_LAST_YEAR + 1}-02", dtype="M8[M]")
# Days before each month.
_BEGINS = _MONTHS.astype("M8[D]").astype(np.int64)
# What each letter's digit counts for: month since the first one there was, month, day, hour, minute
# and second. One product tells them all.
_WEIGHTS = np.zeros((_WIDTH, 6))
_WEIGHTS[0:4, 0] = 12_000, 1_200, 120, 12
_WEIGHTS[5:7, 0:2] = [[10, 10], [1, 1]]
for _at, _what in ((8, 2), (11, 3), (14, 4), (17, 5)):
    _WEIGHTS[_at : _at + 2, _what] = 10, 1
_LEAST = np.array([12 * _FIRST_YEAR + 1, 1, 1, 0, 0, 0])
_MOST = np.array([12 * _LAST_YEAR + 12, 12, 31, 23, 59, 59])


def seconds_of(texts: Sequence[str | None]) -> Ints:
    """Return times as seconds, NEVER for None.

    Raises:
        Unplain: One is not written as the Hub writes them, or no calendar has it.
    """
    if all(texts):
        return _seconds("".join(texts), len(texts))  # type: ignore[arg-type]  # none is None
    seconds = np.full(len(texts), NEVER, np.int64)
    told = [text for text in texts if text is not None]
    seconds[[text is not None for text in texts]] = _seconds("".join(told), len(told))
    return seconds


def _seconds(written: str, count: int) -> Ints:
    if not written.isascii() or len(written) != count * _WIDTH:
        raise Unplain
    # What lies below the form's letter comes out far above it.
    digits = np.frombuffer(written.encode(), np.uint8).reshape(-1, _WIDTH) - _FORM
    if (digits > _SPAN).any():
        raise Unplain
    told = (digits @ _WEIGHTS).astype(np.int64)
    # A second more than a clock's hands can show is the long way's.
    if ((told < _LEAST) | (told > _MOST)).any():
        raise Unplain
    month, _, day, hour, minute, second = told.T
    month = month - _LEAST[0]
    days = _BEGINS[month] + day
    if (days > _BEGINS[month + 1]).any():
        raise Unplain
    seconds: npt.NDArray[np.int64] = (days - 1) * 86400 + hour * 3600 + minute * 60 + second
    return seconds
