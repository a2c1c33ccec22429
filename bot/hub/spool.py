"""A crawl on disk, page by page, so that a stopped one goes on where it was."""

import fcntl
import os
import struct
import time
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import zstandard

from bot.hub.port import HubError
from bot.hub.records import ListedModel
from bot.hub.spooled import SpooledColumns

# A record is this frame (length and CRC-32 of what follows) and JSON (the head) or MessagePack (a
# page). A page that holds its body is packed with zstd; columns are small as they are, and packing
# them would take longer than all else that is done with them.
_FRAME = struct.Struct(">II")
_VERSION = 3
# It is read again only where a walk was stopped.
_LEVEL = 1
# Syncing each page would cost as much as reading it.
_SYNC_SECONDS = 5.0


class SpoolHead(msgspec.Struct, frozen=True, kw_only=True):
    """How a crawl began: a page belongs to it only if all of this is the same.

    records: whether its pages are kept as they came.
    """

    endpoint: str
    fields: tuple[str, ...]
    started_at: datetime
    ascending: bool
    newest: ListedModel | None
    records: bool = False
    version: int = _VERSION


class SpooledPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page: where it came from, where it goes on, and what it held.

    That is its body as it came, or its columns; rows and odd then say how many records the body
    had, and how many of them lacked the Hub's form.
    """

    url: str
    next_url: str | None
    body: bytes = b""
    columns: SpooledColumns | None = None
    rows: int = 0
    odd: int = 0


class Landmarks(msgspec.Struct, frozen=True, kw_only=True):
    """The oldest models of the last whole census: one that walks back in time must meet them."""

    endpoint: str
    oldest: tuple[str, ...]
    created_at: datetime | None


_head_decoder = msgspec.json.Decoder(SpoolHead)
_page_decoder = msgspec.msgpack.Decoder(SpooledPage)
_landmarks_decoder = msgspec.json.Decoder(Landmarks)


class Spool:
    """The one crawl kept in a folder; a lock on its file keeps a second process out.

    A page outlives this process when `append` returns; a power cut may take those of the last
    seconds. What is only half there, or not all of it in order, is cut off when the spool is
    opened, so the crawl goes on at the first page that is missing.
    """

    def __init__(self, folder: Path) -> None:
        """Open or create it.

        Raises:
            HubError: `busy` when another crawl holds it, `spool` when the disk refuses.
        """
        self.folder = folder
        self.head: SpoolHead | None = None
        self._landmarks = folder / "landmarks.json"
        self._packer = zstandard.ZstdCompressor(level=_LEVEL)
        self._synced = time.monotonic()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(folder / "census.spool", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _trouble(folder, error) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise HubError(
                "busy",
                f"Another census is being read into {folder}. Wait for it, or name another data "
                "folder.",
            ) from None
        try:
            self._mend()
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._file)

    def begin(self, head: SpoolHead) -> None:
        """Forget the crawl that is there and begin this one."""
        self.clear()
        self._write(msgspec.json.encode(head))
        self._sync()
        self.head = head

    def append(self, page: SpooledPage) -> None:
        """Add a page."""
        record = msgspec.msgpack.encode(page)
        self._write(self._packer.compress(record) if page.body else record)
        if time.monotonic() >= self._synced + _SYNC_SECONDS:
            self._sync()

    def pages(self) -> Iterator[SpooledPage]:
        """Yield the pages in the order they were appended."""
        frames = self._frames()
        next(frames, None)
        for _, packed in frames:
            yield _page_decoder.decode(_unpacked(packed))

    def clear(self) -> None:
        """Forget the crawl."""
        os.ftruncate(self._file, 0)
        os.fsync(self._file)
        self.head = None

    def landmarks(self, endpoint: str) -> Landmarks | None:
        """Return what the last whole census of this endpoint left, None when there was none."""
        try:
            kept = _landmarks_decoder.decode(self._landmarks.read_bytes())
        except (FileNotFoundError, msgspec.DecodeError):
            return None
        return kept if kept.endpoint == endpoint else None

    def keep(self, landmarks: Landmarks) -> None:
        """Keep these for the next census."""
        written = self._landmarks.with_suffix(".part")
        try:
            written.write_bytes(msgspec.json.encode(landmarks))
            written.replace(self._landmarks)
        except OSError as error:
            raise _trouble(self.folder, error) from None

    def _mend(self) -> None:
        """Cut a torn tail off and read the head; a spool without a readable head is empty."""
        end = 0
        for reached, packed in self._frames():
            self.head = self.head or _read_head(packed)
            if self.head is None:
                break
            end = reached
        if self.head is None:
            self.clear()
        elif end != os.fstat(self._file).st_size:
            os.ftruncate(self._file, end)
            os.fsync(self._file)

    def _frames(self) -> Iterator[tuple[int, bytes]]:
        """Yield every whole record with the offset of its end, up to the first that is not."""
        offset = 0
        while len(frame := os.pread(self._file, _FRAME.size, offset)) == _FRAME.size:
            length, check = _FRAME.unpack(frame)
            packed = os.pread(self._file, length, offset + _FRAME.size)
            # A tail of zeros, as a power cut leaves, would pass as records of nothing.
            if not length or len(packed) != length or zlib.crc32(packed) != check:
                return
            offset += _FRAME.size + length
            yield offset, packed

    def _write(self, record: bytes) -> None:
        rest = memoryview(_FRAME.pack(len(record), zlib.crc32(record)) + record)
        end = os.lseek(self._file, 0, os.SEEK_END)
        offset = end
        try:
            while rest:
                written = os.pwrite(self._file, rest, offset)
                offset += written
                rest = rest[written:]
        except OSError as error:
            os.ftruncate(self._file, end)
            raise _trouble(self.folder, error) from None

    def _sync(self) -> None:
        try:
            os.fsync(self._file)
        except OSError as error:
            raise _trouble(self.folder, error) from None
        self._synced = time.monotonic()


def _unpacked(packed: bytes) -> bytes:
    if not packed.startswith(zstandard.FRAME_HEADER):
        return packed
    return zstandard.ZstdDecompressor().decompress(packed)


def _read_head(packed: bytes) -> SpoolHead | None:
    try:
        head = _head_decoder.decode(_unpacked(packed))
    except (msgspec.DecodeError, zstandard.ZstdError):
        return None
    return head if head.version == _VERSION else None


def _trouble(folder: Path, error: OSError) -> HubError:
    return HubError("spool", f"{folder}: {error.strerror}. Free it, or name another data folder.")
