"""What a message looks like on Discord, and that what comes from the Hub stays text there."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest

from bot.chat.discord.payload import Payload, Sign, bears, components, embed, thread_name
from bot.chat.discord.text import cut, escaped, fitted_lines, size
from bot.render import message_of, stories
from bot.render.message import Message, Tone
from bot.trouble import Occasion, Trouble, source_shifts
from detectors.metric import Kind, Metric
from detectors.shift import Severity, Shift
from tests.discord_schema import Refusal, check_message, components_of
from tests.golden_files import check_golden
from tests.world import Row, World, day

SIGN = Sign.of("0123456789abcdef01234567")
KIMI: Row = ("moonshotai/Kimi-K2.5", {"pipeline_tag": "text-generation", "likes": 1300})
STAY: Row = ("Qwen/Qwen3-8B", {"likes": 800})
FILLERS: list[Row] = [f"org{number}/filler-{number}" for number in range(12)]
FILES = {"files[0]": b"png"}
PRESSED = "3f2ab12c9d4e"


def told_shifts(row: Row = KIMI) -> Sequence[Shift]:
    """Let a model enter a top 2."""
    world = World(["top 2 by trending in all leave 3"])
    world.pulse(day(1), [STAY, *FILLERS])
    world.pulse(day(2), [STAY, row, *FILLERS])
    return stories(world.pulse(day(3), [STAY, row, *FILLERS]))[0]


def entry(row: Row = KIMI) -> Message:
    """Return what is told when a model enters a top 2."""
    return message_of(told_shifts(row))


def leaving() -> Message:
    """Let a model leave a top 2."""
    world = World(["top 2 by trending in all leave 3"])
    world.pulse(day(1), [STAY, KIMI, *FILLERS])
    left = [STAY, *FILLERS, KIMI]
    world.pulse(day(2), left)
    return message_of(stories(world.pulse(day(3), left) or world.views.told)[0])


def crossing() -> Message:
    """Let a lab's share cross its line."""
    world = World(["share of downloads by lab who Qwen above 40% clear 37%"])
    rows: list[Row] = [("meta-llama/L", {"downloads": 70}), ("jo/X", {"downloads": 10})]
    world.census(day(1), [("Qwen/Big", {"downloads": 20}), *rows])
    up = world.census(day(2), [("Qwen/Big", {"downloads": 100}), *rows])
    return replace(message_of(up), severity=Severity.MAJOR)


def source() -> Message:
    """Let a listing be cut short."""
    world = World()
    world.pulse(day(1), [STAY, KIMI])
    short = world.snapshot(day(2), Kind.PULSE, {Metric.TRENDING: [STAY]})
    told = Occasion(day(2), "pulse", "1 model, 2 the time before", world.views.held[0][0], short)
    shifts = source_shifts(Trouble({}), Trouble({"pulse": "truncated"}), told)
    return replace(message_of(shifts), severity=Severity.INFO)


def shown(*payloads: Payload) -> str:
    return "\n\n".join(json.dumps(each, indent=1, ensure_ascii=False) for each in payloads)


def texts(payload: Payload) -> list[str]:
    """Return every text that Discord reads as markup."""
    found = [
        part["content"] for part in components_of(payload.get("components")) if "content" in part
    ]
    for each in payload.get("embeds", ()):
        found += [each["title"], each["description"], each["footer"]["text"]]
        found += [line["value"] for line in each.get("fields", ())]
    return found


@pytest.mark.parametrize(
    ("name", "message"),
    [("entry", entry()), ("leaving", leaving()), ("share", crossing()), ("source", source())],
)
def test_each_kind_of_message_reads_as_in_its_golden_file(name: str, message: Message) -> None:
    pressed = "" if name == "source" else message.shifts[0]
    drawn = [draw(message, SIGN, None, pressed) for draw in (components, embed)]
    for payload in drawn:
        check_message(payload, {})
    check_golden(f"discord_{name}", shown(*drawn))


def test_a_picture_stands_between_the_words_and_the_evidence() -> None:
    drawn = [draw(entry(), SIGN, "Kimi climbs", PRESSED) for draw in (components, embed)]
    for payload in drawn:
        check_message(payload, FILES)
    check_golden("discord_picture", shown(*drawn))


def test_the_sign_of_a_delivery_is_its_own() -> None:
    told_of = entry()
    for draw in (components, embed):
        for number in range(500):
            delivery = f"{number:024x}"
            message = draw(told_of, Sign.of(delivery))
            assert bears(message, delivery)
            assert not bears(message, f"{number + 1:024x}")


LONG = Message(
    title="t_" * 200,
    sentence="*s" * 3000,
    why="<w" * 3000,
    evidence=tuple(f"line {number} " + "[e]" * 100 for number in range(60)),
    tone=Tone.FALL,
    at=datetime(2026, 1, 27, tzinfo=UTC),
    link="https://huggingface.co/" + "l" * 600,
)


