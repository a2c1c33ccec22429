"""How figures, dates and names are written for people; hostile text from the Hub ends here."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

# Figure and unit stay on one line; what prints to a terminal may make it an ordinary space.
NBSP = "\u00a0"
UNKNOWN = "unknown"

_LONGEST = 200
_UNITS = ((1e9, "B"), (1e6, "M"), (1e3, "k"))
_IN_FULL = 10_000
_TO_TENTHS = 100
# Letters by their category that show as nothing: Hangul fillers and the empty Braille cell.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_WITH_THE = frozenset(
    {"United States", "United Kingdom", "United Arab Emirates", "Czech Republic", "Netherlands"}
)
_WIDE = frozenset("WF")
# https://huggingface.co/docs/hub/repositories-next-steps: letters, digits, "-", "_" and ".".
_REPO = re.compile(r"(?:[\w-][\w.-]*/)?[\w-][\w.-]*", re.ASCII)

_ANGLES = str.maketrans("<>", "‹›")
_EVERYBODY = re.compile(r"@(?=everyone|here|channel)", re.IGNORECASE)

About = Mapping[str, str | float | None]


def clean(text: str, limit: int | None = _LONGEST) -> str:
    """Return foreign text as one line that a terminal or a chat can be given.

    Control, bidirectional and zero-width characters go; line ends and tabs become spaces. What
    is longer than `limit` characters ends in "…".
    """
    # Nearly all that people are told is such, and read letter by letter it takes ten times as long.
    line = text if text.isascii() and text.isprintable() else "".join(_visible(text))
    if limit is None:
        return line
    line = line.strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _visible(text: str) -> Iterator[str]:
    for sign in text:
        if sign.isspace():
            yield " "
        elif unicodedata.category(sign)[0] not in "CZ" and sign not in _BLANK:
            yield sign


def inert(line: str) -> str:
    """Return a line in which nothing finds a mention or a link, for where nothing is escaped.

    >>> print(inert("<@U1> @here https://a.b <!channel>"))
    ‹@U1› ＠here https: //a.b ‹!channel›
    """
    return _EVERYBODY.sub("＠", line.translate(_ANGLES).replace("://", ": //"))


def figure(value: float) -> str:
    """Return an amount as people read it: 846, 2,690, 78.9 k, 1.2 M."""
    if value < _IN_FULL:
        return f"{round(value, 1):,.10g}" if value % 1 else f"{value:,.0f}"
    for size, unit in _UNITS:
        # 999,960 is 1 M, not 1,000 k.
        if value >= size * 0.9995:
            scaled = value / size
            digits = 0 if scaled >= _TO_TENTHS - 0.05 else 1
            return f"{scaled:.{digits}f}".removesuffix(".0") + NBSP + unit
    return f"{value:,.0f}"


def exact(value: float) -> str:
    """Return an amount to the last digit, for evidence: 758,123,456."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3f}"


def percents(*parts: float) -> list[str]:
    """Return parts of 1 as per cent, with as many decimals as it takes to tell them apart."""
    for digits in (1, 2, 3):
        shown = [f"{part * 100:.{digits}f}" for part in parts]
        faint = any(part and not float(text) for part, text in zip(parts, shown, strict=True))
        if len(set(shown)) == len(set(parts)) and not faint:
            break
    return [_bare(text) + NBSP + "%" for text in shown]


def percent(part: float) -> str:
    """Return a part of 1 as per cent: 61.5 %."""
    return percents(part)[0]


def rank(place: float | None) -> str:
    """Return a rank as #4, or that there is none."""
    return "not listed" if place is None else f"#{place:.0f}"


def rank_now(place: float | None) -> str:
    """Return a rank that was another before: now #4, no longer listed."""
    return "no longer listed" if place is None else f"now {rank(place)}"


def day(at: datetime, near: datetime | None = None) -> str:
    """Return a date as 27 January 2026; without the year where `near` has the same."""
    at = at.astimezone(UTC)
    text = f"{at.day} {MONTHS[at.month - 1]}"
    return text if near is not None and near.year == at.year else f"{text} {at.year}"


def moment(at: datetime, near: datetime | None = None) -> str:
    """Return date and time in UTC; midnight, which daily lists are dated by, is just the date."""
    at = at.astimezone(UTC)
    if not (at.hour or at.minute or at.second):
        return day(at, near)
    return f"{day(at, near)}, {at:%H:%M} UTC"


def taken(snapshot: str | None) -> datetime | None:
    """Return when a snapshot was taken, from its id (`pulse@2026-01-27T00:00:00Z`)."""
    try:
        return datetime.fromisoformat((snapshot or "").rpartition("@")[2])
    except ValueError:
        return None


def plural(count: float, one: str, many: str = "", *, whole: bool = False) -> str:
    """Return a count with its noun: 1 place, 3 places; a `whole` one to its last digit."""
    written = exact(count) if whole else figure(count)
    return f"{written} {one if count == 1 else many or one + 's'}"


def listing(words: list[str], link: str = "and") -> str:
    """Return words as a sentence lists them: a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {link} {words[-1]}"


def titled(text: str) -> str:
    """Return a sentence with its first letter large, the rest as it was."""
    return text[:1].upper() + text[1:]


def named(group: str) -> str:
    """Return a group's name as it stands in a sentence: the United States, China."""
    name = clean(group)
    return f"the {name}" if name in _WITH_THE else name


def short_name(model_id: str) -> str:
    """Return a model's name without who publishes it."""
    return clean(model_id.rpartition("/")[2]) or clean(model_id)


def publisher(key: str, about: About) -> str:
    """Return who publishes a model, for a headline: `Z.ai, China`; else the account's name."""
    lab, country = about.get("lab"), about.get("country")
    if not lab:
        return clean(key.partition("/")[0]) if "/" in key else ""
    return clean(f"{lab}, {country}" if country else str(lab))


def link_to(model_id: str) -> str | None:
    """Return the model's page on the Hub; None for an id that no repo can have."""
    if not _REPO.fullmatch(model_id) or ".." in model_id:
        return None
    return f"https://huggingface.co/{quote(model_id, safe='/')}"


def width(text: str) -> int:
    """Return how many columns a terminal takes for a line."""
    if text.isascii():
        return len(text)
    signs = [sign for sign in text if not unicodedata.combining(sign)]
    return sum(2 if unicodedata.east_asian_width(sign) in _WIDE else 1 for sign in signs)


def padded(text: str, columns: int, *, right: bool = False) -> str:
    """Return text filled up with spaces to a number of columns."""
    gap = " " * (columns - width(text))
    return gap + text if right else text + gap


def _bare(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
