"""The real program, asked on Discord, through all that a gateway does, until it is told to end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.commandline import Program, running
from tests.discord_people import MANAGER, NOBODY, asked, typed
from tests.discord_server import TOKEN, LoopbackDiscord
from tests.discord_world import GUILD
from tests.hub_listing import hub_models
from tests.hub_server import LoopbackHub

READY = "store: well\nDiscord: well\n"


@dataclass
class Here:
    """The program beside a Discord and a Hub; `url` is where it listens."""

    program: Program
    discord: LoopbackDiscord
    url: str

    async def ready(self) -> tuple[int, str]:
        """Return what /readyz says."""
        async with aiohttp.request("GET", f"{self.url}/readyz") as found:
            return found.status, await found.text()

    async def until_ready(self) -> None:
        """Wait until people can ask."""
        async with asyncio.timeout(20):
            while await self.ready() != (200, READY):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)


@asynccontextmanager
async def here(folder: Path, token: str = TOKEN) -> AsyncIterator[Here]:
    async with LoopbackHub(hub_models(60)) as hub, LoopbackDiscord() as discord:
        discord.world.open("100")
        settings = {
            "HF_ENDPOINT": hub.url,
            "HUBSHIFT_DATA": str(folder / "store"),
            "HUBSHIFT_CENSUS_EVERY": "never",
            "HUBSHIFT_LISTEN": "127.0.0.1:0",
            "HUBSHIFT_DISCORD_API_URL": discord.api,
            "HUBSHIFT_DISCORD_GATEWAY_URL": discord.gateway.url,
            "DISCORD_BOT_TOKEN": token,
        }
        async with running("run", cwd=folder, env=settings) as program:
            line = await program.said("answers /healthz")
            url = line[line.index("http://") :].split(" ")[0]
            yield Here(program, discord, url)
    assert not [line for line in program.lines if "Traceback" in line or "canary" in line]


async def test_the_program_answers_through_a_gateway_s_day_and_ends_when_it_is_told(
    tmp_path: Path,
) -> None:
    async with here(tmp_path) as at:
        gateway = at.discord.gateway
        await at.program.said("shifts")
        await at.until_ready()
        assert "Trending top 3" in str(await asked(at.discord, typed("top", places=3)))
        gateway.drop()
        await asyncio.wait_for(gateway.until_resumed(1), 10)
        await gateway.ask_back()
        await asyncio.wait_for(gateway.until_resumed(2), 10)
        assert "What you can ask" in str(await asked(at.discord, typed("help")))
        await gateway.forget()
        async with asyncio.timeout(20):
            while len(gateway.identified) < 2:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)
        await gateway.until_ready()
        assert "What you can ask" in str(await asked(at.discord, typed("help")))
        assert await at.ready() == (200, READY)
        assert await at.program.finish() == 0
        assert at.discord.asked("PUT") == []


async def test_a_watch_is_kept_through_a_restart_and_goes_with_its_guild(tmp_path: Path) -> None:
    rule = "top 5 by likes in all"
    async with here(tmp_path) as at:
        await at.until_ready()
        for may, said in ((NOBODY, "Only those who may configure"), (MANAGER, "Watching in")):
            answer = await asked(at.discord, typed("watch", may=may, rule=rule))
            assert said in str(answer)
        assert await at.program.finish() == 0
    async with here(tmp_path) as at:
        await at.until_ready()
        assert rule in str(await asked(at.discord, typed("watches", may=NOBODY)))
        await at.discord.gateway.dispatch("GUILD_DELETE", {"id": GUILD, "unavailable": True})
        assert rule in str(await asked(at.discord, typed("watches", may=NOBODY)))
        at.discord.gateway.guilds = []
        await at.discord.gateway.dispatch("GUILD_DELETE", {"id": GUILD})
        await at.program.said("removed the bot")
        assert "Nothing yet" in str(await asked(at.discord, typed("watches", may=NOBODY)))
        assert await at.program.finish() == 0


async def test_a_token_that_discord_refuses_ends_the_front_and_not_the_program(
    tmp_path: Path,
) -> None:
    async with here(tmp_path, "wrong-token") as at:
        await at.program.said("Discord does not take the bot's token")
        status, text = await at.ready()
        assert status == 503
        assert "Discord: Discord does not take the bot's token" in text
        assert await at.program.finish() == 0


async def test_a_token_that_is_reset_while_it_runs_ends_the_front_and_not_the_program(
    tmp_path: Path,
) -> None:
    async with here(tmp_path) as at:
        await at.until_ready()
        await at.discord.gateway.end(4004)
        await at.program.said("Discord does not take the bot's token")
        assert (await at.ready())[0] == 503
        assert await at.program.finish() == 0
