"""Answers and the digest as Block Kit: tables, drawn lines and sentences, inside the limits."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from bot.chat.slack import limits
from bot.chat.slack.blocks import Block, button, image, literal, markup, small, text_object
from bot.chat.slack.text import MORE, plain, plain_lines, untouched
from bot.render.answer import Answer, Table, text_lines
from bot.render.weekly import Digest
from bot.wording import NBSP

SHARE_ACTION = "share_answer"
# Bars, and columns set with spaces: what only reads in letters of one width.
_DRAWN = ("█", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "░", "  ")
_LEAST_ROWS = 3
_FENCE = "```"
# A line of who asked, and a button that carries the question.
_SPARE, _SPARE_SIZE = 2, 700

Parts = Sequence[str | Table]


def answer_blocks(answer: Answer, file: str | None = None) -> list[Block]:
    """Return an answer as blocks, with room for a button and a line of who asked.

    `file` is the id of its picture, once Slack holds it.
    """
    blocks: list[Block] = [{"type": "header", "text": literal(answer.title, limits.HEADER)}]
    if file is not None:
        blocks.append(image(file, answer.picture.alt if answer.picture else "", answer.title))
    blocks += _parts(answer.parts, _native(answer.parts))
    return _within(blocks, [small(answer.closing)], spare=_SPARE)


def drawn(answer: Answer) -> list[Block]:
    """Return an answer for a view: Slack draws tables in messages only."""
    head = [{"type": "header", "text": literal(answer.title, limits.HEADER)}]
    return _within([*head, *_parts(answer.parts, None)], [small(answer.closing)])


def share_block(value: str) -> Block:
    """Return the button that shares an answer; `value` says which."""
    return {"type": "actions", "elements": [button(SHARE_ACTION, "Share in channel", value)]}


def digest_blocks(digest: Digest, *, file: str | None = None, alt: str = "") -> list[Block]:
    """Return the week as blocks: the sentence, its picture, each section under its heading."""
    blocks: list[Block] = [{"type": "header", "text": literal(digest.title, limits.HEADER)}]
    if lead := plain(digest.lead, limits.SECTION):
        blocks.append({"type": "section", "text": text_object(lead)})
    if file is not None:
        blocks.append(image(file, alt, digest.title))
    native = _native([part for section in digest.sections for part in section.parts])
    for section in digest.sections:
        heading = plain(section.heading, limits.HEADER).replace("*", "∗")
        blocks.append({"type": "section", "text": markup(f"*{heading}*")})
        blocks += _parts(section.parts, native)
    return _within(blocks, [small(digest.closing)])


def plain_answer(text: str) -> str:
    """Return what a terminal would show, for where blocks are refused: letters of one width."""
    return _fenced(text.splitlines(), limits.TEXT)


def trouble_blocks(text: str) -> list[Block]:
    """Return an error that points at a word: the caret has to stand under it."""
    return [{"type": "section", "text": markup(_fenced(text.splitlines(), limits.SECTION))}]


def _parts(parts: Parts, native: Table | None) -> Iterator[Block]:
    for kind, group in groupby(parts, key=lambda part: _kind(part, native)):
        if kind == "table":
            yield from (_table(part) for part in group if isinstance(part, Table))
        elif kind == "drawn":
            for lines in _pages(text_lines(list(group))):
                yield {"type": "section", "text": markup(_fenced(lines, limits.SECTION))}
        else:
            said = plain_lines((_said(str(part)) for part in group), limits.SECTION)
            if said:
                yield {"type": "section", "text": text_object(said)}


def _kind(part: str | Table, native: Table | None) -> str:
    if part is native and native is not None:
        return "table"
    drawn = isinstance(part, Table) or any(sign in part.strip() for sign in _DRAWN)
    return "drawn" if drawn else "said"


def _said(line: str) -> str:
    """Return a line with a sign where it is indented: Slack drops spaces at its beginning."""
    return f"↳ {line.strip()}" if line.startswith(" ") else line


def _native(parts: Parts) -> Table | None:
    """Return the one table that Slack may draw itself: it takes one a message."""
    fit = [
        part
        for part in parts
        if isinstance(part, Table)
        and _LEAST_ROWS <= len(part.rows) < limits.TABLE_ROWS
        and max(map(len, part.rows)) <= limits.TABLE_COLUMNS
    ]
    return max(fit, key=lambda table: len(table.rows), default=None)


def _table(table: Table) -> Block:
    rows = [*([table.head] if table.head else []), *table.rows]
    wide = max(map(len, rows))
    shown = [at for at in range(wide) if any(at < len(row) and row[at] for row in table.rows)]
    cells = [[_cell(row[at] if at < len(row) else "") for at in shown] for row in rows]
    settings = [{"align": "right" if at in table.right else "left"} for at in shown]
    return {"type": "table", "rows": cells, "column_settings": settings}


def _cell(text: str) -> dict[str, Any]:
    return {"type": "raw_text", "text": untouched(text, limits.CELL) or NBSP}


def _pages(lines: Sequence[str]) -> Iterator[list[str]]:
    """Return lines in pages that a section has room for, if need be escaped to the last sign."""
    page: list[str] = []
    room = limits.SECTION
    for line in lines:
        size = len(_line(line)) + 1
        if page and room - size < 2 * len(_FENCE) + len(MORE) + 2:
            yield page
            page, room = [], limits.SECTION
        page.append(line)
        room -= size
    if page:
        yield page


def _fenced(lines: Sequence[str], limit: int) -> str:
    room = limit - 2 * len(_FENCE) - len(MORE) - 2
    kept: list[str] = []
    for line in map(_line, lines):
        room -= len(line) + 1
        if room < 0:
            kept.append(MORE)
            break
        kept.append(line)
    return f"{_FENCE}{chr(10).join(kept)}\n{_FENCE}"


def _line(line: str) -> str:
    """Return a line with its spaces where they are; nothing in it can end the fence."""
    indent = len(line) - len(line.lstrip(" "))
    return " " * indent + plain(line.replace("`", "ʼ"), limits.CELL)


def _within(blocks: list[Block], end: list[Block], spare: int = 0) -> list[Block]:
    """Return blocks and their end inside what a message may hold, saying so when it is cut.

    `spare` blocks of what is added later are left room for.
    """
    kept: list[Block] = []
    room = limits.MESSAGE - spare * _SPARE_SIZE
    most = limits.BLOCKS - spare
    for block in blocks:
        room -= len(str(block))
        if room < 0 or len(kept) + len(end) + 1 >= most:
            kept.append(small(f"{MORE} there is more than Slack shows in one message."))
            break
        kept.append(block)
    return [*kept, *end]
