"""Makes the small tables of a census, each kind in few passes over its columns."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from detectors.board import Board
from detectors.celled import Celled
from detectors.cells import Cells
from detectors.columns import Ints
from detectors.measuring import grouping, spaces, weighed
from detectors.metric import Metric
from detectors.scope import ALL, LLM, Scope, ScopeKind
from detectors.share import By, Of, Share, ShareQuestion
from detectors.snapshot import Snapshot
from detectors.tables import MAIN_SCOPES, Ranking, Read, Tables, depth_of


def tabled(snapshot: Snapshot, before: Tables | None = None, *, anew: bool = False) -> Tables:
    """Return every board and share of a census that is kept beside it.

    `before` are the tables of the census before. Unless the tables begin `anew` its models come
    first in these too, so that the two have much in common.
    """
    with snapshot.tracing():
        boards = dict(_boards(snapshot))
    columns = snapshot.columns
    ordinals = [
        ordinal
        for (_, scope), board in boards.items()
        for ordinal in board.ordinals[: depth_of(scope)].tolist()
    ]
    held = np.empty(0, np.int64) if before is None or anew else before.models.ordinals
    rows = np.append(held, np.setdiff1d(np.array(ordinals, np.int64), held))
    models = columns.take(rows)
    models = replace(models, namespace=models.namespace.spoken())
    shares = dict(_shares(snapshot))
    place = np.full(len(columns), -1, np.int64)
    place[models.ordinals] = np.arange(len(models))
    lineage = snapshot.lineage.of_some(models.ordinals)
    trained = snapshot.trained.of_some(models.ordinals)
    return Tables(
        listed=len(snapshot),
        models=models,
        some=models.take,
        lineage=lambda: lineage,
        trained=lambda: trained,
        untold=_untold(snapshot),
        metrics=frozenset(columns.figures) | frozenset(snapshot.lists),
        boards={key: _ranking(key, board, before, place) for key, board in boards.items()},
        says=frozenset(shares),
        shares={each.question: each for told in shares.values() for each in told},
    )


def _untold(snapshot: Snapshot) -> dict[str, int]:
    """Return how many listed models do not say what a scope or a group asks for."""
    columns, present = snapshot.columns, snapshot.columns.present
    untold = {
        "task": present & (columns.pipeline_tag.codes < 0),
        "license": present & (columns.license.codes < 0),
    }
    for by in (By.LAB, By.COUNTRY):
        codes, _ = spaces(by, columns.namespace, snapshot.labs, snapshot.taken_at)
        untold[by.value] = present & (codes[columns.namespace.codes] < 0)
    return {name: int(np.count_nonzero(rows)) for name, rows in untold.items()}


def _boards(snapshot: Snapshot) -> Iterator[tuple[tuple[Metric, Scope], Board]]:
    """Yield every board that has any model to choose from."""
    tasks = snapshot.columns.pipeline_tag.words
    scopes = [*MAIN_SCOPES, *(Scope(ScopeKind.TASK, task) for task in tasks if task)]
    for metric in Metric:
        for scope in scopes:
            board = snapshot.board(metric, scope, depth_of(scope))
            if board is not None and board.counted:
                yield (metric, scope), board


def _ranking(
    key: tuple[Metric, Scope], board: Board, before: Tables | None, place: Ints
) -> Ranking:
    then = before.boards.get(key) if before else None
    bare: frozenset[int] = frozenset()
    if before is not None and then is not None:
        asked = {*before.models.ordinals[then.rows].tolist(), *then.bare}
        bare = frozenset(each for each in asked if board.unplaced(each))
    rows = place[board.ordinals[: depth_of(key[1])]]
    return Ranking(rows, board.counted, board.unknown, bare)


def _shares(snapshot: Snapshot) -> Iterator[tuple[Of, list[Share]]]:
    """Yield the shares of whatever every model counts for, in every scope with any amount."""
    # Much the same models are the heaviest of many groups and scopes.
    columns = replace(snapshot.columns, ids=Read(snapshot.columns, len(snapshot.columns)))
    cells = snapshot.tally.cells if snapshot.tally else Cells.of(columns)
    scopes = [ALL]
    if snapshot.tells(ScopeKind.LLM):
        tasks = sorted(task for task in columns.pipeline_tag.words if task)
        scopes += [LLM, *(Scope(ScopeKind.TASK, task) for task in tasks)]
    groups = [by for by in By if snapshot.tells(by)]
    for of in [each for each in Of if each is not Of.SLOTS]:
        found = weighed(of, snapshot.ground, columns.present, None)
        if found is None:
            continue
        shares: list[Share] = []
        for by in groups:
            grouped = grouping(ShareQuestion(of, by), snapshot.ground, *found)
            shares += Celled.found(of, by, columns, cells, grouped).shares(scopes)
        yield of, shares
