"""What a reader wants to know of a model beside the fact: who made it, what it is, its figures."""

from collections.abc import Iterable
from datetime import UTC, datetime

from detectors.columns import NEVER, UNKNOWN
from detectors.shift import About
from detectors.snapshot import Snapshot, instant


def described(ordinal: int, *snapshots: Snapshot) -> About:
    """Return what a reader wants to know of a model, from the first Snapshot that lists it."""
    for snapshot in snapshots:
        found = snapshot.model(ordinal)
        if found is None:
            continue
        columns, row = found
        space = columns.namespace.at(row)
        about: About = {
            "lab": snapshot.labs.lab_of(space, snapshot.taken_at),
            "country": snapshot.labs.country_of(space, snapshot.taken_at),
            "task": columns.pipeline_tag.at(row),
            "license": columns.license.at(row),
        }
        for metric, figures in columns.figures.items():
            about[metric.value] = None if figures[row] == UNKNOWN else float(figures[row])
        if columns.created_at[row] != NEVER:
            created = int(columns.created_at[row])
            about["created_at"] = instant(datetime.fromtimestamp(created, UTC))
        return {name: value for name, value in about.items() if value is not None}
    return {}


def current_id(ordinal: int, snapshots: Iterable[Snapshot]) -> str:
    """Return a model's id by the first Snapshot that lists it; ValueError where none does."""
    for snapshot in snapshots:
        found = snapshot.model(ordinal)
        if found is not None:
            columns, row = found
            return columns.ids[row]
    raise ValueError(f"ordinal {ordinal} is in none of the snapshots compared")
