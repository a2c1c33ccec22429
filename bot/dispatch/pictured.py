"""The picture of an alert or a week: drawn once for all channels, and never waited for long."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.channel import DISCORD, SLACK
from bot.chat.base import Posting
from bot.lookups.pictured.shift import chart_of
from bot.lookups.pictured.week import week_chart
from bot.pictures.easel import Easel
from bot.render.picture import Picture
from bot.render.weekly import Digest
from bot.views import Views
from detectors.labs import Labs
from detectors.shift import Shift

log = logging.getLogger(__name__)

# Seconds, reading and drawing together: a tenth as a rule, and an alert waits no longer.
SECONDS = 2.0
# Stories whose picture is kept: those that are on their way to many channels just now.
_KEPT = 16
# The others show no pictures: a terminal, or a program behind a web hook.
SHOWN_ON = frozenset({SLACK, DISCORD})

_Drawing = asyncio.Task[Picture | None]


@dataclass
class Pictured:
    """Draws stories. One that cannot be drawn, or not within `seconds`, goes without."""

    views: Views
    labs: Labs
    easel: Easel
    seconds: float = SECONDS
    _drawings: OrderedDict[tuple[str, ...], _Drawing] = field(default_factory=OrderedDict)

    async def with_picture(self, platform: str, posting: Posting) -> Posting:
        """Return a posting with its picture, or as it was."""
        told = posting.shifts or posting.digest
        if platform not in SHOWN_ON or not told or posting.picture is not None:
            return posting
        drawing = self._drawing(told)
        # Others may wait for the same one, so it goes on where this wait ends.
        done, _ = await asyncio.wait({drawing}, timeout=self.seconds)
        if not done:
            log.warning("delivery %s goes without its picture: it is not ready", posting.id)
            return posting
        return replace(posting, picture=drawing.result())

    def _drawing(self, told: Sequence[Shift] | Digest) -> _Drawing:
        if isinstance(told, Digest):
            name: tuple[str, ...] = (told.at.isoformat(),)
        else:
            name = tuple(shift.id for shift in told)
        if name not in self._drawings:
            self._drawings[name] = asyncio.create_task(self._drawn(told))
            while len(self._drawings) > _KEPT:
                self._drawings.popitem(last=False)
        return self._drawings[name]

    async def _drawn(self, told: Sequence[Shift] | Digest) -> Picture | None:
        try:
            if isinstance(told, Digest):
                chart = await week_chart(self.views, told.at)
            else:
                chart = await chart_of(told, self.views, self.labs)
            return None if chart is None else await self.easel.picture(chart)
        except Exception:
            what = told.title if isinstance(told, Digest) else f"shift {told[0].id}"
            log.exception("no picture of %s", what)
            return None
