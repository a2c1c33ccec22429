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


class Steps(Progress, Protocol):
    """Is told, too, of what is done at the moment and of what is done with."""

    def begin(self, what: str) -> None:
        """Say what is being done now."""

    def end(self, what: str) -> None:
        """Say what has been done."""


@contextmanager
def terminal_progress(title: str, stream: TextIO | None = None) -> Iterator[Progress | None]:
    """Show a live count on a terminal (standard error unless named), elsewhere nothing at all.

    How many models the Hub holds is known only at the end, so there is no bar.
    """
    stream = sys.stderr if stream is None else stream
    console = Console(file=stream)
    if not _is_live(stream, console):
        yield None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,.0f} models"),
        TimeElapsedColumn(),
    )
    with RichProgress(*columns, console=console, transient=True) as shown:
        yield _Bar(shown, shown.add_task(title))


@contextmanager
def steps_of(title: str, total: int, stream: TextIO | None = None) -> Iterator[Steps]:
    """Show a bar of so much work and what is done now; elsewhere a line for each step done.

    title: what is said before the first step.
    """
    stream = sys.stderr if stream is None else stream
    console = Console(file=stream)
    if not _is_live(stream, console):
        yield _Lines(stream)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("to go"),
    )
    with RichProgress(*columns, console=console, transient=True) as shown:
        yield _Bar(shown, shown.add_task(title, total=total))


def _is_live(stream: TextIO, console: Console) -> bool:
    return stream.isatty() and not console.is_dumb_terminal


class _Bar:
    def __init__(self, shown: RichProgress, task: TaskID) -> None:
        self._shown = shown
        self._task = task

    def advance(self, rows: int) -> None:
        self._shown.advance(self._task, rows)

    def begin(self, what: str) -> None:
        self._shown.update(self._task, description=what)

    def end(self, what: str) -> None:
        """Leave no trace: the bar says as much."""


class _Lines:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def advance(self, rows: int) -> None:
        """Leave no trace: a line says it at the end."""

    def begin(self, what: str) -> None:
        """Leave no trace, as above."""

    def end(self, what: str) -> None:
        self._stream.write(f"{what}\n")
        self._stream.flush()
