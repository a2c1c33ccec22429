"""Times as the Hub writes every one of them, many at once: `2022-03-02T23:29:04.000Z`."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bot.hub.records import Unplain
from detectors.columns import NEVER, Ints

_FORM = b"0000-00-00T00:00:00.000Z"
_WIDTH = len(_FORM)
_WORDS = np.frombuffer(_FORM, "<u8")
# What is added to a letter less the form's to set its highest bit where it lies too high: above 9
# for a digit, above 0 for any other.
_SPARE = np.frombuffer(bytes(0x76 if each == ord("0") else 0x7F for each in _FORM), "<u8")
_HIGH = np.uint64(0x8080808080808080)
# The first letters of what is told by two: hundreds of years, years, month, day, hour, minute and
# second. None of them lies across the border of two words.
_PAIRS = np.array([0, 2, 5, 8, 11, 14, 17])
_TEN, _LETTER = np.uint64(10), np.uint64(8)
_FIRST_YEAR, _LAST_YEAR = 1970, 2099
_MONTHS = np.arange(f"{_FIRST_YEAR}-01", f"{_LAST_YEAR + 1}-02", dtype="M8[M]")
# Days before each month.
_BEGINS = _MONTHS.astype("M8[D]").astype(np.int64)
# Of month, day, hour, minute and second.
_LEAST = np.array([[1], [1], [0], [0], [0]])
_MOST = np.array([[12], [31], [23], [59], [59]])


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
    # A letter that agrees with the form's in its upper half leaves a digit.
    letters = np.frombuffer(written.encode(), "<u8").reshape(-1, len(_WORDS)) ^ _WORDS
    if ((letters + _SPARE) & _HIGH).any():
        raise Unplain
    # Each byte is then ten times its digit and the next one's.
    pairs = (letters * _TEN + (letters >> _LETTER)).astype("<u8", copy=False).view(np.uint8)
    told = pairs[:, _PAIRS].T.astype(np.int64)
    years, hands = told[0] * 100 + told[1], told[2:]
    # A second more than a clock's hands can show is the long way's.
    if ((hands < _LEAST) | (hands > _MOST)).any():
        raise Unplain
    if years.min(initial=_FIRST_YEAR) < _FIRST_YEAR or years.max(initial=0) > _LAST_YEAR:
        raise Unplain
    month, day, hour, minute, second = hands
    month = (years - _FIRST_YEAR) * 12 + month - 1
    days = _BEGINS[month] + day
    if (days > _BEGINS[month + 1]).any():
        raise Unplain
    seconds: npt.NDArray[np.int64] = (days - 1) * 86400 + hour * 3600 + minute * 60 + second
    return seconds
