"""The real program, asked in Slack: by the socket and over HTTP, until it is told to end."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.chat.slack.http import PATH
from bot.settings import SettingError, read_settings
from tests.commandline import Program, running
from tests.hub_listing import hub_models
from tests.hub_server import LoopbackHub
from tests.slack_faults import Fault, no
from tests.slack_place import COMMAND
from tests.slack_server import TOKEN, LoopbackSlack
from tests.slack_sockets import APP_TOKEN
from tests.slack_workspace import Address
from tests.test_slack_guard import SECRET, signed
from tests.whole import ROOM, until, whole

SOCKET = {"SLACK_APP_TOKEN": APP_TOKEN}
HTTP = {"SLACK_SIGNING_SECRET": SECRET}


@dataclass
class Asked:
    """The program beside a Slack and a Hub; `url` is where it listens."""

    program: Program
    slack: LoopbackSlack
    url: str

    async def answer(self, address: Address) -> str:
        """Return what arrives at a response_url, whole."""
        async with asyncio.timeout(20):
            while not address.payloads:  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.02)
        return json.dumps(address.payloads[0], ensure_ascii=False)

    async def ready(self) -> tuple[int, str]:
        """Return what /readyz says."""
        async with aiohttp.request("GET", f"{self.url}/readyz") as found:
            return found.status, await found.text()


@asynccontextmanager
async def asked(folder: Path, more: dict[str, str]) -> AsyncIterator[Asked]:
    async with LoopbackHub(hub_models(60)) as hub, LoopbackSlack() as slack:
        settings = {
            "HF_ENDPOINT": hub.url,
            "HUBSHIFT_DATA": str(folder / "store"),
            "HUBSHIFT_CENSUS_EVERY": "never",
            "HUBSHIFT_LISTEN": "127.0.0.1:0",
            "HUBSHIFT_SLACK_API_URL": slack.url,
            "HUBSHIFT_CHANNELS": "slack:C0HUBSHIFT",
            "SLACK_BOT_TOKEN": TOKEN,
            **more,
        }
        async with running("run", cwd=folder, env=settings) as program:
            line = await program.said("answers /healthz")
            url = line[line.index("http://") :].split(" ")[0]
            await program.said("shifts")
            yield Asked(program, slack, url)
        assert slack.sockets.faults == []
    assert not [line for line in program.lines if "Traceback" in line or "canary" in line]


async def test_the_program_answers_by_the_socket_and_ends_when_it_is_told(tmp_path: Path) -> None:
    async with asked(tmp_path, SOCKET) as here:
        await here.slack.sockets.connected()
        address = here.slack.workspace.address()
        command = {**COMMAND, "text": "top 3", "response_url": address.url}
        name = await here.slack.sockets.send("slash_commands", command)
        assert await here.slack.sockets.acked(name) == [{"envelope_id": name}]
        assert "Trending top 3" in await here.answer(address)
        assert await here.ready() == (200, "store: well\nSlack: well\n")
        assert await here.program.finish() == 0
        assert here.slack.sockets.open == []


async def test_the_program_leaves_changes_to_admins_where_it_is_told_to(tmp_path: Path) -> None:
    async with asked(tmp_path, {**SOCKET, "HUBSHIFT_SLACK_CHANGES": "admins"}) as here:
        await here.slack.sockets.connected()
        address = here.slack.workspace.address()
        command = {**COMMAND, "text": "watch pack newsroom", "response_url": address.url}
        await here.slack.sockets.send("slash_commands", command)
        assert "Only those who may configure this channel" in await here.answer(address)
        assert await here.program.finish() == 0


async def test_the_program_answers_signed_requests_over_http(tmp_path: Path) -> None:
    async with asked(tmp_path, HTTP) as here:
        address = here.slack.workspace.address()
        body = urlencode({**COMMAND, "text": "top 3", "response_url": address.url}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        headers = dict(signed(body, str(int(time.time())))) | kind
        async with aiohttp.ClientSession(headers=headers) as session:
            statuses = []
            for _ in range(2):
                async with session.post(here.url + PATH, data=body) as found:
                    statuses.append(found.status)
        assert statuses == [200, 409]
        assert "Trending top 3" in await here.answer(address)
        assert here.slack.sockets.opened == 0
        assert await here.program.finish() == 0


async def test_the_program_is_not_ready_while_slack_cannot_be_asked_through(
    tmp_path: Path,
) -> None:
    async with asked(tmp_path, SOCKET) as here:
        await here.slack.sockets.connected()
        here.slack.faults.append(Fault(no("invalid_auth"), "apps.connections.open", times=99))
        await here.slack.sockets.close()
        await here.program.said("does not take SLACK_APP_TOKEN")
        status, text = await here.ready()
        assert status == 503
        assert "Slack: Slack does not take SLACK_APP_TOKEN (invalid_auth)" in text
        assert await here.program.finish() == 0


def test_a_signing_secret_without_an_address_to_listen_on_is_refused() -> None:
    with pytest.raises(SettingError, match="nothing listens: set HUBSHIFT_LISTEN"):
        read_settings({"SLACK_BOT_TOKEN": "xoxb-1", **HTTP})


async def test_the_buttons_of_a_real_alert_change_what_the_program_tells(tmp_path: Path) -> None:
    """Alert, picture, Mute and Tune; the Hub is a fake and so is Slack, all else is real."""
    async with whole(tmp_path) as world, world.program(SOCKET) as program:
        slack = world.slack
        await program.said("shifts")
        await slack.sockets.connected()
        name = world.shift()
        await until(lambda: any(name in each["text"] for each in slack.posted()))
        alert = next(each for each in slack.posted() if name in each["text"])
        buttons = {each["action_id"]: each for each in alert["blocks"][-1]["elements"]}

        async def press(action: str) -> Address:
            address = slack.workspace.address()
            click = {
                "type": "block_actions",
                "user": {"id": "U1", "team_id": "T0HUBSHIFT"},
                "team": {"id": "T0HUBSHIFT"},
                "channel": {"id": ROOM},
                "container": {"type": "message", "channel_id": ROOM},
                "trigger_id": slack.workspace.trigger(),
                "response_url": address.url,
                "actions": [{"type": "button", **buttons[action]}],
            }
            envelope = await slack.sockets.send("interactive", click)
            await slack.sockets.acked(envelope)
            return address

        chart = await press("alert_chart")
        await until(lambda: bool(chart.payloads))
        assert "image" in [each["type"] for each in chart.payloads[0]["blocks"]]
        await press("alert_tune")
        await until(lambda: any("submit" in each for each in slack.workspace.views.values()))
        mute = await press("alert_mute")
        await until(lambda: bool(mute.payloads))
        assert mute.payloads[0]["response_type"] == "in_channel"
        again = world.shift()
        await until(lambda: any(again in each for each in world.told()["discord"]))
        assert [each["text"] for each in slack.posted() if again in each["text"]] == []
        assert await program.finish() == 0
    assert slack.sockets.faults == []
