"""Slack's rules for blocks, as its pages state them: what a fake Slack refuses, and why.

https://docs.slack.dev/reference/block-kit/blocks
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Faults = Iterator[str]

MOST_BLOCKS = 50
_FILE = re.compile(r"F[A-Z0-9]{8,}")
_ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")
_TEXT_KEYS = {
    "plain_text": {"type", "text", "emoji"},
    "mrkdwn": {"type", "text", "verbatim"},
}


def faults_of(
    blocks: object, shown: Callable[[str], bool], *, most: int = MOST_BLOCKS
) -> list[str]:
    """Return what Slack finds wrong with blocks; `shown` says whether a file may be shown."""
    if not isinstance(blocks, list):
        return ["must provide an array [json-pointer:/blocks]"]
    if len(blocks) > most:
        return [f"no more than {most} items allowed [json-pointer:/blocks]"]
    found = [fault for at, block in enumerate(blocks) for fault in _block(block, at, shown)]
    ids = [block.get("block_id") for block in blocks if isinstance(block, dict)]
    named = [each for each in ids if each is not None]
    if len(set(named)) < len(named):
        found.append("block_id must be unique [json-pointer:/blocks]")
    return found


def _block(block: object, at: int, shown: Callable[[str], bool]) -> Faults:
    where = f"/blocks/{at}"
    kind = str(block.get("type")) if isinstance(block, dict) else ""
    if not isinstance(block, dict) or kind not in _KINDS:
        yield f"unsupported type: {kind} [json-pointer:{where}/type]"
        return
    check, keys = _KINDS[kind]
    yield from _extra(block, {"type", "block_id", *keys}, where)
    named = block.get("block_id", "x")
    if not isinstance(named, str) or not 1 <= len(named) <= 255:
        yield f"must be 1 to 255 characters [json-pointer:{where}/block_id]"
    yield from check(block, where)
    if kind == "image" and "slack_file" in block:
        file = block["slack_file"]
        known = file.get("id") if isinstance(file, dict) else None
        if not isinstance(known, str) or not _FILE.fullmatch(known):
            pattern = "^[F][A-Z0-9]{8,}$"
            yield f"input must match regex pattern: {pattern} [json-pointer:{where}/slack_file/id]"
        elif not shown(known):
            yield f"invalid slack file [json-pointer:{where}/slack_file]"


def _header(block: Mapping[str, Any], where: str) -> Faults:
    yield from _text(block.get("text"), f"{where}/text", 150, ("plain_text",))


def _section(block: Mapping[str, Any], where: str) -> Faults:
    fields = block.get("fields")
    if "text" not in block and fields is None:
        yield f"missing required field: text [json-pointer:{where}]"
    if "text" in block:
        yield from _text(block["text"], f"{where}/text", 3000)
    if fields is not None:
        if not isinstance(fields, list) or not 1 <= len(fields) <= 10:
            yield f"must be 1 to 10 items [json-pointer:{where}/fields]"
        else:
            for at, each in enumerate(fields):
                yield from _text(each, f"{where}/fields/{at}", 2000)
    if "accessory" in block:
        yield from _element(block["accessory"], f"{where}/accessory")


def _context(block: Mapping[str, Any], where: str) -> Faults:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 10:
        yield f"must be 1 to 10 items [json-pointer:{where}/elements]"
        return
    for at, each in enumerate(elements):
        yield from _text(each, f"{where}/elements/{at}", 3000)


def _image(block: Mapping[str, Any], where: str) -> Faults:
    alt = block.get("alt_text")
    if not isinstance(alt, str) or not 1 <= len(alt) <= 2000:
        yield f"must be 1 to 2000 characters [json-pointer:{where}/alt_text]"
    if ("slack_file" in block) == ("image_url" in block):
        yield f"needs one of image_url and slack_file [json-pointer:{where}]"
    if "title" in block:
        yield from _text(block["title"], f"{where}/title", 2000, ("plain_text",))


def _divider(_block: Mapping[str, Any], _where: str) -> Faults:
    yield from ()


def _actions(block: Mapping[str, Any], where: str) -> Faults:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 25:
        yield f"must be 1 to 25 items [json-pointer:{where}/elements]"
        return
    named = [each.get("action_id") for each in elements if isinstance(each, dict)]
    if len(set(named)) < len(named):
        yield f"action_id must be unique [json-pointer:{where}/elements]"
    for at, each in enumerate(elements):
        yield from _element(each, f"{where}/elements/{at}")


def _element(element: object, where: str) -> Faults:
    if not isinstance(element, dict) or element.get("type") != "button":
        yield f"unsupported type [json-pointer:{where}/type]"
        return
    keys = {"type", "text", "action_id", "value", "url", "style", "accessibility_label", "confirm"}
    yield from _extra(element, keys, where)
    yield from _text(element.get("text"), f"{where}/text", 75, ("plain_text",))
    for key, most in (("action_id", 255), ("value", 2000), ("url", 3000)):
        yield from _length(element.get(key, "x"), most, f"{where}/{key}")
    if element.get("style", "primary") not in {"primary", "danger"}:
        yield f"must be primary or danger [json-pointer:{where}/style]"


def _input(block: Mapping[str, Any], where: str) -> Faults:
    yield from _text(block.get("label"), f"{where}/label", 2000, ("plain_text",))
    if "hint" in block:
        yield from _text(block["hint"], f"{where}/hint", 2000, ("plain_text",))
    element = block.get("element")
    kind = element.get("type") if isinstance(element, dict) else None
    if not isinstance(element, dict) or kind not in {"plain_text_input", "radio_buttons"}:
        yield f"unsupported type [json-pointer:{where}/element/type]"
        return
    yield from _length(element.get("action_id", "x"), 255, f"{where}/element/action_id")
    if kind == "plain_text_input":
        keys = {"type", "action_id", "initial_value", "multiline", "min_length", "max_length"}
        yield from _extra(element, keys, f"{where}/element")
        most = element.get("max_length", 3000)
        if not isinstance(most, int) or not 1 <= most <= 3000:
            yield f"must be 1 to 3000 [json-pointer:{where}/element/max_length]"
        elif len(element.get("initial_value", "")) > most:
            yield f"is longer than max_length [json-pointer:{where}/element/initial_value]"
        return
    yield from _options(element, f"{where}/element")


def _options(element: Mapping[str, Any], where: str) -> Faults:
    yield from _extra(element, {"type", "action_id", "options", "initial_option"}, where)
    options = element.get("options")
    if not isinstance(options, list) or not 1 <= len(options) <= 10:
        yield f"must be 1 to 10 items [json-pointer:{where}/options]"
        return
    for at, each in enumerate(options):
        place = f"{where}/options/{at}"
        yield from _extra(each, {"text", "value", "description"}, place)
        yield from _text(each.get("text"), f"{place}/text", 75)
        if "description" in each:
            yield from _text(each["description"], f"{place}/description", 75)
        yield from _length(each.get("value"), 150, f"{place}/value")
    if "initial_option" in element and element["initial_option"] not in options:
        yield f"must be one of options [json-pointer:{where}/initial_option]"


def _length(value: object, most: int, where: str) -> Faults:
    if not isinstance(value, str) or not 1 <= len(value) <= most:
        yield f"must be 1 to {most} characters [json-pointer:{where}]"


def _table(block: Mapping[str, Any], where: str) -> Faults:
    rows = block.get("rows")
    if not isinstance(rows, list) or not 1 <= len(rows) <= 100:
        yield f"must be 1 to 100 items [json-pointer:{where}/rows]"
        return
    for at, row in enumerate(rows):
        if not isinstance(row, list) or not 1 <= len(row) <= 20:
            yield f"must be 1 to 20 items [json-pointer:{where}/rows/{at}]"
            continue
        for column, cell in enumerate(row):
            place = f"{where}/rows/{at}/{column}"
            if not isinstance(cell, dict) or cell.get("type") != "raw_text":
                yield f"unsupported type [json-pointer:{place}]"
            elif not isinstance(cell.get("text"), str) or not cell["text"]:
                yield f"must be more than 0 characters [json-pointer:{place}/text]"
    settings = block.get("column_settings", [])
    if not isinstance(settings, list) or len(settings) > 20:
        yield f"no more than 20 items allowed [json-pointer:{where}/column_settings]"


def _text(
    value: object, where: str, most: int, kinds: Sequence[str] = ("plain_text", "mrkdwn")
) -> Faults:
    kind = str(value.get("type")) if isinstance(value, dict) else ""
    if not isinstance(value, dict) or kind not in kinds:
        yield f"must be one of {', '.join(kinds)} [json-pointer:{where}/type]"
        return
    yield from _extra(value, _TEXT_KEYS[kind], where)
    text = value.get("text")
    if not isinstance(text, str) or not 1 <= len(text) <= most:
        yield f"must be 1 to {most} characters [json-pointer:{where}/text]"
    elif _ENTITY.search(text):
        yield f"& must be escaped [json-pointer:{where}/text]"


def _extra(value: Mapping[str, Any], keys: set[str], where: str) -> Faults:
    for key in sorted(value.keys() - keys):
        yield f"invalid additional property: {key} [json-pointer:{where}]"


_KINDS: Mapping[str, tuple[Callable[[Mapping[str, Any], str], Faults], set[str]]] = {
    "header": (_header, {"text"}),
    "section": (_section, {"text", "fields", "accessory", "expand"}),
    "context": (_context, {"elements"}),
    "image": (_image, {"alt_text", "slack_file", "image_url", "title"}),
    "divider": (_divider, set()),
    "actions": (_actions, {"elements"}),
    "input": (_input, {"label", "element", "hint", "optional", "dispatch_action"}),
    "table": (_table, {"rows", "column_settings"}),
}
