"""Text for Slack: what the Hub calls a model is shown to the letter and is never markup."""

import re
from collections.abc import Iterable

from bot.wording import clean

MORE = "…"
# https://docs.slack.dev/messaging/formatting-message-text#escaping
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ANGLES = str.maketrans("<>", "‹›")
_ADDRESS = re.compile(r"https?://[^\s<>|\"]+")
_LABEL = 100
_ASTRAL = 0xFFFF


def plain(text: str, limit: int) -> str:
    """Return text as one line that Slack shows to the letter, cut visibly to a limit.

    Control, bidirectional and zero-width characters are gone, `& < >` are escaped, so that no
    mention and no link can be written, and an address is broken so that no client makes a link
    of it. The limit counts what is sent, in UTF-16 units, as the stricter reading.
    """
    return _fitted(clean(text, None).strip().replace("://", ": //"), limit)


def plain_lines(lines: Iterable[str], limit: int) -> str:
    """Return lines as `plain` does, under one another; lines that are empty are left out.

    Lines that no longer fit are left out whole, and "…" says so.
    """
    kept: list[str] = []
    room = limit
    for line in lines:
        shown = plain(line, limit - _size("\n" + MORE))
        if not shown:
            continue
        room -= _size(shown) + 1
        if room < _size(MORE):
            return "\n".join([*kept, MORE])
        kept.append(shown)
    return "\n".join(kept)


def untouched(text: str, limit: int) -> str:
    """Return text for where Slack unescapes nothing (a cell of a table), cut visibly.

    Without `<` and `>` there, so that nothing can be taken for markup under any reading.
    """
    shown = clean(text, None).strip().replace("://", ": //").translate(_ANGLES)
    return shown if _size(shown) <= limit else shown[: limit // 2].rstrip() + MORE


def linked(address: str | None, words: str = "") -> str | None:
    """Return a link in Slack's own notation, or None for what is no address.

    With no `words` it reads as the address, for where the notation may not be known.

    https://docs.slack.dev/messaging/formatting-message-text#linking-urls
    """
    if address is None or not _ADDRESS.fullmatch(address):
        return None
    shown = "|" + plain(words, _LABEL).replace("|", "/") if words else ""
    return f"<{address.replace('&', '&amp;')}{shown}>"


def _fitted(text: str, limit: int) -> str:
    pieces = [_ENTITIES.get(sign, sign) for sign in text]
    if sum(map(_size, pieces)) <= limit:
        return "".join(pieces)
    room, kept = limit - _size(MORE), []
    for piece in pieces:
        room -= _size(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept).rstrip() + MORE


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text) + sum(ord(sign) > _ASTRAL for sign in text)
