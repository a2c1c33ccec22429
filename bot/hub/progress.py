"""How far a look at the Hub has come, for a person who waits at a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    SpinnerColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress


class Progress(Protocol):
    """Is told of every page."""

    def advance(self, rows: int) -> None:
        """Count so many models more."""


@contextmanager
def terminal_progress(
    title: str, stream: TextIO | None = None, total: int | None = None
) -> Iterator[Progress | None]:
    """Show a live count on a terminal (standard error unless named), elsewhere nothing at all.

    How many models the Hub holds is known only at the end; a bar is for what has a `total`.
    """
    stream = sys.stderr if stream is None else stream
    console = Console(file=stream)
    if not stream.isatty() or console.is_dumb_terminal:
        yield None
        return
    bar = [] if total is None else [BarColumn(), TaskProgressColumn(), TimeRemainingColumn()]
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        *bar,
        TextColumn("{task.completed:,.0f} models"),
        TimeElapsedColumn(),
    )
    with RichProgress(*columns, console=console, transient=True) as shown:
        yield _Bar(shown, shown.add_task(title, total=total))


class _Bar:
    def __init__(self, shown: RichProgress, task: TaskID) -> None:
        self._shown = shown
        self._task = task

    def advance(self, rows: int) -> None:
        self._shown.advance(self._task, rows)
