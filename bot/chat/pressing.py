"""Which Shift the buttons under a message are about; the same on every platform."""

from bot.chat.base import Posting
from bot.render import stories
from bot.render.message import Message
from detectors.shift import SOURCE_RULE


def pressed_for(posting: Posting, message: Message) -> str:
    """Return the id that the buttons of a message carry, "" where it shall have none.

    Buttons belong to one story: a summary of many, a digest, a sample and trouble with the
    source have no rule that could be muted or tuned.
    """
    if not message.shifts or not posting.shifts or posting.shifts[0].rule == SOURCE_RULE:
        return ""
    return message.shifts[0] if len(stories(posting.shifts)) == 1 else ""
