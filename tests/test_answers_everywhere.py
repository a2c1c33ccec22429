"""Each answer as Slack and Discord show it, beside the terminal's in tests/test_lookups.py."""

import json

import pytest

from bot.chat.discord.answers import answered
from bot.chat.slack.answers import answer_blocks, share_block
from bot.lookups import answer
from bot.render.answer import Answer
from tests import test_charted, test_lookups
from tests.discord_schema import check_message, components_of
from tests.golden_files import check_golden
from tests.slack_blocks import faults_of

CHARTS = {f"ask_chart_{name}": line for name, line in test_charted.QUESTIONS.items()}
QUESTIONS = {**test_lookups.QUESTIONS, **CHARTS}


async def found(name: str) -> Answer:
    if name in CHARTS:
        return await test_charted.ask(CHARTS[name])
    hub = test_lookups.world()
    return await answer(QUESTIONS[name], hub.views, hub.labs, test_lookups.NOW)


@pytest.mark.parametrize("name", QUESTIONS)
async def test_an_answer_reads_on_slack_as_it_was_read_before(name: str) -> None:
    blocks = [*answer_blocks(await found(name)), share_block(QUESTIONS[name])]
    assert faults_of(blocks, lambda _: True) == []
    check_golden(f"slack_{name}", json.dumps(blocks, ensure_ascii=False, indent=1))


@pytest.mark.parametrize("name", QUESTIONS)
async def test_an_answer_reads_on_discord_as_it_was_read_before(name: str) -> None:
    payload = answered(await found(name))
    check_message(payload, {})
    parts = components_of(payload["components"])
    check_golden(f"discord_{name}", "\n".join(p["content"] for p in parts if "content" in p))
