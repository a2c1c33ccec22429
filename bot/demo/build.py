"""Makes the demo's recording of a trend-archive file: `python -m bot.demo.build IN OUT`."""

import gzip
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from detectors.scope import TASKS

ROWS_A_DAY = 30
_SIZE = re.compile(r"[\d.]+[kMBT]?")


@dataclass(frozen=True, slots=True)
class Damage:
    """How many of the rows could not be taken over whole, and what they lost."""

    rows: int = 0
    shifted: int = 0
    lost_downloads: int = 0
    lost_task: int = 0
    no_downloads: int = 0

    def __str__(self) -> str:
        return (
            f"rows: {self.rows}\n"
            f"rows with shifted columns: {self.shifted}\n"
            f"of these without their downloads: {self.lost_downloads}\n"
            f"of these without their task: {self.lost_task}\n"
            f"rows with no downloads on the page: {self.no_downloads}"
        )


def fact_of(row: dict[str, Any], seen: Damage) -> tuple[dict[str, Any], Damage]:
    """Turn one row of the archive into a model of recorded-hub/1, and count what it lost.

    A figure is damaged, and left out, where a column holds another column's value: a category
    that is a size or "Updated …", downloads or a date of change shifted into each other's column.
    Raises ValueError for a category that is neither a known task nor damaged in these ways.
    """
    fact: dict[str, Any] = {"id": row["title"]}
    no_task = row["category"].startswith("Updated") or bool(_SIZE.fullmatch(row["category"]))
    moved = not row["last_modified"].startswith("Updated") or row["download"].startswith("Updated")
    if not no_task:
        task = row["category"].lower().replace(" ", "-")
        if task not in TASKS:
            raise ValueError(f"{row['date']} rank {row['rank']}: unknown task {row['category']!r}")
        fact["pipeline_tag"] = task
    if not moved and row["_downloads_num"] is not None:
        fact["downloads"] = int(row["_downloads_num"])
    if row["_likes_num"] is not None:
        fact["likes"] = int(row["_likes_num"])
    return fact, replace(
        seen,
        rows=seen.rows + 1,
        shifted=seen.shifted + (no_task or moved),
        lost_downloads=seen.lost_downloads + moved,
        lost_task=seen.lost_task + no_task,
        no_downloads=seen.no_downloads + (not moved and row["_downloads_num"] is None),
    )


def build(rows: Iterable[dict[str, Any]]) -> tuple[list[str], Damage]:
    """Write the rows, which come by day and rank, as the lines of a recording."""
    lines: list[str] = []
    damage = Damage()
    day, rank = "", ROWS_A_DAY
    for row in rows:
        if row["date"] != day:
            if rank != ROWS_A_DAY or row["date"] < day:
                raise ValueError(f"{day}: ends at rank {rank}, or {row['date']} is out of order")
            day, rank = row["date"], 0
            lines.append(_line({"taken_at": f"{day}T00:00:00Z", "kind": "pulse", "by": "trending"}))
        rank += 1
        if row["rank"] != rank:
            raise ValueError(f"{day}: rank {row['rank']} stands where rank {rank} is due")
        fact, damage = fact_of(row, damage)
        lines.append(_line(fact))
    if rank != ROWS_A_DAY:
        raise ValueError(f"{day}: ends at rank {rank}")
    return lines, damage


def main(arguments: Sequence[str]) -> int:
    """Read the archive file, write the recording, print what was damaged; 2 for bad input."""
    if len(arguments) != 2:  # noqa: PLR2004 — a file in, a file out
        sys.stderr.write("usage: python -m bot.demo.build IN.jsonl.gz OUT.jsonl.gz\n")
        return 2
    source, target = (Path(argument) for argument in arguments)
    try:
        lines, damage = build(_rows(source))
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"{source}: {error}; is it a trend-archive file?\n")
        return 2
    target.write_bytes(_packed("\n".join(lines) + "\n"))
    sys.stdout.write(f"{damage}\n{target}: {target.stat().st_size} bytes\n")
    return 0


def _rows(source: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(source, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def _line(fact: dict[str, Any]) -> str:
    return json.dumps(fact, separators=(",", ":"))


def _packed(text: str) -> bytes:
    packed = io.BytesIO()
    # Neither name nor time in the head: the same facts are the same bytes.
    with gzip.GzipFile("", "wb", compresslevel=9, fileobj=packed, mtime=0) as stream:
        stream.write(text.encode())
    return packed.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