def test_what_is_too_long_is_cut_and_says_so() -> None:
    for draw in (components, embed):
        payload = draw(LONG, SIGN, "a" * 3000, "f" * 64)
        check_message(payload, FILES)
        assert all("…" in text for text in texts(payload)[:2])
        assert " more" in shown(payload)
        assert "http" not in shown(payload)
    assert len(thread_name(LONG)) == 100


def test_the_checker_refuses_what_discord_refuses() -> None:
    good = components(entry(), SIGN)
    for broken in (
        {**good, "content": "both"},
        {**good, "nonce": "n" * 26},
        {**good, "flags": 1 << 15 | 1 << 20},
        {**good, "components": good["components"] * 41},
        {**good, "components": [{"type": 10, "content": "x" * 4001}]},
        {**good, "components": [{"type": 2, "style": 5, "label": "x", "url": "https://x.y"}]},
        {**good, "components": [{"type": 10, "content": "a", "id": 7}] * 2},
        {"embeds": [{"title": "x" * 257}]},
        {"embeds": [{"description": "x" * 4000}, {"description": "x" * 2001}]},
        {"content": "x" * 2001},
        {},
    ):
        with pytest.raises(Refusal):
            check_message(broken, {})


LIVE = re.compile(
    r"<(?:@[!&]?|#|/[\w -]+:|a?:\w+:|t:|id:)[^>\s]*>|@everyone|@here|https?://|\w://"
    r"|discord(?:app)?\.(?:gg|com|gift)|(?<!\\)(?:\\\\)*[*_~`|\[\]<>]",
    re.IGNORECASE,
)
HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\x00-\x09\x0b-\x1f\x7f]")
PARTS = [
    *["<@1>", "<@!22>", "<@&3>", "<#4>", "</ban:5>", "<a:x:6>", "<t:0:R>", "<id:guide>"],
    *["@everyone", "@here", "@\u200beveryone", "https://evil.example/x", "<https://evil.example>"],
    *["[click](https://evil.example)", "steam://run", "discord.gg/abc", "discord.com/invite/x"],
    *["**b**", "__u__", "~~s~~", "||sp||", "`c`", "```\n", "# h", "-# s", "> q", ">>> q", "- l"],
    *[
        "1. l",
        "\\",
        "\\\\",
        "\u202e",
        "\u2066",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\x1b[2J",
        "\n",
        "\r",
    ],
    *[
        "智谱",
        "é",
        "name",
        "/",
        ".",
        "-",
        "\U0001f600",
        "e\u0301",
        "&amp;",
        "{{x}}",
        "%s",
        "\u3164",
    ],
]


def hostile(number: int) -> tuple[str, str]:
    """Return a model id and a lab name that nobody would choose in good faith."""
    chance = Random(number)  # noqa: S311  # the same texts each time
    draw = ["".join(chance.choices(PARTS, k=chance.randint(1, 9))) for _ in range(3)]
    return f"{draw[0]}/{draw[1]}", draw[2]


def told(text: str) -> str:
    """Return a text without the markup that is the bot's own: a headline's, a subtext's."""
    return "\n".join(re.sub(r"^(?:### |-# )", "", line) for line in text.split("\n"))


@pytest.mark.parametrize("start", range(0, 500, 100))
def test_of_500_hostile_names_none_becomes_a_mention_a_link_or_markup(start: int) -> None:
    for number in range(start, start + 100):
        name, lab = hostile(number)
        base = entry((name, {"author": lab, "pipeline_tag": lab}))
        raw = replace(base, title=name, sentence=f"{name} by {lab}", why=lab, evidence=(name, lab))
        for message in (base, raw):
            for draw in (components, embed):
                payload = draw(message, SIGN, f"{name} {lab}")
                check_message(payload, FILES)
                for text in map(told, texts(payload)):
                    assert not LIVE.findall(text), text
                    assert not HIDDEN.search(text), text
                assert not HIDDEN.search(shown(payload).replace("\n", ""))
                assert payload["allowed_mentions"]["parse"] == []
                assert "evil.example" not in str(message.link)


def test_a_line_that_opens_like_a_list_stays_a_line() -> None:
    assert escaped("1. first") == "1\\. first"
    assert escaped("- first") == "\\- first"
    assert escaped("# first") == "\\# first"


def test_ordinary_names_and_figures_are_left_as_they_are() -> None:
    line = "Qwen2.5-7B (Alibaba, China): 61.5\u00a0% of 1,300 · pulse@2026-01-01T00:00:00Z → v1/2"
    assert escaped(line) == line


def test_a_cut_leaves_no_half_of_an_escape() -> None:
    text = escaped("*" * 50)
    for room in range(1, size(text)):
        found = cut(text, room)
        assert size(found) <= room
        assert not re.search(r"(?<!\\)(?:\\\\)*\\…", found)
    assert size(cut("\U0001f600" * 10, 7)) <= 7


def test_lines_that_have_no_room_are_counted() -> None:
    lines = tuple(f"line {number}" for number in range(9))
    assert fitted_lines(lines, 30) == "line 0\nline 1\nline 2\n… 6 more"
    assert fitted_lines(lines, 300).endswith("line 8")
    assert size(fitted_lines(("x" * 50, "y"), 30)) <= 30
