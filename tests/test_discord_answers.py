"""Answers and digests on Discord: what a terminal says, within what Discord takes."""

import json
import re
from datetime import timedelta

import pytest

from bot.chat.discord.answers import answered, digested, refused
from bot.chat.discord.payload import Payload
from bot.digest import weekly
from bot.lookups import Answer, answer
from bot.render.answer import Table, text_lines
from bot.render.weekly import Digest, Section
from tests.discord_schema import check_message, components_of
from tests.golden_files import check_golden
from tests.test_discord_payload import HIDDEN, KIMI, STAY, hostile
from tests.world import Row, World, day


def world() -> World:
    """Return a Hub with two weeks of a trending list."""
    found = World(["top 2 by trending in all leave 3"])
    rest: list[Row] = ["google/gemma-4", "zai-org/GLM-5", ("jack/Thing-7B", {})]
    for number in range(1, 15):
        first = [STAY, KIMI] if number > 9 else [STAY, "google/gemma-3"]
        found.pulse(day(number), [*first, *rest])
    return found


def texts(payload: Payload) -> str:
    check_message(payload, {})
    return "\n".join(
        part["content"] for part in components_of(payload["components"]) if "content" in part
    )


QUESTIONS = [
    "top 5",
    "share of slots by country in top 4 by trending",
    "lab qwen",
    "model kimi",
    "shifts since 2026-01-02",
    "help",
    "help rules",
]


@pytest.mark.parametrize("line", QUESTIONS)
async def test_each_answer_says_what_the_terminal_says(line: str) -> None:
    held = world()
    found = await answer(line, held.views, held.labs, day(14, 12))
    shown = texts(answered(found))
    # Sentences stand outside of blocks, where Discord's own signs are escaped and spaces dropped.
    plain = shown.replace("\\", "")
    for part in (found.title, *text_lines(found.parts)):
        assert part.strip() in plain
    assert shown.endswith(f"-# {found.closing}")


async def test_the_digest_reads_as_in_its_golden_file() -> None:
    found = await weekly(world().views, day(14) + timedelta(hours=12))
    payload = digested(found)
    check_golden("discord_digest", texts(payload))
    assert json.dumps(payload)


# In a block of fixed width no markup is read.
_LIVE = re.compile(r"[<>]|://|@everyone|@here", re.IGNORECASE)
LONG = Table(tuple((f"{number}", "n" * 60, "lab" * 9) for number in range(200)))


def test_what_has_no_room_is_counted() -> None:
    shown = texts(answered(Answer("A" * 400, (LONG,), "C" * 2000)))
    assert shown.count("…") >= 3
    assert "more lines\n```" in shown
    sections = tuple(Section(f"Part {number}", (LONG,)) for number in range(5))
    week = Digest("The week", "L" * 2000, sections, "C" * 2000, day(1))
    assert "… left out: Part 1, Part 2, Part 3, Part 4" in texts(digested(week))


def test_a_question_that_cannot_be_read_keeps_its_caret() -> None:
    shown = texts(refused("the metric likse is not known\n  top 10 by likse\n            ^^^^^"))
    assert shown.startswith("```\n")
    assert "\n            ^^^^^\n" in shown


def test_hostile_names_stay_text_in_answers_too() -> None:
    for number in range(200):
        name, lab = hostile(number)
        told = Answer(name, (Table(((name, lab),)), lab), lab)
        for found in (told, Answer(name, (lab,), name)):
            shown = texts(answered(found)).replace("```", "")
            lines = [line.removeprefix("### ").removeprefix("-# ") for line in shown.split("\n")]
            assert not [line for line in lines if HIDDEN.search(line)]
            assert not [line for line in lines if _LIVE.search(line)]
