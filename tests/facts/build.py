"""Makes recordings of published Hub data, with the few fields that rules look at.

    python -m tests.facts.build FOLDER      # FOLDER/labs_monthly/*.jsonl.gz and so on

Where each comes from, and under which licence, is said in SOURCE.md beside this file.
"""

import gzip
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

Row = Mapping[str, Any]


def monthly(row: Row) -> dict[str, Any]:
    """Return a model of one lab's crawl; its licence, task and day of creation were not read."""
    return {
        "id": f"{row['repo']}/{row['model_name']}",
        "downloads": row["downloads_last_month"],
        "likes": row["likes"],
    }


def first_thousand(row: Row) -> dict[str, Any]:
    """Return a model of the first thousand by trending."""
    return {
        "id": row["id"],
        "createdAt": row["createdAt"],
        "trendingScore": row["trendingScore"],
        "downloads": row["downloads"],
        "likes": row["likes"],
        "pipeline_tag": row["pipelineTag"],
        "tags": _tags(row["tags"]),
    }


def catalogued(row: Row) -> dict[str, Any] | None:
    """Return a model of the catalogue; None where it is marked as removed."""
    if row["removed"]:
        return None
    return {
        "id": row["id"],
        "createdAt": row["created_at"],
        "downloads": row["downloads_30d"],
        "likes": row["likes"],
        "pipeline_tag": row["pipeline_tag"],
        "gated": row["gated"],
        "tags": _tags(row["tags"]),
    }


# Folder, what its snapshots are, and how a row is told.
KINDS: Mapping[str, tuple[Row, Callable[[Row], dict[str, Any] | None]]] = {
    "labs_monthly": ({"kind": "census", "panel": "labs"}, monthly),
    "catalogue": ({"kind": "census", "panel": "catalogue"}, catalogued),
    "top1000": ({"kind": "pulse", "by": "trending"}, first_thousand),
}


def main(arguments: Sequence[str]) -> int:
    """Write one recording for each kind found in a folder."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m tests.facts.build FOLDER\n")
        return 2
    for name, (marker, told) in KINDS.items():
        lines = []
        for path in sorted((Path(arguments[0]) / name).glob("*.jsonl.gz")):
            lines.append(_line({"taken_at": _taken(path), **marker}))
            facts = [told(row) for row in _rows(path)]
            lines += [_line(_known(fact)) for fact in facts if fact is not None]
        target = HERE / f"{name}.jsonl.gz"
        target.write_bytes(_packed("\n".join(lines) + "\n"))
        sys.stdout.write(f"{target.name}: {target.stat().st_size} bytes\n")
    return 0


def _tags(tags: Sequence[str]) -> list[str]:
    return [tag for tag in tags if tag.startswith(("license:", "base_model:"))]


def _known(fact: Row) -> dict[str, Any]:
    """Return a fact without the fields that its source leaves open: unknown is never 0."""
    return {name: value for name, value in fact.items() if value is not None}


def _taken(path: Path) -> str:
    """Return the time in a file's name: 2026-05-01T0413, 2025-02-14."""
    day, _, clock = path.name.removesuffix(".jsonl.gz").partition("T")
    return f"{day}T{clock[:2] or '00'}:{clock[2:] or '00'}:00Z"


def _rows(path: Path) -> Iterator[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def _line(fact: Row) -> str:
    return json.dumps(fact, separators=(",", ":"), ensure_ascii=False)


def _packed(text: str) -> bytes:
    packed = io.BytesIO()
    # Neither name nor time in the head: the same facts are the same bytes.
    with gzip.GzipFile("", "wb", compresslevel=9, fileobj=packed, mtime=0) as stream:
        stream.write(text.encode())
    return packed.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
