"""Holds a text against a file in tests/golden; UPDATE_GOLDEN=1 writes the file instead.

What is written must be read by a person before it is committed.
"""

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def check_golden(name: str, text: str) -> None:
    """Assert that a text is what the golden file of that name holds, to the last character."""
    assert text, f"nothing to hold against {name}"
    path = FOLDER / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    assert path.exists(), f"no {path}: run with UPDATE_GOLDEN=1, then read what it wrote"
    assert text + "\n" == path.read_text(encoding="utf-8")
