"""What is posted for a delivery, and what is left of it when Slack refuses a part."""

from dataclasses import dataclass, replace
from typing import Any, Self

from bot.chat.base import Posting
from bot.chat.pressing import pressed_for
from bot.chat.slack.answers import digest_blocks
from bot.chat.slack.blocks import Block, alert_blocks, alert_text, marked
from bot.chat.slack.buttons import alert_buttons
from bot.chat.slack.refusals import BLOCKS_REFUSED, METADATA_REFUSED, THREAD_REFUSED, Refusal
from bot.render.message import Message

EVENT = "hubshift_delivery"
_FIELD = "delivery"
# Nothing in a text becomes a link, a mention or a preview that we did not write as one.
_QUIET = {
    "mrkdwn": False,
    "parse": "none",
    "link_names": False,
    "unfurl_links": False,
    "unfurl_media": False,
}


@dataclass(frozen=True)
class Draft:
    """A posting in the form that is tried next.

    The delivery id stands in the block ids and in the metadata; one of the two is always there.
    `pressable` says that somebody answers when a button is pressed.
    """

    posting: Posting
    pressable: bool = False
    file: str | None = None
    thread: str = ""
    rich: bool = True
    noted: bool = True

    def payload(self, address: str) -> dict[str, Any]:
        """Return the arguments of chat.postMessage."""
        posting = self.posting
        payload: dict[str, Any] = {
            "channel": address,
            "text": alert_text(posting.message),
            **_QUIET,
        }
        if self.rich:
            payload["blocks"] = marked(self._blocks(posting.message), posting.id)
        if self.noted:
            payload["metadata"] = {"event_type": EVENT, "event_payload": {_FIELD: posting.id}}
        if self.thread:
            payload["thread_ts"] = self.thread
            if posting.aloud:
                # A thread is only seen by who follows it.
                payload["reply_broadcast"] = True
        return payload

    def edit(self, address: str, ts: str) -> dict[str, Any]:
        """Return the arguments of chat.update, by which the parent reads as it shall.

        They bear no delivery id: a search for this delivery must find the reply, and the
        parent's metadata stay as they are when none are sent.
        """
        message = self.posting.parent_message or self.posting.message
        payload: dict[str, Any] = {
            "channel": address,
            "ts": ts,
            "text": alert_text(message),
            "parse": "none",
            "link_names": False,
            # An empty list takes the blocks away.
            "blocks": [],
        }
        if self.rich:
            payload["blocks"] = self._blocks(message)
        return payload

    def _blocks(self, message: Message) -> list[Block]:
        alt = self.posting.picture.alt if self.posting.picture else ""
        if self.posting.digest is not None:
            return digest_blocks(self.posting.digest, file=self.file, alt=alt)
        shift = pressed_for(self.posting, message) if self.pressable else ""
        return alert_blocks(
            message,
            file=self.file,
            alt=alt,
            buttons=alert_buttons(shift) if shift else None,
        )

    def simpler(self, refusal: Refusal) -> Self | None:
        """Return the posting without what was refused, None where it cannot do without."""
        if refusal.code in THREAD_REFUSED and self.thread:
            return replace(self, thread="")
        if refusal.code in METADATA_REFUSED and self.noted and self.rich:
            return replace(self, noted=False)
        if refusal.code in BLOCKS_REFUSED and self.rich and self.noted:
            if self.file is not None:
                return replace(self, file=None)
            return replace(self, rich=False)
        return None


def delivery_of(message: dict[str, Any]) -> set[str]:
    """Return the delivery ids that a message of a channel's history bears."""
    found = set()
    blocks = message.get("blocks")
    first = blocks[0] if isinstance(blocks, list) and blocks else None
    if isinstance(first, dict) and isinstance(first.get("block_id"), str):
        found.add(first["block_id"])
    noted = message.get("metadata")
    if isinstance(noted, dict) and noted.get("event_type") == EVENT:
        payload = noted.get("event_payload")
        if isinstance(payload, dict) and isinstance(payload.get(_FIELD), str):
            found.add(payload[_FIELD])
    return found
