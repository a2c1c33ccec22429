"""The gallery: what is drawn of a payload, that nothing in it comes alive, that all is there."""

import asyncio
import base64
import hashlib
import re
import subprocess
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from bot.chat.discord.payload import Sign, components, embed
from bot.chat.slack.blocks import alert_blocks, alert_text
from bot.chat.slack.came import Came
from bot.gallery import discord, slack
from bot.gallery.exhibit import answer, trouble
from bot.gallery.markup import Html, joined, tag
from bot.gallery.page import page
from bot.gallery.scenes import SCENES
from bot.render.answer import Answer, Table
from bot.rules import parse_rule
from bot.settings import read_settings
from bot.viewing import gallery
from detectors import REGISTRY
from detectors.labs import Labs
from tests.debian import needs
from tests.hostile_texts import HOSTILE
from tests.slack_stories import ENTRY
from tests.test_pictures import MOST_BYTES

CAME = Came("U1", channel="C1")
_HTTP = re.compile(r"https?://")
_ALLOWED = frozenset(
    {
        *(
            "a",
            "article",
            "b",
            "body",
            "br",
            "div",
            "h1",
            "h2",
            "h3",
            "head",
            "header",
            "hr",
            "html",
        ),
        *("img", "input", "label", "main", "meta", "nav", "p", "pre", "section", "span", "style"),
        *("table", "td", "title", "tr"),
    }
)
_ATTRIBUTES = frozenset(
    {
        *("alt", "charset", "checked", "class", "content", "for", "href", "http-equiv", "id"),
        *("lang", "name", "rel", "src", "title", "type"),
    }
)


