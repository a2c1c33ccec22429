"""Times as the Hub writes every one of them, many at once: `2022-03-02T23:29:04.000Z`."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bot.hub.records import Unplain
from detectors.columns import NEVER, Ints

_FORM = np.frombuffer(b"0000-00-00T00:00:00.000Z", np.uint8)
_WIDTH = len(_FORM)
_DIGITS = np.flatnonzero(ord("0") == _FORM)
# How far a letter may lie above the form's.
_SPAN = np.where(ord("0") == _FORM, 9, 0).astype(np.uint8)
_FIRST_YEAR, _LAST_YEAR = 1970, 2099
_MONTHS = np.arange(f"{_FIRST_YEAR}-01", f"{_LAST_YEAR + 1}-02", dtype="M8[M]")
# Days before each month.
_BEGINS = _MONTHS.astype("M8[D]").astype(np.int64)


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
    above = np.frombuffer(written.encode(), np.uint8).reshape(-1, _WIDTH) - _FORM
    if (above > _SPAN).any():
        raise Unplain
    digits = above[:, _DIGITS]
    pairs = (digits[:, 0:14:2] * np.uint8(10) + digits[:, 1:14:2]).T.astype(np.int64)
    century, year, month, day, hour, minute, second = pairs
    months = (century * 100 + year - _FIRST_YEAR) * 12 + month - 1
    if ((months < 0) | (months > len(_MONTHS) - 2) | (month < 1) | (month > 12)).any():  # noqa: PLR2004 - a year has
        raise Unplain
    days = _BEGINS[months] + day
    # A day and a clock's hands that there are; a second more than them is the long way's.
    wrong = (day < 1) | (days > _BEGINS[months + 1])
    if (wrong | (hour > 23) | (minute > 59) | (second > 59)).any():  # noqa: PLR2004 - a day has
        raise Unplain
    seconds: npt.NDArray[np.int64] = (days - 1) * 86400 + hour * 3600 + minute * 60 + second
    return seconds
