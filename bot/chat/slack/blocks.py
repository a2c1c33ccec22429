"""A Message as Block Kit, and as the text that notifications and screen readers get."""

from collections.abc import Sequence
from typing import Any

from bot.chat.slack import limits
from bot.chat.slack.spoken import spoken
from bot.chat.slack.text import linked, plain, plain_lines
from bot.render.message import Message, Tone
from bot.wording import moment
from detectors.shift import Severity

Block = dict[str, Any]

SIGNS = {Tone.RISE: "▲", Tone.FALL: "▼", Tone.NOTICE: "■"}
# The word stands beside the colour, for those who do not see it.
WEIGHTS = {Severity.INFO: "⚪ Info", Severity.NOTABLE: "🟠 Notable", Severity.MAJOR: "🔴 Major"}
_LINK = "See it on the Hub"


def alert_blocks(
    message: Message, *, file: str | None = None, alt: str = "", buttons: Block | None = None
) -> list[Block]:
    """Return header, weight and date, sentences, evidence, picture, link, buttons of a Message.

    `file` is the id of a picture that Slack holds. What comes from the Hub stands in plain_text
    only, which knows no markup; the one mrkdwn object is the link.
    """
    blocks: list[Block] = [
        {"type": "header", "text": literal(_headline(message), limits.HEADER)},
        small(_weight(message)),
    ]
    if told := plain_lines((message.sentence, spoken(message.why)), limits.SECTION):
        blocks.append({"type": "section", "text": text_object(told)})
    if evidence := plain_lines(message.evidence, limits.CONTEXT):
        blocks.append({"type": "context", "elements": [text_object(evidence)]})
    if file is not None:
        blocks.append(image(file, alt, message.title))
    if link := linked(message.link, _LINK):
        blocks.append({"type": "context", "elements": [markup(link)]})
    if buttons is not None:
        blocks.append(buttons)
    return blocks


def alert_text(message: Message) -> str:
    """Return a Message as text: what stands where blocks cannot be shown."""
    lines = (
        _headline(message),
        _weight(message),
        message.sentence,
        spoken(message.why),
        *message.evidence,
    )
    link = linked(message.link)
    room = limits.TEXT - (len(link) + 1 if link else 0)
    text = plain_lines(lines, room)
    return f"{text}\n{link}" if link else text


def marked(blocks: Sequence[Block], delivery: str) -> list[Block]:
    """Return blocks that bear a delivery id: the first the id itself, the others a suffix too."""
    return [
        {**block, "block_id": delivery if place == 0 else f"{delivery}.{place}"}
        for place, block in enumerate(blocks)
    ]


def literal(text: str, limit: int) -> Block:
    """Return a text object that shows a line to the letter; Slack takes none that is empty."""
    return text_object(plain(text, limit) or "—")


def small(text: str) -> Block:
    """Return a line in small print."""
    return {"type": "context", "elements": [literal(text, limits.CONTEXT)]}


def button(action: str, words: str, value: str) -> Block:
    """Return a button; `action` says what it does and `value` to what."""
    return {
        "type": "button",
        "action_id": action,
        "text": literal(words, limits.BUTTON),
        "value": value,
    }


def image(file: str, alt: str, title: str) -> Block:
    """Return a picture that Slack holds, with words for who does not see it."""
    words = plain(alt, limits.ALT_TEXT) or plain(title, limits.ALT_TEXT) or "a picture"
    return {"type": "image", "slack_file": {"id": file}, "alt_text": words}


def markup(text: str) -> Block:
    """Return a text object for Slack's own notation, in which nothing else becomes a link."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def text_object(text: str) -> Block:
    """Return a text object that knows no markup, for text that is escaped already."""
    return {"type": "plain_text", "text": text, "emoji": False}


def _headline(message: Message) -> str:
    return f"{SIGNS[message.tone]} {message.title}"


def _weight(message: Message) -> str:
    return f"{WEIGHTS[message.severity]} · {moment(message.at)}"
