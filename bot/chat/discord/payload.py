"""Messages as Discord draws them: Components V2, or an embed where those are refused."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from bot.chat.discord import limits
from bot.chat.discord.buttons import alert_buttons
from bot.chat.discord.text import cut, escaped, fitted, fitted_lines, plain, size
from bot.render.message import Message, Tone
from bot.wording import moment
from detectors.shift import Severity

PICTURE = "hubshift.png"
Payload = dict[str, Any]

_CONTAINER, _TEXT, _GALLERY, _ROW, _BUTTON, _LINK = 17, 10, 12, 1, 2, 5
# Told apart by eyes of every kind (https://jfly.uni-koeln.de/color); the words say it too.
COLOURS = {Severity.INFO: 0x999999, Severity.NOTABLE: 0x0072B2, Severity.MAJOR: 0xD55E00}
_SIGNS = {Tone.RISE: "▲", Tone.FALL: "▼", Tone.NOTICE: "■"}
_SMALL = "-# "
_TITLE = 300
_WHY = 1200
_EVIDENCE = 1000
# Discord hands out small ids itself; a sign's are beyond those, in what 31 bits hold.
_HANDED_OUT = 1000
_IDS = 2**31 - 2 * _HANDED_OUT
_FOOTER = "hubshift "


@dataclass(frozen=True)
class Sign:
    """What tells a delivery's message from every other in a channel's history, also much later.

    `parts` are the ids of two components: 32-bit numbers that Discord keeps and gives back with
    the message and that nobody sees, while the nonce of an older message is not given back.
    `footer` is the delivery id, which an embed has to show. Both may be missing.
    https://docs.discord.com/developers/components/reference#anatomy-of-a-component
    """

    parts: tuple[int, ...] = ()
    footer: str = ""

    @classmethod
    def of(cls, delivery: str) -> Self:
        """Return the sign of a delivery id."""
        found = hashlib.sha256(delivery.encode()).digest()
        first, second = (int.from_bytes(found[at : at + 4], "big") % _IDS for at in (0, 4))
        second += 1 if first == second else 0
        return cls((first + _HANDED_OUT, second + _HANDED_OUT), delivery)


UNSIGNED = Sign()


def signed(message: Mapping[str, Any]) -> Sign:
    """Return the sign that a message of the history bears."""
    parts = [each for each in _ids(message.get("components")) if each >= _HANDED_OUT]
    footers = (each.get("footer") or {} for each in message.get("embeds") or ())
    texts = [str(each.get("text") or "") for each in footers]
    found = next((text.rpartition(_FOOTER)[2] for text in texts if _FOOTER in text), "")
    return Sign(tuple(parts), found)


def bears(message: Mapping[str, Any], delivery: str) -> bool:
    """Whether a message of a channel's history is the one that was posted for this delivery."""
    found, wanted = signed(message), Sign.of(delivery)
    return (
        message.get("nonce") == delivery
        or set(wanted.parts) <= set(found.parts)
        or found.footer == delivery
    )


def components(message: Message, sign: Sign, alt: str | None = None, pressed: str = "") -> Payload:
    """Return a message as Components V2.

    `alt` describes the picture that comes with it, `pressed` is the Shift its buttons are about.
    """
    ids: list[Payload] = [{"id": number} for number in sign.parts[:2]] or [{}, {}]
    told = _texts(message)
    parts: list[Payload] = [
        {"type": _TEXT, "content": text} for text in (told.title, told.body) if text
    ]
    if alt is not None:
        parts.append(gallery(alt))
    parts.append({"type": _TEXT, "content": told.small, **ids[-1]})
    parts += _buttons(message, pressed)
    container = {
        "type": _CONTAINER,
        "accent_color": COLOURS[message.severity],
        "components": parts,
        **ids[0],
    }
    return {
        "flags": limits.COMPONENTS_V2,
        "components": [container],
        "allowed_mentions": _nobody(),
        **attached(alt),
    }


