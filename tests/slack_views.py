"""Slack's rules for modals and for App Home, as its pages state them.

https://docs.slack.dev/reference/views
"""

from typing import Any

from tests.slack_blocks import faults_of

_KEYS = {
    "modal": {
        "type", "title", "blocks", "close", "submit", "private_metadata", "callback_id",
        "clear_on_close", "notify_on_close", "external_id",
    },
    "home": {"type", "blocks", "private_metadata", "callback_id", "external_id"},
}  # fmt: skip
_MOST_BLOCKS, _MOST_METADATA, _MOST_BYTES = 100, 3_000, 250_000
_TITLE = 24


def faults_of_view(view: object, kind: str) -> list[str]:
    """Return what Slack finds wrong with a view of a kind: modal or home."""
    if not isinstance(view, dict) or view.get("type") != kind:
        return [f"must be of type {kind} [json-pointer:/view/type]"]
    found = [f"no such property: {key}" for key in sorted(view.keys() - _KEYS[kind])]
    found += faults_of(view.get("blocks"), lambda _: True, most=_MOST_BLOCKS)
    found += [f"not in a view: {each}" for each in _kinds(view) & {"table", "file", "markdown"}]
    if len(str(view.get("private_metadata", ""))) > _MOST_METADATA:
        found.append("private_metadata is too long")
    if len(str(view)) > _MOST_BYTES:
        found.append("view is too large")
    if kind == "modal":
        found += _of_modal(view)
    elif "input" in _kinds(view):
        found.append("input is not for a home")
    return found


def _of_modal(view: dict[str, Any]) -> list[str]:
    found = []
    for name in ("title", "submit", "close"):
        text = view.get(name, {"text": "x"} if name != "title" else None)
        words = text.get("text") if isinstance(text, dict) else None
        if not isinstance(words, str) or not 1 <= len(words) <= _TITLE:
            found.append(f"{name} must be 1 to {_TITLE} characters")
    if "input" in _kinds(view) and "submit" not in view:
        found.append("submit is needed where there is an input")
    return found


def _kinds(view: dict[str, Any]) -> set[str]:
    blocks = view.get("blocks")
    listed = blocks if isinstance(blocks, list) else []
    return {str(each.get("type")) for each in listed if isinstance(each, dict)}
