"""Times as the Hub writes every one of them, many at once: `2022-03-02T23:29:04.000Z`.

A time is 24 letters, three words of eight bytes, and all its digits are reckoned with together.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bot.hub.records import Unplain
from detectors.columns import NEVER, Ints

_FORM = b"0000-00-00T00:00:00.000Z"
_FORM_WORDS = np.frombuffer(_FORM, "<u8")
# Set in a byte that lies too far above the form's: 9 for a digit, nothing for any other letter.
_TOP = np.uint64(0x8080808080808080)
_SPAN = np.frombuffer(bytes(0x76 if each == ord("0") else 0x7F for each in _FORM), "<u8")
_TEN, _NEXT, _BYTE = np.uint64(10), np.uint64(8), np.uint64(0xFF)
# Where the two digits of each begin.
_CENTURY, _YEAR, _MONTH, _DAY, _HOUR, _MINUTE, _SECOND = 0, 2, 5, 8, 11, 14, 17
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
    if not written.isascii() or len(written) != count * len(_FORM):
        raise Unplain
    words = np.frombuffer(written.encode(), "<u8").reshape(-1, len(_FORM_WORDS))
    # A digit and its form's 0 differ in its value alone.
    digits = words ^ _FORM_WORDS
    if (((digits + _SPAN) | digits) & _TOP).any():
        raise Unplain
    # In each byte ten times its digit and the next one: two digits' number where they begin.
    pairs = np.ascontiguousarray((digits * _TEN + (digits >> _NEXT)).T)
    month, day = _at(pairs, _MONTH), _at(pairs, _DAY)
    hour, minute, second = _at(pairs, _HOUR), _at(pairs, _MINUTE), _at(pairs, _SECOND)
    year = _at(pairs, _CENTURY) * 100 + _at(pairs, _YEAR) - _FIRST_YEAR
    months = year * 12 + month - 1
    if ((months < 0) | (months > len(_MONTHS) - 2) | (month < 1) | (month > 12)).any():  # noqa: PLR2004 - a year has
        raise Unplain
    days = _BEGINS[months] + day
    # A day and a clock's hands that there are; a second more than them is the long way's.
    wrong = (day < 1) | (days > _BEGINS[months + 1])
    if (wrong | (hour > 23) | (minute > 59) | (second > 59)).any():  # noqa: PLR2004 - a day has
        raise Unplain
    seconds: npt.NDArray[np.int64] = (days - 1) * 86400 + hour * 3600 + minute * 60 + second
    return seconds


def _at(pairs: npt.NDArray[np.uint64], place: int) -> npt.NDArray[np.int64]:
    """Return the number of the two digits that begin at a place of the form."""
    shift = np.uint64(8 * (place % 8))
    number: npt.NDArray[np.int64] = ((pairs[place // 8] >> shift) & _BYTE).view(np.int64)
    return number
