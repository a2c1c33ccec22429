"""A bot that keeps a dict for each model, as most are written."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from heapq import nsmallest
from typing import Any

from detectors.columns import Columns
from detectors.labs import Labs
from detectors.scope import LLM_TASKS
from detectors.share import NEW_SECONDS
from tests.bench.answers import BYS, METRICS, OFS, RANKS, USED, Boards, Shares
from tests.bench.descent import families

Row = dict[str, Any]


def rows_of(columns: Columns) -> list[Row]:
    """Return a dict for each repo."""
    figures = {metric.value: columns.figures[metric].tolist() for metric in METRICS}
    words, spaces = columns.pipeline_tag.words, list(columns.namespace.words)
    parents: dict[int, list[int]] = defaultdict(list)
    for child, parent in zip(
        columns.edges.child.tolist(), columns.edges.parent.tolist(), strict=True
    ):
        if child != parent:
            parents[child].append(parent)
    return [
        {
            "id": name,
            "space": spaces[space] if space >= 0 else None,
            "task": words[task] if task >= 0 else None,
            "created": created,
            "present": present,
            "not_llm": other,
            "parents": parents.get(at, ()),
            **{name: figures[name][at] for name in figures},
        }
        for at, (name, space, task, created, present, other) in enumerate(
            zip(
                columns.ids,
                columns.namespace.codes.tolist(),
                columns.pipeline_tag.codes.tolist(),
                columns.created_at.tolist(),
                columns.present.tolist(),
                columns.not_llm.tolist(),
                strict=True,
            )
        )
    ]


def answers(rows: list[Row], labs: Labs, seconds: int) -> tuple[Boards, Shares, Shares]:
    """Answer everything by going through the dicts."""
    at = datetime.fromtimestamp(seconds, UTC)
    places = {
        space: (labs.lab_of(space, at) or "", labs.country_of(space, at) or "")
        for space in {row["space"] for row in rows}
    }
    owner: dict[str, str] = {}
    for space in places:
        if space is not None:
            owner[space] = labs.canonical_id(f"{space}/").rstrip("/").lower()

    def foreign(row: Row) -> list[int]:
        return [
            up for up in row["parents"] if owner.get(rows[up]["space"]) != owner.get(row["space"])
        ]

    abroad = {at: foreign(row) for at, row in enumerate(rows) if row["parents"]}
    new = [at for at, row in enumerate(rows) if seconds - NEW_SECONDS < row["created"] <= seconds]
    new = [at for at in new if rows[at]["present"]]
    derived = [at for at in new if abroad.get(at)]
    listed = [row for row in rows if row["present"]]
    kept = {at: ups or rows[at]["parents"] for at, ups in abroad.items()}

    def lab(node: int) -> str:
        return places[rows[node]["space"]][0]

    mixes = families(kept, lambda node: {lab(node): 1.0}, lab)
    family: dict[str, float] = defaultdict(float)
    for each in derived:
        for name, weight in mixes[each].items():
            family[name] += weight
    return (
        _boards(listed),
        _shares(listed, [rows[each] for each in new], [rows[each] for each in derived], places),
        {"family": family},
    )


def _boards(rows: list[Row]) -> Boards:
    boards: Boards = {}
    scopes: dict[str, Callable[[Row], bool]] = {
        "all": lambda _: True,
        "llm": lambda row: row["task"] in LLM_TASKS and not row["not_llm"],
    }
    by_task: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_task[row["task"]].append(row)
    groups = {name: [row for row in rows if test(row)] for name, test in scopes.items()}
    groups |= {task: by_task[task] for task in USED}
    for metric in METRICS:
        name = metric.value
        for scope, members in groups.items():
            first = nsmallest(
                RANKS,
                (row for row in members if row[name] > 0),
                key=lambda row: (-row[name], row["created"], row["id"]),
            )
            boards[f"{name} in {scope}"] = [(row["id"], row[name]) for row in first]
    return boards


def _shares(
    rows: list[Row], new: list[Row], derived: list[Row], places: dict[str, tuple[str, str]]
) -> Shares:
    shares: Shares = {}
    counted = {"new": new, "derivatives": derived}
    for of in OFS:
        for place, by in enumerate(BYS):
            sums: dict[str, float] = defaultdict(float)
            for row in counted.get(of.value, rows):
                weight = 1 if of.value in counted else max(row[of.value], 0)
                sums[places[row["space"]][place]] += weight
            shares[f"{of.value} by {by.value}"] = sums
    return shares
