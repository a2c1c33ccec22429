"""The command group /hubshift: typed options make a question, the same core answers it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import discord
from discord import app_commands

from bot.chat.discord.answers import answered, plain_choice, refused
from bot.chat.discord.payload import Payload
from bot.chat.discord.view import view_of
from bot.lookups import Answer, NothingHeld, QuestionError
from bot.lookups.questions import TOPICS

# Discord waits 3 s for a first word; after that the answer may take 15 minutes.
# https://docs.discord.com/developers/interactions/receiving-and-responding
SOON = 2.0
# https://docs.discord.com/developers/interactions/application-commands#autocomplete
_MOST_CHOICES, _MOST_CHOICE = 25, 100
_FAILED = "Something went wrong here, and it is in the log. Try it again in a minute."

Ask = Callable[[str], Awaitable[Answer]]
Names = Callable[[], Sequence[str]]
Metrics = Literal["trending", "likes", "downloads", "downloads_all_time"]
Whats = Literal["slots", "downloads", "likes", "new", "derivatives", "finetunes", "contributors"]
Groups = Literal["lab", "country", "family", "license", "task"]
Found = app_commands.Choice[str]


@dataclass(frozen=True)
class Sources:
    """What answers and what completes: a question's answer, names of labs, ids of models."""

    ask: Ask
    labs: Names
    models: Names
    soon: float = SOON


def near(typed: str, names: Sequence[str]) -> list[str]:
    """Return the names that begin with, then those that hold what was typed, as many as fit."""
    low = typed.casefold().strip()
    begin: list[str] = []
    hold: list[str] = []
    for name, folded, tail in _folded(tuple(names)):
        if low not in folded:
            continue
        if folded.startswith(low) or tail.startswith(low):
            begin.append(name)
            if len(begin) >= _MOST_CHOICES:
                break
        elif len(hold) < _MOST_CHOICES:
            hold.append(name)
    return [name for name in (begin + hold) if len(name) <= _MOST_CHOICE][:_MOST_CHOICES]


