"""The program that draws: specifications come in on its standard input, PNGs go out.

It runs in a process of its own, as a plain file, so that a drawing that hangs or dies takes
nothing with it. Each message is its length in four bytes, then so many bytes; an answer begins
with one more byte, "+" before a PNG and "-" before the reason that there is none.
"""

import sys
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import vl_convert

VEGA_LITE = "6.4"
SCALE = 2.0
LENGTH = 4
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Three hundredths of a second for a third of the bytes; a higher one takes ten times as long.
_EFFORT = 6
# The first drawing takes seconds, whatever it is of; the second a tenth.
_NOTHING = '{"data": {"values": [{}]}, "mark": "point"}'


def drawn(spec: str) -> bytes:
    """Return a specification as a PNG; ValueError where it cannot be drawn.

    With no base address allowed nothing is ever fetched: all figures stand in the specification.
    """
    png = vl_convert.vegalite_to_png(
        spec, vl_version=VEGA_LITE, scale=SCALE, show_warnings=False, allowed_base_urls=[]
    )
    return pressed(png)


def pressed(png: bytes) -> bytes:
    """Return the same picture in a third of the bytes: it comes compressed in haste.

    https://www.w3.org/TR/png-3/#5Chunk-layout: length, type, content, checksum.
    """
    parts = list(_chunks(png))
    pixels = zlib.decompress(b"".join(content for kind, content in parts if kind == b"IDAT"))
    found = [_SIGNATURE]
    for kind, content in parts:
        if kind == b"IDAT":
            if pixels:
                found.append(_chunk(kind, zlib.compress(pixels, _EFFORT)))
            pixels = b""
        else:
            found.append(_chunk(kind, content))
    return b"".join(found)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(png):
        size = int.from_bytes(png[at : at + 4], "big")
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += 12 + size


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content).to_bytes(4, "big")
    return len(content).to_bytes(4, "big") + kind + content + check


def answered(asked: bytes) -> bytes:
    """Return what is answered to one specification."""
    try:
        return b"+" + drawn(asked.decode())
    except ValueError as error:
        return b"-" + str(error).encode()


def work(source: BinaryIO, out: BinaryIO) -> None:
    """Draw until there is nothing more to read; be warm before the first one comes."""
    drawn(_NOTHING)
    while len(head := source.read(LENGTH)) == LENGTH:
        answer = answered(source.read(int.from_bytes(head, "big")))
        out.write(len(answer).to_bytes(LENGTH, "big") + answer)
        out.flush()


if __name__ == "__main__":
    work(sys.stdin.buffer, sys.stdout.buffer)
