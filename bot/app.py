"""The only place that picks adapters and asks the clock: settings become a running Hubshift."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bot.channel import CONSOLE as CONSOLE_PLATFORM
from bot.channel import DISCORD, EVERY, Channel
from bot.channel_settings import ChannelSettings
from bot.chat.base import Messenger
from bot.chat.console import ConsoleMessenger, JsonLines
from bot.chat.webhook import WebhookMessenger
from bot.desk import Desk
from bot.desk.house import House
from bot.digest.wants import Wants
from bot.digests import Digests
from bot.dispatch import STREAM, Composer, Pictured, Timing, Works
from bot.dispatch.turns import on_time
from bot.front import Front
from bot.hub.port import Hub
from bot.hub.progress import Progress
from bot.hub.recorded import RecordedHub
from bot.known import Known
from bot.named_files import labs_of, rules_of
from bot.pictures.easel import Easel
from bot.resident import AtHand, nothing_at_hand
from bot.settings import SettingError, Settings
from bot.store.connect import Connection, connect
from bot.store.embedded import temporary_store_folder
from bot.store.outbox import Outbox
from bot.store.store import Store
from bot.watch import Watch
from bot.web.condition import Condition
from bot.web.meters import Meters
from detectors.base import Detector
from detectors.labs import Labs
from detectors.shift import AT_ONCE, Severity

if TYPE_CHECKING:
    from aiohttp.web import RouteDef

    from bot.chat.slack.front import SlackFront

CONSOLE = Channel(CONSOLE_PLATFORM, "")


@dataclass(frozen=True)
class App:
    """An open store with all that stands on it."""

    settings: Settings
    connection: Connection
    store: Store
    labs: Labs
    rules: Sequence[Detector]
    easel: Easel

    def watch(self, floor: Severity = AT_ONCE, channels: Sequence[Channel] = (CONSOLE,)) -> Watch:
        """Return a Watch that tells channels what is at least as grave as `floor`."""
        return Watch(self.store, self.labs, self.rules, channels, floor)

    def quiet_watch(self) -> Watch:
        """Return a Watch that keeps what it sees and delivers it to nobody."""
        return Watch(self.store, self.labs, self.rules, (), quiet=True)

    def fronts(self, meters: Meters, desk: Desk) -> list[Front]:
        """Return what answers people and operators: each front that the settings ask for."""
        asked: list[Front] = []
        routes: list[RouteDef] = []
        chat = self.settings.chat
        if chat.slack_asks:
            # The chat libraries are slow to import, and most commands do without them.
            from bot.chat.slack.guard import Guard  # noqa: PLC0415 - as said above

            slack = self._slack(desk)
            asked.append(slack)
            if chat.slack_signing_secret:
                routes += slack.routes(Guard(chat.slack_signing_secret, time.time))
        if chat.discord_bot_token:
            asked.append(self._discord(desk))
        if self.settings.listen is None:
            return asked
        # So is aiohttp, and only a server needs it.
        from bot.web.server import Address, Web  # noqa: PLC0415 - as said above

        condition = Condition(self.store, asked)
        return [*asked, Web(Address(*self.settings.listen), condition, meters, routes)]

    def _slack(self, desk: Desk) -> "SlackFront":
        from bot.chat.slack.front import SlackFront  # noqa: PLC0415 - as above

        chat = self.settings.chat
        return SlackFront(
            chat.slack_bot_token or "",
            desk,
            base_url=chat.slack_api,
            once=self.store.once,
            shelf=self.store.shelf,
            clock=time.monotonic,
            app_token=chat.slack_app_token,
            admins=chat.slack_admins,
        )

    def _discord(self, desk: Desk) -> Front:
        from bot.chat.discord.front import front_of  # noqa: PLC0415 - as above

        known = Known(self.store, desk.views, self.labs, list(map(str, self.rules)), now)
        return front_of(self.settings.chat, desk, known, self.store)

    async def discord_sync(self, *, dry_run: bool, force: bool) -> str:
        """Tell Discord of the commands where they have changed, and return what changed.

        Raises:
            ChatSettingError: there is no token.
            SyncError: Discord refuses, or cannot be asked.
        """
        from bot.chat.discord.sync import synced  # noqa: PLC0415 - as above

        hashes = self.store.remembered
        return await synced(self.settings.chat, hashes, dry_run=dry_run, force=force)

    def desk(self, at_hand: AtHand = nothing_at_hand, floor: Severity = AT_ONCE) -> Desk:
        """Return what answers everything that people type or press.

        `at_hand` gives a Snapshot that this process holds with all its columns, by its id;
        `floor` is the one of `watch`.
        """
        first = channels_of(self.settings)
        return Desk(
            self.store,
            self.labs,
            now,
            first=first,
            floor=floor,
            rules=self.rules,
            at_hand=at_hand,
            easel=self.easel,
        )

    def digests(self, floor: Severity = AT_ONCE) -> Digests:
        """Return what tells every channel the week; `floor` is the one of `watch`."""
        first = channels_of(self.settings)
        house = House(self.store, self.labs, self.store, first, self.rules, floor)

        async def wants(channel: Channel, own: ChannelSettings) -> Wants:
            return Wants(await house.watches(channel), house.floor_of(channel, own))

        return Digests(self.store, first, wants, now)

    def works(self, *messengers: Messenger, timing: Timing = STREAM) -> Works:
        """Return what works deliveries off with these Messengers."""
        desk = {token_of(each): each for each in messengers}
        pictures = Pictured(self.store, self.labs, self.easel)
        return Works(self.store.outbox, Composer(self.store, pictures), desk, timing)


def token_of(each: Messenger) -> tuple[str, str]:
    """Return the platform and tenant that a Messenger serves.

    A Discord bot has one token for all its guilds; every other token is one workspace's.
    """
    return each.platform, EVERY if each.platform == DISCORD else ""


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def live_hub(settings: Settings, progress: Progress | None = None, *, records: bool = False) -> Hub:
    """Return the Hub that the settings name; SettingError where the token cannot be one."""
    # huggingface_hub takes half a second to import, and a look-up does without it.
    from bot.hub.live import LiveHub  # noqa: PLC0415 - as said above

    try:
        return LiveHub(
            endpoint=settings.endpoint,
            token=settings.token,
            spool=settings.data / "crawl",
            clock=now,
            progress=progress,
            records=records,
        )
    except ValueError as error:
        raise SettingError(str(error)) from None


def recorded_hub(paths: Sequence[Path]) -> RecordedHub:
    """Return the Hub that recordings hold."""
    return RecordedHub(paths)


def channels_of(settings: Settings) -> Sequence[Channel]:
    """Return the first channels that are set; without any, the console is the channel."""
    return settings.chat.channels or (CONSOLE,)


def messengers(
    settings: Settings, out: TextIO, *, as_json: bool = False, store: Store | None = None
) -> list[Messenger]:
    """Return what posts to each platform whose token is set, web hooks and this terminal.

    With a store, they share a platform's budget with all other processes.
    """
    chat = settings.chat
    found = [messenger(out, as_json=as_json), WebhookMessenger(chat.webhook_secret)]
    # The chat libraries take long to import, and most commands do without them.
    if chat.slack_bot_token:
        from bot.chat.slack import SlackMessenger  # noqa: PLC0415 - as said above

        pressable = chat.slack_asks
        found.append(
            SlackMessenger(chat.slack_bot_token, base_url=chat.slack_api, pressable=pressable)
        )
    if chat.discord_bot_token:
        from bot.chat.discord import DiscordMessenger, at_once  # noqa: PLC0415 - as above

        turn = at_once if store is None else partial(_turn, store.outbox, DISCORD)
        found.append(DiscordMessenger(chat.discord_bot_token, chat.discord_api, turn=turn))
    return found


async def _turn(outbox: Outbox, platform: str) -> None:
    """Wait for a place among the calls that a platform takes of all processes together."""
    take = partial(outbox.turn, platform, Timing().gap(platform))
    asked = asyncio.get_running_loop().time()
    await on_time(await take(), asked, take)


@asynccontextmanager
async def posting(
    settings: Settings, out: TextIO, *, as_json: bool = False, store: Store | None = None
) -> AsyncIterator[list[Messenger]]:
    """Lend the Messengers of the settings, and close them at the end."""
    found = messengers(settings, out, as_json=as_json, store=store)
    try:
        yield found
    finally:
        for each in found:
            await each.close()


def timing_of(settings: Settings) -> Timing:
    """Return the protocol's times, as they are set; what is waited for beside them follows."""
    chat = settings.chat
    turn = min(Timing.turn, (chat.lease - chat.timeout) / 2)
    return Timing(lease=chat.lease, settle=chat.settle, timeout=chat.timeout, turn=turn)


