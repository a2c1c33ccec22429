"""The demo's recorded Hub: half a year of the daily trending list, as facts (see SOURCE.md)."""

from importlib.resources import files
from pathlib import Path

RECORDING = "trending-2025-11-07_2026-04-30.jsonl.gz"


def recording() -> Path:
    """Give the path of the recording, in the format recorded-hub/1."""
    return Path(str(files("bot.demo").joinpath(RECORDING)))


def source() -> dict[str, str]:
    """Give the figures of SOURCE.md's list, by the words before the colon."""
    text = files("bot.demo").joinpath("SOURCE.md").read_text("utf-8")
    lines = [line.removeprefix("- ") for line in text.splitlines() if line.startswith("- ")]
    return {name: figure for name, _, figure in (line.partition(": ") for line in lines)}
