"""Text for Discord: what came from the Hub stays text, and what is too long says so."""

import re
from collections.abc import Sequence

from bot.wording import NBSP, clean, inert

_MARKUP = re.compile(r"[\\`*_~|\[\]]")
# A headline, a list or a subtext line begins only at the start of a line.
_OPENING = re.compile(r"^(\s*)(?:([-+#])|(\d+)([.)]))")
# The client shows invites and gifts that have no scheme, too.
_INVITE = re.compile(r"(discord(?:app)?)\.(?=\w)", re.IGNORECASE)
_MORE = "…"


def size(text: str) -> int:
    """Return how long Discord takes a text to be: UTF-16 units, as its clients count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def stripped(text: str) -> str:
    """Return one line without control, bidirectional and zero-width characters."""
    return NBSP.join(clean(part, None) for part in text.split(NBSP))


def escaped(text: str) -> str:
    r"""Return a line that shows as it is: no markup, no mention, no link comes alive.

    >>> print(escaped("**a** <@1> <#2> </x:3> @everyone [b](https://c.d)"))
    \*\*a\*\* ‹@1› ‹#2› ‹/x:3› ＠everyone \[b\](https: //c.d)
    """
    # https://docs.discord.com/developers/reference#message-formatting: every mention, timestamp and
    # link in brackets begins with "<", and discord.utils.escape_markdown lets it live. A backslash
    # would do for the text, but not for what looks at it raw, such as a phone's notification.
    line = inert(_MARKUP.sub(r"\\\g<0>", stripped(text)))
    line = _INVITE.sub(r"\1\\.", line)
    return _OPENING.sub(lambda found: _opened(*found.groups()), line)


def block(lines: Sequence[str], room: int) -> str:
    """Return lines as a block of fixed width, in at most `room` units; none of them is cut in two.

    How many lines are left out is said in the last one.
    """
    # A block ends at three backticks, whatever stands before them.
    kept = [inert(stripped(line)).replace("`", "ˋ") for line in lines]
    shown = len(kept)
    while size(text := _block(kept, shown)) > room and shown:
        shown -= 1
    return text


def _block(lines: Sequence[str], shown: int) -> str:
    left = len(lines) - shown
    more = [f"{_MORE} {left} more {'line' if left == 1 else 'lines'}"] if left else []
    return "\n".join(["```", *lines[:shown], *more, "```"])


def fitted(text: str, room: int) -> str:
    """Return a line escaped, in at most `room` units; what was cut off shows as an ellipsis."""
    return cut(escaped(text), room)


def cut(text: str, room: int) -> str:
    """Return a text in at most `room` units; no escape is cut in two."""
    if size(text) <= room:
        return text
    kept = text[: max(room - 1, 0)]
    while size(kept) > room - 1:
        kept = kept[:-1]
    hanging = len(kept) - len(kept.rstrip("\\"))
    return (kept[:-1] if hanging % 2 else kept).rstrip() + _MORE if room > 0 else ""


def plain(text: str, room: int) -> str:
    """Return a line for a place that knows no markup, in at most `room` units."""
    return cut(stripped(text).strip(), room)


def fitted_lines(lines: tuple[str, ...], room: int, lead: str = "") -> str:
    """Return as many whole lines as there is room for, each after `lead`, and how many are not.

    A first line that is too long by itself is cut.
    """
    told: list[str] = []
    for at, line in enumerate(lines):
        left = len(lines) - at - 1
        rest = f"\n{lead}{_MORE} {left} more" if left else ""
        so_far = "\n".join([*told, lead + escaped(line)])
        if size(so_far + rest) <= room:
            told.append(lead + escaped(line))
        elif told:
            return "\n".join([*told, f"{lead}{_MORE} {left + 1} more"])
        else:
            return cut(lead + escaped(line), room - size(rest)) + rest
    return "\n".join(told)


def _opened(gap: str, sign: str | None, number: str | None, dot: str | None) -> str:
    return f"{gap}\\{sign}" if sign else f"{gap}{number}\\{dot}"
