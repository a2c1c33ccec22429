"""What `hubshift gallery` does: replays the demo, and writes the page of every message kind."""

import asyncio
import sys
from pathlib import Path

from bot.app import opened_empty, recorded_hub
from bot.asking import written
from bot.chat.console import printed
from bot.commands import end_of_day
from bot.demo import recording
from bot.desk import Desk
from bot.replay import replay
from bot.settings import Settings

FILE = "gallery.html"


async def gallery(settings: Settings, file: Path | None = None) -> int:
    """Write the page into a file, by default into the data folder; FileError where it cannot be."""
    path = file or settings.data / FILE
    if file is None:
        settings.data.mkdir(parents=True, exist_ok=True)
    # The chat libraries are slow to import, and no other command draws both.
    from bot.gallery.page import page  # noqa: PLC0415
    from bot.gallery.rooms import Curator  # noqa: PLC0415

    async with opened_empty(settings) as app:
        hub = recorded_hub([recording()])
        tally = await replay(hub.readings(), app.quiet_watch(), app.works())
        if tally.last is None:
            raise AssertionError("the recording shipped holds snapshots")
        at = end_of_day(tally.last.taken_at)
        desk = Desk(app.store, app.labs, lambda: at, rules=app.rules, easel=app.easel)
        rooms = await Curator(
            app.connection.client, app.store, app.labs, app.easel, desk, at
        ).rooms()
    await asyncio.to_thread(written, path, page(rooms).encode())
    count = sum(len(room.exhibits) for room in rooms)
    printed(
        f"{path}: {count} messages as Slack and Discord draw them; open it in a browser.",
        sys.stdout,
    )
    return 0
