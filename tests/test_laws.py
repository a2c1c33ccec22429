"""The laws every detector keeps, whatever the Hub does; design: "Detector laws"."""

import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.rules import parse_rule
from detectors import REGISTRY
from detectors.base import Detector, Explains
from detectors.evaluate import RuleStanding, evaluate
from detectors.judge import Beside, judge
from detectors.metric import Kind
from detectors.moments import Moments
from detectors.share_threshold import ShareThreshold
from detectors.shift import Facts, Shift, Status
from detectors.snapshot import Snapshot
from detectors.top_entry import TopEntry
from tests.law_stories import (
    HISTORIES,
    Group,
    Hub,
    Rows,
    Told,
    groups_of,
    look_of,
    looks,
    questions_of,
    rebuilt,
    told,
)
from tests.world import Row, labs

# Detectors that report moments rather than levels, by their names in REGISTRY. For them the laws
# of levels (alternation, missed edges, the empty Hub) are not asked; all others are.
MOMENTS: frozenset[str] = frozenset({"access_change", "breakout", "suspicious_growth"})
# That a model has another name is what these lines are there to tell.
TELL_RENAMES = frozenset(
    {"access change in top 5 by likes", "access change of name in top 3 by likes"}
)

BOTH = [
    "top 1 by trending in all",
    "top 2 by trending in all",
    "top 3 by likes in all leave 4 confirm 1 of 1",
    "top 2 by downloads in llm leave 3 confirm 2 of 2",
    "share of slots by country who China above 50% clear 40% in top 3 by trending",
    "share of slots by lab anyone above 30% in top 3 by likes",
    "share of slots by lab anyone below 40% clear 60% in top 3 by trending",
    "lead of slots by country margin 0% in top 3 by trending",
    "lead of slots by lab in top 5 by likes",
    "momentum of slots by lab anyone up over 9 weeks in top 3 by trending",
    "gap of trending over downloads above 20% clear 10% in top 3 in all",
    "concentration of slots by lab above 3000 clear 2000 in top 3 by likes",
    *sorted(TELL_RENAMES),
    "access change of license in top 5 by trending",
    "access change of gating in top 3 by likes",
    "unmapped lab above 20% in top 3 by trending",
    "unmapped lab above 40% clear 30% in top 5 by likes",
]
CENSUS_ONLY = [
    "top 2 by likes in lab Qwen",
    "top 1 by downloads_all_time in country China confirm 1 of 1",
    "share of downloads by lab anyone above 30% clear 25%",
    "share of downloads by country who China below 30% clear 35%",
    "share of likes by license anyone below 25%",
    "share of likes by task who text-generation above 60% in llm",
    "share of new by lab who Qwen above 20%",
    "share of derivatives by family anyone above 30% clear 20%",
    "share of contributors by family who Meta below 50%",
    "lead of downloads by lab",
    "lead of likes by license margin 10% in llm",
    "lead of derivatives by family",
    "momentum of downloads by lab anyone down over 9 weeks",
    "momentum of derivatives by family who Meta up",
    "gap of likes over downloads above 5% clear 2% in all",
    "gap of downloads over likes above 5% clear 2% in llm",
    "concentration of downloads by country above 4000 clear 3000",
    "concentration of likes by task below 5000 clear 6000",
    "newcomers anyone above 30% clear 20%",
    "newcomers who Meta below 50%",
    "access change of listing in top 3 by likes",
    "cadence of anyone silent 5 days",
    "cadence of lab Qwen silent 1 days",
    "cadence of anyone often score 1",
    "breakout by likes in all score 0.5 adoption 0.5 from 1 peers 2",
    "breakout by downloads in llm score 1 adoption 0.5 from 1 peers 2",
    "suspicious growth in all times 1.5 from 1",
    "access change of license in top 5 by downloads in country China",
]
CASES = [(Kind.CENSUS, line) for line in BOTH + CENSUS_ONLY]
CASES += [(Kind.PULSE, line) for line in BOTH]
LEVELS = [(kind, line) for kind, line in CASES if parse_rule(line, labs()).name not in MOMENTS]

QUIET_ON_RENAMES = [(kind, line) for kind, line in CASES if line not in TELL_RENAMES]

every_case = pytest.mark.parametrize("group", groups_of(CASES), ids=str)
every_level = pytest.mark.parametrize("group", groups_of(LEVELS), ids=str)
a_few = settings(max_examples=20, deadline=None)


def test_every_detector_is_held_to_the_laws() -> None:
    assert {parse_rule(line, labs()).name for _, line in CASES} == set(REGISTRY)
    assert {name for name, kind in REGISTRY.items() if issubclass(kind, Moments)} == MOMENTS
    assert all(str(parse_rule(line, labs())) == line for _, line in CASES)


