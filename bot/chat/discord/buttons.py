"""The buttons under an alert: what they are called, and what they carry."""

import re
from typing import Any

WHY, CHART, MUTE, TUNE = "why", "chart", "mute", "tune"
MUTED = "7d"
_LABELS = {WHY: "Why", CHART: "Chart", MUTE: "Mute 7 days", TUNE: "Tune"}
_SHIFT = "(?P<shift>[0-9a-f]{12,64})"
# A custom id has at most 100 characters, and whoever forges one writes what they like: a verb and
# the id of a Shift, never text. https://docs.discord.com/developers/components/reference#custom-id
PRESSED = re.compile(f"hubshift:(?P<verb>{'|'.join(_LABELS)}):{_SHIFT}")
RETUNED = re.compile(f"hubshift:retune:{_SHIFT}")
_BUTTON, _GREY = 2, 2


def alert_buttons(shift: str) -> list[dict[str, Any]]:
    """Return the buttons of an alert that tells a Shift; none without its id."""
    if not shift:
        return []
    return [
        {"type": _BUTTON, "style": _GREY, "label": label, "custom_id": f"hubshift:{verb}:{shift}"}
        for verb, label in _LABELS.items()
    ]


def retuned(shift: str) -> str:
    """Return the custom id of the form that changes a rule."""
    return f"hubshift:retune:{shift}"
