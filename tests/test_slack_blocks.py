"""Messages as Block Kit: every kind, inside every limit, and foreign text that stays text."""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.chat.slack.blocks import alert_blocks, alert_text, marked
from bot.chat.slack.draft import Draft
from bot.chat.slack.text import MORE, linked, plain, plain_lines
from bot.render import message_of, stories
from bot.render.message import Message
from bot.trouble import Occasion, Trouble, source_shifts
from detectors.shift import Severity, Shift
from tests.golden_files import check_golden
from tests.hostile_texts import HOSTILE
from tests.slack_blocks import faults_of
from tests.slack_server import MOST_TEXT
from tests.slack_stories import CHART, ENTRY, posting
from tests.world import Row, World, day

STAY: Row = ("Qwen/Qwen3-8B", {"likes": 800})
NEW: Row = ("zai-org/GLM-5", {"pipeline_tag": "text-generation", "likes": 969})
GEMMA: Row = "google/gemma-4"
LINK = re.compile(r"<https://huggingface\.co/[\w./%-]+(\|See it on the Hub)?>", re.ASCII)


def told(rules: list[str], *looks: list[Row]) -> list[Shift]:
    """Return what the last of some daily looks tells."""
    world = World(rules)
    for number, rows in enumerate(looks, start=1):
        shifts = world.pulse(day(number), rows)
    return shifts


def kinds() -> dict[str, Message]:
    entry = told(["top 2 by trending in all"], [STAY, GEMMA], *[[STAY, NEW, GEMMA]] * 2)
    first = told(["top 1 by trending in all"], [STAY, GEMMA], *[[NEW, STAY]] * 2)
    fallen: list[Row] = [STAY, GEMMA, "org/a", "org/b", NEW]
    left = told(["top 2 by trending in all leave 3"], [STAY, NEW], [STAY, NEW], fallen)
    share = told(
        ["share of slots by lab who Z.ai above 30% in top 2 by trending"],
        [STAY, GEMMA],
        [STAY, NEW],
    )
    occasion = Occasion(day(3), "pulse", "3 of 30 models listed", None)
    source = source_shifts(Trouble({}), Trouble({"pulse": "truncated"}), occasion)
    found = {"entry": entry, "first": first, "left": left, "share": share, "source": source}
    return {name: message_of(stories(shifts)[0]) for name, shifts in found.items()}


@pytest.mark.parametrize("kind", ["entry", "first", "left", "share", "source"])
def test_every_kind_of_message_is_drawn_like_this(kind: str) -> None:
    blocks = alert_blocks(kinds()[kind])
    assert faults_of(blocks, lambda _: True) == []
    check_golden(f"slack_kind_{kind}", json.dumps(blocks, ensure_ascii=False, indent=1))


def test_the_severity_is_said_in_a_word() -> None:
    for severity in Severity:
        message = replace(ENTRY, severity=severity)
        assert severity.value.title() in json.dumps(alert_blocks(message))
        assert severity.value.title() in alert_text(message)


@pytest.mark.parametrize("sign", ["x", "<", "&", "𝕏", "é", "\n"])
def test_nothing_is_beyond_a_limit_and_what_is_cut_says_so(sign: str) -> None:
    long = sign * 9_000
    message = replace(ENTRY, title=long, sentence=long, why=long, evidence=(long,) * 90)
    blocks = marked(alert_blocks(message, file="F000000000", alt=long), "d" * 25)
    assert faults_of(blocks, lambda _: True) == []
    text = alert_text(message)
    assert len(text.encode("utf-16-le")) // 2 <= MOST_TEXT
    if sign != "\n":
        assert [each for each in texts(blocks) if len(each) > 100 and MORE not in each] == []
        assert MORE in text
    assert LINK.search(text)


def test_a_line_is_cut_between_signs_and_never_within_an_entity() -> None:
    assert plain("a<b", 6) == "a&lt;b"
    assert plain("a<bc", 6) == "a&lt;…"
    assert plain("a<bc", 5) == "a…"
    assert plain("𝕏𝕏", 3) == "𝕏…"
    assert plain_lines(["one", "", "two", "three"], 10) == "one\ntwo\n…"


def test_only_an_address_becomes_a_link() -> None:
    assert linked("https://huggingface.co/a/b?c=1&d", "See") == (
        "<https://huggingface.co/a/b?c=1&amp;d|See>"
    )
    assert linked("https://huggingface.co/a|b", "See") is None
    assert linked("https://huggingface.co/a>b", "See") is None
    assert linked("javascript:alert(1)", "See") is None
    assert linked(None, "See") is None


def texts(value: Any) -> Iterator[str]:
    """Return every text of a payload that people see."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key in {"text", "alt_text"} and isinstance(each, str):
                yield each
            else:
                yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def fault(payload: dict[str, Any]) -> str:
    """Say what in a payload is more than text, if anything is."""
    for text in texts(payload):
        rest = LINK.sub("", text)
        if re.search(r"[<>]|&(?!amp;|lt;|gt;)|://", rest):
            return f"live: {rest!r}"
        if any(unicodedata.category(sign)[0] == "C" for sign in rest.replace("\n", "")):
            return f"unseen: {rest!r}"
    marks = [each for each in objects(payload) if each.get("type") == "mrkdwn"]
    if any(not LINK.fullmatch(each["text"]) or not each["verbatim"] for each in marks):
        return f"markup: {marks}"
    return "; ".join(faults_of(payload.get("blocks", []), lambda _: True))


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from objects(each)


def test_500_hostile_texts_are_no_mention_no_link_and_no_markup() -> None:
    shift = told(["top 2 by trending in all"], [STAY, GEMMA], *[[STAY, NEW, GEMMA]] * 2)[0]
    assert len(HOSTILE) == 500
    found = []
    for text in HOSTILE:
        about = {**shift.about, "lab": text, "country": text, "task": text}
        evidence = replace(shift.evidence, scope=f"lab {text}", window=text)
        message = message_of([replace(shift, key=text, about=about, evidence=evidence)])
        rawer = replace(message, title=text, sentence=text, why=text, evidence=(text, text))
        for each in (message, rawer):
            told_with = posting(1, each, picture=replace(CHART, alt=text))
            draft = Draft(told_with, file="F000000000")
            simple = replace(draft, rich=False)
            payloads = [draft.payload("C1"), simple.payload("C1"), draft.edit("C1", "1.1")]
            found += [wrong for payload in payloads if (wrong := fault(payload))]
            json.dumps(payloads).encode()
    assert found == []


def test_the_check_of_hostile_texts_sees_what_is_live() -> None:
    for text in ("<!channel>", "<https://evil.example|x>", "https://evil.example", "a\u202eb"):
        assert fault({"text": text})
    assert fault({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "a"}}]}) != ""
