"""A person at a terminal sees how far a look has come; a log file stays clean."""

import io

import pytest

from bot.hub.progress import steps_of, terminal_progress


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


def test_a_bar_says_what_is_done_now_and_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    with steps_of("looking", 400, terminal) as steps:
        steps.begin("2026-01-01, 1 of 2, reading")
        steps.advance(100)
        steps.end("2026-01-01: 100 models")
    shown = terminal.getvalue()
    assert "2026-01-01, 1 of 2, reading" in shown
    assert "25%" in shown
    assert "100 models" not in shown


def test_a_log_gets_a_line_for_each_step_that_is_done() -> None:
    log = io.StringIO()
    with steps_of("looking", 400, log) as steps:
        steps.begin("2026-01-01, 1 of 2, reading")
        steps.advance(100)
        steps.end("2026-01-01: 100 models")
    assert log.getvalue() == "2026-01-01: 100 models\n"
