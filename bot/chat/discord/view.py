"""Payloads as the views that discord.py answers an interaction with."""

import discord
from discord import ui

from bot.chat.discord.payload import Payload

_CONTAINER, _TEXT = 17, 10


def view_of(payload: Payload) -> ui.LayoutView:
    """Return a payload of containers and texts as a view; it needs a running loop."""
    view = ui.LayoutView(timeout=None)
    for box in payload["components"]:
        if box["type"] != _CONTAINER:
            raise ValueError(f"an answer is made of containers, not of type {box['type']}")
        texts: list[ui.Item[ui.LayoutView]] = [
            ui.TextDisplay(part["content"]) for part in box["components"]
        ]
        view.add_item(ui.Container(*texts, accent_colour=discord.Colour(box["accent_color"])))
    return view
