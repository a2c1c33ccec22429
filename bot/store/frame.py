"""A value of the store in its frame: format version and checksum, so that damage is noticed."""

import struct
import zlib

VERSION = 5
# What older versions wrote can be read, but for blocks of a census from before the third.
OLDEST = 2
OLDEST_BLOCKS = 3
# A value of 1 MB keeps other clients' p99 under 1 ms; one of 16 MB stalls them for 20-48 ms.
MOST_BYTES = 1_000_000
_HEAD = struct.Struct("<BI")


class DamagedBlock(ValueError):
    """A block cannot be trusted; the text names the key, the block and what is wrong."""


def framed(data: bytes) -> bytes:
    """Return bytes with the format's version and their checksum before them."""
    return _HEAD.pack(VERSION, _checksum(VERSION, data)) + data


def unframed(key: str, name: str, value: bytes | None, oldest: int = OLDEST) -> bytes:
    """Return the bytes in a frame, see `within`."""
    return bytes(within(key, name, value, oldest))


def within(key: str, name: str, value: bytes | None, oldest: int = OLDEST) -> memoryview:
    """Return the bytes in a frame where they are; `oldest` is the first version understood.

    Raises:
        DamagedBlock: it is missing, cut short, of an unknown version, or fails its checksum.
    """
    if value is None:
        raise DamagedBlock(f"{key}: block {name} is missing")
    if len(value) < _HEAD.size:
        raise DamagedBlock(f"{key}: block {name} is cut short")
    version, checksum = _HEAD.unpack_from(value)
    if not oldest <= version <= VERSION:
        raise DamagedBlock(
            f"{key}: block {name} has format version {version}; this program reads "
            f"{VERSION}, so run the version that wrote it"
        )
    data = memoryview(value)[_HEAD.size :]
    if _checksum(version, data) != checksum:
        raise DamagedBlock(f"{key}: block {name} fails its checksum")
    return data


def _checksum(version: int, data: bytes | memoryview) -> int:
    """Return the checksum; from version 3 on it is the version's too, which a flip may change."""
    return zlib.crc32(data, version if version > OLDEST else 0)


def in_parts(data: bytes) -> list[bytes]:
    """Cut bytes into pieces of at most MOST_BYTES, at least one."""
    return [data[at : at + MOST_BYTES] for at in range(0, max(len(data), 1), MOST_BYTES)]
