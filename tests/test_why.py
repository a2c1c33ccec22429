"""What `why` and `why-not` answer: evidence measured again, and what stopped a rule that day."""

from dataclasses import replace

import pytest

from bot.lookups import NothingHeld, QuestionError, answer
from bot.lookups.again import Agreement, measured_again
from bot.rules import parse_rule
from bot.store.store import Store
from bot.trouble import Occasion, Trouble, source_shifts
from bot.views import Note
from detectors.base import Explains
from detectors.labs import Labs, parse_labs
from detectors.metric import Kind, Metric
from detectors.shift import Held, Shift, Status
from detectors.verdict import Reason, Verdict
from tests.golden_files import check_golden
from tests.looks import census, look_all, watching
from tests.world import LABS, Row, World, day, labs

TOP = "top 3 by trending in all leave 4"
CHINA = "share of slots by country who China above 50% clear 40% in top 4 by trending"
OLD: list[Row] = ["google/gemma-4", "openai/gpt", "jack/thing", "meta-llama/L", "mistralai/M"]
NEW: list[Row] = ["google/gemma-4", "Qwen/Qwen9", "openai/gpt", "jack/thing", "meta-llama/L"]
MANY: list[Row] = ["zai-org/GLM-5", "Qwen/Qwen9", "Qwen/Qwen9-Base", *OLD]
NOW = day(9, 12)


def world(*rules: str) -> World:
    """Hold three quiet days, Qwen9's entry on days 4 and 5, its sister's on 6, a bad day, day 8."""
    hub = World(list(rules or (TOP, CHINA)))
    for number in (1, 2, 3):
        hub.pulse(day(number), OLD)
    hub.pulse(day(4), NEW)
    hub.pulse(day(5), [NEW[0], *MANY[1:3], *OLD[1:]])
    hub.pulse(day(6), MANY)
    hub.withhold(day(7), Reason.TRUNCATED, "the list by trending has 2 models, 8 before", rows=2)
    hub.pulse(day(8), MANY)
    return hub


async def asked(question: str, hub: World | None = None) -> str:
    hub = hub or world()
    return (await answer(question, hub.views, hub.labs, NOW)).text


def entered(hub: World) -> Shift:
    return next(shift for shift in hub.views.told if shift.key == "Qwen/Qwen9")


