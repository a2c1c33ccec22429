"""The whole program between fakes: once at each platform, whoever else runs, whatever fails."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from bot.settings import read_settings
from tests import discord_server, slack_faults, webhook_server
from tests.commandline import Program
from tests.discord_server import limited
from tests.hub_faults import Status
from tests.slack_faults import Silence
from tests.whole import Whole, until, whole

SHIFTS = 6


async def looked(program: Program) -> None:
    """Wait for a look to be committed."""
    await program.said("shifts")


async def told_all(here: Whole, names: list[str]) -> dict[str, list[str]]:
    """Wait until every entry stands at every platform, and return what stands there."""

    def there() -> bool:
        return all(
            any(name in title and "enters" in title for title in titles)
            for titles in here.told().values()
            for name in names
        )

    await until(there)
    return here.told()


async def test_two_instances_on_one_store_tell_every_alert_once(tmp_path: Path) -> None:
    async with whole(tmp_path) as here, here.program() as one, here.program() as two:
        await looked(one)
        names = []
        for _ in range(SHIFTS):
            names.append(here.shift())
            await asyncio.sleep(1.2)
        stands = await told_all(here, names)
        assert await one.finish() == 0
        assert await two.finish() == 0
    for platform, titles in stands.items():
        counted = Counter(title for title in titles if "enters" in title)
        assert set(counted.values()) == {1}, (platform, counted)


async def test_whatever_the_platforms_answer_every_alert_arrives_once_at_each(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path) as here, here.program() as program:
        await looked(program)
        slack, discord, hook = slack_faults.Fault, discord_server.Fault, webhook_server.Fault
        here.slack.faults += [
            slack(slack_faults.limited(None)),
            slack(slack_faults.limited("0.4")),
            slack(Silence.DROP, accepted=0),
            slack(slack_faults.page(502), accepted=0.2),
            slack(slack_faults.no("some_error_nobody_knows")),
            slack(slack_faults.page(429)),
            slack(slack_faults.limited("1"), method="conversations.history"),
        ]
        here.discord.faults += [
            limited(0.3),
            discord(status=429, body="<html>slow down</html>", headers={"Retry-After": "0.3"}),
            discord(accept=True),
            discord(accept=True, status=503, body=""),
            limited(0.5, everywhere=True),
        ]
        here.hook.faults += [hook(429), hook(503), hook(408, headers={"Retry-After": "x"})]
        names = []
        for _ in range(SHIFTS):
            names.append(here.shift())
            await asyncio.sleep(1.2)
        stands = await told_all(here, names)
        assert await program.finish() == 0
    assert (here.slack.faults[-1].times, here.hook.faults) == (0, [])
    for platform, titles in stands.items():
        counted = Counter(title for title in titles if "enters" in title)
        assert set(counted.values()) == {1}, (platform, counted)


async def test_killed_between_any_two_of_its_steps_it_goes_on_and_tells_once(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path) as here:
        names: list[str] = []
        for moment in range(4):
            async with here.program() as program:
                await looked(program)
                names.append(here.shift())
                await asyncio.sleep(0.8 + moment * 0.13)
                program.process.kill()
        async with here.program() as program:
            await looked(program)
            stands = await told_all(here, names)
            assert await program.finish() == 0
    for platform, titles in stands.items():
        counted = Counter(title for title in titles if "enters" in title)
        assert set(counted.values()) == {1}, (platform, counted)


def secrets(here: Whole) -> list[str]:
    """Return every secret that the program is given: all of them say so."""
    named = ("TOKEN", "SECRET", "CHANNELS")
    found = [value for name, value in here.settings.items() if name.endswith(named)]
    assert all("canary" in value for value in found)
    return found


@pytest.mark.parametrize("module", ["tests.loud", "bot"])
async def test_no_line_shows_a_secret_at_debug_when_every_platform_fails_in_every_way(
    tmp_path: Path, module: str
) -> None:
    async with whole(tmp_path) as here:
        assert len(secrets(here)) == 5
        here.settings |= {
            "SLACK_APP_TOKEN": "xapp-canary-app",
            "SLACK_SIGNING_SECRET": "canary-signing",
            "HUBSHIFT_LISTEN": "127.0.0.1:0",
            "HUBSHIFT_LOG": "debug",
        }
        slack, discord, hook = slack_faults.Fault, discord_server.Fault, webhook_server.Fault
        here.slack.faults += [
            slack(slack_faults.page(502), accepted=0),
            slack(Silence.DROP),
            slack(Silence.HANG),
            slack(slack_faults.no("token_revoked")),
        ]
        here.discord.faults += [
            discord(status=500, body="oops"),
            discord(),
            discord(hang=True),
            discord(status=401, body={"message": "401: Unauthorized", "code": 0}),
        ]
        here.hook.faults += [hook(500), hook(), hook(hang=True), hook(410)]
        async with here.program(module=module) as program:
            await looked(program)
            for _ in range(3):
                here.shift()
                await asyncio.sleep(1.2)
            here.hub.faults.append(Status(code=401, times=3))
            await program.said_all(
                "nothing more is sent by slack",
                "nothing more is sent by discord",
                "webhook:127.0.0.1 is suspended",
                "DEBUG",
                "200, ",
                "Discord has answered",
                "to webhook:127.0.0.1: ",
            )
            assert await program.finish() == 0
    assert [line for line in program.lines if "canary" in line.casefold()] == []


async def test_no_line_shows_a_token_that_is_refused(tmp_path: Path) -> None:
    async with whole(tmp_path) as here:
        more = {
            "SLACK_BOT_TOKEN": "xoxb-canary",
            "DISCORD_BOT_TOKEN": "canary",
            "SLACK_APP_TOKEN": "xapp-canary",
            "SLACK_SIGNING_SECRET": "canary",
            "HUBSHIFT_WEBHOOK_SECRET": "canary é",
            "HUBSHIFT_LISTEN": "127.0.0.1:0",
        }
        async with here.program(more, module="tests.loud") as program:
            await looked(program)
            here.shift()
            await program.said("nothing more is sent by slack")
            assert await program.finish() == 0
        for words in ("send-test slack:C0HUBSHIFT", "send-test discord:100", "doctor", "outbox"):
            more["REDIS_URL"] = "redis://u:canary@127.0.0.1:1"
            async with here.command(*words.split(), more=more) as other:
                assert await other.ended() == 1
            program.lines += other.lines
    assert [line for line in program.lines if "canary" in line.casefold()] == []


@pytest.mark.parametrize("sign", ["é", "\t", "\n", " ", "\x7f"])
@pytest.mark.parametrize("name", ["HF_TOKEN", "SLACK_BOT_TOKEN", "DISCORD_BOT_TOKEN"])
def test_a_token_that_no_header_can_carry_is_refused_by_its_name_alone(
    name: str, sign: str
) -> None:
    with pytest.raises(ValueError, match=f"^{name} holds a sign") as caught:
        read_settings({name: f"canary{sign}bad"})
    assert "canary" not in str(caught.value)
