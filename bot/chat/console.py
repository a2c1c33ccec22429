"""The terminal as a place to post to: alerts for people, or one JSON object a line and Shift."""

import io
import json
import os
import textwrap
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, TextIO

from rich.console import Console
from rich.text import Text

from bot.channel import CONSOLE, Channel
from bot.chat.base import DeliveryError, Fate, Posting, Receipt
from bot.render import merely_leaves
from bot.render.message import Message, Tone
from bot.render.record import record
from bot.wording import NBSP, clean, inert, moment, rank, taken
from detectors.shift import Shift

# Lines longer than this are hard to read, however wide the terminal is.
MOST_COLUMNS = 100
PIPED_COLUMNS = 88
_LEAST_COLUMNS = 40
_INDENT = "  "
_SIGNS = {Tone.RISE: "▲", Tone.FALL: "▼", Tone.NOTICE: "■"}
_COLOURS = {Tone.RISE: "green", Tone.FALL: "yellow", Tone.NOTICE: "magenta"}


class _Stream:
    """A stream as a platform: what was written is told, and nobody can look back."""

    platform = CONSOLE

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    async def same_id(self, _channel: Channel, _posting: Posting, /) -> timedelta:
        """Return 0: a stream knows no ids."""
        return timedelta(0)

    async def find(
        self, _channel: Channel, _posting: Posting, _since: datetime, /
    ) -> Receipt | None:
        """Refuse: a stream has no history."""
        raise DeliveryError("this output has no history", fate=Fate.NEVER)

    async def copies(
        self, _channel: Channel, _delivery: str, _standing: Receipt, _since: datetime, /
    ) -> Sequence[Receipt]:
        """Refuse: a stream has no history."""
        raise DeliveryError("this output has no history", fate=Fate.NEVER)

    async def remove(self, _channel: Channel, _copy: Receipt, /) -> None:
        """Refuse: what was sent is not ours any more."""
        raise DeliveryError("this output has no history", fate=Fate.NEVER)

    async def close(self) -> None:
        """Leave the stream open; it is not ours."""


class ConsoleMessenger(_Stream):
    """Prints alerts to a stream: in colour on a terminal, as plain lines of text elsewhere.

    What comes from the Hub is printed as text only: no markup, no control character reaches the
    terminal. NO_COLOR and TERM=dumb are respected.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._watched = not stream.closed and stream.isatty()
        self._terminal = Console(file=stream)
        wide = self._terminal.width if self._terminal.is_terminal else PIPED_COLUMNS
        self._columns = max(_LEAST_COLUMNS, min(wide, MOST_COLUMNS))

    async def send(self, _channel: Channel, posting: Posting, /) -> Receipt:
        """Print the message; DeliveryError where the stream is closed."""
        if posting.digest is not None:
            _write(self._stream, f"{posting.digest.text}\n\n")
            return Receipt(posting.id)
        story = posting.shifts
        # Half of all alerts are leavings; a person at a terminal wants the others.
        short = self._watched and bool(story) and merely_leaves(story)
        message = posting.message
        _write(self._stream, self._short(message, story[0]) if short else self._drawn(message))
        return Receipt(posting.id)

    def _short(self, alert: Message, shift: Shift) -> str:
        """Return the headline, and the evidence in a line; the ids bear the times too."""
        before, after = shift.evidence.snapshots
        ranks = f"{rank(shift.evidence.before)} → {rank(shift.evidence.after)}"
        found = clean(f"{before or 'no snapshot before'} → {after}")
        line = f"{ranks}, {_span(taken(before), alert.at)} · {found}"
        if len(line) > self._columns - len(_INDENT):
            line = f"{ranks} · {found}"
        return self._styled((self._head(alert), *self._lines(line, "dim"), Text()))

    def _head(self, alert: Message) -> Text:
        colour = _COLOURS[alert.tone]
        return Text.assemble((f"{_SIGNS[alert.tone]} ", colour), (inert(alert.title), "bold"))

    def _drawn(self, alert: Message) -> str:
        lines = [
            self._head(alert),
            *self._lines(inert(f"{moment(alert.at)}: {alert.sentence}"), ""),
            *self._lines(inert(alert.why), ""),
        ]
        # A terminal, too, makes a link of what looks like one.
        told = [inert(line) for line in alert.evidence]
        for line in (*told, *([alert.link] if alert.link else [])):
            lines += self._lines(line, "dim")
        return self._styled((*lines, Text()))

    def _styled(self, lines: Sequence[Text]) -> str:
        """Return lines with the colours that the stream's terminal has, none elsewhere."""
        drawn = io.StringIO()
        # Not on the stream itself: rich ends the process where a pipe is broken.
        console = Console(
            file=drawn,
            force_terminal=self._terminal.is_terminal,
            color_system=_colours(self._terminal),
            no_color=self._terminal.no_color,
            soft_wrap=True,
            markup=False,
            highlight=False,
            emoji=False,
        )
        for line in lines:
            console.print(line)
        return drawn.getvalue()

    def _lines(self, text: str, style: str) -> list[Text]:
        wrapped = textwrap.wrap(
            text,
            self._columns - len(_INDENT),
            break_long_words=False,
            break_on_hyphens=False,
        )
        return [Text(_INDENT).append(line.replace(NBSP, " "), style) for line in wrapped]


def _span(before: datetime | None, after: datetime) -> str:
    """Return two times as 9 → 10 November 2025, as short as they can be told."""
    if before is None:
        return moment(after)
    then, now = moment(before, after), moment(after)
    month = then.partition(" ")[2]
    if month and now.partition(" ")[2].startswith(month):
        then = then.partition(" ")[0]
    return f"{then} → {now}"


def _colours(console: Console) -> Literal["standard", "256", "truecolor", "windows"] | None:
    match console.color_system:
        case "standard" | "256" | "truecolor" | "windows" as system:
            return system
    return None


class JsonLines(_Stream):
    """Prints one JSON object a line and Shift, and nothing else; the stream is for programs."""

    async def send(self, _channel: Channel, posting: Posting, /) -> Receipt:
        """Print each Shift; DeliveryError where the stream is closed."""
        for shift in posting.shifts:
            _write(self._stream, json.dumps(record(shift), allow_nan=False) + "\n")
        return Receipt(posting.id)


def printed(text: str, stream: TextIO) -> None:
    """Print an answer or a digest: plain text, in what the stream can encode.

    Raises:
        DeliveryError: the stream is closed.
    """
    _write(stream, text + "\n")


def _write(stream: TextIO, text: str) -> None:
    """Write and flush; signs the stream cannot encode become a question mark."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        _abandon(stream)
        raise DeliveryError("the reader of this output has gone", fate=Fate.AGAIN) from None
    except (OSError, ValueError) as error:
        raise DeliveryError(f"this output cannot be written: {error}", fate=Fate.AGAIN) from None


def _abandon(stream: TextIO) -> None:
    """Point a broken pipe at nothing, so that the interpreter's last flush does not complain.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    try:
        number = stream.fileno()
    except (OSError, ValueError, io.UnsupportedOperation):
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, number)
    os.close(nothing)
    # What is sent later must fail too: it would go to nothing and count as told.
    stream.close()
