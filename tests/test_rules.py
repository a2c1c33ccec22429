"""A rule is one line of text; what cannot be read is shown with a caret and the nearest word."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import GRAMMAR, MOST_READS, RuleError, parse_rule, parse_rules
from bot.rules.words import MOST_PLACES
from detectors import REGISTRY
from detectors.metric import Metric
from detectors.scope import TASKS
from detectors.share import By, Of
from detectors.top_entry import TopEntry
from tests.world import labs

DEFAULT = Path(__file__).parent.parent / "bot" / "default.rules"

CANONICAL = [
    "top 10 by trending in all",
    "top 1 by likes in all",
    "top 10 by downloads in llm",
    "top 10 by downloads in all",
    "top 5 by downloads_all_time in text-to-image",
    "top 1000 by likes in all",
    "top 10 by likes in lab Qwen",
    'top 10 by likes in lab "Hugging Face"',
    'top 10 by likes in country "United States"',
    "top 10 by likes in license apache-2.0",
    "top 10 by likes in task some-new-task",
    "top 10 by trending in all leave 20",
    "top 10 by trending in all leave 10",
    "top 10 by trending in all confirm 1 of 1",
    "top 10 by trending in llm leave 12 confirm 3 of 5",
    "share of slots by country who China above 50% clear 45% in top 10 by trending",
    "share of slots by lab anyone above 30% in top 10 by downloads",
    "share of slots by lab anyone above 30% in top 10 by downloads in all",
    "share of slots by country who China below 50% in top 20 by trending in llm",
    "share of derivatives by family who Qwen above 40% clear 37%",
    "share of derivatives by family who Meta below 15% clear 18%",
    "share of new by country who China above 40%",
    "share of contributors by family anyone above 10%",
    "share of downloads by lab anyone below 0.5% clear 0.75%",
    "share of downloads by task who text-generation above 60%",
    "share of likes by license who apache-2.0 above 33.3333333333%",
    'share of likes by country who "South Korea" above 2.5% in llm',
    "share of likes by lab who Qwen above 12.5% clear 10% in country China",
    "lead of derivatives by family",
    "lead of downloads by lab margin 2.5% in llm",
    "lead of slots by country in top 10 by trending",
    "lead of slots by lab margin 0% in top 20 by downloads in all",
    "lead of likes by license in country China",
    "momentum of derivatives by family who Qwen up",
    "momentum of slots by lab anyone down over 13 weeks in top 10 by trending",
    'momentum of likes by country who "South Korea" up over 52 weeks in llm',
    "concentration of downloads by lab above 1800 clear 1500",
    "concentration of new by task below 1000",
    "concentration of slots by lab above 2500 clear 2000 in top 10 by trending",
    "gap of likes over downloads above 10% clear 5% in llm",
    "gap of downloads over trending above 30% clear 20% in top 10 in llm",
    "gap of trending over downloads above 20% clear 10% in top 20 in all",
    "newcomers who Qwen above 50% clear 45%",
    "newcomers anyone below 5% in llm",
    'newcomers who "Mistral AI" above 12.5% in text-generation',
    "access change in top 1000 by likes",
    "access change of license in top 50 by downloads",
    "access change of gating in top 50 by downloads in all",
    'access change of listing in top 100 by likes in lab "Hugging Face"',
    "access change of name in top 5 by trending",
    "unmapped lab above 10% in top 10 by trending",
    "cadence of anyone often",
    "breakout by downloads in llm",
    "breakout by likes in lab Qwen score 3.5 adoption 2 from 100 peers 10",
    "suspicious growth in all",
    "suspicious growth in llm times 2.5 from 100000",
    "cadence of lab Qwen often score 2.5",
    "cadence of anyone silent 180 days",
    'cadence of lab "Hugging Face" silent 90 days',
    "unmapped lab above 12.5% clear 10% in top 10 by downloads in text-to-image",
]


@pytest.mark.parametrize("line", CANONICAL)
def test_a_canonical_line_comes_back_as_it_is(line: str) -> None:
    rule = parse_rule(line, labs())
    assert str(rule) == line
    assert parse_rule(str(rule), labs()) == rule


@pytest.mark.parametrize(
    ("line", "canonical"),
    [
        ("TOP 10 BY Trending", "top 10 by trending in all"),
        ("top 10 by downloads", "top 10 by downloads in llm"),
        ("top 10 by likes leave 13 in all confirm 2 of 3", "top 10 by likes in all"),
        ("  top   10 by\tlikes ", "top 10 by likes in all"),
        ("top 10 by likes in task text-generation", "top 10 by likes in text-generation"),
        ("top 10 by likes in licence MIT", "top 10 by likes in license mit"),
        ("top 10 by likes in lab THUDM", "top 10 by likes in lab Z.ai"),
        ("top 10 by likes in country usa", 'top 10 by likes in country "United States"'),
        (
            "top 10 by likes in country United States leave 13",
            'top 10 by likes in country "United States"',
        ),
        (
            "share of likes by lab who meta-llama above 40 %",
            "share of likes by lab who Meta above 40%",
        ),
        ("share of likes by lab anyone above 37,5%", "share of likes by lab anyone above 37.5%"),
        ("share of likes by lab who anyone above 40.0%", "share of likes by lab anyone above 40%"),
        ("share of new models by lab anyone above 5%", "share of new by lab anyone above 5%"),
        (
            "share of likes by licence who “MIT” above 5%",
            "share of likes by license who mit above 5%",
        ),
        (
            "share of likes by lab who Hugging Face above 5% clear 5%",
            'share of likes by lab who "Hugging Face" above 5%',
        ),
        (
            "share of slots by lab anyone above 30% in llm in top 10 by trending",
            "share of slots by lab anyone above 30% in top 10 by trending in llm",
        ),
    ],
)
def test_other_ways_to_write_a_rule_are_the_same_rule(line: str, canonical: str) -> None:
    assert str(parse_rule(line, labs())) == canonical


@pytest.mark.parametrize(
    ("line", "under", "says"),
    [
        ("tip 10 by likes", "tip", 'Did you mean "top"?'),
        ("tip 10 by likes", "tip", 'a rule begins with "top N", "share of"'),
        ("alert me", "alert", 'a rule begins with "top N", "share of"'),
        ("top ten by likes", "ten", "a whole number of 1 to 1000"),
        ("top 0 by likes", "0", "a whole number of 1 to 1000"),
        ("top 1001 by likes", "1001", "a whole number of 1 to 1000"),
        ("top 10 by lieks", "lieks", 'Did you mean "likes"?'),
        ("top 10 by likes in al", "al", 'Did you mean "all"?'),
        ("top 10 by likes in text-generatoin", "text-generatoin", 'mean "text-generation"?'),
        ("top 10 by likes in lab Qwne", "Qwne", 'Did you mean "Qwen"?'),
        ("top 10 by likes in country Chnia", "Chnia", 'Did you mean "China"?'),
        ("top 10 by likes in all levae 13", "levae", 'Did you mean "leave"?'),
        ("top 10 by likes leave 9", "9", "at least 10"),
        ("top 10 by likes confirm 3 of 2", "2", "of 3 to 100"),
        ("top 10 by likes confirm 2 of 1000", "1000", "of 2 to 100"),
        ("top 10 by likes in top 3 by likes", "top", '"top" is no scope'),
        ("share of slot by lab anyone above 3% in top 10 by likes", "slot", 'mean "slots"?'),
        ("share of likes by labs anyone above 3%", "labs", 'Did you mean "lab"?'),
        ("share of likes by lab Qwen above 3%", "Qwen", '"Qwen" is not known here'),
        ("share of likes by lab who Qwen over 40%", "Qwen over 40%", "is no lab in the table"),
        ("share of likes by lab anyone abvoe 40%", "abvoe", 'Did you mean "above"?'),
        ("share of likes by lab anyone above 40", "40", "written like 40% or 37.5%"),
        ("share of likes by lab anyone above 140%", "140%", "0% to 100%"),
        ("share of likes by lab anyone above -4%", "-4%", "0% to 100%"),
        ('share of likes by license who "" above 4%', '""', "cannot be the name of a"),
        ('top 10 by likes in license " "', '" "', "cannot be the name of a"),
        ('top 10 by likes in task ""', '""', "cannot be the name of a"),
        ("laed of likes by lab", "laed", 'Did you mean "lead"?'),
        ("lead of likes by labs", "labs", 'Did you mean "lab"?'),
        ("lead of likes by lab margn 2%", "margn", 'Did you mean "margin"?'),
        ("lead of likes by lab margin 2", "2", "written like 40% or 37.5%"),
        ("lead of likes by lab margin 2% margin 3%", "margin", "twice"),
        ("momentum of likes by lab who Qwen upp", "Qwen upp", "is no lab in the table"),
        ("momentum of likes by lab anyone upwards", "upwards", '"upwards" is not known here'),
        ("momentum of likes by lab anyone up over 8 weeks", "8", "a whole number of 9 to 52"),
        ("momentum of likes by lab anyone up over 9 days", "days", "not known here"),
        ("concentration of likes by lab over 1800", "over", '"over" is not known here'),
        ("concentration of likes by lab above 18%", "18%", "a whole number of 1 to 10000"),
        ("concentration of likes by lab above 10001", "10001", "a whole number of 1 to 10000"),
        ("gap of like over downloads above 10%", "like", 'Did you mean "likes"?'),
        ("gap of likes over downloads abvoe 10%", "abvoe", 'Did you mean "above"?'),
        ("newcomer who Qwen above 50%", "newcomer", 'Did you mean "newcomers"?'),
        ("newcomers who Qwne above 50%", "Qwne", 'Did you mean "Qwen"?'),
        ("newcomers on Qwen above 50%", "on", '"on" is not known here'),
        ("acess change in top 10 by likes", "acess", 'Did you mean "access"?'),
        ("access change of licens in top 10 by likes", "licens", 'Did you mean "license"?'),
        ("access change in top 10 by liks", "liks", 'Did you mean "likes"?'),
        ("access change in top 10 by likes in all twice", "twice", "ends before"),
        ("brekout by likes", "brekout", 'Did you mean "breakout"?'),
        ("breakout by trending", "trending", "is not known here"),
        ("breakout by likes scor 3", "scor", 'Did you mean "score"?'),
        ("suspicious grwoth", "grwoth", 'Did you mean "growth"?'),
        ("cadence of lab Qwne often", "Qwne", 'Did you mean "Qwen"?'),
        ("cadence of anyone oftn", "oftn", 'Did you mean "often"?'),
        ("cadence of anyone silent 0 days", "0", "a whole number of 1 to 36500"),
        ("cadence of anyone silent 30 weeks", "weeks", "Known: days"),
        ("cadence of anyone often score 0", "0", "a figure above 0"),
        ("cadence of anyone silent 30 days now", "now", "ends before"),
        ("unmapped labs above 10% in top 10 by likes", "labs", 'Did you mean "lab"?'),
        ("unmapped lab above 10 in top 10 by likes", "10", "written like 40% or 37.5%"),
        ("top 10 by likes in all in llm", "in", "twice"),
        ("top 10 by likes leave 13 leave 14", "leave", "twice"),
        ("share of likes by lab anyone above 4% clear 3% clear 2%", "clear", "twice"),
        ("share of likes by lab anyone above 4% in llm in all", "in", "twice"),
    ],
)
def test_what_is_wrong_is_marked_by_a_caret(line: str, under: str, says: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_rule(line, labs())
    why, shown, caret = str(caught.value).split("\n")
    assert says in why
    assert shown == f"  {line}"
    start, end = caret.index("^"), len(caret)
    assert shown[start:end] == under
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", 'ends where a rule should stand: "top" or "share" or'),
        ("top", "ends where how many places should stand"),
        ("top 10 by", 'ends where a metric should stand: "trending" or "likes"'),
        ("top 10 by likes in", "ends where a scope should stand"),
        ("top 10 by likes in lab", "ends where the name of a lab should stand"),
        ("share of likes by lab who", "ends where the name of a lab should stand"),
        ("share of likes by lab anyone above", "ends where the line should stand"),
        ("share of slots by lab anyone above 3%", 'such as "in top 10 by trending"'),
        ("lead of slots by lab", 'such as "in top 10 by trending"'),
        ("concentration of likes by lab", "ends where the side of the line should stand"),
        ("newcomers", 'ends where whose share should stand: "who" or "anyone"'),
    ],
)
def test_what_is_missing_is_marked_at_the_end(line: str, says: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_rule(line, labs())
    why, shown, caret = str(caught.value).split("\n")
    assert says in why
    assert caret.index("^") == len(shown)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("share of likes by lab anyone above 3% in top 10 by likes", "only slots"),
        ("share of likes by lab anyone above 3% clear 4%", "clear 4% must not lie above"),
        ("share of likes by lab anyone below 3% clear 2%", "clear 2% must not lie below"),
        ("concentration of likes by lab above 1800 clear 1900", "clear 1900 must not lie above"),
        ("gap of likes over trending above 3%", "between downloads and likes or trending"),
        ("gap of likes over downloads above 3% clear 4%", "clear 4% must not lie above"),
        ("newcomers anyone below 3% clear 2%", "clear 2% must not lie below"),
        ("lead of likes by lab in top 3 by likes", "only slots"),
        (f"top {'9' * 5000} by likes", "a whole number"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_as_a_whole(line: str, says: str) -> None:
    with pytest.raises(RuleError, match=says):
        parse_rule(line, labs())


def test_a_rules_file_has_one_rule_a_line_and_comments() -> None:
    text = "# Ours\n\ntop 10 by likes  # the loved\n  top 10 by likes in all\r\ntop 1 by likes#x\n"
    with pytest.raises(RuleError, match=r"^mine\.rules, line 5: (?s:.*)likes#x"):
        parse_rules(text, labs(), "mine.rules")
    rules = parse_rules(text.replace("#x", " #x"), labs(), "mine.rules")
    assert [str(rule) for rule in rules] == ["top 10 by likes in all", "top 1 by likes in all"]


def test_a_rules_file_without_a_rule_is_refused() -> None:
    with pytest.raises(RuleError, match=r"^mine: holds no rule; write one a line, such as: top 10"):
        parse_rules("# nothing\n", labs(), "mine")


def test_the_default_rules_are_canonical_and_distinct() -> None:
    text = DEFAULT.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert [str(rule) for rule in parse_rules(text, labs(), "default")] == lines


def test_the_grammar_names_every_detector() -> None:
    assert len(GRAMMAR) >= len(REGISTRY)
    for rule, what in GRAMMAR.items():
        example = what.partition(": ")[2]
        assert rule.split()[0] == example.split()[0]
        assert parse_rule(example, labs())
    assert {type(parse_rule(line, labs())) for line in CANONICAL} == set(REGISTRY.values())


# Any text: words of the grammar in any order, names and figures that nobody expects.

PARTS = """top share lead concentration newcomers gap momentum up down over weeks margin 1800 of by
in who anyone above below clear leave confirm task lab country license licence all llm
models Qwen China United States mit 10 13 2 3 1 0 40% 37.5% 45 % 100% "Hugging Face"
“Meta” "" # text-generation"""
WORDS = [*PARTS.split(), *Metric, *Of, *By, *TASKS[:3]]
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(st.lists(st.sampled_from(WORDS) | NAMES, max_size=20).map(" ".join))
def test_any_words_are_a_rule_or_refused(line: str) -> None:
    holds(line)


