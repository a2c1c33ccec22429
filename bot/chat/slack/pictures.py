"""A picture brought to Slack without a channel, so that only our message shows it."""

import asyncio
import json

from bot.chat.base import DeliveryError, Fate
from bot.chat.slack.limits import ALT_TEXT
from bot.chat.slack.wire import SlackApi, refused
from bot.render.picture import Picture
from bot.wording import clean

# Slack works on a file for moments after it was uploaded, and refuses to show it until then.
# https://docs.slack.dev/reference/methods/files.completeUploadExternal
WAITS = (0.2, 0.5, 1.0, 2.0)
_NAME = "hubshift.png"


class Pictures:
    """Uploads, and waits until a picture may be shown as far as Slack lets us ask.

    Whether a file is ready is told by files.info, which wants the scope files:read. Where the
    app lacks it, that is asked once and not again; who posts tries then, and waits on a refusal.
    """

    def __init__(self, api: SlackApi, waits: tuple[float, ...] = WAITS) -> None:
        self._api = api
        self._waits = waits
        self._may_ask = True

    async def upload(self, picture: Picture) -> str:
        """Return the id of a picture that was brought to Slack.

        Raises:
            DeliveryError: it was not; the message is better sent without it.
        """
        alt = clean(picture.alt, ALT_TEXT // 2)
        wanted = {"filename": _NAME, "length": str(len(picture.png)), "alt_txt": alt}
        place = await self._api.call("files.getUploadURLExternal", query=wanted)
        file, address = place.get("file_id"), place.get("upload_url")
        if not isinstance(file, str) or not isinstance(address, str):
            raise DeliveryError("Slack gave no place for the picture", fate=Fate.AGAIN)
        await self._api.upload(address, picture.png)
        done = {"files": json.dumps([{"id": file, "title": _NAME}])}
        await self._api.call("files.completeUploadExternal", query=done)
        await self._ready(file)
        return file

    async def _ready(self, file: str) -> None:
        for wait in (*self._waits, None):
            if not self._may_ask or await self._shown(file) or wait is None:
                return
            await asyncio.sleep(wait)

    async def _shown(self, file: str) -> bool:
        try:
            answer = await self._api.call("files.info", verb="GET", query={"file": file})
        except DeliveryError as error:
            # Without an answer the post itself will tell.
            self._may_ask = refused(error) != "missing_scope"
            return True
        about = answer.get("file")
        return isinstance(about, dict) and bool(about.get("mimetype"))
