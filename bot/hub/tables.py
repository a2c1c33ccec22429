"""Published Hub statistics in parquet: each file is the whole Hub on one day, a row a model.

The columns are those of `cfahlgren1/hub-stats` (models.parquet); what a file lacks stays unknown.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bot.hub.port import Head, Listing, Reading
from bot.hub.progress import Progress
from bot.hub.table_columns import WANTED, rows_of
from bot.hub.table_gatherer import Rows, TableGatherer
from bot.hub.table_types import OddColumn, first_line
from bot.wording import plural
from detectors.metric import Kind

# Rows decoded at a time: some 10 MB.
_ROWS = 16_384
_DATE = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)")


class TableError(ValueError):
    """A file cannot be taken in; the text begins with its name."""

    exit_code = 2


@dataclass(frozen=True)
class Table:
    """One file, checked as far as its footer tells. `panel` names the part of the Hub it covers."""

    path: Path
    taken_at: datetime
    rows: int
    panel: str | None = None

    @classmethod
    def opened(cls, path: Path, at: datetime | None = None, panel: str | None = None) -> "Table":
        """Look at a file's footer; its date is in its name unless it is given.

        Raises:
            TableError: It is no parquet, holds no rows or no ids, names a column twice, or its
                date is not known.
        """
        with _parquet(path) as file:
            names = file.schema_arrow.names
            rows = file.metadata.num_rows
        if twice := [name for name in names if name in WANTED and names.count(name) > 1]:
            raise TableError(
                f'{path}: has {names.count(twice[0])} columns named "{twice[0]}"; write it with '
                "one of them"
            )
        if "id" not in names:
            raise TableError(f'{path}: has no column "id", so no row can be told for a model')
        if not rows:
            raise TableError(f"{path}: holds no rows")
        return cls(path, at or _date(path), rows, panel)

    @cached_property
    def head(self) -> Head:
        """What it is known by: the day, and a digest of the file's bytes."""
        try:
            with self.path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
        except OSError as error:
            raise TableError(f"{self.path}: cannot be read ({error.strerror or error})") from None
        return Head(self.taken_at, Kind.CENSUS, self.panel, digest)

    def reading(self, progress: Progress | None = None) -> Reading:
        """Read the file, some rows at a time, only the columns that are wanted.

        Raises:
            TableError: A part of it is damaged, or a column holds what it cannot.
        """
        gatherer = TableGatherer(self.rows)
        odd = 0
        for batch in self._batches():
            some, left_out = self._rows(batch)
            gatherer.add(some)
            odd += left_out
            if progress is not None:
                progress.advance(batch.num_rows)
        listing = Listing(None, columns=gatherer.columns())
        # What it keeps to read the next table with is as large as all that was read of this one.
        del gatherer
        pa.default_memory_pool().release_unused()
        if not len(listing):
            raise TableError(f"{self.path}: holds no rows with an id, so there is nothing to take")
        left = plural(odd, "row without an id was", "rows without an id were", whole=True)
        notes = (f"{self.path}: {left} left out",) if odd else ()
        return Reading(
            self.taken_at,
            Kind.CENSUS,
            (listing,),
            self.panel,
            odd=odd,
            notes=notes,
            digest=self.head.digest,
        )

    def _batches(self) -> Iterator[pa.RecordBatch]:
        with _parquet(self.path) as file:
            columns = [name for name in file.schema_arrow.names if name in WANTED]
            try:
                yield from file.iter_batches(_ROWS, columns=columns)
            except (pa.ArrowException, OSError, UnicodeError) as error:
                raise self._damaged(error) from None

    def _rows(self, batch: pa.RecordBatch) -> tuple[Rows, int]:
        try:
            return rows_of(batch)
        except OddColumn as error:
            raise TableError(f"{self.path}: {error}") from None
        except pa.ArrowException as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> TableError:
        state, help_ = "is damaged", "fetch it again"
        if isinstance(error, pa.ArrowNotImplementedError):
            state, help_ = "cannot be read", "write it with plain types and a common compression"
        return TableError(
            f"{self.path}: {state} ({first_line(error)}); nothing of it was taken, {help_}"
        )


def opened(paths: Sequence[Path], at: datetime | None, panel: str | None) -> list[Table]:
    """Return the tables of files, oldest first; TableError where one cannot be taken in."""
    if at is not None and len(paths) > 1:
        raise TableError("--at names one day, so it goes with one file")
    tables = sorted(
        (Table.opened(path, at, panel) for path in paths), key=lambda table: table.taken_at
    )
    for earlier, later in pairwise(tables):
        if earlier.taken_at == later.taken_at:
            raise TableError(
                f"{later.path}: is of the same day as {earlier.path}; leave one of them out"
            )
    return tables


def not_ahead(tables: Sequence["Table"], now: datetime) -> None:
    """Refuse a table of a day that is still to come; raises TableError."""
    for table in tables:
        if table.taken_at > now:
            raise TableError(
                f"{table.path}: {table.taken_at:%Y-%m-%d} is still to come; name the day that it "
                "was taken with --at"
            )


def _parquet(path: Path) -> pq.ParquetFile:
    try:
        # Not all of the file at once.
        file = pq.ParquetFile(path, pre_buffer=False)
        # The names of columns are decoded when they are first asked for.
        _ = file.schema_arrow.names
    except FileNotFoundError:
        raise TableError(f"{path}: there is no such file") from None
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise TableError(f"{path}: cannot be read as parquet ({first_line(error)})") from None
    return file


def _date(path: Path) -> datetime:
    found = _DATE.search(path.name)
    try:
        if found is not None:
            year, month, day = map(int, found.groups())
            return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        pass
    raise TableError(
        f"{path}: its name holds no date such as 2026-05-20; rename it, or name the day with --at"
    )
