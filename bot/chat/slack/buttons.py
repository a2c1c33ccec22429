"""The buttons under an alert: what they are called, what they carry, and what they ask."""

import re

from bot.chat.base import Posting
from bot.chat.slack.blocks import Block, button
from bot.render import stories
from bot.render.message import Message
from detectors.shift import SOURCE_RULE

WHY, CHART, MUTE, TUNE = "alert_why", "alert_chart", "alert_mute", "alert_tune"
_WORDS = {WHY: "Why", CHART: "Chart", MUTE: "Mute 7 days", TUNE: "Tune"}
ALERT_ACTIONS = frozenset(_WORDS)
_SHIFT = re.compile(r"[0-9a-f]{12,64}")


def alert_buttons(shift: str) -> Block:
    """Return the buttons of an alert that tells a Shift; they carry its id and nothing more."""
    return {
        "type": "actions",
        "elements": [button(action, words, shift) for action, words in _WORDS.items()],
    }


def shift_of(value: str) -> str:
    """Return the id of a Shift that a button carries, "" where it carries none."""
    return value if _SHIFT.fullmatch(value) else ""


def pressed_for(posting: Posting, message: Message) -> str:
    """Return the id that the buttons of a message carry, "" where it shall have none.

    Buttons belong to one story: a summary of many, a digest, a sample and trouble with the
    source have no rule that could be muted or tuned.
    """
    if not message.shifts or not posting.shifts or posting.shifts[0].rule == SOURCE_RULE:
        return ""
    return message.shifts[0] if len(stories(posting.shifts)) == 1 else ""
