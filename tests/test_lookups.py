"""What people ask: each answer as they read it, and what a bad question is told."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.lookups import NothingHeld, QuestionError, answer
from detectors.metric import Kind, Metric
from detectors.verdict import Reason
from tests.golden_files import check_golden
from tests.world import Row, World, day

NOW = day(9, 12)
TRENDING: list[Row] = [
    ("deepseek-ai/DeepSeek-V4-Pro", {"pipeline_tag": "text-generation"}),
    ("moonshotai/Kimi-K2.5", {"pipeline_tag": "image-text-to-text"}),
    ("Qwen/Qwen3-Image", {"pipeline_tag": "text-to-image"}),
    ("jack/Thing-7B", {}),
    ("google/gemma-4", {"pipeline_tag": "text-generation"}),
    ("FlashLabs/Chroma-4B", {"pipeline_tag": "any-to-any"}),
]
LIKED: list[Row] = [
    (
        "deepseek-ai/DeepSeek-V4-Pro",
        {
            "likes": 12_690,
            "downloads": 78_900,
            "pipeline_tag": "text-generation",
            "tags": ("license:mit", "base_model:finetune:deepseek-ai/DeepSeek-V4-Pro-Base"),
            "created_at": datetime(2026, 1, 4, tzinfo=UTC),
            "gated": "auto",
        },
    ),
    ("google/gemma-4", {"likes": 12_640, "pipeline_tag": "text-generation"}),
    ("moonshotai/Kimi-K2.5", {"likes": 2_190, "pipeline_tag": "image-text-to-text"}),
]
FAMILIES: list[Row] = [
    *((f"me{n}/tuned", {"tags": ("base_model:finetune:Qwen/Qwen3-8B",)}) for n in range(5)),
    *((f"me{n}/llama", {"tags": ("base_model:adapter:meta-llama/L",)}) for n in range(2)),
    ("me9/odd", {"tags": ("base_model:nobody/knows",)}),
]


def world() -> World:
    """Hold a pulse of two lists a day for nine days, two censuses and a panel."""
    hub = World(["top 2 by trending in all", "top 1 by trending in all"])
    old = [*TRENDING[1:4], TRENDING[0], *TRENDING[4:]]
    for number in range(1, 10):
        rows = old if number < 5 else TRENDING
        if number < 3:
            rows = rows[:3]
        hub.look(day(number), Kind.PULSE, {Metric.TRENDING: rows, Metric.LIKES: LIKED})
    made = [
        (row[0], {"created_at": day(1), **row[1]}) for row in FAMILIES if not isinstance(row, str)
    ]
    weighed = [
        (name, {"downloads": 1000 // (at + 1), **more}) for at, (name, more) in enumerate(made)
    ]
    hub.census(day(1, 1), weighed[2:])
    hub.census(day(8, 1), weighed)
    hub.census(day(8, 2), weighed[:4], panel="press")
    return hub


async def asked(question: str, hub: World | None = None, now: datetime = NOW) -> str:
    hub = hub or world()
    return (await answer(question, hub.views, hub.labs, now)).text


QUESTIONS = {
    "ask_top": "top 5",
    "ask_top_likes": "top 10 by likes",
    "ask_top_llm": "top 3 by downloads in all",
    "ask_top_task": "top 3 by trending in text-generation",
    "ask_top_date": "top 3 on 2026-01-04",
    "ask_top_panel": "top 2 by downloads in panel press in all",
    "ask_share_slots": "share of slots by country in top 6 by trending",
    "ask_share_since": "share of slots by country in top 6 by trending since 2026-01-03",
    "ask_share_family": "share by family of derivatives",
    "ask_share_downloads": "share of downloads by family",
    "ask_lab": "lab deepseek",
    "ask_country": "country china",
    "ask_compare_labs": "compare Mistral AI Qwen",
    "ask_compare_countries": "compare china and france vs us",
    "ask_compare_models": 'compare "kimi-k2.5" gemma-4',
    "ask_account": "lab JACK",
    "ask_model": "model deepseek-v4-pro",
    "ask_shifts": "shifts since 2026-01-01",
    "ask_shifts_lab": "shifts since 2026-01-01 by google",
    "ask_help": "help",
    "ask_help_groups": "help groups",
    "ask_help_rules": "help rules",
    "ask_model_part": "model v4-pro",
    "ask_why": "why DeepSeek-V4-Pro",
    "ask_why_not": "why-not top 2 by trending in all",
    "ask_claims": "claims",
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_an_answer_reads_as_it_was_read_before(name: str) -> None:
    check_golden(name, f"> {QUESTIONS[name]}\n{await asked(QUESTIONS[name])}")


async def test_a_share_may_be_asked_in_the_order_of_a_rule_too() -> None:
    question = "share by country of slots in top 6 by trending"
    assert await asked(question) == await asked(QUESTIONS["ask_share_slots"])


async def test_an_empty_question_is_a_call_for_help() -> None:
    assert await asked("  ") == await asked("help")


@pytest.mark.parametrize(
    "text",
    [
        "DeepSeek-V4-Pro",
        "DEEPSEEK-AI/deepseek-v4-pro",
        "https://huggingface.co/deepseek-ai/DeepSeek-V4-Pro",
        '"deepseek-ai/DeepSeek-V4-Pro"',
        "deepseek v4  pro",
    ],
)
async def test_a_model_is_found_by_what_a_person_remembers(text: str) -> None:
    assert (await asked(f"model {text}")).startswith("deepseek-ai/DeepSeek-V4-Pro\n")


async def test_a_model_told_of_but_no_longer_listed_is_answered_from_its_shifts() -> None:
    hub = World(["top 1 by trending in all"])
    hub.pulse(day(1), ["a/one", "b/two"])
    hub.pulse(day(2), ["b/two", "a/one"])
    hub.pulse(day(3), ["b/two", "a/one"])
    hub.pulse(day(4), ["c/three"])
    text = await asked("model two", hub)
    assert "It is on no list held now." in text
    assert "3 January 2026  two (b) takes first place in trending" in text


def renumbered() -> World:
    # GLM-5 is told of and goes; GLM-5.1 is listed.
    hub = World(["top 1 by trending in all"])
    hub.pulse(day(1), ["zai-org/GLM-5", "b/two"])
    hub.pulse(day(2), ["b/two", "zai-org/GLM-5"])
    hub.pulse(day(3), ["b/two", "zai-org/GLM-5"])
    hub.pulse(day(4), ["zai-org/GLM-5.1", "b/two"])
    return hub


@pytest.mark.parametrize("text", ["zai-org/GLM-5", "GLM-5", "THUDM/glm-5"])
async def test_a_name_told_of_is_not_taken_for_a_longer_one_that_is_listed(text: str) -> None:
    found = await asked(f"model {text}", renumbered())
    assert found.startswith("zai-org/GLM-5\n\nIt is on no list held now.")


async def test_a_part_of_a_name_says_that_nothing_is_called_so() -> None:
    found = await asked("model GLM-", renumbered())
    assert "No model held is called “GLM-”; the nearest is this one." in found


async def test_who_names_the_owner_is_never_answered_with_another_model() -> None:
    with pytest.raises(QuestionError, match=r'Did you mean "zai-org/GLM-5\.1"'):
        await asked("model zai-org/GLM-5.", renumbered())


async def test_a_model_told_of_by_an_old_name_is_answered_as_it_is_listed() -> None:
    hub = World(["top 1 by trending in all"])
    hub.pulse(day(1), ["b/two", ("a/old", {"oid": "x"})])
    hub.pulse(day(2), [("a/old", {"oid": "x"}), "b/two"])
    hub.pulse(day(3), [("a/old", {"oid": "x"}), "b/two"])
    hub.pulse(day(4), [("a/new", {"oid": "x"}), "b/two"])
    assert (await asked("model a/old", hub)).startswith("a/new\n")


BAD = {
    "tpo 10": ('Did you mean "top"?', "  ^^^"),
    "top 10 by trendng": ('Did you mean "trending"?', "            ^^^^^^^"),
    "top 0": ("whole number of 1 to 1000", "      ^"),
    "top 10 in narnia": ("is no scope", "         ^^^^^^"),
    "top 10 by likes in top 5 by likes": ("not cut out of another", "  ^^^"),
    "share of slots": ("by which groups", ""),
    "share by country": ("say what is shared out", ""),
    "share of likes by lab in top 10 by likes": ("only slots", ""),
    "lab moonsht": ('Did you mean "Moonshot"?', "      ^^^^^^^"),
    "lab": ("the question ends where a lab's name should stand", ""),
    "model gemma-5": ('Did you mean "google/gemma-4"?', "        ^^^^^^^"),
    "model e": ("is no model that is held", "        ^"),
    "model ep": ("is no model that is held", ""),
    "model ee": ("is no model that is held", ""),
    "shifts since 2026-02-30": ("a date is written like", "               ^^^^^^^^^^"),
    "shifts since 2027-01-01": ("still to come; it is 2026-01-09", ""),
    "shifts by nobody-at-all-xyz": ("is no lab in the table", ""),
    "top 3 on 0001-01-01": ("no models that old", "         ^^^^^^^^^^"),
    "help me": ("is not known here", "       ^^"),
    "xyzzy": ('…; "help" lists all.', "^^^^^"),
}


@pytest.mark.parametrize("question", BAD)
async def test_a_bad_question_is_shown_with_a_caret_and_what_comes_near(question: str) -> None:
    with pytest.raises(QuestionError) as caught:
        await asked(question)
    says, caret = BAD[question]
    assert says in str(caught.value)
    assert caret in str(caught.value)
    assert f"\n  {question}\n" in str(caught.value)
    assert caught.value.exit_code == 2


async def test_a_hostile_question_is_shown_without_its_control_characters() -> None:
    with pytest.raises(QuestionError) as caught:
        await asked("top\x1b[31m \u202e10")
    assert not set(str(caught.value)) & {"\x1b", "\u202e"}


async def test_several_models_that_fit_are_named_the_highest_first() -> None:
    hub = World()
    hub.pulse(day(1), ["a/one-big", "b/one-small"])
    with pytest.raises(QuestionError, match="2 models fit that name: a/one-big or b/one-small"):
        await asked("model one-", hub)


async def test_an_empty_store_says_how_to_fill_it() -> None:
    with pytest.raises(NothingHeld, match="hubshift run") as caught:
        await asked("top 10", World())
    assert caught.value.exit_code == 1


async def test_a_day_before_the_first_snapshot_is_told_so() -> None:
    with pytest.raises(NothingHeld, match="the first snapshot is of 1 January 2026"):
        await asked("top 10 on 2025-12-31")


async def test_what_a_pulse_cannot_say_is_not_answered_from_it() -> None:
    hub = World()
    hub.pulse(day(1), TRENDING)
    with pytest.raises(NothingHeld, match="needs a census"):
        await asked("share of downloads by lab", hub)
    with pytest.raises(NothingHeld, match="a list by likes or a census"):
        await asked("top 10 by likes", hub)


async def test_a_withheld_snapshot_answers_nothing() -> None:
    hub = World()
    hub.pulse(day(1), TRENDING[:2])
    hub.withhold(day(2), Reason.TRUNCATED, "the list is short")
    assert "Measured 1 January 2026" in await asked("top 2", hub)


async def test_a_panel_answers_where_nothing_else_speaks_and_says_so() -> None:
    hub = World()
    hub.pulse(day(3), TRENDING)
    hub.census(day(1), [("Qwen/Q", {"downloads": 4})], panel="press")
    assert "of the 1 models listed in panel press" not in await asked("top 3", hub)
    assert "Measured 1 January 2026 in the census of panel press" in await asked(
        "share of downloads by lab", hub
    )


async def test_movement_is_since_the_same_hour_last_week_or_not_told() -> None:
    hub = World()
    hub.pulse(day(1, 5), ["a/one", "b/two"])
    hub.pulse(day(8, 4), ["b/two", "a/one"])
    assert "Movement cannot be told" in await asked("top 2", hub)
    hub.pulse(day(8, 5), ["b/two", "a/one"])
    text = " ".join((await asked("top 2", hub)).split())
    assert "Movement is since 1 January, 05:00 UTC." in text


async def test_nothing_shifted_is_an_answer() -> None:
    assert "Nothing has shifted." in await asked("shifts since 2026-01-07")


async def test_a_span_in_which_nobody_looked_is_not_called_quiet() -> None:
    text = await asked("shifts", now=NOW + timedelta(days=400))
    assert "No snapshot is held from this time; the last is of 9 January 2026." in text
    assert "Nothing has shifted." not in text
    assert "No snapshot is held from this time or before." in await asked("shifts", World())


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("compare qwen", "two or three names can be compared, and 1 can be read here"),
        ("compare a b c d", "two or three names can be compared, and 4 can be read here"),
        ("compare qwen gemma-4", '"qwen" is a lab or a country, and not all of the names are'),
        ("compare gemma-4 gemma-99", "is no model that is held"),
        ("country atlantis", 'no lab in the table is based in "atlantis"'),
        ("country chna", 'Did you mean "China"?'),
    ],
)
async def test_names_that_cannot_be_set_side_by_side_are_shown_in_place(
    question: str, said: str
) -> None:
    with pytest.raises(QuestionError) as told:
        await asked(question)
    assert said in str(told.value)
    assert "^" in str(told.value)


def doubling() -> World:
    """Hold three censuses, a week apart, in which Qwen has 10, 20 and 40 of 100 downloads."""
    hub = World([])
    for week, own in enumerate([10, 20, 40]):
        task = {"pipeline_tag": "text-generation"}
        rows: list[Row] = [
            ("Qwen/a", {"downloads": own, **task}),
            ("nobody/b", {"downloads": 100 - own, **task}),
        ]
        hub.census(day(1) + timedelta(days=7 * week), rows)
    return hub


async def test_a_share_is_told_with_where_it_stood_weeks_before() -> None:
    told = await asked("lab qwen", doubling(), day(16))
    line = next(line for line in told.splitlines() if line.startswith("downloads"))
    assert line.split() == ["downloads", "40", "%", "20", "%", "▁▃█"]


async def test_a_share_is_told_since_a_day_with_its_course() -> None:
    told = await asked("share of downloads by lab since 2026-01-02", doubling(), day(16))
    assert "40 %, was 10 %  ▁▃█" in told
    assert "“Was” is 1 January." in told


@pytest.mark.parametrize(
    ("question", "error", "said"),
    [
        ("share of slots by lab since 2025-12-01", NothingHeld, "Nothing held from 1 December"),
        (
            "share of slots by lab since 2026-01-05 on 2026-01-04",
            QuestionError,
            "must be before the day",
        ),
    ],
)
async def test_a_beginning_that_nothing_is_held_of_is_said(
    question: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error) as told:
        await asked(question)
    assert said in str(told.value)


def descended() -> World:
    """Hold three censuses of a lab's model, its derivatives and one that stands on no board."""
    hub = World([])
    task = {"pipeline_tag": "text-generation", "created_at": day(1)}
    for week in range(3):
        rows: list[Row] = [
            ("Qwen/Qwen3-8B", {"downloads": 1000 * (week + 1), "likes": 7, **task}),
            ("Qwen/Qwen3-4B", {"downloads": 10, **task}),
            ("me/tuned", {"downloads": 50, "tags": ("base_model:finetune:Qwen/Qwen3-8B",), **task}),
            ("you/q4", {"downloads": 90, "tags": ("base_model:quantized:me/tuned",), **task}),
            ("me/idle", {"downloads": 0, "tags": ("base_model:adapter:Qwen/Qwen3-8B",), **task}),
        ]
        hub.census(day(1) + timedelta(days=7 * week), rows)
    return hub


