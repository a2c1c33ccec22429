"""What hangs in the gallery: payloads as the messengers send them, with what they are called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.chat.base import Posting
from bot.chat.discord.answers import answered, refused
from bot.chat.discord.payload import Sign, components
from bot.chat.pressing import pressed_for
from bot.chat.slack.answers import answer_blocks, plain_answer, share_block
from bot.chat.slack.asking import troubled
from bot.chat.slack.came import Came
from bot.chat.slack.draft import Draft
from bot.chat.slack.reply import quiet
from bot.chat.slack.scopes import COMMAND
from bot.chat.slack.sharing import changed, shared
from bot.chat.slack.spoken import spoken_answer
from bot.delivery import named
from bot.render.answer import Answer
from bot.render.message import Message
from bot.render.picture import Picture
from detectors.shift import Shift

Payload = Mapping[str, Any]

# What Slack and Discord would give: no channel is asked.
_CHANNEL, _FILE = "C0GALLERY", "F0GALLERY"


@dataclass(frozen=True)
class Exhibit:
    """One message: as Slack and as Discord get it; None where one of them has no such thing.

    `home` and `form` say that Slack's is an App Home, and that both are forms. An edited message
    keeps its picture on Discord, and shows on Slack the one that came with the news: `fresh`.
    """

    title: str
    slack: Payload | None
    discord: Payload | None
    picture: Picture | None = None
    fresh: Picture | None = None
    home: bool = False
    form: bool = False


@dataclass(frozen=True)
class Room:
    """Exhibits of one kind, and a sentence about them."""

    title: str
    about: str
    exhibits: Sequence[Exhibit]


def alert(
    title: str, message: Message, shifts: tuple[Shift, ...], picture: Picture | None = None
) -> Exhibit:
    """Return a message as it is posted."""
    return posted(title, Posting(named("gallery", title), message, picture, shifts=shifts))


def posted(title: str, posting: Posting) -> Exhibit:
    """Return a posting as each messenger sends it."""
    picture, message = posting.picture, posting.message
    draft = Draft(posting, pressable=True, file=_FILE if picture else None)
    alt = picture.alt if picture else None
    pressed = pressed_for(posting, message)
    discord = components(message, Sign.of(posting.id), alt, pressed)
    return Exhibit(title, draft.payload(_CHANNEL), discord, picture)


def edited(title: str, posting: Posting, first: Exhibit) -> Exhibit:
    """Return what a first message reads as once there are news of it."""
    reads = posting.parent_message or posting.message
    fresh = posting.picture or first.picture
    draft = Draft(posting, pressable=True, file=_FILE if fresh else None)
    alt = first.picture.alt if first.picture else None
    discord = components(reads, Sign.of(named(title)), alt, pressed_for(posting, reads))
    return Exhibit(title, draft.edit(_CHANNEL, "1"), discord, first.picture, fresh)


def both(slack: Exhibit, discord: Exhibit) -> Exhibit:
    """Return what each platform was answered as one exhibit."""
    return replace(slack, discord=discord.discord)


def answer(line: str, found: Answer, asked: Came) -> Exhibit:
    """Return an answer as each front gives it: to the person alone, or, a change, to all."""
    told = spoken_answer(found, asked.room)
    slack = quiet(plain_answer(told.text), answer_blocks(told, _FILE if found.picture else None))
    if found.lasts:
        slack = changed(slack, line, asked)
    else:
        slack["blocks"] = [*slack["blocks"], share_block("gallery")]
    return Exhibit(f"{COMMAND} {line}", slack, answered(found), found.picture)


def shown_to_all(line: str, found: Answer, asked: Came) -> Exhibit:
    """Return an answer that somebody shared in the channel."""
    told = spoken_answer(found, asked.room)
    slack = quiet(plain_answer(told.text), answer_blocks(told, _FILE if found.picture else None))
    return Exhibit("Share in channel", shared(slack, line, asked), answered(found), found.picture)


def trouble(line: str, words: str, asked: Came) -> Exhibit:
    """Return why there is no answer, as each front says it."""
    return Exhibit(f"{COMMAND} {line}", troubled(words, asked), refused(words))
