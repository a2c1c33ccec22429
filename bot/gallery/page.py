"""The page: one file that holds everything it shows, asks for nothing, and runs no script."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from importlib.resources import files

from bot.gallery import discord, slack
from bot.gallery.exhibit import Exhibit, Room
from bot.gallery.markup import Html, joined, tag
from bot.render.picture import Picture

_LIGHT = (
    "--page:#f6f6f7;--ink:#1d1c1d;--soft:#5a5f66;--line:#d5d8dc;--link:#0b66b0;"
    "--s-ground:#fff;--s-ink:#1d1c1d;--s-soft:#616061;--s-line:#e8e8e8;--s-edge:#c4c4c6;"
    "--s-fill:#f4f4f5;--s-raised:#fff;--s-link:#1264a3;"
    "--d-ground:#fff;--d-ink:#2e3035;--d-soft:#5c5e66;--d-line:#dcdde1;--d-box:#f7f7f8;"
    "--d-code:#efeff1;--d-raised:#e3e5e8;"
)
_DARK = (
    "--page:#101214;--ink:#e6e7e8;--soft:#a3a8ae;--line:#34373c;--link:#6fb7ef;"
    "--s-ground:#1a1d21;--s-ink:#d1d2d3;--s-soft:#ababad;--s-line:#35373b;--s-edge:#565856;"
    "--s-fill:#222529;--s-raised:#1a1d21;--s-link:#1d9bd1;"
    "--d-ground:#313338;--d-ink:#dbdee1;--d-soft:#a5a8b0;--d-line:#3f4147;--d-box:#2b2d31;"
    "--d-code:#1e1f22;--d-raised:#4e5058;"
)
_ABOUT = (
    "Every message Hubshift sends, drawn from the very payloads that Slack and Discord are sent. "
    "This file asks for nothing and runs no script; buttons do nothing here."
)


def page(rooms: Sequence[Room]) -> str:
    """Return the whole page as HTML."""
    style = _style(rooms)
    # No style but the one below, no script, nothing from anywhere.
    # https://developer.mozilla.org/docs/Web/HTTP/Headers/Content-Security-Policy
    mark = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{mark}'; "
        "base-uri 'none'; form-action 'none'"
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", "Hubshift: what a team sees"),
        tag("style", Html(style)),
    )
    body = tag("body", _top(rooms), tag("main", [_room(room) for room in rooms]))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _style(rooms: Sequence[Room]) -> str:
    text = files("bot.gallery").joinpath("gallery.css").read_text("utf-8")
    shown = [each for room in rooms for each in room.exhibits]
    colours = {0} | {
        colour for each in shown if each.discord for colour in discord.accents(each.discord)
    }
    rules = [
        f".{discord.accent(each)}{{border-left-color:#{each:06x}}}" for each in sorted(colours)
    ]
    return "\n".join([text.replace("LIGHT", _LIGHT).replace("DARK", _DARK), *rules])


def _top(rooms: Sequence[Room]) -> Html:
    links = [tag("a", room.title, href=f"#{_anchor(room.title)}") for room in rooms]
    return tag(
        "header",
        tag("h1", "What a team sees"),
        tag("p", _ABOUT, class_="about"),
        tag(
            "div",
            tag("div", _switch("theme", ("auto", "light", "dark"))),
            tag("div", _switch("width", ("desktop", "phone"))),
            class_="switches",
        ),
        tag("nav", links),
    )


def _switch(name: str, choices: Sequence[str]) -> Iterator[Html]:
    for at, choice in enumerate(choices):
        chosen = {"checked": "checked"} if at == 0 else {}
        yield tag("input", type="radio", name=name, id=choice, **chosen)
        yield tag("label", f" {choice}", for_=choice)


def _room(room: Room) -> Html:
    about = tag("p", room.about, class_="about")
    heading = tag("h2", room.title, id=_anchor(room.title))
    return tag("section", heading, about, [_exhibit(each) for each in room.exhibits])


def _exhibit(exhibit: Exhibit) -> Html:
    fresh = exhibit.fresh or exhibit.picture
    pair = tag(
        "div",
        tag("div", _on_slack(exhibit, _address(fresh)), class_="slack"),
        tag("div", _on_discord(exhibit, _address(exhibit.picture)), class_="discord"),
        class_="pair",
    )
    return tag("article", tag("h3", exhibit.title), pair)


def _on_slack(exhibit: Exhibit, address: str | None) -> Html:
    if exhibit.slack is None:
        return tag("div", "Slack has no such thing.", class_="none")
    if exhibit.home:
        return slack.home(exhibit.slack)
    return slack.modal(exhibit.slack) if exhibit.form else slack.message(exhibit.slack, address)


def _on_discord(exhibit: Exhibit, address: str | None) -> Html:
    if exhibit.discord is None:
        return tag("div", "Discord has no such thing.", class_="none")
    if exhibit.form:
        return discord.modal(exhibit.discord)
    return discord.message(exhibit.discord, address)


def _address(picture: Picture | None) -> str | None:
    if picture is None:
        return None
    return f"data:image/png;base64,{base64.b64encode(picture.png).decode()}"


def _anchor(title: str) -> str:
    return joined("-".join(title.lower().split()))
