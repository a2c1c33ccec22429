"""When a lab released: conversions, sizes and variants of one release count once."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np

from detectors.columns import NEVER
from detectors.names import located
from detectors.release_dates import DATES_VERSION, RELEASED
from detectors.snapshot import Snapshot

RELEASE_DEFINITION = f"release/1 {DATES_VERSION}"

# Repos older than this all carry this instant (definitions, "Release date"): their day is unknown.
_UNDATED = int(datetime(2022, 3, 2, 23, 29, 4, tzinfo=UTC).timestamp())

# What parts of a name say of one repo among those of a release: its format and precision, its
# size, and how it was tuned. Whole parts only, so that "gemma-3" and "gemma-4" stay two.
_FORMAT = r"gguf|mlx|onnx|gptq|awq|bnb|openvino|exl[23]|safetensors|hf"
_PRECISION = r"[nm]?[vx]?fp\d+|bf16|f16|int\d+|w\d+a\d+|\d+bit|q\d\w*|quantized|dynamic"
_SIZE = r"[ae]?\d+(?:\.\d+)?[bmkt]|\d+x\d+(?:\.\d+)?[bm]|tiny|mini|small|medium|large|xl"
_TUNING = r"base|pt|it|instruct|chat|sft|dpo|thinking|think"
_OF_ONE = re.compile(rf"{_FORMAT}|{_PRECISION}|{_SIZE}|{_TUNING}")
_JOINTS = re.compile(r"[-_\s]+")


@dataclass(frozen=True)
class Releases:
    """The releases of one lab, the latest last: days, and the ids that came out on each.

    `undated` is how many of its repos carry no day that could be used.
    """

    days: tuple[date, ...]
    models: tuple[tuple[str, ...], ...]
    undated: int = 0

    def within(self, start: date, end: date) -> int:
        """Count the releases after `start`, up to and with `end`."""
        return sum(1 for each in self.days if start < each <= end)


def stem(model_id: str) -> str:
    """Return what the repos of one release have in common: the name without size and format.

    >>> stem("Qwen/Qwen3-235B-A22B-Instruct-2507-FP8"), stem("Qwen/Qwen3-4B-2507-GGUF")
    ('qwen3-2507', 'qwen3-2507')
    """
    name = model_id.rpartition("/")[2].lower()
    parts = [part for part in _JOINTS.split(name) if part and not _OF_ONE.fullmatch(part)]
    return "-".join(parts) or name


def releases_of(snapshot: Snapshot, labs: Collection[str] = ()) -> Mapping[str, Releases]:
    """Return the releases of some labs, of all in the table if none is named.

    A release is a day on which a lab publishes at least one name it has not published before,
    whatever the number of its repos. A day is the published one where the table of release dates
    has it, else that of `created_at`, which precedes it by a median of 3 days. What is dated
    after the Snapshot is not out yet.
    """
    columns, at = snapshot.columns, snapshot.taken_at
    spaces = {
        code: lab
        for code, word in located(columns.namespace.words, snapshot.labs.spaces)
        if (lab := snapshot.labs.lab_of(word, at)) is not None and (not labs or lab in labs)
    }
    wanted = np.zeros(len(columns.namespace.words) + 1, dtype=np.bool_)
    wanted[list(spaces)] = True
    rows = np.flatnonzero(wanted[columns.namespace.codes] & columns.present)
    found: dict[str, _Names] = {}
    for row, code, created in zip(
        rows.tolist(),
        columns.namespace.codes[rows].tolist(),
        columns.created_at[rows].tolist(),
        strict=True,
    ):
        found.setdefault(spaces[code], _Names({}, {}, [])).add(columns.ids[row], created)
    return {lab: found[lab].released(at.astimezone(UTC).date()) for lab in sorted(found)}


@dataclass(frozen=True)
class _Names:
    """What a lab published: by name, the days its repos were created, and the corrected ones."""

    created: dict[str, list[tuple[date, str]]]
    corrected: dict[str, list[tuple[date, str]]]
    undated: list[str]

    def add(self, model_id: str, created: int) -> None:
        published = RELEASED.get(model_id.lower())
        if published is not None:
            self.corrected.setdefault(stem(model_id), []).append((published, model_id))
        elif created in {NEVER, _UNDATED}:
            self.undated.append(model_id)
        else:
            day = datetime.fromtimestamp(created, UTC).date()
            self.created.setdefault(stem(model_id), []).append((day, model_id))

    def released(self, now: date) -> Releases:
        days: dict[date, list[str]] = {}
        for name in {*self.created, *self.corrected}:
            # One corrected repo dates its siblings too: they lay private together.
            day, model = min(self.corrected.get(name) or self.created[name])
            if day <= now:
                days.setdefault(day, []).append(model)
        return Releases(
            days=tuple(sorted(days)),
            models=tuple(tuple(sorted(days[day])) for day in sorted(days)),
            undated=len(self.undated),
        )
