"""Discord is told of the commands by a step of its own, where they have changed."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.chat.discord.probe import DiscordTrouble, discord_knows
from bot.chat.discord.rest import Rest
from bot.chat.discord.sync import SyncError, fingerprint, sync, written
from bot.desk.help import FORMS
from bot.doctor import examine
from bot.lookups.questions import PARSERS
from tests.commandline import Ran, hubshift
from tests.discord_people import Counted, connected
from tests.discord_server import TOKEN, Fault, LoopbackDiscord
from tests.discord_world import BOT
from tests.golden_files import check_golden

GUIDE = (Path(__file__).parent.parent / "docs" / "discord.md").read_text("utf-8")


def options() -> list[dict[str, Any]]:
    """Return the commands of the group, as Discord is told of them."""
    (group,) = written()
    found: list[dict[str, Any]] = group["options"]
    return found


async def synced(discord: LoopbackDiscord, kept: Counted, token: str = TOKEN, **how: bool) -> str:
    rest = Rest(token, discord.api, patience=0.5)
    try:
        return await sync(rest, kept, **how)
    finally:
        await rest.close()


async def test_commands_are_written_once_and_again_only_when_they_change() -> None:
    kept = Counted()
    async with LoopbackDiscord() as discord:
        assert "new: /hubshift top" in await synced(discord, kept)
        assert "Nothing has changed" in await synced(discord, kept)
        assert len(discord.asked("PUT")) == 1
        # Another version of Hubshift had written other commands.
        kept.owners[BOT] = "another hash"
        discord.commands[0]["options"][0]["options"][0]["description"] = "another"
        del discord.commands[0]["options"][1]
        discord.commands.append({"name": "old", "description": "old", "type": 1})
        said = await synced(discord, kept)
        assert len(discord.asked("PUT")) == 2
        assert "changed: /hubshift top (places)" in said
        assert "new: /hubshift share" in said
        assert "gone: /old" in said
        kept.owners[BOT] = "another hash"
        assert "nothing: they stand there already" in await synced(discord, kept)
        assert len(discord.asked("PUT")) == 2


async def test_a_dry_run_says_what_would_change_and_sends_nothing() -> None:
    kept = Counted()
    async with LoopbackDiscord() as discord:
        said = await synced(discord, kept, dry_run=True)
        assert said.endswith("Nothing was sent.")
        assert "new: /hubshift setup" in said
        assert "new: /hubshift top" in await synced(discord, kept, dry_run=True)
        assert discord.asked("PUT") == []
    assert kept.owners == {}


async def test_force_writes_what_stands_already() -> None:
    kept = Counted()
    async with LoopbackDiscord() as discord:
        await synced(discord, kept)
        await synced(discord, kept, force=True)
        assert len(discord.asked("PUT")) == 2


async def test_what_discord_refuses_is_said_with_what_to_do() -> None:
    async with LoopbackDiscord() as discord:
        with pytest.raises(SyncError, match="Reset Token"):
            await synced(discord, Counted(), "wrong")
        for fault, said in (
            (Fault("PUT", "/commands", status=500), "Doing it again does no harm"),
            (Fault("PUT", "/commands", times=2), "Doing it again does no harm"),
            (
                Fault("PUT", "/commands", status=404, body="<html>"),
                "no.* Discord's API|not Discord",
            ),
            (Fault("PUT", "/commands", status=400, body={"code": 50035}), "code 50035"),
        ):
            discord.faults = [fault]
            kept = Counted()
            with pytest.raises(SyncError, match=said):
                await synced(discord, kept)
            assert kept.owners == {}


async def test_the_command_line_tells_discord_of_the_commands(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord:
        env = {
            "DISCORD_BOT_TOKEN": TOKEN,
            "HUBSHIFT_DISCORD_API_URL": discord.api,
            "HUBSHIFT_DATA": str(tmp_path / "store"),
        }

        async def ran(*words: str) -> Ran:
            return await asyncio.to_thread(
                hubshift, "discord", "sync", *words, cwd=tmp_path, env=env
            )

        dry, first, again = await ran("--dry-run"), await ran(), await ran()
        assert [each.code for each in (dry, first, again)] == [0, 0, 0]
        assert len(discord.asked("PUT")) == 1
        check_golden("discord_sync", first.out.rstrip("\n"))
        assert not first.err
        env |= {"DISCORD_BOT_TOKEN": "wrong"}
        other = await ran("--force")
        assert (other.code, other.out) == (1, "")
        assert "Reset Token" in other.err
        del env["DISCORD_BOT_TOKEN"]
        none = await ran()
        assert none.code == 2
        assert "DISCORD_BOT_TOKEN is not set" in none.err


async def test_whoever_runs_another_version_than_discord_was_told_of_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    kept = Counted()
    async with connected(kept):
        assert "Discord was told no commands from here yet" in caplog.text
    kept.owners[BOT] = "another hash"
    async with connected(kept) as discord:
        assert "Discord was told other commands than this version has" in caplog.text
        await synced(discord, kept)
    caplog.clear()
    async with connected(kept) as discord:
        assert "hubshift discord sync" not in caplog.text
        assert discord.asked("PUT") == []


async def test_the_doctor_says_whether_people_could_ask_on_discord() -> None:
    async with LoopbackDiscord() as discord:
        with pytest.raises(DiscordTrouble, match="hubshift discord sync"):
            await discord_knows(TOKEN, discord.api)
        await synced(discord, Counted())
        assert await discord_knows(TOKEN, discord.api) == (
            "answers as hubshift in 1 server, and knows every command"
        )
        with pytest.raises(DiscordTrouble, match="Reset Token"):
            await discord_knows("wrong", discord.api)
        elsewhere = {"id": BOT, "interactions_endpoint_url": "https://example.org"}
        discord.faults = [Fault("GET", "/applications/@me", status=200, body=elsewhere)]
        with pytest.raises(DiscordTrouble, match="Interactions Endpoint URL"):
            await discord_knows(TOKEN, discord.api)


async def test_the_doctor_asks_discord(tmp_path: Path) -> None:
    async with LoopbackDiscord() as discord:
        environ = {
            "HUBSHIFT_DATA": str(tmp_path / "store"),
            "HF_ENDPOINT": "http://127.0.0.1:1",
            "HUBSHIFT_DISCORD_API_URL": discord.api,
            "DISCORD_BOT_TOKEN": TOKEN,
        }
        findings = {each.what: each for each in await examine(environ, None)}
        assert "hubshift discord sync" in findings["Discord"].detail
        await synced(discord, Counted())
        findings = {each.what: each for each in await examine(environ, None)}
        assert findings["Discord"].well


def test_the_commands_are_within_what_discord_takes() -> None:
    """https://docs.discord.com/developers/interactions/application-commands."""
    (group,) = written()
    assert len(group["options"]) <= 25
    assert size(group) <= 8000
    for command in group["options"]:
        assert re.fullmatch(r"[a-z-]{1,32}", command["name"])
        assert 1 <= len(command["description"]) <= 100
        kinds = [bool(option.get("required")) for option in command["options"]]
        assert kinds == sorted(kinds, reverse=True)
        assert len(kinds) <= 25
        for option in command["options"]:
            assert 1 <= len(option["description"]) <= 100
            assert option["description"] != "…"
            assert len(option.get("choices", ())) <= 25


