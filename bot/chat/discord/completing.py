"""What completes a word while somebody types it, as the choices that Discord shows."""

import heapq
from collections.abc import Sequence
from functools import partial
from itertools import zip_longest

import discord
from discord import app_commands

from bot.chat.discord.answers import plain_choice
from bot.chat.discord.asking import Complete, asker_of, sources_of
from bot.chat.discord.replies import sending
from bot.store.errors import StoreError

# https://docs.discord.com/developers/interactions/application-commands#autocomplete
MOST_CHOICES, MOST_CHOICE = 25, 100
Found = app_commands.Choice[str]
_FEW = 8
CHARTS = (
    "share of slots by country in top 10 by trending",
    "share of derivatives by family",
    "share of new by country",
    "top 10 by trending",
    "top 10 by likes",
    "top 10 by downloads in llm",
    "countries",
    "labs",
)


def near(typed: str, names: Sequence[str]) -> list[str]:
    """Return the names that begin with, then those that hold what was typed, in their order.

    For names that are few; among millions `bot.completion` finds them.
    """
    low = typed.casefold().strip()
    held = ((_place(low, name.casefold()), at) for at, name in enumerate(names))
    best = heapq.nsmallest(MOST_CHOICES, (each for each in held if each[0] >= 0))
    return [names[at] for _, at in best]


def choices(typed: object, complete: Complete) -> list[Found]:
    """Return what may complete a word; what is longer than a choice may be is none."""
    word = typed if isinstance(typed, str) else ""
    return [
        app_commands.Choice(name=(plain_choice(name) or name)[:MOST_CHOICE], value=name)
        for name in complete(word)
        if len(name) <= MOST_CHOICE
    ][:MOST_CHOICES]


async def labs(found: discord.Interaction, typed: str) -> list[Found]:
    """Complete a lab's name."""
    return await _shown(found, typed, sources_of(found).labs)


async def models(found: discord.Interaction, typed: str) -> list[Found]:
    """Complete a model's id."""
    return await _shown(found, typed, sources_of(found).models)


async def countries(found: discord.Interaction, typed: str) -> list[Found]:
    """Complete a country."""
    return await _shown(found, typed, sources_of(found).countries)


async def any_of(found: discord.Interaction, typed: str) -> list[Found]:
    """Complete a lab, a country or a model, of each kind the best first."""
    sources = sources_of(found)

    def mixed(word: str) -> list[str]:
        kinds = [each(word) for each in (sources.labs, sources.countries, sources.models)]
        turns = zip_longest(*kinds)
        return list(dict.fromkeys(name for turn in turns for name in turn if name))

    return await _shown(found, typed, mixed)


async def charts(found: discord.Interaction, typed: str) -> list[Found]:
    """Complete what is drawn: what people ask for most, then labs, countries and models."""
    sources = sources_of(found)

    def drawn(word: str) -> list[str]:
        kinds = {"lab": sources.labs, "country": sources.countries, "model": sources.models}
        named = [f"{kind} {name}" for kind, names in kinds.items() for name in names(word)[:_FEW]]
        return [*near(word, CHARTS), *(named if word.strip() else [])]

    return await _shown(found, typed, drawn)


async def rules(found: discord.Interaction, typed: str) -> list[Found]:
    """Complete a rule."""
    return await _shown(found, typed, sources_of(found).rules)


async def watched(found: discord.Interaction, typed: str) -> list[Found]:
    """Complete a rule that is watched in this channel."""
    try:
        own = await sources_of(found).desk.rules_of(asker_of(found).channel)
    except StoreError:
        own = ()
    return await _shown(found, typed, partial(near, names=own))


async def _shown(found: discord.Interaction, typed: str, complete: Complete) -> list[Found]:
    """Show choices; who types fast has moved on, and then nobody waits for these."""
    shown = choices(typed, complete)
    async with sending():
        await found.response.autocomplete(shown)
    return []


def _place(low: str, name: str) -> int:
    """Return 0 for a name that begins so, 1 for one that holds it, -1 for any other."""
    if name.startswith(low) or name.partition("/")[2].startswith(low):
        return 0
    return 1 if low in name else -1
