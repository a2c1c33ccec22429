"""HTML made of elements: what is not an element is text, and is escaped."""

from collections.abc import Iterable
from html import escape

# Written as they are, with nothing in them and no end.
_EMPTY = frozenset({"br", "hr", "img", "input", "meta"})


class Html(str):
    """Text that is HTML already; only `tag` and `joined` make it."""

    __slots__ = ()


def tag(name: str, /, *children: str | Iterable[str], **attributes: str | None) -> Html:
    """Return an element. Children that are no Html are escaped; `class_` is the class.

    >>> tag("p", "a < b", tag("b", "&"), class_="x")
    '<p class="x">a &lt; b<b>&amp;</b></p>'
    """
    said = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _EMPTY:
        return Html(f"<{name}{said}>")
    return Html(f"<{name}{said}>{joined(*children)}</{name}>")


def joined(*parts: str | Iterable[str]) -> Html:
    """Return parts one after the other, escaped where they are no Html."""
    found = []
    for part in parts:
        if isinstance(part, Html):
            found.append(str(part))
        elif isinstance(part, str):
            found.append(escape(part))
        else:
            found.append(joined(*part))
    return Html("".join(found))


def _attribute(key: str, value: str | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    return "" if value is None else f' {name}="{escape(value)}"'