async def test_a_model_is_told_with_its_past_and_what_is_built_on_it() -> None:
    told = await asked("model qwen3-8b", descended(), day(16))
    assert "2 models directly (1 finetune and 1 adapter), 3 in all" in told
    assert "most downloaded is me/tuned with 50" in " ".join(told.split())
    line = next(line for line in told.splitlines() if line.startswith("downloads  3"))
    assert line.split()[1:4] == ["3,000", "2,000", "▁▄█"]


async def test_a_chain_of_base_models_is_followed_to_its_root() -> None:
    told = await asked("model you/q4", descended(), day(16))
    assert "me/tuned (quantized), itself on Qwen/Qwen3-8B (finetune)" in told


async def test_a_model_on_no_board_is_found_by_its_id_and_by_its_name() -> None:
    hub = descended()
    whole = await asked("model me/idle", hub, day(16))
    assert whole.startswith("me/idle")
    assert "Qwen/Qwen3-8B (adapter)" in whole
    assert await asked("model IDLE", hub, day(16)) == whole


async def test_a_lab_is_told_with_its_releases() -> None:
    told = await asked("lab qwen", descended(), day(16))
    assert "1 release in 90 days; the last: 1 January Qwen3-4B." in told


async def test_a_census_without_tasks_says_that_it_cannot_tell_who_belongs_to_a_scope() -> None:
    hub = World([])
    hub.census(day(1), [("Qwen/A", {"downloads": 9})])
    with pytest.raises(NothingHeld, match=r"which models belong to llm \(or ask `in all`\)"):
        await answer("top 3 by downloads", hub.views, hub.labs, day(2))
    assert "Qwen/A" in (await answer("top 3 by downloads in all", hub.views, hub.labs, day(2))).text