@pytest.mark.parametrize("name", REGISTRY)
def test_every_detector_has_a_page_with_a_sibling_an_example_and_a_source(name: str) -> None:
    page = REGISTRY[name].__doc__ or ""
    assert re.search(r"^    Prefer `\w+`", page, re.MULTILINE)
    assert re.search(r"^    Source", page, re.MULTILINE)
    assert "\n    >>> " in page


@every_case
@a_few
@given(history=HISTORIES)
def test_the_same_snapshot_twice_says_nothing(group: Group, history: list[Rows]) -> None:
    for found in Hub(group, history).told():
        if found.reads:
            before = found.standing
            assert found.look(rebuilt(found.reads[-1])) == []
            assert found.standing == before


@every_case
@a_few
@given(rows=looks())
def test_a_hub_that_stands_still_says_nothing(group: Group, rows: Rows) -> None:
    for found in Hub(group, [rows] * 5).told():
        assert not any(found.news)


@every_case
@a_few
@given(history=HISTORIES, chance=st.randoms(use_true_random=False))
def test_the_same_question_has_the_same_answer(
    group: Group, history: list[Rows], chance: Any
) -> None:
    reads, standing = Hub(group, history).reads, dict[str, RuleStanding]()
    # The others ask, too, some of them first.
    rules = [parse_rule(line, labs()) for line in chance.sample(group.lines, len(group.lines))]
    together: list[Shift] = []
    for at, after in enumerate(reads):
        news, stands = evaluate(rules, reads[:at], after, standing)
        together += news
        standing = dict(stands)
    for line in group.lines:
        alone = told(line, [rebuilt(read) for read in reads])
        assert [shift for news in alone.news for shift in news] == [
            shift for shift in together if shift.rule == line
        ]
        assert alone.state == standing.get(line)


@every_case
@a_few
@given(history=HISTORIES, chance=st.randoms(use_true_random=False))
def test_row_order_does_not_matter(group: Group, history: list[Rows], chance: Any) -> None:
    hub, other = Hub(group, history), Hub(group)
    for rows in history:
        pulse = group.kind is Kind.PULSE
        snapshot = other.next(rows if pulse else chance.sample(rows, len(rows)))
        other.reads.append(rebuilt(snapshot, chance.sample(range(len(snapshot)), len(snapshot))))
    for first, found in zip(hub.told(), other.told(), strict=True):
        assert (found.news, found.state) == (first.news, first.state)


@every_case
@a_few
@given(history=HISTORIES)
def test_there_is_one_shift_per_key(group: Group, history: list[Rows]) -> None:
    for news in (news for found in Hub(group, history).told() for news in found.news):
        assert len({shift.key for shift in news}) == len(news)
        assert len({shift.subject for shift in news}) == len(news)
        assert len({shift.id for shift in news}) == len(news)


@every_level
@a_few
@given(history=HISTORIES)
def test_firing_and_resolved_alternate(group: Group, history: list[Rows]) -> None:
    for found in Hub(group, history).told():
        stands = set(found.held[0]) if found.held else set()
        for news, held in zip(found.news, found.held, strict=True):
            for shift in news:
                assert (shift.subject in stands) is (shift.status is Status.RESOLVED)
                stands ^= {shift.subject}
            assert held == stands


@every_case
@a_few
@given(history=HISTORIES, rows=looks())
def test_a_new_rule_starts_quiet(group: Group, history: list[Rows], rows: Rows) -> None:
    hub = Hub(group, history)
    after = hub.next(rows)
    for line in group.lines:
        rule = parse_rule(line, labs())
        if rule.covers(after):
            news, standing = evaluate([rule], hub.reads, after, {})
            assert news == []
            assert standing[line].holding == rule.holding(after, ())


@every_level
@a_few
@given(history=HISTORIES)
@example(history=[look_of([("Qwen/a", 576), ("THUDM/c", 0), ("meta-llama/d", 0)]), look_of([])])
def test_no_edge_is_missed(group: Group, history: list[Rows]) -> None:
    for found in Hub(group, history).told():
        subjects, reads = found.subjects(), found.rule.past
        loosely = [set(found.rule.holding(read, subjects)) for read in found.reads]
        firmly = [set(found.rule.holding(read, ())) for read in found.reads]
        for end in range(reads, len(found.reads)):
            window = range(end + 1 - reads, end + 1)
            in_throughout = set.intersection(*(firmly[at] for at in window))
            entered = in_throughout - loosely[window[0] - 1]
            # From a share of nothing nobody fell.
            if measures(found.rule, found.reads[window[0] - 1]):
                assert entered <= found.held[end]
            assert found.held[end] <= set.union(*(loosely[at] for at in window))


def measures(rule: Detector, read: Snapshot) -> bool:
    """Whether there is anything in a read that the rule could be measured on."""
    shares = [read.share(question) for question in questions_of(rule)]
    return all(share is None or share.total > 0 for share in shares)


