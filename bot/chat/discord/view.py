"""Payloads as the views that discord.py answers an interaction with."""

import discord
from discord import ui

from bot.chat.discord.payload import Payload

_CONTAINER, _GALLERY = 17, 12


def view_of(payload: Payload) -> ui.LayoutView:
    """Return a payload of containers, texts and pictures as a view; it needs a running loop."""
    view = ui.LayoutView(timeout=None)
    for box in payload["components"]:
        if box["type"] != _CONTAINER:
            raise ValueError(f"an answer is made of containers, not of type {box['type']}")
        parts = [_item(part) for part in box["components"]]
        view.add_item(ui.Container(*parts, accent_colour=discord.Colour(box["accent_color"])))
    return view


def _item(part: Payload) -> ui.Item[ui.LayoutView]:
    if part["type"] == _GALLERY:
        shown = [
            discord.MediaGalleryItem(each["media"]["url"], description=each["description"])
            for each in part["items"]
        ]
        return ui.MediaGallery(*shown)
    return ui.TextDisplay(part["content"])
