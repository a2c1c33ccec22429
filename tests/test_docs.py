"""The guides say what the program does: their commands run, their links lead somewhere."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bot.__main__ import cli
from bot.demo import recording
from bot.desk.reading import parse_command
from bot.lookups.questions import QuestionError, parse_question, words_of
from bot.named_files import labs_of
from bot.settings import read_settings
from tests.commandline import hubshift
from tests.world import day

ROOT = Path(__file__).parent.parent
GUIDES = sorted(
    path
    for path in (ROOT / "docs").glob("*.md")
    if path.stem not in {"backtest", "bench", "delivery", "tried"}
)
"""What people read; the others are reports that commands make."""
REPLAY = "hubshift replay bot/demo/*.jsonl.gz --data .hubshift/demo"
"""How each guide that needs a store begins; it is filled once for all of them."""
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def blocks(path: Path, language: str) -> list[str]:
    """Return the lines of all blocks in a language."""
    found = BLOCK.findall(path.read_text("utf-8"))
    return [line for kind, text in found if kind == language for line in text.splitlines()]


def test_there_is_a_guide_for_each_thing_that_people_do() -> None:
    assert [path.stem for path in GUIDES] == [
        "alerts",
        "discord",
        "extending",
        "numbers",
        "operating",
        "rules",
        "slack",
    ]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the demo's recording was replayed as the guides say."""
    folder = tmp_path_factory.mktemp("guide")
    ran = hubshift(*words_in(REPLAY), cwd=folder)
    assert ran.code == 0, ran.err
    (folder / "told.txt").write_text(ran.out, "utf-8")
    return folder


def words_in(line: str) -> list[str]:
    """Return the words of a command after its name."""
    name, *words = shlex.split(line.replace("bot/demo/*.jsonl.gz", str(recording())))
    assert name == "hubshift", line
    return words


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_every_command_that_a_guide_runs_runs(path: Path, filled: Path) -> None:
    for line in filter(None, blocks(path, "sh")):
        if line != REPLAY:
            ran = hubshift(*words_in(line), cwd=filled)
            assert ran.code == 0, f"{line}\n{ran.err}"
            assert ran.out.strip(), line


def test_the_alert_that_is_explained_is_one_that_the_replay_tells(filled: Path) -> None:
    explained = BLOCK.findall((ROOT / "docs" / "alerts.md").read_text("utf-8"))[0][1]
    assert explained in (filled / "told.txt").read_text("utf-8")


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_every_command_that_needs_tokens_is_one_there_is(path: Path) -> None:
    for line in blocks(path, "console"):
        found = re.search(r"\bhubshift\s+(.+)$", line)
        if found is None or line.startswith(("$ git", "$ export")):
            continue
        command: click.Command = cli
        words = shlex.split(found[1])
        while isinstance(command, click.Group):
            name = words.pop(0)
            assert name in command.commands, line
            command = command.commands[name]
        command.make_context("hubshift", words, resilient_parsing=True)


def pages(command: click.Command, *names: str) -> Iterator[tuple[str, str]]:
    """Yield the words of a command and of all below it, each with its page of help."""
    context = click.Context(command, info_name=" ".join(names), terminal_width=80)
    yield " ".join(names), command.get_help(context)
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from pages(below, *names, name)


def test_every_page_of_help_fits_a_terminal_and_says_no_setting_that_is_not_heeded() -> None:
    shown = dict(pages(cli, "hubshift"))
    assert len(shown) > len(cli.commands)
    assert {name for name, text in shown.items() if max(map(len, text.splitlines())) > 80} == set()
    assert "HUBSHIFT_DATA" in shown["hubshift run"]
    # Its store is an empty one unless a folder is named in the command.
    assert "HUBSHIFT_DATA" not in shown["hubshift replay"]


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_every_line_typed_in_a_channel_can_be_read(path: Path) -> None:
    labs = labs_of(read_settings({}))
    for line in blocks(path, "text"):
        if line.startswith("/hubshift "):
            typed = line.removeprefix("/hubshift ")
            try:
                parse_command(words_of(typed, labs))
            except QuestionError:
                parse_question(words_of(typed, labs), day(9))


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_every_file_that_a_guide_names_is_there(path: Path) -> None:
    named = re.findall(r"\]\(([^)#:]+)\)", path.read_text("utf-8"))
    assert [name for name in named if not (path.parent / name).resolve().exists()] == []


def test_every_name_that_a_guide_says_is_in_a_file_is_in_it() -> None:
    said = re.compile(r"`(\w+)` in\s+\[`([^`]+)`\]")
    found = {pair for path in GUIDES for pair in said.findall(path.read_text("utf-8"))}
    assert len(found) > 5
    assert [pair for pair in found if pair[0] not in (ROOT / pair[1]).read_text("utf-8")] == []


def test_readme_leads_to_every_guide() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [path.name for path in GUIDES if f"(docs/{path.name})" not in readme] == []
