"""The demo's recorded Hub: half a year of the daily trending list, as facts (see SOURCE.md)."""

from collections.abc import Mapping
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


def opening(facts: Mapping[str, str]) -> str:
    """Say what the recording holds, from the facts of its source."""
    days, _, span = facts["days"].partition(", ")
    return (
        f"The Hub's trending list, {days} days {span}, told as it happened.\n"
        "Source: rip-tyang/trend-archive (MIT), facts only.\n"
        f"In {facts['rows with shifted columns']} of {facts['rows']} rows columns were shifted: "
        "the damaged figures are left unknown,\nrank and id are kept.\n"
    )
