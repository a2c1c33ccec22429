"""The small tables of a census: every board and share that is asked for again, without its columns.

A year of them is read in the time that one census takes to decode, so what looks back over
history (look-ups, digest, backtests, trends) asks these.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from detectors.board import Board
from detectors.columns import UNKNOWN, Columns, Floats, Ints
from detectors.lineage import Lineage
from detectors.metric import Metric
from detectors.names import Chosen, Named
from detectors.scope import ALL, LLM, Scope, ScopeKind
from detectors.share import By, Of, Share, ShareQuestion

# Ranks kept: of the main scopes, and of each task.
MAIN_DEPTH = 1000
TASK_DEPTH = 100
MAIN_SCOPES = (ALL, LLM)


class NotTabled(LookupError):
    """Only the whole columns of a census can answer; the text says what was asked."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """One board as it is kept: rows of `Tables.models` in rank order.

    counted, unknown: as in Board. bare: of the ordinals on the board before, those that have no
    figure now; nobody asks of others. The board before is the one that was held when these tables
    were made: a census that is put in between later on changes none of them.
    """

    rows: Ints
    counted: int
    unknown: int
    bare: frozenset[int] = frozenset()


class Read(Named):
    """The ids of some models, read when one is asked for."""

    __slots__ = ("_models", "_read", "_size")

    def __init__(self, models: Columns, size: int) -> None:
        self._models = models
        self._size = size
        self._read: dict[int, str] = {}

    def __len__(self) -> int:
        return self._size

    def _at(self, place: int) -> str:
        if place not in self._read:
            self._read[place] = self._models.ids[place]
        return self._read[place]

    def some(self, rows: Ints) -> list[str]:
        """Return the ids at some places, in their order."""
        places = rows.tolist()
        new = sorted({*places} - self._read.keys())
        self._read |= zip(new, Chosen(self._models.ids, np.array(new, np.int64)), strict=True)
        return [self._read[place] for place in places]

    def __iter__(self) -> Iterator[str]:
        return islice(self._models.ids, self._size)


@dataclass(frozen=True, eq=False)
class Tables:
    """Boards and shares of one census.

    listed: how many models it lists. models: those on any board, and their parents. some: returns
    the models of some rows, and others after them, without reading all. lineage, trained: of these
    models. untold: how many listed models do not say a task, a licence, or belong to no known lab
    or country. metrics: those it carries. boards: those that choose from any model. says: what it
    can share out; shares: those of any amount.
    """

    listed: int
    models: Columns
    some: Callable[[Ints], Columns]
    lineage: Callable[[], Lineage]
    trained: Callable[[], Lineage]
    untold: Mapping[str, int]
    metrics: frozenset[Metric]
    boards: Mapping[tuple[Metric, Scope], Ranking]
    says: frozenset[Of] = frozenset()
    shares: Mapping[ShareQuestion, Share] = field(default_factory=dict)

    def board(self, metric: Metric, scope: Scope, depth: int) -> Board | None:
        """Return a board; None where the census cannot say.

        Raises:
            NotTabled: the scope has no table, or its board goes on below the ranks kept.
        """
        if self.listed and metric not in self.metrics:
            return None
        if not kept(scope):
            raise NotTabled(f"a board in {scope}")
        if scope.kind is not ScopeKind.ALL and not self.tells("task"):
            return None
        most = depth_of(scope)
        ranking = self.boards.get((metric, scope))
        if ranking is None:
            ranking = Ranking(np.empty(0, np.int64), 0, 0)
        if depth > most <= len(ranking.rows):
            raise NotTabled(f"rank {depth} in {scope}")
        models, size = self.some(ranking.rows), len(ranking.rows)
        return Board(
            metric=metric,
            scope=scope,
            ordinals=models.ordinals[:size].astype(np.int64, copy=False),
            ids=Read(models, size),
            told=lambda: _told(models, metric, size),
            counted=ranking.counted,
            unknown=ranking.unknown,
            bare=ranking.bare,
            depth=most,
        )

    def first(self, metric: Metric, scope: Scope, n: int) -> Ints:
        """Return the rows of the first n ranks of a board that is kept."""
        ranking = self.boards.get((metric, scope))
        return np.empty(0, np.int64) if ranking is None else ranking.rows[:n]

    def share(self, question: ShareQuestion) -> Share | None:
        """Return a share, but for slots, which their board says; None where nobody can.

        Raises:
            NotTabled: the scope has no table.
        """
        if not kept(question.scope):
            raise NotTabled(f"a share in {question.scope}")
        told = {By.TASK: "task", By.LICENSE: "license"}.get(question.by)
        if question.of not in self.says or (told and not self.tells(told)):
            return None
        if question.scope.kind is not ScopeKind.ALL and not self.tells("task"):
            return None
        return self.shares.get(question) or Share(question, {}, 0.0, 0.0, {}, {})

    def tells(self, what: str) -> bool:
        """Whether any listed model says a task or a licence; an empty Hub tells all of it."""
        return not self.listed or self.untold[what] < self.listed


def _told(models: Columns, metric: Metric, size: int) -> Floats:
    """Return a metric of the first models as floats."""
    figures = models.figures.get(metric)
    return np.full(size, float(UNKNOWN)) if figures is None else figures[:size].astype(np.float64)


def kept(scope: Scope) -> bool:
    """Whether a scope has tables: all models, the language models, and each task."""
    return scope in MAIN_SCOPES or scope.kind is ScopeKind.TASK


def depth_of(scope: Scope) -> int:
    """Return how many ranks of a scope's boards are kept."""
    return MAIN_DEPTH if scope in MAIN_SCOPES else TASK_DEPTH
