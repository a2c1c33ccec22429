"""What Discord takes as a message, checked as its documentation states it.

https://docs.discord.com/developers/resources/message#create-message
https://docs.discord.com/developers/components/reference
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

V2 = 1 << 15
_MESSAGE_FLAGS = V2 | 1 << 2 | 1 << 12
_KEYS = {"content", "nonce", "enforce_nonce", "tts", "embeds", "allowed_mentions", "poll"}
_KEYS |= {"message_reference", "components", "sticker_ids", "attachments", "flags"}
_EMBED_KEYS = {"title", "type", "description", "url", "timestamp", "color", "footer", "image"}
_EMBED_KEYS |= {"thumbnail", "author", "fields"}
_CHILDREN = {17: {1, 9, 10, 12, 13, 14}, 1: {2, 3, 5, 6, 7, 8}, 9: {10}}
_TOP = {V2: {1, 9, 10, 12, 13, 14, 17}, 0: {1}}
_FIELDS = {
    17: {"components", "accent_color", "spoiler"},
    1: {"components"},
    2: {"style", "label", "emoji", "custom_id", "sku_id", "url", "disabled"},
    10: {"content"},
    12: {"items"},
    14: {"divider", "spacing"},
}
_LINK, _BUTTONS = 5, 5


class Refusal(Exception):
    """An answer that is an error, with Discord's own number."""

    def __init__(self, status: int, code: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message, "code": code, **more}


@dataclass
class _Form:
    """A payload under check; `errors` says where and what, in Discord's shape."""

    files: Mapping[str, bytes]
    errors: dict[str, Any] = field(default_factory=dict)

    def wrong(self, where: str, what: str) -> None:
        self.errors[where] = {"_errors": [{"code": "BASE_TYPE", "message": what}]}

    def text(self, where: str, value: Any, most: int, least: int = 1) -> None:
        if not isinstance(value, str):
            self.wrong(where, "This field must be a string.")
        elif not least <= _units(value) <= most:
            self.wrong(where, f"Must be between {least} and {most} in length.")


def check_message(body: Any, files: Mapping[str, bytes], *, edit: bool = False) -> None:
    """Refuse a message that Discord would refuse."""
    if not isinstance(body, dict):
        raise Refusal(400, 50109, "The request body contains invalid JSON.")
    form = _Form(files)
    for key in body.keys() - _KEYS:
        form.wrong(key, "Unknown field.")
    flags = body.get("flags", 0)
    if not isinstance(flags, int) or flags & ~_MESSAGE_FLAGS:
        form.wrong("flags", "These flags cannot be set.")
    rich = bool(flags & V2)
    _check_short_fields(body, form)
    named = _attached(body, form, edit=edit)
    parts = body.get("components") or []
    if rich and (body.get("content") or body.get("embeds") or body.get("poll")):
        form.wrong("content", "The 'content' field cannot be used with IS_COMPONENTS_V2.")
    _check_components(parts, form, named, rich=rich)
    _check_embeds(body.get("embeds") or [], form, named)
    if form.errors:
        raise Refusal(400, 50035, "Invalid Form Body", errors=form.errors)
    shown = parts if rich else [body.get("content"), *(body.get("embeds") or ()), *named]
    if not edit and not any(shown):
        raise Refusal(400, 50006, "Cannot send an empty message")


def components_of(parts: Any) -> Iterator[dict[str, Any]]:
    """Yield every component of a tree, itself before what it holds."""
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, dict):
            yield part
            yield from components_of(part.get("components"))


def _check_short_fields(body: Mapping[str, Any], form: _Form) -> None:
    if body.get("content") is not None:
        form.text("content", body["content"], 2000, 0)
    if "nonce" in body:
        form.text("nonce", str(body["nonce"]), 25)
    mentions = body.get("allowed_mentions", {})
    if set(mentions) - {"parse", "roles", "users", "replied_user"}:
        form.wrong("allowed_mentions", "Unknown field.")
    if set(mentions.get("parse", ())) - {"roles", "users", "everyone"}:
        form.wrong("allowed_mentions.parse", "Unknown mention type.")


def _attached(body: Mapping[str, Any], form: _Form, *, edit: bool) -> set[str]:
    """Return the names of what is attached; those of an edit may stand there already."""
    named: set[str] = set()
    for at, each in enumerate(body.get("attachments") or ()):
        number = each.get("id")
        if not edit and f"files[{number}]" not in form.files:
            form.wrong(f"attachments.{at}", "Attachment is not among the files.")
        if "description" in each:
            form.text(f"attachments.{at}.description", each["description"], 1024, 0)
        named.add(str(each.get("filename", "")))
    return named


