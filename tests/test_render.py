"""What alerts say: golden texts, and foreign text that stays text."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.render import message_of, stories
from bot.render.message import HEADLINE, Message
from bot.trouble import Occasion, Trouble, source_shifts
from bot.wording import NBSP, clean, figure, link_to, percents
from detectors.metric import Kind, Metric
from detectors.shift import Shift
from tests.golden_files import check_golden
from tests.world import Row, World, day

KIMI: Row = (
    "moonshotai/Kimi-K2.5",
    {"pipeline_tag": "image-text-to-text", "likes": 1300, "downloads": 32_400},
)
GLM: Row = ("zai-org/GLM-5", {"pipeline_tag": "text-generation", "likes": 969})
STAY: Row = ("Qwen/Qwen3-8B", {"likes": 800, "downloads": 4_300_000})
NAMELESS: Row = ("jack/Thing-7B", {})
TOP_2 = "top 2 by trending in all leave 3"
TOP_1 = "top 1 by trending in all"
FILLERS: list[Row] = [f"org{number}/filler-{number}" for number in range(12)]


def text_of(alert: Message) -> str:
    lines = (f"[{alert.tone}] {alert.title}", alert.sentence, alert.why, *alert.evidence)
    return "\n".join([*lines, alert.link or "no link"]).replace(NBSP, " ")


def texts_of(shifts: Sequence[Shift]) -> str:
    return "\n\n".join(text_of(message_of(story)) for story in stories(shifts))


def entered(world: World) -> list[Shift]:
    """Let Kimi come from nowhere to the second place, confirmed on day 3."""
    world.pulse(day(1), [STAY, GLM, *FILLERS])
    world.pulse(day(2), [STAY, KIMI, GLM, *FILLERS])
    return world.pulse(day(3), [STAY, KIMI, GLM, *FILLERS])


def test_a_new_entry_says_who_from_where_and_what_it_weighs() -> None:
    check_golden("alert_new_entry", texts_of(entered(World([TOP_2]))))


def test_a_re_entry_says_that_the_model_is_back() -> None:
    world = World([TOP_2])
    entered(world)
    world.pulse(day(4), [STAY, GLM, *FILLERS[:5], KIMI])
    # Higher than it was told before: where it was told is no news again.
    check_golden("alert_re_entry", texts_of(world.pulse(day(5), [KIMI, STAY, GLM, *FILLERS])))


def test_leaving_says_how_far_the_model_fell() -> None:
    world = World([TOP_2])
    entered(world)
    left = world.pulse(day(4), [STAY, GLM, *FILLERS[:5], KIMI])
    gone = replace(left[0], facts=replace(left[0].facts, after=None, rank=None))
    check_golden("alert_left", texts_of(left) + "\n\n" + texts_of([gone]))


def test_entering_straight_at_first_place_is_one_message_that_names_who_was_first() -> None:
    world = World([TOP_1, TOP_2])
    world.pulse(day(1), [STAY, GLM, *FILLERS])
    world.pulse(day(2), [KIMI, STAY, GLM, *FILLERS])
    shifts = world.pulse(day(3), [KIMI, STAY, GLM, *FILLERS])
    assert [shift.key for shift in shifts] == [
        "moonshotai/Kimi-K2.5",
        "Qwen/Qwen3-8B",
        "moonshotai/Kimi-K2.5",
    ]
    assert len(stories(shifts)) == 1
    check_golden("alert_first_place", texts_of(shifts))


def test_who_loses_first_place_to_nobody_yet_is_told_alone() -> None:
    world = World([TOP_1])
    world.pulse(day(1), [STAY, GLM, KIMI])
    world.pulse(day(2), [GLM, STAY, KIMI])
    check_golden("alert_lost_first", texts_of(world.pulse(day(3), [KIMI, STAY, GLM])))


def test_two_boards_of_one_model_are_one_message() -> None:
    world = World([TOP_2, "top 1 by likes in all"])
    before, after = [STAY, GLM, *FILLERS], [KIMI, STAY, GLM, *FILLERS]
    world.look(day(1), Kind.PULSE, {Metric.TRENDING: before, Metric.LIKES: before})
    world.look(day(2), Kind.PULSE, {Metric.TRENDING: after, Metric.LIKES: after})
    shifts = world.look(day(3), Kind.PULSE, {Metric.TRENDING: after, Metric.LIKES: after})
    assert set(message_of(stories(shifts)[0]).shifts) == {shift.id for shift in shifts}
    check_golden("alert_two_boards", texts_of(shifts))


def test_a_model_nobody_knows_anything_of_is_told_without_inventing() -> None:
    world = World([TOP_2])
    world.pulse(day(1), [STAY, GLM])
    world.pulse(day(2), [NAMELESS, STAY, GLM])
    check_golden("alert_nameless", texts_of(world.pulse(day(3), [NAMELESS, STAY, GLM])))


def test_places_of_a_country_are_told_as_places_with_the_unknown_part() -> None:
    world = World(["share of slots by country who China above 50% clear 40% in top 4 by trending"])
    world.pulse(day(1), [STAY, GLM, "google/gemma-4", NAMELESS])
    up = world.pulse(day(2), [STAY, GLM, KIMI, NAMELESS])
    down = world.pulse(day(3), [STAY, "google/gemma-4", "openai/gpt-oss", NAMELESS])
    check_golden("alert_places", texts_of(up) + "\n\n" + texts_of(down))


def census(**downloads: int) -> list[Row]:
    owners = {"qwen": "Qwen/Big", "qwen_small": "Qwen/Small", "meta": "meta-llama/L", "who": "jo/X"}
    return [(owners[name], {"downloads": count}) for name, count in downloads.items()]


def test_a_crossing_that_one_model_makes_alone_names_it() -> None:
    world = World(["share of downloads by lab who Qwen above 40% clear 37%"])
    world.census(day(1), census(qwen=10, qwen_small=10, meta=70, who=10))
    up = world.census(day(2), census(qwen=90, qwen_small=10, meta=70, who=10))
    down = world.census(day(3), census(qwen=10, qwen_small=20, meta=70, who=10))
    check_golden("alert_share", texts_of(up) + "\n\n" + texts_of(down))


def test_a_share_below_a_line_tells_whose_models_people_build_on() -> None:
    world = World(["share of derivatives by family who Meta below 50% clear 60%"])

    def built(meta: int, qwen: int) -> list[Row]:
        bases = ["meta-llama/L"] * meta + ["Qwen/Q"] * qwen
        return [
            (f"me{number}/m", {"tags": (f"base_model:finetune:{base}",), "created_at": day(1)})
            for number, base in enumerate(bases)
        ]

    world.census(day(2), built(meta=20, qwen=10))
    down = world.census(day(3), built(meta=9, qwen=21))
    check_golden("alert_family", texts_of(down))


def test_a_panel_says_how_many_models_it_lists() -> None:
    world = World(
        ["share of downloads by lab who Qwen above 40% clear 37%", "top 1 by downloads in all"]
    )
    world.census(day(1), census(qwen=10, qwen_small=10, meta=70, who=10), panel="press")
    world.census(day(2), census(qwen=90, qwen_small=10, meta=70, who=10), panel="press")
    shifts = world.census(day(3), census(qwen=90, qwen_small=10, meta=70, who=10), panel="press")
    check_golden("alert_panel", texts_of([*world.views.told[:1], *shifts]))


def test_withholding_its_end_and_silence_are_told_as_the_source_s_own() -> None:
    world = World()
    world.pulse(day(1), [STAY, GLM, KIMI])
    last = world.views.held[0][0]
    short = world.snapshot(day(2, 13), Kind.PULSE, {Metric.TRENDING: [STAY]})
    cut = "the list by trending has 1 models, 3 the time before"
    missed = "no good pulse for 35.0 hours: the Hub answered 503"
    well, ill, silent = (
        Trouble(each) for each in ({}, {"pulse": "truncated"}, {"pulse": "silent"})
    )
    begun = source_shifts(well, ill, Occasion(day(2, 13), "pulse", cut, last, short))
    ended = source_shifts(ill, well, Occasion(day(2, 14), "pulse", "", last, short))
    quiet = source_shifts(well, silent, Occasion(day(3), "pulse", missed, last))
    check_golden("alert_source", "\n\n".join(texts_of(each) for each in (begun, ended, quiet)))


def test_a_detector_without_words_of_its_own_is_told_by_its_rule() -> None:
    shift = entered(World([TOP_2]))[0]
    check_golden("alert_plain", texts_of([replace(shift, detector="to_come", rule="to come")]))


def test_a_message_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one Shift"):
        message_of([])


HOSTILE = "evil/\x1b]0;x\x07\x1b[31mred\u202e\u200bgn\ntop\r\x9b2J*bold*<!channel>"


def test_no_control_bidi_or_zero_width_character_comes_through() -> None:
    world = World([TOP_2])
    row: Row = (HOSTILE, {"pipeline_tag": "text\x1b[2Jgeneration", "author": "e\u202evil"})
    world.pulse(day(1), [STAY, GLM])
    world.pulse(day(2), [row, STAY, GLM])
    alert = message_of(world.pulse(day(3), [row, STAY, GLM]))
    text = "".join((alert.title, alert.sentence, alert.why, *alert.evidence))
    assert not set(text) & set("\x1b\x07\n\r\x9b\u202e\u200b")
    assert alert.link is None


def test_a_headline_too_long_loses_of_the_name_and_keeps_the_fact() -> None:
    world = World([TOP_2])
    row: Row = (f"{'o' * 40}/{'n' * 90}", {})
    world.pulse(day(1), [STAY, GLM])
    world.pulse(day(2), [row, STAY, GLM])
    alert = message_of(world.pulse(day(3), [row, STAY, GLM]))
    assert len(alert.title) <= HEADLINE
    assert alert.title.endswith("nnn… enters the trending top 2 at #1")


def test_an_entry_told_of_before_it_was_dated_is_told_as_it_is_now() -> None:
    shift = entered(World([TOP_2]))[0]
    undated = replace(shift, about={**shift.about, "since": None})
    assert message_of([undated]).sentence == (
        "moonshotai/Kimi-K2.5 is now #2 in trending; on 1 January it was not among the 15 models "
        "listed."
    )


def test_of_one_look_first_places_are_told_first_then_shares_entries_and_leavings() -> None:
    world = World([TOP_2, TOP_1, "share of slots by lab who Google above 60% in top 3 by trending"])
    world.pulse(day(1), [STAY, GLM, *FILLERS])
    world.pulse(day(2), ["google/a", KIMI, *FILLERS, STAY, GLM])
    world.pulse(day(3), ["google/a", KIMI, "google/b", *FILLERS, STAY, GLM])
    told = [message_of(story).title for story in stories(list(reversed(world.views.told)))]
    assert [title.split(" (")[0] for title in told] == [
        "a",
        "Google holds 2 of the trending top 3, up from 1",
        "Kimi-K2.5",
        "GLM-5",
        "Qwen3-8B",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (846, "846"),
        (2_690, "2,690"),
        (0.3333, "0.3"),
        (78_900, "78.9 k"),
        (99_960, "100 k"),
        (846_000, "846 k"),
        (999_960, "1 M"),
        (1_200_000, "1.2 M"),
        (758_000_000, "758 M"),
        (2_100_000_000, "2.1 B"),
    ],
)
def test_figures_are_short_and_never_out_of_their_unit(value: float, text: str) -> None:
    assert figure(value).replace(NBSP, " ") == text


def test_per_cents_that_differ_read_differently() -> None:
    assert [each.replace(NBSP, " ") for each in percents(0.4, 0.40004, 1.0)] == [
        "40 %",
        "40.004 %",
        "100 %",
    ]


def test_clean_text_keeps_the_letters_of_every_script() -> None:
    assert clean("智谱 GLM-5\u00a0é\tü") == "智谱 GLM-5 é ü"


@pytest.mark.parametrize("odd", ["a/../b", "a b/c", "a/b/c", "", "javascript:x", "a/b?c"])
def test_no_link_is_made_of_an_id_that_no_repo_can_have(odd: str) -> None:
    assert link_to(odd) is None