@every_level
@a_few
@given(history=HISTORIES)
def test_nothing_stands_on_an_empty_hub(group: Group, history: list[Rows]) -> None:
    hub = Hub(group, history)
    empty = hub.next([])
    for found in hub.told():
        if found.reads:
            stood = found.held[-1]
            news = found.look(empty)
            assert {shift.subject for shift in news} == stood
            assert {shift.status for shift in news} <= {Status.RESOLVED}
            assert found.holding() == set()


@pytest.mark.parametrize("group", groups_of(QUIET_ON_RENAMES), ids=str)
@a_few
@given(history=HISTORIES, since=st.integers(1, 6))
def test_a_rename_is_no_entry(group: Group, history: list[Rows], since: int) -> None:
    after = [[renamed(row) for row in rows] for rows in history[since:]]
    plain, moved = Hub(group, history), Hub(group, [*history[:since], *after])
    for found, other in zip(plain.told(), moved.told(), strict=True):
        assert shape(other) == shape(found)


def renamed(row: Row) -> Row:
    """Return a model under another name: another namespace where the lab table knows of it."""
    name, fields = row if isinstance(row, tuple) else (row, {})
    return (name.replace("THUDM", "zai-org") if "THUDM" in name else f"{name}-renamed"), fields


def shape(found: Told) -> list[list[tuple[str, Status, Facts]]]:
    """Return what was told without the names it was told by."""
    return [[(each.subject, each.status, each.facts) for each in news] for news in found.news]


@every_case
@a_few
@given(history=HISTORIES)
def test_the_evidence_of_a_shift_recomputes_to_the_same_figures(
    group: Group, history: list[Rows]
) -> None:
    hub = Hub(group, history)
    held = {read.id: rebuilt(read) for read in hub.reads}
    for found in hub.told():
        for shift in (each for news in found.news for each in news):
            evidence = shift.evidence
            assert evidence.snapshots[0] is not None
            before, after = held[evidence.snapshots[0]], held[evidence.snapshots[1]]
            assert before.taken_at < after.taken_at == shift.taken_at
            assert evidence.definition == found.rule.definition(after)
            # By the rule's line and what the evidence names alone, as a stranger has them.
            rule = parse_rule(shift.rule, labs())
            named = [held[each] for each in evidence.named]
            assert named[-1] is after
            assert sorted(named, key=lambda read: read.taken_at) == named
            assert rule.evidence(shift.subject, named) == evidence
            apart = measured(rule, shift.subject, before, after)
            if apart is not None:
                assert (shift.facts.before, shift.facts.after) == (evidence.before, evidence.after)
                figures = (evidence.before, evidence.after, evidence.denominator, evidence.unknown)
                assert figures == apart


@every_case
@a_few
@given(history=HISTORIES)
def test_judging_loses_no_shift_and_gives_each_its_cause_and_its_reasons(
    group: Group, history: list[Rows]
) -> None:
    for found in Hub(group, history).told():
        standing: dict[str, RuleStanding] = {}
        for at, after in enumerate(found.reads):
            news, stands = evaluate([found.rule], found.reads[:at], after, standing)
            beside = Beside(after, found.reads[:at])
            judged, later = judge([found.rule], news, stands, beside)
            assert [shift.id for shift in judged] == [shift.id for shift in news]
            assert (judged, later) == judge([found.rule], news, stands, beside)
            for shift in judged:
                assert shift.judgement.cause in {each.id for each in news}
                assert shift.judgement.weighed
                assert (shift.judgement.held is None) is not bool(shift.judgement.why)
            standing = dict(later)


@every_case
@a_few
@given(history=HISTORIES)
def test_nobody_is_called_short_who_stands_or_fires(group: Group, history: list[Rows]) -> None:
    for found in Hub(group, history).told():
        rule, reads = found.rule, found.reads[-1 - found.rule.past :]
        if not isinstance(rule, Explains) or len(reads) < 2:
            continue
        *past, before, after = reads
        stands = found.held[-1]
        seen = rule.detect(before, after, past, stands)
        fires = {shift.subject for shift in seen if shift.status is Status.FIRING}
        short = rule.short_of(before, after, past, stands)
        assert not {each.subject for each in short} & {*stands, *fires}
        assert all(each.sentence for each in short)


def measured(
    rule: Detector, subject: str, before: Snapshot, after: Snapshot
) -> tuple[float | None, float | None, float, float] | None:
    """Measure anew, without the detector's own way, where that is one figure of a view."""
    if isinstance(rule, TopEntry):
        then, now = (read.board(rule.metric, rule.scope) for read in (before, after))
        assert then is not None
        assert now is not None
        unknown = 0 if now.by_order else now.unknown
        return then.rank(int(subject)), now.rank(int(subject)), now.counted, unknown
    if not isinstance(rule, ShareThreshold):
        return None
    old, new = (read.share(rule.question) for read in (before, after))
    assert old is not None
    assert new is not None
    return old.part(subject), new.part(subject), new.total, new.unknown