def messenger(out: TextIO, *, as_json: bool = False) -> Messenger:
    """Return what tells alerts on a stream, to people or to programs."""
    return JsonLines(out) if as_json else ConsoleMessenger(out)


@asynccontextmanager
async def opened(settings: Settings, *, rules: Path | None = None) -> AsyncIterator[App]:
    """Open the store of the settings and everything on it.

    What cannot be read is said before the store is opened.
    """
    labs = labs_of(settings)
    detectors = rules_of(settings, labs, rules)
    connection = await connect(settings.redis_url, settings.data)
    async with _standing_on(connection, settings, labs, detectors) as app:
        yield app


@asynccontextmanager
async def opened_empty(settings: Settings, *, rules: Path | None = None) -> AsyncIterator[App]:
    """Open an empty store of its own, whatever REDIS_URL says; it is removed at the end."""
    labs = labs_of(settings)
    detectors = rules_of(settings, labs, rules)
    async with temporary_store_folder() as folder:
        connection = await connect(None, folder, remove=True)
        async with _standing_on(connection, settings, labs, detectors) as app:
            yield app


@asynccontextmanager
async def _standing_on(
    connection: Connection, settings: Settings, labs: Labs, rules: Sequence[Detector]
) -> AsyncIterator[App]:
    try:
        async with Easel() as easel:
            yield App(settings, connection, Store(connection.client, labs), labs, rules, easel)
    finally:
        await connection.close()
