"""Two small questions to a live Hub, for `hubshift doctor`."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from bot.hub import wire
from bot.hub.limits import CrawlLimits, Deadline
from bot.hub.pages import Pages
from bot.hub.port import HubError
from bot.wording import clean

_SECONDS = 15.0
_MOST_BYTES = 2**20
_OK = 200
_REFUSED = (401, 403)


class _Owner(msgspec.Struct):
    name: str


async def listing_answers(endpoint: str, token: str | None, clock: Callable[[], datetime]) -> None:
    """Ask for one model; HubError says why there is none."""
    limits = CrawlLimits(page_seconds=_SECONDS, pulse_seconds=_SECONDS, retries=0)
    pages = Pages(endpoint=endpoint, token=token, limits=limits, clock=clock)
    page = await pages.read(
        pages.first("trendingScore", rows=1), "the first model", Deadline.after(_SECONDS)
    )
    if not page.rows:
        raise HubError("empty", f"{endpoint} answers, but lists no model; check HF_ENDPOINT")


async def token_owner(endpoint: str, token: str) -> str:
    """Return whose token it is; HubError where the Hub does not take it."""
    answer = await wire.Wire().fetch(
        f"{endpoint}/api/whoami-v2",
        wire.hub_headers(token),
        seconds=_SECONDS,
        most_bytes=_MOST_BYTES,
    )
    if answer.status in _REFUSED:
        raise HubError(
            "unauthorized",
            f"{endpoint} does not take it; make a new one at {endpoint}/settings/tokens, "
            "or unset it: the listings are public",
        )
    if answer.status != _OK:
        raise HubError("http", f"{endpoint} answered with status {answer.status}; try again later")
    try:
        return clean(msgspec.json.decode(answer.body, type=_Owner).name)
    except msgspec.DecodeError:
        raise HubError("not-json", f"{endpoint} does not say whose it is; is it a Hub?") from None
