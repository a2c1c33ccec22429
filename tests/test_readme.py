"""README says what the code does: its tables are held against it."""

import re
from pathlib import Path

from bot.__main__ import cli
from bot.desk.help import FORMS
from bot.desk.packs import PACKS
from bot.named_files import labs_of
from bot.rules import GRAMMAR, PARSERS, parse_rule
from bot.settings import SETTINGS, read_settings
from detectors import REGISTRY

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def table(heading: str) -> list[list[str]]:
    """Return the cells of the table whose head row begins with `heading`."""
    lines = README.splitlines()
    start = next(row for row, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def test_the_table_of_detectors_is_the_registry() -> None:
    assert [row[0].strip("`") for row in table("detector")] == list(REGISTRY)


def test_every_rule_shown_is_read_as_the_detector_it_stands_with() -> None:
    labs = labs_of(read_settings({}))
    for name, _, line in table("detector"):
        assert parse_rule(line.strip("`"), labs).name == name.strip("`")
    block = re.search(r"```text\n(top 10 by trending.*?)```", README, re.DOTALL)
    assert block is not None
    for line in block[1].splitlines():
        assert str(parse_rule(line, labs)) == line


def test_every_registered_detector_has_a_rule_that_names_it() -> None:
    labs = labs_of(read_settings({}))
    named = {parse_rule(line.strip("`"), labs).name for _, _, line in table("detector")}
    assert named == set(REGISTRY)
    assert {line.split()[0] for line in GRAMMAR} == set(PARSERS)


def test_the_grammar_shown_is_the_grammar() -> None:
    assert "\n".join(GRAMMAR) in README


def test_the_lines_that_set_a_channel_up_are_those_of_the_desk() -> None:
    assert "\n".join(form for form, _ in FORMS) in README
    assert f"Packs:\n{', '.join(f'`{name}`' for name in PACKS)}." in README


def test_every_file_that_is_named_is_there() -> None:
    named = re.findall(r"\]\(([^)#:]+)\)", README)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_figures_shown_have_been_measured() -> None:
    assert len(table("what")) > 0
    assert all(len(row) == 3 and re.match(r"\d", row[2]) for row in table("what"))


def test_the_table_of_commands_is_the_command_line() -> None:
    named = {row[0].strip("`").removeprefix("hubshift ") for row in table("command")}
    assert named == set(cli.commands)


def test_the_table_of_settings_is_what_is_read() -> None:
    assert [(row[0].strip("`"), row[1], row[2]) for row in table("setting")] == [
        (setting.name, setting.purpose, setting.default) for setting in SETTINGS
    ]
