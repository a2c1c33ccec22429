"""The words that a link adds to its columns of text: in its manifest, or beside it where many."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from bot.store.frame import MOST_BYTES, DamagedBlock, in_parts, within
from bot.store.replies import one_bytes

Words: TypeAlias = Mapping[str, tuple[str, ...]]

# Half of a value is left for the rest of a manifest, which takes some kB.
_ROOM = MOST_BYTES // 2
_decoder = msgspec.msgpack.Decoder(dict[str, tuple[str, ...]])


def beside(words: Words) -> list[bytes]:
    """Return words as the values that hold them beside a manifest; none where it has room."""
    data = msgspec.msgpack.encode(words)
    return in_parts(data) if len(data) > _ROOM else []


def word_fields(count: int) -> list[str]:
    """Return the names of so many values that hold words."""
    return [f"words.{number}" for number in range(count)]


def words_of(key: str, values: Sequence[object]) -> Words:
    """Read words from the values that hold them; DamagedBlock where one is not whole."""
    named = zip(word_fields(len(values)), values, strict=True)
    held = [within(key, name, None if each is None else one_bytes(each)) for name, each in named]
    try:
        return _decoder.decode(b"".join(held))
    except msgspec.DecodeError as error:
        raise DamagedBlock(f"{key}: its words cannot be read ({error})") from None
