"""Answers and digests as Components V2, within what Discord takes."""

from collections.abc import Sequence
from itertools import groupby

from bot.chat.discord import limits
from bot.chat.discord.payload import (
    UNSIGNED,
    Payload,
    Sign,
    attached,
    bearing,
    container,
    gallery,
)
from bot.chat.discord.text import block, fitted, size, stripped
from bot.render.answer import Answer, Table, text_lines
from bot.render.weekly import Digest
from bot.wording import inert

_GREY, _BLUE = 0x999999, 0x0072B2
_TITLE, _LEAD, _CLOSING, _HEADING = 256, 800, 700, 200
_LEAST = 120
_MORE = "…"
_BARS = frozenset("█▏▎▍▌▋▊▉░")


def answered(answer: Answer) -> Payload:
    """Return an answer: its title, its lines, and when and over what it was measured."""
    title, closing = f"### {fitted(answer.title, _TITLE)}", f"-# {fitted(answer.closing, _CLOSING)}"
    room = limits.MOST_TEXT - size(title) - size(closing)
    drawn = gallery(answer.picture.alt) if answer.picture else None
    return container([title, _shown(answer.parts, room), closing], _BLUE, drawn, place=1)


def digested(digest: Digest, sign: Sign = UNSIGNED, alt: str | None = None) -> Payload:
    """Return the week as one message; sections that have no room are named.

    With a `sign` it is found again; `alt` describes the picture that comes with it.
    """
    title, lead = f"## {fitted(digest.title, _TITLE)}", fitted(digest.lead, _LEAD)
    closing = f"-# {fitted(digest.closing, _CLOSING)}"
    room = limits.MOST_TEXT - sum(map(size, (title, lead, closing))) - _HEADING
    sections: list[str] = []
    left_out: list[str] = []
    for section in digest.sections:
        heading = f"**{fitted(section.heading, _HEADING)}**\n"
        if room < size(heading) + _LEAST:
            left_out.append(section.heading)
            continue
        sections.append(heading + _shown(section.parts, room - size(heading)))
        room -= size(sections[-1])
    if left_out:
        sections.append(fitted(f"… left out: {', '.join(left_out)}", _HEADING))
    drawn = None if alt is None else gallery(alt)
    whole = container([title, lead, *sections, closing], _BLUE, drawn, place=2)
    return {**bearing(whole, sign), **attached(alt)}


def refused(text: str) -> Payload:
    """Return why a question has no answer: with its caret where it points at a word."""
    lines = text.splitlines()
    if len(lines) > 1:
        return container([block(lines, limits.MOST_TEXT)], _GREY)
    return container([fitted(text, limits.MOST_TEXT)], _GREY)


def _shown(parts: Sequence[str | Table], room: int) -> str:
    """Return sentences as lines of text, and what is drawn or aligned by spaces as blocks.

    What has no room is left out, and an ellipsis says so.
    """
    texts: list[str] = []
    for drawn, group in groupby(parts, _drawn):
        lines = [stripped(line) for line in text_lines(list(group))]
        if not any(lines):
            continue
        if room < _LEAST:
            texts.append(_MORE)
            break
        told = "\n".join(fitted(_said(line), room) for line in lines if line.strip())
        texts.append(block(lines, room) if drawn or size(told) > room else told)
        room -= size(texts[-1]) + 1
    return "\n".join(texts)


def _drawn(part: str | Table) -> bool:
    """Whether a part only reads in letters of one width."""
    return isinstance(part, Table) or "  " in part.strip() or bool(_BARS.intersection(part))


def _said(line: str) -> str:
    """Return a line with a sign where it is set in: Discord drops spaces at its beginning."""
    return f"↳ {line.strip()}" if line.startswith(" ") else line


def plain_choice(text: str) -> str:
    """Return a name as a choice shows it: no markup is read there."""
    return inert(stripped(text)).strip()
