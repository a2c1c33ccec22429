"""Lets the message that an update belongs to read as things are now."""

from collections.abc import Mapping
from typing import Any

from bot.chat.base import Posting
from bot.chat.discord.payload import PICTURE, Payload, components, embed, signed
from bot.chat.discord.rest import Rest, Trouble
from bot.chat.pressing import pressed_for

MESSAGE = "/channels/{channel}/messages/{message}"
_GONE, _BAD_REQUEST = 10008, 400
# Nothing further is asked after these.
_STOPS = frozenset({0, 401, 429})
_FORBIDDEN = 403
# "Tried too often to edit an old message" and "written by another": only the edit is refused.
_ONLY_THE_EDIT = frozenset({20022, 30046, 50005, 50021})


async def edit(rest: Rest, channel: str, posting: Posting) -> None:
    """Edit the parent, its picture and its marks kept; one that is gone is left so.

    Raises:
        Trouble: the channel or the platform refuses, or it is not known; nothing was posted.
    """
    parent, message = posting.parent, posting.parent_message
    if parent is None or message is None:
        return
    standing = await _standing(rest, channel, parent.id)
    if standing is None:
        return
    alt, kept = _picture(standing)
    pressed = pressed_for(posting, message)
    drawn_as = embed if standing.get("embeds") else components
    for draw in (drawn_as,) if standing else (components, embed):
        body = {**draw(message, signed(standing), alt, pressed), **kept}
        try:
            await rest.call("PATCH", MESSAGE, body=body, channel=channel, message=parent.id)
        except Trouble as trouble:
            if _stops(trouble):
                raise _harmless(trouble) from None
            if trouble.status != _BAD_REQUEST:
                return
        else:
            return


async def _standing(rest: Rest, channel: str, message: str) -> Mapping[str, Any] | None:
    """Return the message as it stands, None where it is gone; empty where it may not be read."""
    try:
        found = await rest.call("GET", MESSAGE, channel=channel, message=message)
    except Trouble as trouble:
        if trouble.code == _GONE:
            return None
        if trouble.status in _STOPS:
            raise _harmless(trouble) from None
        return {}
    return found if isinstance(found, dict) else {}


def _stops(trouble: Trouble) -> bool:
    """Whether nothing should be posted after this, rather than that only the edit is refused."""
    refused = trouble.status in _STOPS or trouble.status == _FORBIDDEN
    return trouble.sent or (refused and trouble.code not in _ONLY_THE_EDIT)


def _harmless(trouble: Trouble) -> Trouble:
    """Return a trouble as one of a call that may be made again: an edit twice is an edit."""
    return Trouble(trouble.note) if trouble.sent else trouble


def _picture(standing: Mapping[str, Any]) -> tuple[str | None, Payload]:
    """Return the words of the picture a message has, and what keeps it through an edit.

    https://docs.discord.com/developers/resources/message#edit-message
    """
    attached = [each for each in standing.get("attachments") or () if "id" in each]
    own = next((each for each in attached if each.get("filename") == PICTURE), None)
    if own is None:
        return None, {}
    return str(own.get("description") or ""), {"attachments": [{"id": str(own["id"])}]}
