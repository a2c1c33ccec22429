"""A table fits the terminal: what has no room in a cell goes on below it, and nothing is lost."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render.answer import COLUMNS, Answer, Table
from bot.wording import clean, width

GOLDEN = Path(__file__).parent / "golden"

cell = st.lists(st.text("aé模", min_size=1, max_size=7), min_size=1, max_size=30).map(" ".join)
rows = st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=5).map(tuple)


def words(lines: list[str]) -> list[str]:
    return sorted(word for line in lines for word in line.split())


@given(rows, st.integers(60, 100))
def test_a_table_of_short_words_fits_and_keeps_each_of_them(
    rows: tuple[tuple[str, ...], ...], columns: int
) -> None:
    table = Table(rows, ("one", "two", "three"))
    lines = table.fitted(columns)
    assert max(map(width, lines)) <= columns
    assert words(lines) == words(table.lines)


@given(rows)
def test_a_table_that_fits_is_drawn_as_it_is(rows: tuple[tuple[str, ...], ...]) -> None:
    table = Table(rows, ("one", "two", "three"))
    assert table.fitted(max(map(width, table.lines))) == table.lines


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_letters_are_read_and_measured_as_beside_one_that_is_not(text: str) -> None:
    assert clean(text, None) + "é" == clean(f"{text}é", None)
    assert width(text) + 1 == width(f"{text}é")


def test_what_goes_on_in_a_cell_is_set_in_below_it() -> None:
    table = Table(
        (("> share of slots by lab", "1,000", "as it is"), ("  top 10", "7", "far from it")),
        ("", "fired", "now"),
        right=frozenset({1}),
    )
    assert table.fitted(27) == [
        "          fired  now",
        "> share   1,000  as it is",
        "  of",
        "  slots",
        "  by lab",
        "  top 10      7  far from",
        "                   it",
    ]


def test_figures_and_words_are_never_broken() -> None:
    table = Table((("1 234 567 890", "deepseek-ai/DeepSeek-V4"),), right=frozenset({0}))
    assert table.fitted(10) == ["1 234 567 890  deepseek-ai/DeepSeek-V4"]


def test_title_cells_and_closing_of_an_answer_fit_a_terminal() -> None:
    long = "a rule with many words " * 9
    text = Answer(long, (Table(((long, long),)), long), long).text
    assert max(map(width, text.splitlines())) <= COLUMNS
    assert sorted(text.split()) == sorted(long.split() * 5)


@pytest.mark.parametrize("kind", ["ask_help_rules", "backtest_", "suggest", "why_not_", "digest"])
def test_what_is_told_in_tables_fits_a_terminal(kind: str) -> None:
    found = sorted(GOLDEN.glob(f"{kind}*.txt"))
    assert found
    for path in found:
        lines = path.read_text("utf-8").splitlines()
        # The question, as it was typed, is not ours to break.
        assert [line for line in lines if width(line) > COLUMNS and line[:1] != ">"] == []
