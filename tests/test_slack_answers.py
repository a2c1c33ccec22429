"""Answers and the digest on Slack: drawn inside the limits, foreign text stays text."""

import json
import re

import pytest

from bot.chat.slack.answers import (
    answer_blocks,
    digest_blocks,
    plain_answer,
    share_block,
    trouble_blocks,
)
from bot.lookups import answer
from bot.render.answer import Answer, Table
from bot.render.weekly import Digest, Section
from tests.golden_files import check_golden
from tests.hostile_texts import HOSTILE
from tests.slack_blocks import faults_of
from tests.slack_stories import AT
from tests.world import Row, World, day

QUESTIONS = {
    "top": "top 5",
    "share": "share of slots by country in top 5 by trending",
    "model": "model GLM-5",
    "lab": "lab Qwen",
    "help": "help",
}
ROWS: list[Row] = [
    ("zai-org/GLM-5", {"pipeline_tag": "text-generation", "likes": 969}),
    ("Qwen/Qwen3-8B", {"likes": 800, "downloads": 4_300_000}),
    "google/gemma-4",
    "jack/Thing-7B",
    "deepseek-ai/DeepSeek-V4-Pro",
]


@pytest.mark.parametrize("name", QUESTIONS)
async def test_an_answer_is_drawn_like_this(name: str) -> None:
    world = World(["top 2 by trending in all"])
    world.pulse(day(1), ROWS)
    world.pulse(day(8), [ROWS[1], ROWS[0], *ROWS[2:]])
    found = await answer(QUESTIONS[name], world.views, world.labs, day(9))
    blocks = [*answer_blocks(found), share_block(QUESTIONS[name])]
    assert faults_of(blocks, lambda _: True) == []
    check_golden(f"slack_answer_{name}", json.dumps(blocks, ensure_ascii=False, indent=1))


def test_the_digest_is_drawn_like_this() -> None:
    board = Table((("1", "new", "zai-org/GLM-5"), ("2", "▼1", "a/b"), ("3", "=", "c/d")))
    moves = Table((("new", "GLM-5"), ("left", "x")))
    digest = Digest(
        "The week to 14 January 2026",
        "GLM-5 goes straight to first place.",
        (
            Section("Trending top 10", (board,)),
            Section("Moves", (moves,)),
            Section("By country", ("China  ███▌  3 of 6", "unknown  ░░  2 of 6")),
            Section("Not known", ("Shares of downloads: they need a census.",)),
        ),
        "14 shifts in 6 messages.",
        AT,
    )
    blocks = digest_blocks(digest)
    assert faults_of(blocks, lambda _: True) == []
    assert [block["type"] for block in blocks].count("table") == 1
    check_golden("slack_digest", json.dumps(blocks, ensure_ascii=False, indent=1))


@pytest.mark.parametrize("sign", ["x", "<", "&", "`", "𝕏"])
def test_the_largest_answers_stay_inside_the_limits_and_say_that_they_are_cut(sign: str) -> None:
    long = sign * 300
    table = Table(tuple((str(at), long, long) for at in range(99)))
    wide = Table(tuple(("a",) * 30 for _ in range(9)))
    found = Answer(long * 9, (table, long * 30, wide, *((long, table) * 40)), long * 9)
    blocks = [*answer_blocks(found), share_block("top 10")]
    assert faults_of(blocks, lambda _: True) == []
    assert len(json.dumps(blocks, ensure_ascii=False)) < 20_000
    assert "there is more than Slack shows" in json.dumps(blocks)
    assert len(plain_answer(found.text)) <= 4_000
    assert faults_of(trouble_blocks(long * 30), lambda _: True) == []


def test_hostile_texts_in_an_answer_are_no_mention_and_no_link() -> None:
    for text in HOSTILE:
        rows = ((text, text), ("a", text), ("b", "c"))
        found = Answer(text, (Table(rows), Table(rows), text, f"█  {text}"), text)
        blocks = answer_blocks(found)
        assert faults_of(blocks, lambda _: True) == [], text
        shown = json.dumps([blocks, trouble_blocks(text), plain_answer(text)], ensure_ascii=False)
        assert not re.search(r"[<>]|://", shown), text
        marked = [each["text"] for each in blocks if each.get("text", {}).get("type") == "mrkdwn"]
        assert marked
        assert all(each["text"].count("`") == 6 and each["verbatim"] for each in marked), text
