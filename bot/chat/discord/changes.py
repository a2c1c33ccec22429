"""What changes what a channel is told: the desk refuses it, kindly, to who may not."""

from typing import Any, Literal

import discord
from discord import app_commands

from bot.chat.discord import completing
from bot.chat.discord.asking import ask, ask_all, line_of
from bot.chat.discord.lookups import Name
from bot.desk.packs import PACKS

Hows = Literal["at once", "thread", "digest"]
Floors = Literal["info", "notable", "major"]
Days = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "off"]
Asked = discord.Interaction

_RULE = "the rule, such as: top 10 by trending in all"
_WHICH = "the rule, or its number in watches; all of them unless you say"
_LIST = "labs, countries, tasks, words of an id, by commas: Qwen, country China, word gguf"


@app_commands.command()
@app_commands.describe(
    rule=_RULE,
    how="at once unless you say",
    floor="the least severity that is told at once",
    include=_LIST,
    exclude=_LIST,
)
@app_commands.autocomplete(rule=completing.rules)
async def watch(
    interaction: Asked,
    *,
    rule: str,
    how: Hows | None = None,
    floor: Floors | None = None,
    include: str | None = None,
    exclude: str | None = None,
) -> None:
    """Be told of a rule in this channel."""
    least = f"{floor}+" if floor else None
    await ask(interaction, line_of("watch", rule, how, least, include=include, exclude=exclude))


@app_commands.command()
@app_commands.describe(name="whom it is for", how="at once unless you say", end="end it instead")
@app_commands.choices(name=[app_commands.Choice(name=each, value=each) for each in PACKS])
async def pack(
    interaction: Asked, *, name: str, how: Hows | None = None, end: bool = False
) -> None:
    """Be told of a handful of rules that go together."""
    line = line_of("unwatch pack", name) if end else line_of("watch pack", name, how)
    await ask(interaction, line)


@app_commands.command()
async def watches(interaction: Asked) -> None:
    """Show what this channel watches, numbered."""
    await ask(interaction, "watches")


@app_commands.command()
@app_commands.describe(which="the rule, or its number in watches, or all")
@app_commands.autocomplete(which=completing.watched)
async def unwatch(interaction: Asked, *, which: str) -> None:
    """End a watch."""
    await ask(interaction, line_of("unwatch", which))


@app_commands.command()
@app_commands.describe(span="for how long: 7d, 12h, 2w", which=_WHICH)
@app_commands.autocomplete(which=completing.watched)
async def mute(interaction: Asked, *, span: Name = "7d", which: str | None = None) -> None:
    """Silence this channel, or one of its watches, until a time."""
    await ask(interaction, line_of("mute", span, which))


@app_commands.command()
@app_commands.describe(which=_WHICH)
@app_commands.autocomplete(which=completing.watched)
async def unmute(interaction: Asked, *, which: str | None = None) -> None:
    """End a silence before its time."""
    await ask(interaction, line_of("unmute", which))


@app_commands.command()
@app_commands.describe(
    digest="the day of the weekly digest, or off",
    hour="the hour of the digest, by this channel's clock",
    zone="this channel's clock, such as Europe/Berlin",
    quiet="hours in which alerts wait, such as 22-7, or off",
    floor="the least severity that is told at once",
)
async def settings(
    interaction: Asked,
    *,
    digest: Days | None = None,
    hour: app_commands.Range[int, 0, 23] | None = None,
    zone: Name | None = None,
    quiet: Name | None = None,
    floor: Floors | None = None,
) -> None:
    """Show this channel's digest, zone, quiet hours and floor, or change them."""
    given = {
        "zone": zone,
        "digest": line_of(digest, None if digest == "off" else hour),
        "quiet": quiet,
        "floor": floor,
    }
    lines = [line_of("settings", name, value) for name, value in given.items() if value]
    await ask_all(interaction, lines or ["settings"])


@app_commands.command()
@app_commands.describe(rule=_RULE, include=_LIST, exclude=_LIST)
@app_commands.autocomplete(rule=completing.rules)
async def preview(
    interaction: Asked, *, rule: str, include: str | None = None, exclude: str | None = None
) -> None:
    """Show what a rule would post now, and how often it would have."""
    await ask(interaction, line_of("preview", rule, include=include, exclude=exclude))


@app_commands.command()
async def test(interaction: Asked) -> None:
    """Post a sample to this channel."""
    await ask(interaction, "test")


CHANGES: tuple[app_commands.Command[Any, ..., Any], ...] = (
    watch,
    pack,
    watches,
    unwatch,
    mute,
    unmute,
    settings,
    preview,
    test,
)
