"""When a lab released: conversions, sizes and variants of one release count once."""

import re
from bisect import bisect_right
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from itertools import pairwise
from statistics import median

import numpy as np

from detectors.columns import NEVER, Columns
from detectors.labs import Labs
from detectors.names import Chosen, located
from detectors.release_dates import DATES_VERSION, RELEASED

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
# Of a million names nearly all parts are among so many; a Hub has few words for what is alike.
_PARTS = 8_192
_DAY = 86_400
_FIRST_DAY = date(1970, 1, 1).toordinal()
# Before all that there is.
_NO_DAY = -_FIRST_DAY


@dataclass(frozen=True)
class Releases:
    """The releases of one lab, the latest last: days, and the ids that came out on each.

    `undated` is how many of its repos carry no day that could be used.
    """

    days: tuple[date, ...]
    models: tuple[tuple[str, ...], ...]
    undated: int = 0

    @cached_property
    def gap(self) -> float:
        """The median of the days between one release and the next; 0 where there is but one."""
        gaps = [(later - earlier).days for earlier, later in pairwise(self.days)]
        return float(median(gaps)) if gaps else 0.0

    def within(self, start: date, end: date) -> int:
        """Count the releases after `start`, up to and with `end`."""
        return max(bisect_right(self.days, end) - bisect_right(self.days, start), 0)


def stem(model_id: str) -> str:
    """Return what the repos of one release have in common: the name without size and format.

    >>> stem("Qwen/Qwen3-235B-A22B-Instruct-2507-FP8"), stem("Qwen/Qwen3-4B-2507-GGUF")
    ('qwen3-2507', 'qwen3-2507')
    """
    name = model_id.rpartition("/")[2].lower()
    parts = [part for part in _JOINTS.split(name) if part and not _of_one(part)]
    return "-".join(parts) or name


@lru_cache(_PARTS)
def _of_one(part: str) -> bool:
    return _OF_ONE.fullmatch(part) is not None


def releases_of(
    columns: Columns, table: Labs, at: datetime, wanted: Collection[str] = ()
) -> Mapping[str, Releases]:
    """Return the releases up to a time of some labs, of all in the table if none is wanted.

    A release is a day on which a lab publishes at least one name it has not published before,
    whatever the number of its repos. A day is the published one where the table of release dates
    has it, else that of `created_at`, which precedes it by a median of 3 days. What is dated
    later is not out yet.
    """
    labs = {
        code: lab
        for code, word in located(columns.namespace.words, table.spaces)
        if (lab := table.lab_of(word, at)) is not None and (not wanted or lab in wanted)
    }
    theirs = np.zeros(len(columns.namespace.words) + 1, dtype=np.bool_)
    theirs[list(labs)] = True
    rows = np.flatnonzero(theirs[columns.namespace.codes] & columns.present)
    created = columns.created_at[rows].astype(np.int64)
    days = np.where((created == NEVER) | (created == _UNDATED), _NO_DAY, created // _DAY)
    found: dict[str, _Names] = {}
    for model, code, day in zip(
        Chosen(columns.ids, rows),
        columns.namespace.codes[rows].tolist(),
        days.tolist(),
        strict=True,
    ):
        lab = labs[code]
        if lab not in found:
            found[lab] = _Names({}, {})
        found[lab].add(model, day)
    now = at.astimezone(UTC).date().toordinal() - _FIRST_DAY
    return {lab: found[lab].released(now) for lab in sorted(found)}


_Dated = tuple[int, str]


@dataclass
class _Names:
    """What a lab published, by name: the first repo, in days since 1970, and who came then.

    created: by the days repos were created; corrected: by those in the table of release dates.
    """

    created: dict[str, _Dated]
    corrected: dict[str, _Dated]
    undated: int = 0

    def add(self, model_id: str, day: int) -> None:
        published = RELEASED.get(model_id.lower())
        if published is not None:
            self._put(self.corrected, model_id, published.toordinal() - _FIRST_DAY)
        elif day == _NO_DAY:
            self.undated += 1
        else:
            self._put(self.created, model_id, day)

    def _put(self, dated: dict[str, _Dated], model_id: str, day: int) -> None:
        name, new = stem(model_id), (day, model_id)
        if name not in dated or new < dated[name]:
            dated[name] = new

    def released(self, now: int) -> Releases:
        days: dict[int, list[str]] = {}
        # One corrected repo dates its siblings too: they lay private together.
        for day, model in (self.created | self.corrected).values():
            if day <= now:
                days.setdefault(day, []).append(model)
        return Releases(
            days=tuple(date.fromordinal(day + _FIRST_DAY) for day in sorted(days)),
            models=tuple(tuple(sorted(days[day])) for day in sorted(days)),
            undated=self.undated,
        )
