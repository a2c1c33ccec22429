"""Boards and shares from small tables, also of a lab, a country or a licence, which have none."""

from dataclasses import dataclass, replace

import numpy as np

from detectors.board import Board
from detectors.metric import Metric
from detectors.names import Chosen
from detectors.scope import ALL, Scope, ScopeKind
from detectors.share import By, Of, Share, ShareQuestion
from detectors.snapshot import Snapshot
from detectors.tables import MAIN_DEPTH, NotTabled


@dataclass(frozen=True)
class Head:
    """A board and the Snapshot it is of.

    Where it is `cut` out of the board of all models, that is how many ranks of that were looked
    at: places and figures are those of its own board, but nobody counted what lies beyond.
    """

    snapshot: Snapshot
    board: Board
    cut: int = 0


def head(snapshot: Snapshot, metric: Metric, scope: Scope, n: int) -> Head | None:
    """Return a board that has its first `n` ranks; None where the Snapshot cannot say.

    Raises:
        NotTabled: only the columns can say.
    """
    try:
        board = snapshot.board(metric, scope, n)
    except NotTabled:
        found = _cut(snapshot, metric, scope, n)
        if found is None:
            raise
        return found
    return None if board is None else Head(snapshot, board)


def tabled(snapshot: Snapshot, metric: Metric, scope: Scope, n: int) -> Head | None:
    """Return the head of a board from what is at hand, None where only the columns can say."""
    try:
        return head(snapshot, metric, scope, n)
    except NotTabled:
        return None


def shared(snapshot: Snapshot, question: ShareQuestion) -> Share | None:
    """Return a share; the labs of a country from the shares of all labs, where these are at hand.

    Raises:
        NotTabled: only the columns can say.
    """
    try:
        return snapshot.share(question)
    except NotTabled:
        found = _inside(snapshot, question)
        if found is None:
            raise
        return found


def tabled_share(snapshot: Snapshot, question: ShareQuestion) -> Share | None:
    """Return a share from what is at hand, None where only the columns can say."""
    try:
        return shared(snapshot, question)
    except NotTabled:
        return None


def _inside(snapshot: Snapshot, question: ShareQuestion) -> Share | None:
    """Return how the labs of a country share what is the country's; None for any other question.

    A country's part is that of its labs, so that none of it is of an unknown lab.
    """
    country = question.scope.name
    asked = (question.scope.kind, question.by) == (ScopeKind.COUNTRY, By.LAB)
    if not asked or question.of in {Of.SLOTS, Of.CONTRIBUTORS}:
        return None
    whole = snapshot.share(ShareQuestion(question.of, By.LAB))
    countries = snapshot.share(ShareQuestion(question.of, By.COUNTRY))
    if whole is None or countries is None:
        return None
    here = {lab.name for lab in snapshot.labs.labs if lab.country == country}
    return Share(
        question=question,
        amounts={name: amount for name, amount in whole.amounts.items() if name in here},
        total=countries.amounts.get(country, 0.0),
        unknown=0.0,
        heaviest={name: model for name, model in whole.heaviest.items() if name in here},
        holders={},
    )


def _cut(snapshot: Snapshot, metric: Metric, scope: Scope, n: int) -> Head | None:
    """Cut a scope's first ranks out of those of all models; None where these are too few.

    Whoever is among the first of all keeps the order that it has in any part of them.
    """
    whole = snapshot.board(metric, ALL, MAIN_DEPTH)
    if whole is None or not snapshot.tells(scope.kind):
        return None
    inside, columns = snapshot.within(scope), snapshot.columns
    rows = columns.rows(whole.ordinals[:MAIN_DEPTH])
    chosen = np.flatnonzero((rows >= 0) & inside.take(rows, mode="wrap"))
    if len(chosen) < n and not whole.ended:
        return None
    board = replace(
        whole,
        scope=scope,
        ordinals=whole.ordinals[chosen],
        ids=Chosen(whole.ids, chosen),
        told=lambda: whole.figures[chosen],
        counted=len(chosen),
        unknown=0,
        depth=n,
    )
    return Head(snapshot, board, min(len(whole), MAIN_DEPTH))
