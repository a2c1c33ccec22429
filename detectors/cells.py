"""The finest parts of a census that boards and shares are added up from.

A cell is a task, and in it what is a language model or what is not. Every model is in one cell;
all models, the language models and a task are each some of the cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from detectors.columns import AT_ONCE, Bools, Columns, Ints
from detectors.scope import LLM_TASKS, Scope, ScopeKind


@dataclass(frozen=True, eq=False)
class Cells:
    """The cell of each row. codes: as narrow as they fit, -1 of a row that is not listed.

    Cell 2t+2 holds task t, cell 2t+3 its language models; cells 0 and 1 are of an unknown task.
    """

    codes: Ints
    tasks: Sequence[str]
    _within: dict[Scope, Ints | None] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, columns: Columns) -> "Cells":
        """Find the cells of all rows."""
        codes = np.empty(len(columns), cells_of(columns, slice(0)).dtype)
        for start in range(0, len(columns), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            codes[part] = cells_of(columns, part)
        return cls(codes, columns.pipeline_tag.words)

    @cached_property
    def counted(self) -> Ints:
        """How many rows each cell has."""
        return counted(self.codes, self.count)

    @property
    def count(self) -> int:
        """How many cells there are, empty ones too."""
        return 2 * len(self.tasks) + 2

    def within(self, scope: Scope) -> Ints | None:
        """Return the cells that a scope is made of; None where cells cannot tell."""
        if scope not in self._within:
            self._within[scope] = self._found(scope)
        return self._within[scope]

    def _found(self, scope: Scope) -> Ints | None:
        match scope.kind:
            case ScopeKind.ALL:
                return np.arange(self.count)
            case ScopeKind.LLM:
                tasks = [at for at, task in enumerate(self.tasks) if task in LLM_TASKS]
                return np.array([2 * at + 3 for at in tasks], np.int64)
            case ScopeKind.TASK:
                tasks = [at for at, task in enumerate(self.tasks) if task == scope.name]
                return np.array([cell for at in tasks for cell in (2 * at + 2, 2 * at + 3)], int)
        return None

    def among(self, cells: Ints) -> Bools:
        """Return a table by cell of which are named; code -1 picks the False at the end."""
        table = np.zeros(self.count + 1, dtype=np.bool_)
        table[cells] = True
        return table


def cells_of(columns: Columns, rows: Ints | slice) -> Ints:
    """Return the cell of some rows, -1 where a row is not listed."""
    tasks = columns.pipeline_tag.words
    kind = np.min_scalar_type(-2 * len(tasks) - 2)
    told, present = columns.pipeline_tag.codes[rows], columns.present[rows]
    # Task -1, of which nobody speaks, comes first: wrapping it round would cost more than the rest.
    speaks = np.array([False, *(task in LLM_TASKS for task in tasks)], np.bool_)
    codes: Ints = told.astype(kind)
    codes += 1
    spoken = speaks.take(codes, mode="clip")
    spoken &= ~columns.not_llm[rows]
    codes <<= 1
    codes += spoken
    # All bits of what is not listed are set: that is -1.
    codes |= present.astype(np.int8) - np.int8(1)
    return codes


def counted(codes: Ints, count: int) -> Ints:
    """Return how many of some rows are in each of so many cells."""
    found = np.zeros(count + 1, np.int64)
    for start in range(0, len(codes), AT_ONCE):
        place = codes[start : start + AT_ONCE].astype(np.intp)
        place += 1
        found += np.bincount(place, minlength=count + 1)
    return found[1:]
