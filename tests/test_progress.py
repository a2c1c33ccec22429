"""A person at a terminal sees how far a look has come; a log file stays clean."""

import io

import pytest

from bot.hub.progress import terminal_progress


class Terminal(io.StringIO):
    """A terminal that keeps what it shows."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_the_count_of_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    with terminal_progress("Reading the Hub", terminal) as progress:
        assert progress is not None
        progress.advance(1000)
        progress.advance(234)
    assert "Reading the Hub" in terminal.getvalue()
    assert "1,234 models" in terminal.getvalue()


def test_anything_but_a_terminal_shows_nothing() -> None:
    log = io.StringIO()
    with terminal_progress("Reading the Hub", log) as progress:
        assert progress is None
    assert log.getvalue() == ""


def test_a_terminal_that_cannot_redraw_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    terminal = Terminal()
    with terminal_progress("Reading the Hub", terminal) as progress:
        assert progress is None
    assert terminal.getvalue() == ""
