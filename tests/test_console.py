"""The terminal as a place to post to: plain when piped, text only, one JSON object a Shift."""

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.chat.base import DeliveryError, Fate, Messenger, Posting
from bot.chat.console import PIPED_COLUMNS, ConsoleMessenger, JsonLines, printed
from bot.render import message_of, stories
from detectors.shift import Shift
from tests.golden_files import check_golden
from tests.looks import CHANNEL
from tests.world import Row, World, day

STAY: Row = ("Qwen/Qwen3-8B", {"likes": 800})
NEW: Row = ("zai-org/GLM-5", {"pipeline_tag": "text-generation", "likes": 969})
RULES = (
    "top 1 by trending in all",
    "top 2 by trending in all",
    "share of slots by lab who Z.ai above 30% in top 2 by trending",
)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class GonePipe(io.StringIO):
    """A stream whose reader has gone."""

    def write(self, text: str, /) -> int:
        raise BrokenPipeError(32, f"Broken pipe, {len(text)} characters lost")


class Ascii(io.TextIOWrapper):
    """A stream that knows no sign beyond ASCII."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="ascii")

    def text(self) -> str:
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode("ascii")


def shifts(row: Row = NEW) -> list[Shift]:
    """Let a model take first place, and all that follows from it."""
    world = World(RULES)
    world.pulse(day(1), [STAY, "google/gemma-4"])
    world.pulse(day(2), [row, STAY])
    world.pulse(day(3), [row, STAY])
    return world.views.told


async def send(messenger: Messenger, told: Sequence[Shift]) -> None:
    for at, story in enumerate(stories(told)):
        await messenger.send(CHANNEL, Posting(f"d{at}", message_of(story), shifts=story))


async def sent(stream: io.StringIO, told: Sequence[Shift]) -> str:
    await send(ConsoleMessenger(stream), told)
    return stream.getvalue()


async def test_a_pipe_gets_plain_lines_of_text() -> None:
    text = await sent(io.StringIO(), shifts())
    assert "\x1b" not in text
    assert max(len(line) for line in text.splitlines()) <= PIPED_COLUMNS
    check_golden("console", text)


async def test_a_terminal_gets_colour_unless_it_asks_not_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[32m" in await sent(Terminal(), shifts())
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[32m" not in await sent(Terminal(), shifts())
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in await sent(Terminal(), shifts())


async def test_a_terminal_gets_a_mere_leaving_in_short_and_a_pipe_in_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    left = [shift for shift in shifts() if shift.key == "google/gemma-4"]
    assert (await sent(Terminal(), left)).splitlines() == [
        "▼ gemma-4 (Google, United States) leaves the trending top 2",
        "  #2 → not listed · pulse@2026-01-01T00:00:00Z → pulse@2026-01-03T00:00:00Z",
        "",
    ]
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    assert "#2 → not listed, 1 → 3 January 2026 · pulse@" in await sent(Terminal(), left)
    assert "From Google (United States)" in await sent(io.StringIO(), left)


async def test_a_terminal_gets_everything_else_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    told = [shift for shift in shifts() if shift.key == "zai-org/GLM-5"]
    assert "https://huggingface.co/zai-org/GLM-5" in await sent(Terminal(), told)
    world = World(RULES[:2])
    world.pulse(day(1), [NEW, STAY])
    for number in (2, 3):
        world.pulse(day(number), ["a/b", "a/c"])
    lost = [shift for shift in world.views.told if shift.key == "zai-org/GLM-5"]
    assert "falls from first place" in await sent(Terminal(), lost)
    assert "https://huggingface.co/zai-org/GLM-5" in await sent(Terminal(), lost)


async def test_foreign_text_is_never_markup_and_never_moves_the_cursor() -> None:
    hostile: Row = ("evil/[bold red]x[/]:smile:\x1b[2J\x9b1A\r", {"pipeline_tag": "[link=u]t"})
    text = await sent(io.StringIO(), shifts(hostile))
    assert "[bold red]x[/]:smile:[2J1A" in text
    assert "[link=u]t" in text
    assert not set(text) & set("\x1b\x9b\r")


async def test_signs_the_stream_cannot_encode_become_question_marks() -> None:
    stream = Ascii()
    await send(ConsoleMessenger(stream), shifts())
    assert "? GLM-5 (Z.ai, China) goes straight to first place in trending" in stream.text()


@pytest.mark.parametrize("kind", [ConsoleMessenger, JsonLines])
async def test_a_closed_pipe_is_a_delivery_error_that_may_be_tried_again(
    kind: type[ConsoleMessenger] | type[JsonLines],
) -> None:
    messenger: Messenger = kind(GonePipe())
    with pytest.raises(DeliveryError) as caught:
        await send(messenger, shifts())
    assert caught.value.fate is Fate.AGAIN
    with pytest.raises(DeliveryError):
        printed("an answer", GonePipe())


async def records(told: Sequence[Shift]) -> list[dict[str, Any]]:
    stream = io.StringIO()
    await send(JsonLines(stream), told)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def test_json_is_one_object_a_line_and_shift_with_every_field() -> None:
    told = shifts()
    found = await records(told)
    assert [each["id"] for each in found] == [each.id for story in stories(told) for each in story]
    entry = next(each for each in found if each["rule"] == "top 2 by trending in all")
    assert entry == {
        "id": entry["id"],
        "rule": "top 2 by trending in all",
        "detector": "top_entry",
        "key": "zai-org/GLM-5",
        "status": "firing",
        "severity": "notable",
        "taken_at": "2026-01-03T00:00:00Z",
        "facts": {"event": "new", "before": None, "after": 1, "rank": 1},
        "evidence": {
            "metric": "trending",
            "scope": "all",
            "window": "recent days, by the Hub's own score",
            "denominator": 2,
            "unknown": 0,
            "before": None,
            "after": 1,
            "snapshots": ["pulse@2026-01-01T00:00:00Z", "pulse@2026-01-03T00:00:00Z"],
            "definition": "board/1",
        },
    }


async def test_json_keeps_whole_numbers_whole_and_parts_as_they_are() -> None:
    stream = io.StringIO()
    share = next(shift for shift in shifts() if shift.detector == "share_threshold")
    await send(JsonLines(stream), [share])
    assert '"before": 0, "after": 0.5' in stream.getvalue()
    assert '"denominator": 2, "unknown": 0' in stream.getvalue()
    assert '"rank"' not in stream.getvalue()


async def test_json_gives_a_hostile_key_back_exactly_and_shows_none_of_it() -> None:
    key = 'a/\x1b[31m"\n\u202e\u2028é'
    stream = io.StringIO()
    await send(JsonLines(stream), [replace(shifts()[0], key=key)])
    assert len(stream.getvalue().splitlines()) == 1
    assert stream.getvalue().isascii()
    assert json.loads(stream.getvalue())["key"] == key
