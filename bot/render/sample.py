"""What a sample says: that alerts arrive, and what they will look like."""

from datetime import datetime

from bot.render.message import Message, Tone


def sample_message(at: datetime, asked: str) -> Message:
    """Return a sample; `asked` says how it was asked for, such as "somebody typed …"."""
    return Message(
        title="A test from Hubshift",
        sentence="Alerts will arrive here and look like this.",
        why=f"{asked}; nothing on the Hub has shifted.",
        evidence=("no metric · no scope · a sample",),
        tone=Tone.NOTICE,
        at=at,
        link="https://huggingface.co/models",
    )