@lru_cache(maxsize=4)
def _folded(names: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Return names with what they are compared by: the whole, and what follows the publisher."""
    folded = [name.casefold() for name in names]
    return [(name, low, low.partition("/")[2]) for name, low in zip(names, folded, strict=True)]


def question(*words: object, **clauses: str | None) -> str:
    """Return typed options as the line a person would type."""
    line = [str(word) for word in words if word is not None]
    # `in_` and `of`: one clause each, in the order given.
    line += [f"{name.rstrip('_')} {text}" for name, text in clauses.items() if text]
    return " ".join(" ".join(line).split())


async def answer_to(
    sources: Sources, interaction: discord.Interaction, line: str, *, share: bool
) -> None:
    """Answer a question: at once where it is quick, else after saying that it takes a moment."""
    task = asyncio.ensure_future(told(sources.ask, line))
    done, _ = await asyncio.wait({task}, timeout=sources.soon)
    if done:
        view = view_of(task.result())
        await interaction.response.send_message(view=view, ephemeral=not share)
        return
    await interaction.response.defer(ephemeral=not share, thinking=True)
    await interaction.followup.send(view=view_of(await task), ephemeral=not share)


async def told(ask: Ask, line: str) -> Payload:
    """Return the answer to a question, or why there is none, as Discord draws it."""
    try:
        return answered(await ask(line))
    except (QuestionError, NothingHeld) as error:
        return refused(str(error))


class Hubshift(app_commands.Group):
    """Every look-up that people have, one subcommand each."""

    def __init__(self, sources: Sources) -> None:
        super().__init__(name="hubshift", description="Ask what shifts among open models")
        self._sources = sources

    async def _answer(self, found: discord.Interaction, line: str, *, share: bool) -> None:
        await answer_to(self._sources, found, line, share=share)

    async def on_error(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError
    ) -> None:
        """Say that it failed; the log has the rest."""
        view = view_of(refused(_FAILED))
        if interaction.response.is_done():
            await interaction.followup.send(view=view, ephemeral=True)
        else:
            await interaction.response.send_message(view=view, ephemeral=True)
        raise error

    @app_commands.command()
    @app_commands.describe(
        places="how many, 10 unless you say",
        by="the metric, trending unless you say",
        scope="which models: llm, text-to-image, lab Qwen, country France, license mit",
        on="a day: 2026-01-27, today, yesterday",
        share="show the answer to everybody here",
    )
    async def top(
        self,
        interaction: discord.Interaction,
        *,
        places: app_commands.Range[int, 1, 30] = 10,
        by: Metrics | None = None,
        scope: str | None = None,
        on: str | None = None,
        share: bool = False,
    ) -> None:
        """Show who stands where, and who moved since last week."""
        line = question("top", places, by=by, in_=scope, on=on)
        await self._answer(interaction, line, share=share)

    @app_commands.command()
    @app_commands.describe(
        of="what is shared out",
        by="who the groups are",
        scope="which models: llm, a task, lab Qwen, country France; for slots: top 10 by likes",
        on="a day: 2026-01-27, today, yesterday",
        share="show the answer to everybody here",
    )
    async def share(
        self,
        interaction: discord.Interaction,
        *,
        of: Whats,
        by: Groups,
        scope: str | None = None,
        on: str | None = None,
        share: bool = False,
    ) -> None:
        """Show how much is whose, with the part nobody can place."""
        line = question("share", of=of, by=by, in_=scope, on=on)
        await self._answer(interaction, line, share=share)

    @app_commands.command()
    @app_commands.describe(name="the lab", share="show the answer to everybody here")
    async def lab(
        self,
        interaction: discord.Interaction,
        *,
        name: str,
        share: bool = False,
    ) -> None:
        """Show a lab's country, namespaces, ranks, places and last shifts."""
        await self._answer(interaction, question("lab", name), share=share)

    @app_commands.command()
    @app_commands.describe(name="the id, or a part of it", share="show it to everybody here")
    async def model(
        self,
        interaction: discord.Interaction,
        *,
        name: str,
        share: bool = False,
    ) -> None:
        """Show a model's ranks, figures, lab and licence."""
        await self._answer(interaction, question("model", name), share=share)

    @app_commands.command()
    @app_commands.describe(
        since="a day: 2026-01-27, yesterday", by="a lab", share="show it to everybody here"
    )
    async def shifts(
        self,
        interaction: discord.Interaction,
        *,
        since: str | None = None,
        by: str | None = None,
        share: bool = False,
    ) -> None:
        """Show what has shifted, in the last week unless you say."""
        line = question("shifts", since=since, by=by)
        await self._answer(interaction, line, share=share)

    @app_commands.command()
    @app_commands.choices(topic=[app_commands.Choice(name=each, value=each) for each in TOPICS])
    async def help(
        self,
        interaction: discord.Interaction,
        *,
        topic: str | None = None,
    ) -> None:
        """Show what you can ask, and how."""
        await self._answer(interaction, question("help", topic), share=False)

    @lab.autocomplete("name")
    @shifts.autocomplete("by")
    async def _labs(self, _: discord.Interaction, typed: str) -> list[Found]:
        return choices(typed, self._sources.labs())

    @model.autocomplete("name")
    async def _models(self, _: discord.Interaction, typed: str) -> list[Found]:
        return choices(typed, self._sources.models())


def choices(typed: str, names: Sequence[str]) -> list[Found]:
    """Return what may complete a word."""
    return [
        app_commands.Choice(name=plain_choice(name) or name, value=name)
        for name in near(typed, names)
    ]


def written(tree: app_commands.CommandTree[Any]) -> list[dict[str, Any]]:
    """Return the commands as Discord is told of them."""
    return [command.to_dict(tree) for command in tree.get_commands()]
