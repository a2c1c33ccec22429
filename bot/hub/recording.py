"""Writing what a Hub showed into a file of the format `recorded-hub/1`."""

import gzip
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import IO, Any

import msgspec

from bot.hub.port import Listing, Reading
from bot.hub.records import ListedModel
from detectors.metric import Kind

_GZIP = b"\x1f\x8b"


class RecordingRefused(ValueError):
    """The file that is there does not take this snapshot; it is left as it was."""

    exit_code = 2


class _Marker(msgspec.Struct, frozen=True):
    taken_at: str
    kind: str


@dataclass(frozen=True)
class _Old:
    """How the file is written: as gzip, and without an end to its last line."""

    packed: bool
    open_ended: bool = False


_marker_decoder = msgspec.json.Decoder(_Marker)


def write_recording(path: Path, reading: Reading) -> None:
    """Write the Reading to a new file, or after the snapshots of one that is there.

    The file is gzip if its name ends in .gz, or if it already is. All of it is written beside
    the old one and put in its place, so that nobody ever sees half a snapshot.

    Raises:
        RecordingRefused: The file is no recording, is damaged, or holds a snapshot of this kind
            that is not earlier.
        OSError: The disk refuses.
    """
    path = path.resolve()
    if not path.parent.is_dir():
        raise RecordingRefused(f"{path}: the folder {path.parent} does not exist; create it")
    if path.exists() and not path.is_file():
        raise RecordingRefused(f"{path} is no file; name another")
    with _replacing(path) as target:
        old = _Old(packed=path.suffix == ".gz")
        if path.exists() and path.stat().st_size:
            old = _check(path, reading)
            with path.open("rb") as source:
                shutil.copyfileobj(source, target)
        lines = _lines(reading)
        if old.open_ended:
            lines = chain((b"\n",), lines)
        if old.packed:
            # Gzip members one after the other are one gzip file.
            with gzip.GzipFile(filename="", mode="wb", fileobj=target, mtime=0) as member:
                member.writelines(lines)
        else:
            target.writelines(lines)


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _check(path: Path, reading: Reading) -> _Old:
    """Return how the file is written, once it is known to take the Reading."""
    with path.open("rb") as raw:
        packed = raw.peek(2)[:2] == _GZIP
        lines: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=raw) if packed else raw
        try:
            last, final = _last(path, lines, reading.kind)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise RecordingRefused(f"{path}: the gzip data is damaged ({error})") from None
    if last is not None and last >= reading.taken_at:
        raise RecordingRefused(
            f"{path} already holds a {reading.kind.value} of {_instant(last)}, which is not "
            f"earlier than this one of {_instant(reading.taken_at)}; name another file"
        )
    return _Old(packed=packed, open_ended=not final.endswith(b"\n"))


def _last(path: Path, lines: Iterable[bytes], kind: Kind) -> tuple[datetime | None, bytes]:
    """Return when the last snapshot of this kind was taken, None without one, and the last line."""
    last: datetime | None = None
    opened = False
    line, number = b"\n", 0
    for number, line in enumerate(lines, start=1):
        marker = _read_marker(line)
        if marker is not None and marker[0] == kind:
            last = marker[1]
        opened = opened or marker is not None
        if not opened and line.strip():
            raise RecordingRefused(
                f"{path}, line {number}: no marker, so this is no recording; name another file"
            )
    if not line.endswith(b"\n") and not _is_json(line):
        raise RecordingRefused(f"{path}, line {number}: the file breaks off; remove this line")
    return last, line


def _read_marker(line: bytes) -> tuple[str, datetime] | None:
    """Return a marker's kind and time; None for other lines, and bad ones are the reader's."""
    if b'"taken_at"' not in line or b'"kind"' not in line:
        return None
    try:
        marker = _marker_decoder.decode(line)
        at = datetime.fromisoformat(marker.taken_at)
    except ValueError:
        return None
    return marker.kind, at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def _lines(reading: Reading) -> Iterator[bytes]:
    for listing in reading.listings:
        yield msgspec.json.encode(_marker(reading, listing)) + b"\n"
        for model in listing.models:
            yield _line(model)


def _marker(reading: Reading, listing: Listing) -> dict[str, Any]:
    marker: dict[str, Any] = {"taken_at": _instant(reading.taken_at), "kind": reading.kind.value}
    if listing.by is not None:
        marker["by"] = listing.by.value
    if reading.panel is not None:
        marker["panel"] = reading.panel
    marker["complete"] = not reading.partial
    if reading.partial:
        marker["why"] = reading.partial
    return marker


def _line(model: ListedModel) -> bytes:
    fields = msgspec.to_builtins(model, builtin_types=(datetime,))
    known = {name: value for name, value in fields.items() if value is not None}
    if model.created_at is not None:
        known["createdAt"] = _instant(model.created_at)
    if model.base_models is not None:
        parents = known["baseModels"]
        known["baseModels"] = {name: each for name, each in parents.items() if each is not None}
    return msgspec.json.encode(known) + b"\n"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
