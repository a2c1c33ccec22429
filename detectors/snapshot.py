"""The Hub's models at one instant, in columns; its boards and shares are views, made once."""

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from detectors.board import DEPTH, Board, listed, ranked
from detectors.columns import UNKNOWN, Bools, Columns, Figures, Ints
from detectors.labs import Labs
from detectors.lineage import TRAINED, Lineage, traced
from detectors.masks import mask_of, spaces_of
from detectors.measuring import Ground, measured
from detectors.metric import Kind, Metric
from detectors.releases import Releases, releases_of
from detectors.scope import ALL, Scope, ScopeKind
from detectors.share import By, Of, Share, ShareQuestion
from detectors.tables import TASK_DEPTH, Tables, depth_of
from detectors.tally import Tally


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The Hub's models at one instant.

    `lists` holds, for each metric that ordered a list of the Hub, int64 rows in list order. A
    census speaks for every figure it carries; a pulse only for the boards its lists are ordered
    by, and the slots in them. `panel` names the part of the Hub that a census is limited to.
    `tally` holds what the boards and shares of this census are made of, where it was counted.
    With `tables` the columns hold only the models of its boards: what these and the tables cannot
    answer is NotTabled.
    """

    taken_at: datetime
    kind: Kind
    columns: Columns
    lists: Mapping[Metric, Ints]
    labs: Labs
    panel: str | None = None
    tally: Tally | None = None
    tables: Tables | None = None
    _boards: dict[tuple[Metric, Scope, int], Board | None] = field(default_factory=dict, repr=False)
    _shares: dict[ShareQuestion, Share | None] = field(default_factory=dict, repr=False)
    _masks: dict[Scope, Bools] = field(default_factory=dict, repr=False)
    _models: dict[int, Columns | None] = field(default_factory=dict, repr=False)
    _released: dict[frozenset[str], Mapping[str, Releases]] = field(
        default_factory=dict, repr=False
    )

    def __len__(self) -> int:
        """Return how many models are listed."""
        return self.columns.count if self.tables is None else self.tables.listed

    @property
    def stream(self) -> str:
        """What this Snapshot may be compared with: snapshots of the same stream."""
        return stream_of(self.kind, self.panel)

    @cached_property
    def id(self) -> str:
        """The snapshot's name in evidence and in the store."""
        return f"{self.stream}@{instant(self.taken_at)}"

    @cached_property
    def lineage(self) -> Lineage:
        """Where every model descends from, by all relations."""
        if self.tables is not None:
            return self.tables.lineage()
        return traced(self.columns, self.labs, self.taken_at)

    @contextmanager
    def tracing(self) -> Iterator[None]:
        """Trace where its models descend from in a thread of its own, beside what is done here."""
        with ThreadPoolExecutor(1) as beside:
            traced = beside.submit(lambda: self.lineage)
            yield
            traced.result()

    @cached_property
    def trained(self) -> Lineage:
        """The same, where only finetunes and adapters count as derivatives."""
        if self.tables is not None:
            return self.tables.trained()
        return traced(self.columns, self.labs, self.taken_at, TRAINED)

    def board(self, metric: Metric, scope: Scope = ALL, depth: int = TASK_DEPTH) -> Board | None:
        """Return the models ranked by a metric in a scope; None where this Snapshot cannot say.

        The board has at least the first `depth` ranks.
        """
        asked = (metric, scope, depth)
        if asked not in self._boards:
            key = (metric, scope, max(depth, depth_of(scope) if self.tables else DEPTH))
            if key not in self._boards:
                counted = self.tally.board(*key) if self.tally else None
                self._boards[key] = counted or self._ranked(*key)
            self._boards[asked] = self._boards[key]
        return self._boards[asked]

    def share(self, question: ShareQuestion) -> Share | None:
        """Return a metric's parts by group; None where this Snapshot cannot say."""
        found = self._shares.get(question)
        if found is None and question not in self._shares:
            counted = self.tally.share(question) if self.tally else None
            found = self._shares[question] = counted or self._measured(question)
        return found

    def told(self, questions: Collection[ShareQuestion], by: "Snapshot") -> "Snapshot":
        """Return this Snapshot with shares as another reading of the same one measures them."""
        shares = [share for share in map(by.share, questions) if share is not None]
        # What is looked up later is in the columns of that other one, which need not stay.
        lean = {
            share.question: replace(share, heaviest=dict(share.heaviest), holders={})
            for share in shares
        }
        return replace(self, _shares={**self._shares, **lean})

    def counted(self, last: "Snapshot | None" = None, depth: int = DEPTH) -> "Snapshot":
        """Return this census with its Tally, carried on from the last one's where that has one.

        All boards of a census are then made in one pass a metric, and of the next census few
        rows are looked at. A Snapshot that no Tally can be made of is returned as it is.
        """
        if self.kind is not Kind.CENSUS or self.lists or not self.columns.dense:
            return self
        before = last.tally if last else None
        if before is None or before.depth != depth:
            return replace(self, tally=Tally.of(self.columns, self.labs, self.taken_at, depth))
        return replace(self, tally=before.moved_to(self.columns, self.labs, self.taken_at))

    def uncounted(self) -> "Snapshot":
        """Return this Snapshot as if nothing of it had been counted or asked before."""
        return Snapshot(
            self.taken_at, self.kind, self.columns, self.lists, self.labs, panel=self.panel
        )

    def model(self, ordinal: int) -> tuple[Columns, int] | None:
        """Return columns that list a model and its row in them; None where it is not listed.

        Of tables that row alone is read.
        """
        if self.tables is None:
            row = self.columns.row(ordinal)
            return None if row is None else (self.columns, row)
        if ordinal not in self._models:
            row = self.columns.row(ordinal)
            self._models[ordinal] = None if row is None else self.tables.some(np.array([row]))
        found = self._models[ordinal]
        return None if found is None else (found, 0)

    def reaches(self, metric: Metric, scope: Scope, n: int) -> bool:
        """Whether this Snapshot can say who is in the top n.

        A pulse lists the first models of the whole Hub. Cut to a scope its board is right as
        far as it goes, so it must go to rank n: the next of the scope may stand below the list.
        """
        board = self.board(metric, scope, n)
        if board is None:
            return False
        whole = self.kind is Kind.CENSUS or scope == ALL or not len(self)
        return whole or len(board) >= n

    def releases(self, labs: Collection[str] = ()) -> Mapping[str, Releases]:
        """Return the releases of some labs, of all in the table if none is named."""
        asked = frozenset(labs)
        if asked not in self._released:
            self._released[asked] = releases_of(self.columns, self.labs, self.taken_at, asked)
        return self._released[asked]

    def within(self, scope: Scope) -> Bools:
        """Return which rows a scope counts, as a mask; a row whose scope is unknown is out."""
        if scope not in self._masks:
            self._masks[scope] = mask_of(scope, self.columns, self.labs, self.taken_at)
        return self._masks[scope]

    def listed_in(self, scope: str) -> str:
        """Return a scope as evidence names it: of a panel, with how many models it lists."""
        if self.panel is None:
            return scope
        return f"{scope} of the {len(self):,} models listed in panel {self.panel}"

    def only(self, rows: Ints) -> "Snapshot":
        """Return the Snapshot as if it had held these rows alone, its lists cut to them."""
        place = np.full(len(self.columns), -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        lists = {metric: place[of_list] for metric, of_list in self.lists.items()}
        return Snapshot(
            taken_at=self.taken_at,
            kind=self.kind,
            columns=self.columns.take(rows),
            lists={metric: of_list[of_list >= 0] for metric, of_list in lists.items()},
            labs=self.labs,
            panel=self.panel,
        )

    def tells(self, asked: ScopeKind | By) -> bool:
        """Whether any row says what a scope or a group asks for; where none does all is unknown."""
        told = {"license": "license", "task": "task", "llm": "task"}.get(asked.value)
        if told is None or not len(self):
            return True
        if self.tables is not None:
            return self.tables.tells(told)
        text = self.columns.license if told == "license" else self.columns.pipeline_tag
        return bool((text.codes >= 0).any())

    def figures(self, metric: Metric) -> Figures:
        """Return a metric by row, UNKNOWN where it is unknown."""
        known = self.columns.figures.get(metric)
        return np.full(len(self.columns), UNKNOWN) if known is None else known

    def _ranked(self, metric: Metric, scope: Scope, depth: int) -> Board | None:
        if self.tables is not None:
            return self.tables.board(metric, scope, depth)
        if not self.tells(scope.kind):
            return None
        figures = self.figures(metric)
        rows = self.lists.get(metric)
        if rows is None:
            if self.kind is Kind.PULSE or (len(self) and metric not in self.columns.figures):
                return None
            inside = self.within(scope)
            return ranked(self.columns, inside, figures, metric=metric, scope=scope, depth=depth)
        # One row without its figure and the list's own order is all there is to go by.
        by_order = bool((figures[rows] == UNKNOWN).any())
        return listed(
            self.columns,
            rows[self.within(scope)[rows]],
            figures,
            metric=metric,
            scope=scope,
            by_order=by_order,
            depth=depth,
        )

    def _measured(self, question: ShareQuestion) -> Share | None:
        if not (self.tells(question.scope.kind) and self.tells(question.by)):
            return None
        if self.tables is not None and question.of is not Of.SLOTS:
            return self.tables.share(question)
        if question.of is Of.SLOTS:
            return self._slots(question)
        if self.kind is Kind.PULSE:
            return None
        return measured(question, self.ground, self.within(question.scope), None)

    @property
    def ground(self) -> Ground:
        """What its shares are measured on."""
        return Ground(
            self.columns, self.labs, self.taken_at, lambda: self.lineage, lambda: self.trained
        )

    def _slots(self, question: ShareQuestion) -> Share | None:
        n, metric = question.places.n, question.places.metric
        board = self.board(metric, question.scope, n)
        if board is None or not self.reaches(metric, question.scope, n):
            return None
        ground = self.ground
        if self.tables is not None:
            rows = self.tables.first(metric, question.scope, n)
            ground, places = self._ground_of(self.tables, rows), np.arange(len(rows))
        else:
            held = [self.columns.row(at) for at in board.ordinals[:n].tolist()]
            places = np.array([row for row in held if row is not None], np.int64)
        # What holds a place of the board is inside its scope: no other row is looked at.
        return measured(question, ground, np.empty(0, np.bool_), places)

    def _ground_of(self, tables: Tables, rows: Ints) -> Ground:
        """Return what shares of some rows of tables are measured on, without reading the rest."""
        return Ground(
            tables.some(rows),
            self.labs,
            self.taken_at,
            lambda: self.lineage.of_some(rows),
            lambda: self.trained.of_some(rows),
        )

    def spaces_of(self, scope: Scope) -> frozenset[str]:
        """Return the namespaces listed that belong to the lab or the country of a scope."""
        return spaces_of(scope, self.columns, self.labs, self.taken_at)


def stream_of(kind: Kind, panel: str | None) -> str:
    """Return the name of the stream that Snapshots of a kind, or of a panel, belong to."""
    return kind.value if panel is None else f"{kind.value}:{panel}"


def instant(at: datetime) -> str:
    """Return a time in UTC as the Hub writes it, ending in Z."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
