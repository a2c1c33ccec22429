"""The whole program between fakes: a Hub that changes, Slack, Discord and a web hook."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests import discord_server, slack_server, webhook_server
from tests.commandline import Program, running
from tests.discord_server import LoopbackDiscord
from tests.hub_listing import Row, hub_models
from tests.hub_server import LoopbackHub
from tests.slack_server import LoopbackSlack, SlackChannel
from tests.webhook_server import LoopbackHook

ROOM = "C0HUBSHIFT"
RULE = "top 3 by trending in all confirm 1 of 1\n"
# No server of the Hub's takes it; the fakes take any.
HF_TOKEN = "hf_canaryHubToken0123456789"  # noqa: S105  # as said above
SHORT = {
    "HUBSHIFT_PULSE_EVERY": "1s",
    "HUBSHIFT_CENSUS_EVERY": "never",
    "HUBSHIFT_LEASE": "3s",
    "HUBSHIFT_SETTLE": "500ms",
    "HUBSHIFT_SEND_TIMEOUT": "900ms",
}


@dataclass
class Whole:
    """Everything around the program; `settings` are what it is started with."""

    folder: Path
    hub: LoopbackHub
    slack: LoopbackSlack
    discord: LoopbackDiscord
    hook: LoopbackHook
    settings: dict[str, str]
    _turns: "count[int]" = field(default_factory=count)

    @asynccontextmanager
    async def program(
        self, more: Mapping[str, str] | None = None, *, module: str = "bot"
    ) -> AsyncIterator[Program]:
        """Run the program until it has taken its first look, and to the end of the block."""
        env = {**self.settings, **(more or {})}
        words = ("run", "--all", "--rules", self.folder / "rules")
        async with running(*words, cwd=self.folder, env=env, module=module) as program:
            yield program

    @asynccontextmanager
    async def command(self, *words: str, more: Mapping[str, str]) -> AsyncIterator[Program]:
        """Run another command aloud, in the same surroundings."""
        env = {**self.settings, **more}
        async with running(*words, cwd=self.folder, env=env, module="tests.loud") as program:
            yield program

    def shift(self) -> str:
        """Let the model that is last in the list enter it at the top; return its name."""
        models = self.hub.models
        lowest = min(models, key=_score)
        lowest["trendingScore"] = max(map(_score, models)) + 1
        return str(lowest["id"]).partition("/")[2]

    def told(self) -> dict[str, list[str]]:
        """Return the headlines that stand at each platform, oldest first.

        A receiver of web hooks knows by the delivery's id what it has already.
        """
        slack = [str(each["text"]).partition("\n")[0][2:] for each in self.slack.posted(ROOM)]
        discord = [
            each["components"][0]["components"][0]["content"].removeprefix("### ")[2:]
            for each in self.discord.world.rooms["100"].messages
        ]
        hook = {each["id"]: each["message"]["title"] for each in self.hook.kept}
        return {"slack": slack, "discord": discord, "webhook": list(hook.values())}


@asynccontextmanager
async def whole(folder: Path) -> AsyncIterator[Whole]:
    """Serve everything that the program speaks to."""
    folder.joinpath("rules").write_text(RULE, "utf-8")
    async with (
        LoopbackHub(_ranked(hub_models(60))) as hub,
        LoopbackSlack({ROOM: SlackChannel()}) as slack,
        LoopbackDiscord() as discord,
        LoopbackHook() as hook,
    ):
        discord.world.open("100")
        settings = {
            **SHORT,
            "HF_ENDPOINT": hub.url,
            "HF_TOKEN": HF_TOKEN,
            "HUBSHIFT_DATA": str(folder / "store"),
            "HUBSHIFT_SLACK_API_URL": slack.url,
            "HUBSHIFT_DISCORD_API_URL": discord.api,
            "HUBSHIFT_DISCORD_GATEWAY_URL": discord.gateway.url,
            "HUBSHIFT_CHANNELS": f"slack:{ROOM},discord:100,webhook:{hook.url}",
            "SLACK_BOT_TOKEN": slack_server.TOKEN,
            "DISCORD_BOT_TOKEN": discord_server.TOKEN,
            "HUBSHIFT_WEBHOOK_SECRET": webhook_server.SECRET,
        }
        yield Whole(folder, hub, slack, discord, hook, settings)


async def until(reached: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something holds that nobody tells of."""
    async with asyncio.timeout(seconds):
        while not reached():  # noqa: ASYNC110 - as said
            await asyncio.sleep(0.05)


def _ranked(models: list[Row]) -> list[Row]:
    for place, model in enumerate(models):
        model["trendingScore"] = 1000 - place
    return models


def _score(model: Row) -> int:
    return int(model["trendingScore"])
