"""Draws Slack's payloads as Slack does: messages, App Home and modals in Block Kit."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.gallery.markup import Html, joined, tag

Block = Mapping[str, Any]

# Slack's own: nothing else is escaped in what an app sends.
# https://docs.slack.dev/messaging/formatting-message-text#escaping
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_ENTITY = re.compile("|".join(_ENTITIES))
_SPAN = re.compile(r"```(?P<block>.*?)```|<(?P<link>[^>]*)>|\*(?P<bold>[^*\n]+)\*", re.DOTALL)
# Channels and people; nobody here knows what they are called.
_MENTIONS = frozenset("#@")
_SAFE = ("https://", "http://")


def message(payload: Block, picture: str | None = None) -> Html:
    """Draw a message; `picture` is the address of the file that its image block shows."""
    blocks = payload.get("blocks")
    if not blocks:
        body = _marked(str(payload.get("text") or ""))
        return _message(tag("div", body, class_="s-text"))
    return _message(drawn(blocks, picture))


def home(view: Block) -> Html:
    """Draw an App Home."""
    return tag("div", drawn(view["blocks"]), class_="s-home")


def modal(view: Block) -> Html:
    """Draw a modal with its title and its buttons."""
    head = tag("div", _plain(view["title"]), class_="s-modal-title")
    buttons = [tag("span", _plain(view["close"]), class_="s-button")] if "close" in view else []
    if "submit" in view:
        buttons.append(tag("span", _plain(view["submit"]), class_="s-button s-primary"))
    foot = tag("div", buttons, class_="s-modal-foot")
    return tag("div", head, drawn(view["blocks"]), foot, class_="s-modal")


def drawn(blocks: Any, picture: str | None = None) -> Html:
    """Draw blocks; what is not known is shown by its name, so that nothing is passed over."""
    return joined(_DRAW.get(each["type"], _unknown)(each, picture) for each in blocks)


def _message(body: Html) -> Html:
    who = joined(tag("b", "Hubshift"), tag("span", "APP", class_="s-app"), " 9:00")
    name = tag("div", who, class_="s-who")
    return tag(
        "div",
        tag("div", "H", class_="avatar"),
        tag("div", name, body, class_="s-body"),
        class_="s-message",
    )


def _header(block: Block, _: str | None) -> Html:
    return tag("div", _plain(block["text"]), class_="s-header")


def _section(block: Block, _: str | None) -> Html:
    text = tag("div", _text(block["text"]), class_="s-text") if "text" in block else Html("")
    beside = block.get("accessory")
    return tag("div", text, _element(beside) if beside else Html(""), class_="s-section")


def _context(block: Block, _: str | None) -> Html:
    return tag("div", [tag("span", _text(each)) for each in block["elements"]], class_="s-context")


def _image(block: Block, picture: str | None) -> Html:
    alt = str(block["alt_text"])
    if picture is None:
        return tag("div", f"[picture: {alt}]", class_="s-context")
    shown = tag("img", src=picture, alt=_unescaped(alt), title=_unescaped(alt))
    return tag("div", shown, class_="s-image")


def _actions(block: Block, _: str | None) -> Html:
    return tag("div", [_element(each) for each in block["elements"]], class_="s-actions")


def _divider(_: Block, __: str | None) -> Html:
    return tag("hr")


def _table(block: Block, _: str | None) -> Html:
    right = {
        at
        for at, column in enumerate(block.get("column_settings") or ())
        if column.get("align") == "right"
    }
    rows = [
        tag(
            "tr",
            [
                # Slack unescapes nothing in a raw text.
                tag("td", str(cell["text"]), class_="right" if at in right else None)
                for at, cell in enumerate(row)
            ],
        )
        for row in block["rows"]
    ]
    return tag("div", tag("table", rows), class_="s-table")


def _input(block: Block, _: str | None) -> Html:
    label = _plain(block["label"])
    more = tag("span", " (optional)", class_="s-soft") if block.get("optional") else Html("")
    hint = tag("div", _plain(block["hint"]), class_="s-hint") if "hint" in block else Html("")
    return tag(
        "div",
        tag("div", label, more, class_="s-label"),
        _element(block["element"]),
        hint,
        class_="s-input",
    )


def _element(element: Block) -> Html:
    match element["type"]:
        case "button":
            style = f"s-{element['style']}" if "style" in element else ""
            return tag("span", _plain(element["text"]), class_=f"s-button {style}".rstrip())
        case "plain_text_input":
            typed = str(element.get("initial_value") or "")
            return tag("div", typed, class_="s-field")
        case "radio_buttons":
            return tag("div", list(_choices(element)), class_="s-choices")
    return _unknown(element, None)


def _choices(element: Block) -> Iterator[Html]:
    for option in element["options"]:
        chosen = option == element.get("initial_option")
        sign = tag("span", "◉" if chosen else "○", class_="s-radio")
        about = option.get("description")
        small = tag("div", _plain(about), class_="s-soft") if about else Html("")
        yield tag("div", sign, tag("div", _plain(option["text"]), small), class_="s-choice")


def _unknown(block: Block, _: str | None) -> Html:
    return tag("div", f"[{block['type']}]", class_="s-context")


def _plain(text: Block) -> Html:
    return _lines(_unescaped(str(text["text"])))


def _text(text: Block) -> Html:
    return _marked(str(text["text"])) if text["type"] == "mrkdwn" else _plain(text)


def _marked(text: str) -> Html:
    """Draw what Slack's notation means here: fences, bold, links and channels."""
    found, at = [], 0
    for span in _SPAN.finditer(text):
        found.append(_lines(_unescaped(text[at : span.start()])))
        found.append(_span(span))
        at = span.end()
    return joined(found, _lines(_unescaped(text[at:])))


def _span(span: re.Match[str]) -> Html:
    if span["block"] is not None:
        return tag("pre", _unescaped(span["block"]).strip("\n"))
    if span["bold"] is not None:
        return tag("b", _marked(span["bold"]))
    address, _, words = span["link"].partition("|")
    if address[:1] in _MENTIONS:
        return tag("span", f"{address[0]}{words or address[1:]}", class_="s-link")
    address = _unescaped(address)
    shown = _unescaped(words) or address
    if not address.startswith(_SAFE):
        return joined(shown)
    return tag("a", shown, href=address, rel="noreferrer noopener", class_="s-link")


def _unescaped(text: str) -> str:
    return _ENTITY.sub(lambda found: _ENTITIES[found.group()], text)


def _lines(text: str) -> Html:
    lines = text.split("\n")
    return joined(lines[0], *(joined(tag("br"), line) for line in lines[1:]))


_DRAW: Mapping[str, Callable[[Block, str | None], Html]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "image": _image,
    "actions": _actions,
    "divider": _divider,
    "table": _table,
    "input": _input,
}
