"""The buttons under an alert: what they are called, what they carry, and what they ask."""

import re

from bot.chat.slack.blocks import Block, button

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