@given(st.text(max_size=60))
def test_any_text_is_a_rule_or_refused(line: str) -> None:
    holds(line)


@given(
    st.integers(1, MOST_PLACES),
    st.sampled_from(list(Metric)),
    st.sampled_from(["", " in all", " in llm", " in lab Qwen", " in text-generation"]),
    st.integers(0, 500),
    st.tuples(st.integers(1, MOST_READS), st.integers(1, MOST_READS)).map(sorted),
)
def test_any_top_entry_comes_back(
    n: int, metric: Metric, scope: str, leave: int, reads: list[int]
) -> None:
    tail = f" leave {n + leave} confirm {reads[0]} of {reads[1]}"
    rule = parse_rule(f"top {n} by {metric.value}{scope}{tail}", labs())
    assert isinstance(rule, TopEntry)
    assert (rule.n, rule.leave, rule.confirm, rule.reads) == (n, n + leave, *reads)
    assert parse_rule(str(rule), labs()) == rule


@given(
    st.sampled_from([of for of in Of if of is not Of.SLOTS]),
    st.sampled_from([By.LICENSE, By.TASK]),
    NAMES,
    st.sampled_from(["above", "below"]),
    st.decimals(0, 100, places=10),
)
def test_any_name_and_any_line_come_back_or_are_refused(
    of: Of, by: By, name: str, side: str, line: Decimal
) -> None:
    for written in (name, f'"{name}"', f"«{name}»"):
        holds(f"share of {of.value} by {by.value} who {written} {side} {line:f}%")


def holds(line: str) -> None:
    """Read a line as a rule; where it is one it must come back the same from its own text."""
    try:
        rule = parse_rule(line, labs())
    except RuleError:
        return
    assert parse_rule(str(rule), labs()) == rule
    assert parse_rules(str(rule), labs(), "x") == [rule]
    assert isinstance(rule, tuple(REGISTRY.values()))
