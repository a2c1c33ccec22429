"""Small values that are kept as JSON: a note, a Shift, what stands, a subscription."""

import logging
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from bot.store.frame import DamagedBlock, framed, within

T = TypeVar("T")

log = logging.getLogger(__name__)

_encode = msgspec.json.Encoder().encode
# Until the fourth version they had no frame, and each of them is an object.
_BARE = b"{"


def sealed(value: object) -> bytes:
    """Return a value as it is kept, with the format's version and its checksum before it."""
    return framed(_encode(value))


def opened(key: str, name: str, value: bytes | None, decoder: msgspec.json.Decoder[T]) -> T:
    """Return what is kept under a key by a name.

    Raises:
        DamagedBlock: it is missing, fails its checksum, or is not what it should be.
    """
    bare = value is not None and value.startswith(_BARE)
    text = value if value is not None and bare else within(key, name, value)
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DamagedBlock(f"{key}: block {name} cannot be read: {error}") from None


def legible(
    key: str, pairs: Iterable[tuple[bytes | str, Any]], decoder: msgspec.json.Decoder[T]
) -> Iterator[tuple[str, T]]:
    """Yield those of some named values that can be read; of another the log says so, by its key."""
    for name, value in pairs:
        known = name.decode() if isinstance(name, bytes) else name
        try:
            yield known, opened(key, known, value, decoder)
        except DamagedBlock as error:
            log.error("left out: %s", error)  # noqa: TRY400 - the sentence says it all