QUESTIONS = {
    "why_entry": "why Qwen9",
    "why_held": "why Qwen/Qwen9-Base",
    "why_share": "why China",
    "why_not_waits": f"why-not {TOP} on 2026-01-04",
    "why_not_fired": f"why-not {TOP} on 2026-01-06",
    "why_not_withheld": f"why-not {TOP} on 2026-01-07",
    "why_not_stands": f"why-not {TOP}",
    "why_not_line": f"why-not {CHINA} on 2026-01-04",
    "why_not_uncovered": "why-not top 3 by likes on 2026-01-04",
    "why_not_unwatched": "why-not top 1 by trending in all on 2026-01-08",
    "why_not_first": f"why-not {TOP} on 2026-01-01",
    "ask_shifts_held": "shifts held since 2026-01-01",
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_an_answer_reads_like_its_golden_file(name: str) -> None:
    question = QUESTIONS[name]
    check_golden(name, f"> {question}\n{await asked(question)}")


async def test_a_shift_is_found_by_its_id_by_the_start_of_one_and_by_what_it_is_about() -> None:
    hub = world()
    shift = entered(hub)
    texts = {await asked(f"why {name}", hub) for name in (shift.id, shift.id[:6], "Qwen/Qwen9")}
    assert len(texts) == 1
    assert shift.id in texts.pop()


async def test_a_shift_that_is_not_held_is_refused_with_where_to_look() -> None:
    with pytest.raises(QuestionError, match="`shifts` lists them with their ids"):
        await asked("why nobody")


# Measured again


async def test_every_shift_of_a_history_is_measured_again_to_the_same_figures() -> None:
    hub = world()
    found = [await measured_again(shift, hub.views, hub.labs) for shift in hub.views.told]
    assert found
    assert {again.agreement for again in found} == {Agreement.AGREES}


async def test_figures_that_no_longer_agree_are_shown_beside_those_that_were_told() -> None:
    hub = world()
    shift = entered(hub)
    other = replace(shift, evidence=replace(shift.evidence, after=3, denominator=9))
    hub.views.told = [other]
    again = await measured_again(other, hub.views, hub.labs)
    assert again.agreement is Agreement.DIFFERS
    assert again.differing == (("denominator", "9", "7"), ("after", "3", "2"))
    text = await asked("why Qwen9", hub)
    assert "other figures come out than were told" in text
    assert "denominator" in text


async def test_a_snapshot_that_is_no_longer_held_is_named() -> None:
    hub = world()
    shift = entered(hub)
    hub.views.held = [pair for pair in hub.views.held if pair[0].id != shift.evidence.named[0]]
    again = await measured_again(shift, hub.views, hub.labs)
    assert again.agreement is Agreement.GONE
    assert shift.evidence.named[0] in again.sentence


async def test_what_a_lab_table_has_lost_no_longer_agrees_or_is_not_measured() -> None:
    hub = World(["share of slots by lab who Qwen above 10% in top 4 by trending"])
    hub.pulse(day(1), OLD)
    (shift,) = hub.pulse(day(2), NEW)
    fewer = parse_labs(LABS.read_text(encoding="utf-8").replace('"Qwen" = {', '"Kwen" = {'))
    hub.views.held = [
        (note, replace(read, labs=fewer, _shares={}))
        for note, read in hub.views.held
        if read is not None
    ]
    again = await measured_again(shift, hub.views, fewer)
    assert again.agreement is Agreement.DIFFERS
    assert {name for name, *_ in again.differing} >= {"after", "definition"}
    lost = replace(shift, rule=shift.rule.replace("Qwen", "Nobody"))
    again = await measured_again(lost, hub.views, fewer)
    assert again.agreement is Agreement.UNMEASURED
    assert "lab table" in again.sentence


async def test_trouble_of_the_source_is_held_against_the_note_of_its_snapshot() -> None:
    hub = world()
    note = await noted(hub)
    last = (await hub.views.notes("pulse"))[0]
    (shift,) = source_shifts(
        Trouble({}),
        Trouble({"pulse": "truncated"}),
        Occasion(day(7), "pulse", note.detail, last, hub.snapshot(day(7), Kind.PULSE, TWO)),
    )
    assert (await measured_again(shift, hub.views, hub.labs)).agreement is Agreement.AGREES
    wrong = replace(shift, evidence=replace(shift.evidence, after=5))
    assert (await measured_again(wrong, hub.views, hub.labs)).agreement is Agreement.DIFFERS


async def test_silence_is_held_against_the_good_snapshots_of_that_time() -> None:
    hub = World()
    hub.pulse(day(1), OLD)
    (last,) = await hub.views.notes("pulse")
    before = Trouble({})
    after = before.after("pulse", Verdict(Reason.SILENT))
    (shift,) = source_shifts(before, after, Occasion(day(1, 4), "pulse", "silence", last))
    assert (await measured_again(shift, hub.views, hub.labs)).agreement is Agreement.AGREES
    hub.pulse(day(1, 2), OLD)
    assert (await measured_again(shift, hub.views, hub.labs)).agreement is Agreement.DIFFERS


TWO: dict[Metric | None, list[Row]] = {Metric.TRENDING: OLD[:2]}


async def noted(hub: World) -> Note:
    return next(note for note in await hub.views.notes("pulse") if not note.admitted)


async def test_a_census_of_the_real_store_is_measured_again_from_every_model_of_it(
    store: Store, labs: Labs
) -> None:
    rule = "share of downloads by lab who Qwen above 40% clear 37%"

    def rows(qwen: int) -> list[Row]:
        return [("Qwen/x", {"downloads": qwen}), ("google/y", {"downloads": 60})]

    watch = watching(store, labs, rule)
    looked = [census(day(number), rows(qwen)) for number, qwen in ((1, 20), (2, 22), (3, 70))]
    (shift,) = await look_all(watch, looked)
    again = await measured_again(shift, store, labs)
    assert again.agreement is Agreement.AGREES
    assert "boards and shares kept" not in again.sentence
    text = (await answer(f"why {shift.id}", store, labs, NOW)).text
    assert "the same figures come out." in " ".join(text.split())
    text = (await answer(f"why-not {rule} on 2026-01-02", store, labs, NOW)).text
    assert "26.8 %, 13.2 points below the line of 40%" in text
    # A look-up that reads columns of single models finds them in the store too.
    asked_of_models = "why-not access change in top 2 by downloads in all"
    text = (await answer(asked_of_models, store, labs, NOW)).text
    assert "nothing is beyond its line in census@2026-01-03T00:00:00Z" in text


# What stopped a rule


async def test_a_day_on_which_nobody_looked_names_the_last_look_before() -> None:
    hub = World([TOP])
    hub.pulse(day(1), OLD)
    with pytest.raises(NothingHeld, match="the last snapshot before is pulse@2026-01-01"):
        await asked(f"why-not {TOP} on 2026-01-05", hub)


async def test_a_rule_that_cannot_be_read_is_shown_with_a_caret() -> None:
    with pytest.raises(QuestionError, match=r"Did you mean \"trending\"\?\n.*\n +\^"):
        await asked("why-not top 3 by trendin on 2026-01-05")


async def test_what_cools_down_says_from_where_and_how_far_it_must_move() -> None:
    hub = World([TOP])
    for number, rows in enumerate([OLD, OLD, NEW, NEW, [*OLD, "Qwen/Qwen9"], NEW], start=1):
        hub.pulse(day(number), rows)
    again = [shift for shift in hub.views.told if shift.judgement.held is Held.COOLING]
    assert [shift.key for shift in again] == ["Qwen/Qwen9"]
    text = await asked(f"why-not {TOP} on 2026-01-06", hub)
    assert "cooling down" in text
    assert "less than the 1 it takes to tell it again" in " ".join(text.split())


@pytest.mark.parametrize("rule", [TOP, CHINA])
def test_nobody_is_called_short_who_stands_or_fires(rule: str) -> None:
    detector = parse_rule(rule, labs())
    assert isinstance(detector, Explains)
    hub = World()
    reads = [
        hub.snapshot(day(at), Kind.PULSE, {Metric.TRENDING: rows})
        for at, rows in enumerate([OLD, NEW, NEW, MANY], start=1)
    ]
    *past, before, after = reads
    stands = detector.holding(before, ())
    seen = detector.detect(before, after, past, stands)
    fires = {shift.subject for shift in seen if shift.status is Status.FIRING}
    short = detector.short_of(before, after, past, stands)
    assert not {each.subject for each in short} & {*stands, *fires}
    assert all(each.sentence for each in short)
