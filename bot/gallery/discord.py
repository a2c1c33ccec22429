"""Draws Discord's payloads as Discord does: Components V2, embeds and forms."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.gallery.markup import Html, joined, tag

Part = Mapping[str, Any]

# https://docs.discord.com/developers/components/reference#button-button-styles
_LINK = 5
_FENCE = "```"
_INLINE = re.compile(r"\\(?P<literal>[^A-Za-z0-9\s])|\*\*(?P<bold>.+?)\*\*", re.DOTALL)
_SAFE = ("https://", "http://")
_HEADINGS = {"### ": "d-h3", "## ": "d-h2", "# ": "d-h1", "-# ": "d-small"}


def message(payload: Part, picture: str | None = None) -> Html:
    """Draw a message; `picture` is the address of the file attached to it."""
    embeds = [_embed(each, picture) for each in payload.get("embeds") or ()]
    parts = [_part(each, picture) for each in payload.get("components") or ()]
    who = tag("div", tag("b", "Hubshift"), tag("span", "APP", class_="d-app"), class_="d-who")
    body = tag("div", who, embeds, parts, class_="d-body")
    return tag("div", tag("div", "H", class_="avatar"), body, class_="d-message")


def modal(form: Part) -> Html:
    """Draw a form with its title and its buttons."""
    parts = [_part(each, None) for each in form["components"]]
    cancel = tag("span", "Cancel", class_="d-button")
    submit = tag("span", "Submit", class_="d-button d-primary")
    foot = tag("div", cancel, submit, class_="d-modal-foot")
    title = tag("div", str(form["title"]), class_="d-modal-title")
    return tag("div", title, parts, foot, class_="d-modal")


def accent(colour: int) -> str:
    """Return the class of an accent colour; the page has a rule for each."""
    return f"accent-{colour:06x}"


def accents(payload: Part) -> set[int]:
    """Return the accent colours of a message."""
    boxes = [*(payload.get("components") or ()), *(payload.get("embeds") or ())]
    found = [each.get("accent_color", each.get("color")) for each in boxes]
    return {colour for colour in found if isinstance(colour, int)}


def _part(part: Part, picture: str | None) -> Html:
    """Draw a component; what is not known is shown by its number, and not passed over."""
    draw = _DRAW.get(part["type"])
    return draw(part, picture) if draw else tag("div", f"[component {part['type']}]")


def _inner(part: Part, picture: str | None) -> list[Html]:
    return [_part(each, picture) for each in part.get("components") or ()]


def _box(part: Part, picture: str | None) -> Html:
    look = f"d-box {accent(part.get('accent_color') or 0)}"
    return tag("div", _inner(part, picture), class_=look)


def _text(part: Part, _: str | None) -> Html:
    return tag("div", _markdown(str(part["content"])), class_="d-text")


def _gallery(part: Part, picture: str | None) -> Html:
    return joined(_picture(each, picture) for each in part["items"])


def _row(part: Part, picture: str | None) -> Html:
    return tag("div", _inner(part, picture), class_="d-row")


def _label(part: Part, _: str | None) -> Html:
    about = str(part.get("description") or "")
    small = tag("div", about, class_="d-small") if about else Html("")
    name = tag("div", str(part["label"]), class_="d-label")
    return tag("div", name, small, _part(part["component"], None), class_="d-input")


def _field(part: Part, _: str | None) -> Html:
    return tag("div", str(part.get("value") or part.get("placeholder") or ""), class_="d-field")


def _choice(part: Part, _: str | None) -> Html:
    options = part.get("options") or ()
    chosen = [str(each["label"]) for each in options if each.get("default")]
    offered = ", ".join(str(each["label"]) for each in options) or "a channel"
    told = ", ".join(chosen) or str(part.get("placeholder") or offered)
    return tag("div", f"▾ {told}", class_="d-field")


def _button(part: Part, _: str | None) -> Html:
    label = str(part.get("label") or "")
    address = str(part.get("url") or "")
    if part["style"] != _LINK or not address.startswith(_SAFE):
        return tag("span", label, class_="d-button")
    arrow = joined(label, " ↗")
    return tag("a", arrow, href=address, rel="noreferrer noopener", class_="d-button")


def _picture(item: Part, picture: str | None) -> Html:
    alt = str(item.get("description") or "")
    if picture is None:
        return tag("div", f"[picture: {alt}]", class_="d-small")
    return tag("div", tag("img", src=picture, alt=alt, title=alt), class_="d-image")


def _embed(embed: Part, picture: str | None) -> Html:
    title = tag("div", _markdown(str(embed.get("title") or "")), class_="d-embed-title")
    text = tag("div", _markdown(str(embed.get("description") or "")), class_="d-text")
    fields = [
        tag("div", tag("b", str(each["name"])), tag("div", _markdown(str(each["value"]))))
        for each in embed.get("fields") or ()
    ]
    alt = {"description": ""}
    shown = _picture(alt, picture) if "image" in embed and picture else Html("")
    foot = tag("div", str((embed.get("footer") or {}).get("text") or ""), class_="d-small")
    return tag(
        "div", title, text, fields, shown, foot, class_=f"d-box {accent(embed.get('color') or 0)}"
    )


def _markdown(text: str) -> Html:
    """Draw what of Discord's markdown is used: headings, small print, bold, fences, escapes."""
    found, rest = [], text
    while _FENCE in rest:
        before, _, rest = rest.partition(_FENCE)
        inside, closed, rest = rest.partition(_FENCE)
        found += [_lines(before.strip("\n"))] if before.strip("\n") else []
        found.append(tag("pre", inside.strip("\n")))
        if not closed:
            break
    return joined(found, _lines(rest.strip("\n")) if rest.strip("\n") else Html(""))


def _lines(text: str) -> Html:
    return joined(_line(line) for line in text.split("\n"))


def _line(line: str) -> Html:
    for sign, look in _HEADINGS.items():
        if line.startswith(sign):
            return tag("div", _inline(line.removeprefix(sign)), class_=look)
    return tag("div", _inline(line))


def _inline(text: str) -> Html:
    found, at = [], 0
    for span in _INLINE.finditer(text):
        found.append(joined(text[at : span.start()]))
        literal = span["literal"]
        found.append(tag("b", _inline(span["bold"])) if literal is None else joined(literal))
        at = span.end()
    return joined(found, text[at:])


# https://docs.discord.com/developers/components/reference#component-object-component-types
_DRAW: Mapping[int, Callable[[Part, str | None], Html]] = {
    1: _row,
    2: _button,
    3: _choice,
    4: _field,
    8: _choice,
    10: _text,
    12: _gallery,
    17: _box,
    18: _label,
}
