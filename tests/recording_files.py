"""Files in the format recorded-hub/1, written from short lines and read back."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.hub.port import Reading
from bot.hub.recorded import RecordedHub, RecordingError
from bot.intake import snapshot_of
from bot.ledger import Ledger
from detectors.snapshot import Snapshot
from detectors.verdict import Intake
from tests.world import labs

DAY1 = {"taken_at": "2026-01-01T00:00:00Z", "kind": "pulse", "by": "trending"}
DAY2 = DAY1 | {"taken_at": "2026-01-02T00:00:00Z"}
CENSUS = {"taken_at": "2026-01-01T00:00:00Z", "kind": "census"}

Line = dict[str, Any] | str | bytes


def body(*lines: Line) -> bytes:
    rows = [json.dumps(line) if isinstance(line, dict) else line for line in lines]
    return b"".join(
        (row if isinstance(row, bytes) else row.encode()).rstrip(b"\n") + b"\n" for row in rows
    )


def written(folder: Path, *lines: Line, name: str = "hub.jsonl") -> Path:
    path = folder / name
    path.write_bytes(body(*lines))
    return path


def read(*paths: Path) -> list[Reading]:
    return list(RecordedHub(paths).readings())


def refused(*paths: Path) -> str:
    with pytest.raises(RecordingError) as caught:
        RecordedHub(paths).check()
    assert caught.value.exit_code == 2
    return str(caught.value)


def taken_in(reading: Reading) -> tuple[Snapshot, Intake]:
    return snapshot_of(reading, Ledger(labs()))


def names(reading: Reading) -> list[list[str]]:
    return [[model.id for model in listing.models] for listing in reading.listings]
