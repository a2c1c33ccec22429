"""The look-ups of /hubshift: typed options make a line, the same desk answers it."""

from typing import Any, Literal

import discord
from discord import app_commands

from bot.chat.discord import completing
from bot.chat.discord.asking import ask, line_of
from bot.desk.help import TOPICS as CHANGING
from bot.lookups.questions import TOPICS

Metrics = Literal["trending", "likes", "downloads", "downloads_all_time"]
Whats = Literal["slots", "downloads", "likes", "new", "derivatives", "finetunes", "contributors"]
Groups = Literal["lab", "country", "family", "license", "task"]
Name = app_commands.Range[str, 1, 100]
Asked = discord.Interaction

_SHARE = "show it to everybody here"
_DAY = "a day: 2026-01-27, today, yesterday"
_SCOPE = "which models: llm, text-to-image, lab Qwen, country France, license mit"


@app_commands.command()
@app_commands.describe(
    places="how many, 10 unless you say",
    by="the metric, trending unless you say",
    scope=_SCOPE,
    on=_DAY,
    share=_SHARE,
)
async def top(
    interaction: Asked,
    *,
    places: app_commands.Range[int, 1, 30] = 10,
    by: Metrics | None = None,
    scope: Name | None = None,
    on: Name | None = None,
    share: bool = False,
) -> None:
    """Show who stands where, and who moved since last week."""
    await ask(interaction, line_of("top", places, by=by, in_=scope, on=on), share=share)


@app_commands.command(name="share")
@app_commands.describe(
    of="what is shared out",
    by="who the groups are",
    scope="which models: llm, a task, lab Qwen, country France; for slots: top 10 by likes",
    on=_DAY,
    share=_SHARE,
)
async def shares(
    interaction: Asked,
    *,
    of: Whats,
    by: Groups,
    scope: Name | None = None,
    on: Name | None = None,
    share: bool = False,
) -> None:
    """Show how much is whose, with the part nobody can place."""
    await ask(interaction, line_of("share", of=of, by=by, in_=scope, on=on), share=share)


@app_commands.command()
@app_commands.describe(name="the lab, or an account", share=_SHARE)
@app_commands.autocomplete(name=completing.labs)
async def lab(interaction: Asked, *, name: Name, share: bool = False) -> None:
    """Show a lab's country, namespaces, ranks, places and last shifts."""
    await ask(interaction, line_of("lab", name), share=share)


@app_commands.command()
@app_commands.describe(name="the id, or a part of it", share=_SHARE)
@app_commands.autocomplete(name=completing.models)
async def model(interaction: Asked, *, name: Name, share: bool = False) -> None:
    """Show a model's ranks, figures, lab and licence."""
    await ask(interaction, line_of("model", name), share=share)


@app_commands.command()
@app_commands.describe(name="the country, such as France", share=_SHARE)
@app_commands.autocomplete(name=completing.countries)
async def country(interaction: Asked, *, name: Name, share: bool = False) -> None:
    """Show a country's labs, places, shares and last shifts."""
    await ask(interaction, line_of("country", name), share=share)


@app_commands.command()
@app_commands.describe(
    one="a lab, a country or a model", other="another of the kind", third="one more", share=_SHARE
)
@app_commands.autocomplete(one=completing.any_of, other=completing.any_of, third=completing.any_of)
async def compare(
    interaction: Asked, *, one: Name, other: Name, third: Name | None = None, share: bool = False
) -> None:
    """Set labs, countries or models beside each other."""
    named = [each for each in (one, other, third) if each]
    await ask(interaction, line_of("compare", " and ".join(named)), share=share)


@app_commands.command()
@app_commands.describe(
    what="share of slots by country, top 10 by likes, country France, model ID, a shift's id",
    since=_DAY,
    share=_SHARE,
)
@app_commands.autocomplete(what=completing.charts)
async def chart(
    interaction: Asked, *, what: str, since: Name | None = None, share: bool = False
) -> None:
    """Draw a share, a board, a country, a lab or a model over time."""
    await ask(interaction, line_of("chart", what, since=since), share=share)


@app_commands.command()
@app_commands.describe(since=_DAY, by="a lab", held="those held back, with why", share=_SHARE)
@app_commands.autocomplete(by=completing.labs)
async def shifts(
    interaction: Asked,
    *,
    since: Name | None = None,
    by: Name | None = None,
    held: bool = False,
    share: bool = False,
) -> None:
    """Show what has shifted, in the last week unless you say."""
    line = line_of("shifts", "held" if held else None, since=since, by=by)
    await ask(interaction, line, share=share)


@app_commands.command()
@app_commands.describe(shift="its id, or the model, lab or country it is about", share=_SHARE)
@app_commands.autocomplete(shift=completing.models)
async def why(interaction: Asked, *, shift: Name, share: bool = False) -> None:
    """Show a shift's evidence, measured again from what is held."""
    await ask(interaction, line_of("why", shift), share=share)


@app_commands.command(name="why-not")
@app_commands.describe(rule="the rule, such as top 10 by trending in all", on=_DAY, share=_SHARE)
@app_commands.autocomplete(rule=completing.rules)
async def why_not(
    interaction: Asked, *, rule: str, on: Name | None = None, share: bool = False
) -> None:
    """Say what stopped a rule on a day."""
    await ask(interaction, line_of("why-not", rule, on=on), share=share)


@app_commands.command()
@app_commands.describe(on=_DAY, share=_SHARE)
async def claims(interaction: Asked, *, on: Name | None = None, share: bool = False) -> None:
    """Hold what the press says of open models against what is held."""
    await ask(interaction, line_of("claims", on=on), share=share)


@app_commands.command()
@app_commands.describe(topic="more on a word of it")
@app_commands.choices(
    topic=[app_commands.Choice(name=each, value=each) for each in (*TOPICS, *CHANGING)]
)
async def help(interaction: Asked, *, topic: str | None = None) -> None:  # noqa: A001 - the command is called so
    """Show what you can ask and change, and how."""
    await ask(interaction, line_of("help", topic))


@app_commands.command(name="ask")
@app_commands.describe(line="as on a terminal, such as: top 10 by likes in llm", share=_SHARE)
async def anything(interaction: Asked, *, line: str, share: bool = False) -> None:
    """Type the whole line yourself."""
    await ask(interaction, line_of(line), share=share)


LOOKUPS: tuple[app_commands.Command[Any, ..., Any], ...] = (
    top,
    shares,
    lab,
    model,
    country,
    compare,
    chart,
    shifts,
    why,
    why_not,
    claims,
    help,
    anything,
)