class Seen(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, Mapping[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        """All the words."""
        return "".join(self.words)

    def named(self, name: str) -> list[Mapping[str, str | None]]:
        """Return the attributes of each element of a name."""
        return [attributes for each, attributes in self.elements if each == name]


def check_dead(text: str) -> Seen:
    """Assert that nothing but known elements is there, and nothing loads, runs or points inside."""
    seen = Seen(text)
    for name, attributes in seen.elements:
        assert name in _ALLOWED, name
        assert set(attributes) <= _ATTRIBUTES, attributes
        assert str(attributes.get("href") or "#").startswith(("#", "https://")), attributes
        assert str(attributes.get("src") or "data:image/png").startswith("data:image/png")
    return seen


def alerts(text: str) -> Iterator[str]:
    message = ENTRY.__class__(
        **{**vars(ENTRY), "title": text, "sentence": text, "why": text, "evidence": (text, text)}
    )
    yield slack.message({"blocks": alert_blocks(message, file="F1", alt=text)}, "data:image/png;x")
    yield slack.message({"text": alert_text(message)})
    yield discord.message(components(message, Sign.of("1"), text), "data:image/png;x")
    yield discord.message(embed(message, Sign.of("1"), text), "data:image/png;x")


def test_no_hostile_text_becomes_an_element() -> None:
    for text in HOSTILE:
        for drawn in alerts(text):
            seen = check_dead(drawn)
            links = [each["href"] for each in seen.named("a")]
            assert all(str(link).startswith("https://huggingface.co") for link in links), text
        table = Answer(text, (text, Table(((text, text), (text, "b"), ("c", "d")))), text)
        for exhibit in (answer(text, table, CAME), trouble(text, f"{text}\n  ^", CAME)):
            assert exhibit.slack is not None
            assert exhibit.discord is not None
            check_dead(slack.message(exhibit.slack))
            check_dead(discord.message(exhibit.discord))


def test_elements_escape_what_is_no_element() -> None:
    made = tag("a", "<b>", tag("b", "&"), ["<i>"], href='"><script>')
    assert made == '<a href="&quot;&gt;&lt;script&gt;">&lt;b&gt;<b>&amp;</b>&lt;i&gt;</a>'
    assert isinstance(joined("a"), Html)


def test_what_slack_escapes_is_shown_as_it_was_written() -> None:
    blocks = [{"type": "section", "text": {"type": "plain_text", "text": "a &lt;b&gt; &amp;amp;"}}]
    assert Seen(slack.drawn(blocks)).text == "a <b> &amp;"


def test_what_discord_escapes_is_shown_as_it_was_written() -> None:
    payload = {"components": [{"type": 10, "content": "### a \\*\\*b\\*\\* **c**\n-# small"}]}
    seen = Seen(discord.message(payload))
    assert "a **b** c" in seen.text
    assert len(seen.named("b")) == 2


def test_a_block_that_nobody_knows_is_named_and_not_passed_over() -> None:
    assert "[carousel]" in slack.drawn([{"type": "carousel"}])
    assert "[component 99]" in discord.message({"components": [{"type": 99}]})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the page as `hubshift gallery` writes it."""
    folder = tmp_path_factory.mktemp("gallery")
    file = folder / "gallery.html"
    settings = read_settings({"HUBSHIFT_DATA": str(folder / "held")})
    assert asyncio.run(gallery(settings, file)) == 0
    return file.read_text("utf-8")


def test_the_page_holds_all_it_shows_and_runs_nothing(whole: str) -> None:
    seen = check_dead(whole)
    (policy,) = [
        str(each["content"])
        for each in seen.named("meta")
        if each.get("http-equiv") == "Content-Security-Policy"
    ]
    style = re.search(r"<style>(.*?)</style>", whole, re.DOTALL)
    assert style is not None
    mark = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{mark}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert not _HTTP.search(style[1])
    assert not re.search(r"\[(?:component \d+|[a-z_]+)\]</div>", whole), "something is not drawn"


def test_every_kind_of_message_is_there(whole: str, labs: Labs) -> None:
    text = Seen(whole).text
    for title in (
        *(scene.title for scene in SCENES),
        "A quiet week",
        "App Home",
        "Tune",
        "A sample",
    ):
        assert title in text, title
    told = {scene.rule for scene in SCENES}
    assert {parse_rule(rule, labs).name for rule in told} == set(REGISTRY)


def test_every_picture_is_described_and_small(whole: str) -> None:
    pictures = Seen(whole).named("img")
    assert len(pictures) > 20
    for each in pictures:
        assert len(str(each["alt"])) > 40
        png = base64.b64decode(str(each["src"]).partition(",")[2])
        assert len(png) < MOST_BYTES


@needs("chromium", package="chromium")
def test_a_real_browser_draws_it_in_light_and_in_dark(whole: str, tmp_path: Path) -> None:
    file = tmp_path / "gallery.html"
    file.write_text(whole, encoding="utf-8")
    shots = {}
    for theme in ("light", "dark"):
        shot = tmp_path / f"{theme}.png"
        told = browse(f"--screenshot={shot}", f"file://{file}#{theme}", tmp_path)
        assert "Content Security Policy" not in told, told
        assert shot.stat().st_size > 50_000
        shots[theme] = shot.read_bytes()
    assert shots["light"] != shots["dark"]
    dom = browse("--dump-dom", f"file://{file}", tmp_path)
    assert Seen(dom).text.split() == Seen(whole).text.split()


def browse(what: str, address: str, folder: Path) -> str:
    """Return what a browser without a network says, and what it dumps."""
    words = [
        *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
        *("--enable-logging=stderr", "--host-resolver-rules=MAP * ~NOTFOUND"),
        *(f"--user-data-dir={folder / 'profile'}", "--window-size=1300,3000", what, address),
    ]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=90, check=True)  # noqa: S603 - a browser with our own page
    return ran.stdout if what == "--dump-dom" else ran.stderr


def test_a_picture_that_is_not_there_is_described() -> None:
    block: Any = {"type": "image", "slack_file": {"id": "F"}, "alt_text": "a <line>"}
    assert "a &lt;line&gt;" in slack.drawn([block])


def test_the_page_of_nothing_is_a_page() -> None:
    assert page([]).startswith("<!doctype html>")