def embed(message: Message, sign: Sign, alt: str | None = None, pressed: str = "") -> Payload:
    """Return a message as an embed, for where Components V2 are refused."""
    drawn: Payload = {
        "title": fitted(f"{_SIGNS[message.tone]} {message.title}", limits.MOST_EMBED_TITLE),
        "description": _body(message, limits.MOST_EMBED_DESCRIPTION),
        "color": COLOURS[message.severity],
        "footer": {"text": f"{_when(message)} · {_FOOTER}{sign.footer}"},
    }
    if message.evidence:
        value = fitted_lines(message.evidence, limits.MOST_EMBED_FIELD)
        drawn["fields"] = [{"name": "Evidence", "value": value, "inline": False}]
    if _linked(message):
        drawn["url"] = message.link
    if alt is not None:
        drawn["image"] = {"url": f"attachment://{PICTURE}"}
    return {
        "embeds": [drawn],
        "components": _buttons(message, pressed),
        "allowed_mentions": _nobody(),
        **attached(alt),
    }


def text_part(content: str) -> Payload:
    """Return a text display."""
    return {"type": _TEXT, "content": content}


def gallery(alt: str) -> Payload:
    """Return the place of the picture that comes with a message."""
    media = {"url": f"attachment://{PICTURE}"}
    described = plain(alt, limits.MOST_DESCRIPTION)
    return {"type": _GALLERY, "items": [{"media": media, "description": described}]}


def container(
    texts: Sequence[str], colour: int, drawn: Payload | None = None, place: int = -1
) -> Payload:
    """Return texts as one container, for what nobody has to find again.

    A picture `drawn` stands before the last of them, or at another place.
    """
    parts = [text_part(text) for text in texts if text]
    if drawn is not None:
        parts.insert(place, drawn)
    box = {"type": _CONTAINER, "accent_color": colour, "components": parts}
    return {
        "flags": limits.COMPONENTS_V2,
        "components": [box],
        "allowed_mentions": _nobody(),
    }


def bearing(payload: Payload, sign: Sign) -> Payload:
    """Return a container that bears a sign: on itself, and on its last part."""
    if not sign.parts:
        return payload
    first, second = sign.parts
    (box,) = payload["components"]
    *parts, last = box["components"]
    signed_box = {**box, "id": first, "components": [*parts, {**last, "id": second}]}
    return {**payload, "components": [signed_box]}


def thread_name(message: Message) -> str:
    """Return a message's title as the name of a forum post."""
    return plain(f"{_SIGNS[message.tone]} {message.title}", limits.MOST_THREAD_NAME)


@dataclass(frozen=True)
class _Texts:
    """The three texts of a message, together within what Discord takes."""

    title: str
    body: str
    small: str


def _texts(message: Message) -> _Texts:
    title = fitted(f"{_SIGNS[message.tone]} {message.title}", _TITLE)
    when = _SMALL + escaped(_when(message))
    small = "\n".join(
        part for part in (when, fitted_lines(message.evidence, _EVIDENCE, _SMALL)) if part
    )
    title = f"### {title}"
    room = limits.MOST_TEXT - size(title) - size(small) - limits.MOST_LABEL
    return _Texts(title, _body(message, room), small)


def _body(message: Message, room: int) -> str:
    why = fitted(message.why, min(_WHY, room // 2))
    sentence = fitted(message.sentence, room - size(why) - 1)
    return "\n".join(part for part in (sentence, why) if part)


def _when(message: Message) -> str:
    return cut(f"{message.severity.value.capitalize()} · {moment(message.at)}", limits.MOST_LABEL)


def _linked(message: Message) -> bool:
    link = message.link or ""
    return link.startswith(("https://", "http://")) and size(link) <= limits.MOST_URL


def _buttons(message: Message, pressed: str) -> list[Payload]:
    """Return a row with what can be pressed, at most five; none where nothing can."""
    row: list[Payload] = alert_buttons(pressed)
    if _linked(message):
        label = "Open the model"
        row.append({"type": _BUTTON, "style": _LINK, "label": label, "url": message.link})
    return [{"type": _ROW, "components": row}] if row else []


def attached(alt: str | None) -> Payload:
    """Return what goes beside the parts of a message with a picture, nothing without."""
    if alt is None:
        return {}
    described = plain(alt, limits.MOST_DESCRIPTION)
    return {"attachments": [{"id": 0, "filename": PICTURE, "description": described}]}


def _nobody() -> Payload:
    """Return what lets no mention ping: `discord.AllowedMentions.none()` as it is sent."""
    return {"parse": [], "replied_user": False}


def _ids(parts: object) -> Iterator[int]:
    if not isinstance(parts, list):
        return
    for part in parts:
        if isinstance(part, dict):
            if isinstance(part.get("id"), int):
                yield part["id"]
            yield from _ids(part.get("components"))
