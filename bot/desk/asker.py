"""Who asks, from where, and what they may do."""

from dataclasses import dataclass, field

from bot.channel import CONSOLE, Channel
from bot.wording import clean

_NAME = 80


class Refused(ValueError):
    """What a person asked for is not done; the text says why, and what to do."""

    exit_code = 2


class TooOften(ValueError):
    """A person has asked too much for now; the text says when to go on."""

    exit_code = 1


@dataclass(frozen=True)
class Asker:
    """A person, or whoever sits at the terminal.

    `channel` is where it was asked, `user` the platform's id of the person, "" on a terminal.
    `may_configure` is whether the platform lets them change what the channel is told; the front
    has asked it. `called` is what people call the channel, such as #general; foreign text.
    """

    channel: Channel
    user: str = ""
    may_configure: bool = False
    called: str = field(default="", compare=False)

    @property
    def where(self) -> str:
        """The channel as a sentence names it."""
        plain = "this terminal" if self.channel.platform == CONSOLE else "this channel"
        return clean(self.called, _NAME) or plain


TERMINAL = Asker(Channel(CONSOLE, ""), may_configure=True)
