"""The modal that tunes a watch: its rule, how often each setting would have alerted, a line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from bot.chat.slack import limits
from bot.chat.slack.answers import drawn
from bot.chat.slack.blocks import Block, literal, small, text_object
from bot.chat.slack.came import Payload, said
from bot.chat.slack.text import plain_lines
from bot.desk import Tuning
from bot.render.answer import Answer

TUNE_VIEW = "tune"
LINE, SETTING = "rule", "setting"
_CARET = re.compile(r"\s*\^+\s*")
_TITLE = "Tune an alert"
_DONE = "Close"


class Meant(msgspec.Struct, frozen=True):
    """What a modal is about: the channel, the rule as it is, and the rules offered, in order."""

    channel: str
    rule: str
    offered: tuple[str, ...] = ()


_meant = msgspec.json.Decoder(Meant)


@dataclass(frozen=True)
class Saved:
    """What a person sent in: from which rule of which channel to which."""

    channel: str
    old: str
    new: str


def loading_view() -> Block:
    """Return what stands there at once: a trigger opens a modal for three seconds only."""
    return _view([_plain("Trying the rule at several settings on what is held…")])


def said_view(words: str) -> Block:
    """Return words in place of the form: why there is none."""
    return _view([_plain(words)])


def done_view(answer: Answer) -> Block:
    """Return the confirmation of what was saved."""
    return _view(drawn(answer))


def tune_view(tuning: Tuning, channel: str) -> Block:
    """Return the form: a choice of settings and the line itself."""
    offered = [each for each in tuning.settings if len(each.rule) <= limits.RULE]
    offered = offered[: limits.OPTIONS]
    blocks = [_plain(f"The rule: {tuning.rule}")]
    if offered:
        labels = told_apart([each.rule for each in offered])
        options = [
            _option(number, label, f"{each.often}{', as it is now' if each.own else ''}")
            for number, (each, label) in enumerate(zip(offered, labels, strict=True))
        ]
        blocks.append(_choice(options, [each.own for each in offered]))
    blocks += [_line(tuning.rule), small(tuning.closing)]
    meant = Meant(channel, tuning.rule, tuple(each.rule for each in offered))
    return _view(blocks) | {
        "callback_id": TUNE_VIEW,
        "submit": literal("Save", limits.VIEW_TITLE),
        "private_metadata": msgspec.json.encode(meant).decode(),
    }


def saved(body: Payload) -> Saved | None:
    """Return what was sent in; None where the form is none that can still be read.

    What was changed in the line counts; where nothing was, the setting chosen does.
    """
    try:
        meant = _meant.decode(said(body, "view", "private_metadata"))
    except msgspec.DecodeError:
        return None
    line = said(body, "view", "state", "values", LINE, LINE, "value").strip()
    values = ("view", "state", "values", SETTING, SETTING, "selected_option", "value")
    chosen = said(body, *values)
    if line and line != meant.rule:
        return Saved(meant.channel, meant.rule, line)
    if chosen.isdecimal() and len(chosen) <= 2 and int(chosen) < len(meant.offered):  # noqa: PLR2004 - no list has more
        return Saved(meant.channel, meant.rule, meant.offered[int(chosen)])
    return Saved(meant.channel, meant.rule, meant.rule)


def errors(words: str, line: str) -> dict[str, Any]:
    """Return an error as the modal shows it, under the line; nothing typed is lost."""
    told = [_CARET.sub("", each) for each in words.splitlines() if each.strip() != line.strip()]
    shown = plain_lines(told, limits.VIEW_ERROR).replace("\n", " ") or "This cannot be saved."
    return {"response_action": "errors", "errors": {LINE: shown}}


def update(view: Block) -> dict[str, Any]:
    """Return another view in the place of the one that was sent in."""
    return {"response_action": "update", "view": view}


def told_apart(rules: Sequence[str]) -> list[str]:
    """Return of each rule the words by which they differ, each behind the word before it."""
    split = [rule.split() for rule in rules]
    if len({len(words) for words in split}) != 1:
        return [*rules]
    differ = [at for at, words in enumerate(zip(*split, strict=True)) if len(set(words)) > 1]
    if not differ:
        return [*rules]
    return [", ".join(" ".join(words[max(at - 1, 0) : at + 1]) for at in differ) for words in split]


def _view(blocks: list[Block]) -> Block:
    return {
        "type": "modal",
        "title": literal(_TITLE, limits.VIEW_TITLE),
        "close": literal(_DONE, limits.VIEW_TITLE),
        "blocks": blocks,
    }


def _plain(words: str) -> Block:
    text = plain_lines(words.splitlines(), limits.SECTION) or "—"
    return {"type": "section", "text": text_object(text)}


def _line(rule: str) -> Block:
    return {
        "type": "input",
        "block_id": LINE,
        "label": literal("Or write the rule yourself", limits.BUTTON),
        "hint": literal("What you change here counts, not the choice above.", limits.LABEL),
        "element": {
            "type": "plain_text_input",
            "action_id": LINE,
            "initial_value": rule,
            "max_length": limits.RULE_LINE,
        },
    }


def _choice(options: list[Block], own: Sequence[bool]) -> Block:
    element: Block = {"type": "radio_buttons", "action_id": SETTING, "options": options}
    if True in own:
        element["initial_option"] = options[own.index(True)]
    return {
        "type": "input",
        "block_id": SETTING,
        "optional": True,
        "label": literal("How often it would have alerted", limits.BUTTON),
        "element": element,
    }


def _option(number: int, label: str, often: str) -> Block:
    return {
        "text": literal(label, limits.OPTION),
        "description": literal(often, limits.OPTION),
        "value": str(number),
    }