def _check_components(parts: Any, form: _Form, named: set[str], *, rich: bool) -> None:
    every = list(components_of(parts))
    if len(every) > (40 if rich else 25):
        form.wrong("components", "Too many components.")
    ids = [part["id"] for part in every if part.get("id")]
    if len(ids) != len(set(ids)) or not all(0 < number < 2**31 for number in ids):
        form.wrong("components", "Component ids must be unique 32-bit numbers.")
    customs = [part["custom_id"] for part in every if "custom_id" in part]
    if len(customs) != len(set(customs)):
        form.wrong("components", "Component custom id cannot be duplicated.")
    if sum(_units(str(part.get("content", ""))) for part in every) > 4000:
        form.wrong("components", "The text of all components exceeds 4000.")
    allowed = _TOP[V2 if rich else 0]
    for at, part in enumerate(parts):
        _check_component(part, f"components.{at}", allowed, form, named)


def _check_component(
    part: Mapping[str, Any], where: str, allowed: set[int], form: _Form, named: set[str]
) -> None:
    kind = part.get("type", 0)
    if kind not in allowed:
        form.wrong(where, f"Component type {kind} is not allowed here.")
        return
    if set(part) - _FIELDS.get(kind, set()) - {"type", "id"}:
        form.wrong(where, "Unknown field.")
    if kind == 10:
        form.text(f"{where}.content", part.get("content"), 4000)
    if kind == 2:
        _check_button(part, where, form)
    if kind == 12:
        _check_gallery(part.get("items"), where, form, named)
    if kind == 17 and not 0 <= (part.get("accent_color") or 0) <= 0xFFFFFF:
        form.wrong(f"{where}.accent_color", "Is no colour.")
    inside = part.get("components", [])
    if kind in _CHILDREN:
        if not inside or (kind == 1 and len(inside) > _BUTTONS):
            form.wrong(f"{where}.components", "Must hold between 1 and 5 components.")
        for at, child in enumerate(inside):
            _check_component(child, f"{where}.components.{at}", _CHILDREN[kind], form, named)


def _check_button(part: Mapping[str, Any], where: str, form: _Form) -> None:
    form.text(f"{where}.label", part.get("label"), 80)
    if part.get("style") == _LINK:
        form.text(f"{where}.url", part.get("url"), 512)
        if not str(part.get("url")).startswith(("http://", "https://", "discord://")):
            form.wrong(f"{where}.url", "Scheme is not one of http, https, discord.")
        if "custom_id" in part:
            form.wrong(f"{where}.custom_id", "A link button has none.")
    else:
        form.text(f"{where}.custom_id", part.get("custom_id"), 100)


def _check_gallery(items: Any, where: str, form: _Form, named: set[str]) -> None:
    if not isinstance(items, list) or not 1 <= len(items) <= 10:
        form.wrong(f"{where}.items", "Must hold between 1 and 10 items.")
        return
    for at, item in enumerate(items):
        url = str(item.get("media", {}).get("url", ""))
        scheme, _, name = url.partition("://")
        if scheme not in {"http", "https"} and not (scheme == "attachment" and name in named):
            form.wrong(f"{where}.items.{at}.media", f"Unknown attachment {url}.")
        form.text(f"{where}.items.{at}.description", item.get("description", ""), 1024, 0)


def _check_embeds(embeds: Any, form: _Form, named: set[str]) -> None:
    if len(embeds) > 10:
        form.wrong("embeds", "Must be 10 or fewer in length.")
    total = 0
    for at, each in enumerate(embeds):
        where = f"embeds.{at}"
        if set(each) - _EMBED_KEYS:
            form.wrong(where, "Unknown field.")
        lines = each.get("fields") or []
        if len(lines) > 25:
            form.wrong(f"{where}.fields", "Must be 25 or fewer in length.")
        texts = [("title", each.get("title"), 256), ("description", each.get("description"), 4096)]
        texts.append(("footer.text", (each.get("footer") or {}).get("text"), 2048))
        texts.append(("author.name", (each.get("author") or {}).get("name"), 256))
        for line in lines:
            texts += [("fields.name", line.get("name"), 256), ("fields.value", line["value"], 1024)]
        for name, text, most in texts:
            if text is not None:
                form.text(f"{where}.{name}", text, most)
                total += _units(text)
        url = str((each.get("image") or {}).get("url", "https://"))
        if url.startswith("attachment://") and url.removeprefix("attachment://") not in named:
            form.wrong(f"{where}.image", f"Unknown attachment {url}.")
    if total > 6000:
        form.wrong("embeds", "Embed size exceeds maximum size of 6000.")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