def size(part: Any) -> int:
    """Return how many characters of names, descriptions and values a command has."""
    if isinstance(part, list):
        return sum(map(size, part))
    if not isinstance(part, dict):
        return 0
    own = sum(len(str(part[key])) for key in ("name", "description", "value") if key in part)
    return own + size(part.get("options")) + size(part.get("choices"))


def test_everything_that_can_be_typed_elsewhere_can_be_picked_on_discord() -> None:
    named = {command["name"] for command in options()}
    typed = {form.split()[0] for form, _ in FORMS} | set(PARSERS)
    assert typed <= named
    assert named - typed == {"ask", "pack", "setup"}


def test_the_group_is_for_everybody_since_discord_knows_no_permission_of_a_part() -> None:
    (group,) = written()
    assert group["default_member_permissions"] is None
    assert group["contexts"] == [0, 1]
    assert group["integration_types"] == [0]


def test_a_command_as_discord_gives_it_back_has_the_same_fingerprint() -> None:
    (group,) = written()
    kept = json.loads(json.dumps({**group, "id": "1", "version": "2", "nsfw": False}))
    kept["contexts"] = kept["contexts"][::-1]
    for option in kept["options"]:
        option["name_localizations"] = None
    assert fingerprint([kept]) == fingerprint([group])
    kept["options"][0]["description"] = "another"
    assert fingerprint([kept]) != fingerprint([group])


def test_the_table_of_the_guide_is_what_discord_is_told() -> None:
    rows = re.findall(r"^\| `/hubshift ([a-z-]+)([^`]*)` \| ([^|]+) \|$", GUIDE, re.MULTILINE)
    told = [
        (
            command["name"],
            "".join(
                f" {option['name']}" if option.get("required") else f" [{option['name']}]"
                for option in command["options"]
            ),
            command["description"].rstrip("."),
        )
        for command in options()
    ]
    assert [(name, given, what.strip()) for name, given, what in rows] == told


@pytest.mark.parametrize("said", ["null", "[]", "{}", "3", '[{"id": 5}, 7]', "<html>"])
async def test_what_is_not_discord_is_told_apart_wherever_it_is_asked(said: str) -> None:
    async with LoopbackDiscord() as discord:
        discord.faults = [Fault(method="GET", path="/", times=None, status=200, body=said)]
        with pytest.raises(SyncError, match="HUBSHIFT_DISCORD_API_URL"):
            await synced(discord, Counted())
        with pytest.raises(DiscordTrouble, match="HUBSHIFT_DISCORD_API_URL"):
            await discord_knows(TOKEN, discord.api)
