"""A recorded Hub: files in the format `recorded-hub/1`, checked whole before anything is used."""

import gzip
import io
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from bot.hub.port import Head, Listing, Reading
from bot.hub.records import ListedModel, OddRecord, decode_model
from detectors.metric import Kind, Metric
from detectors.snapshot import instant

_GZIP = b"\x1f\x8b"
# What editors on Windows put before the first line.
_BOM = b"\xef\xbb\xbf"
FIRST_YEAR = 2016
_ORDERS = (Metric.TRENDING, Metric.LIKES, Metric.DOWNLOADS)


class RecordingError(ValueError):
    """A recording cannot be read; the text begins with file and line."""

    exit_code = 2


@dataclass(frozen=True)
class Marker:
    """The line that opens a snapshot, or one of its lists."""

    taken_at: datetime
    kind: Kind
    by: Metric | None
    complete: bool
    panel: str | None
    why: str

    @property
    def snapshot(self) -> tuple[datetime, Kind]:
        """What successive markers of one snapshot have in common."""
        return self.taken_at, self.kind


@dataclass
class _Open:
    """The snapshot being read."""

    marker: Marker
    listings: list[tuple[Marker, list[ListedModel]]] = field(default_factory=list)

    def reading(self) -> Reading:
        partial = [_partial(marker) for marker, _ in self.listings if not marker.complete]
        return Reading(
            taken_at=self.marker.taken_at,
            kind=self.marker.kind,
            listings=tuple(Listing(marker.by, tuple(models)) for marker, models in self.listings),
            panel=self.marker.panel,
            partial=partial[0] if partial else "",
        )


@dataclass
class _Order:
    """What was met so far: time may only go on, at most `until`, and no list may come twice."""

    until: datetime | None = None
    last: dict[Kind, datetime] = field(default_factory=dict)
    lists: set[tuple[datetime, Kind, Metric | None]] = field(default_factory=set)

    def check(self, marker: Marker, current: Marker | None) -> str:
        """Return what is wrong with a marker that comes next, or nothing."""
        kind, at = marker.kind, marker.taken_at
        last = self.last.get(kind)
        if self.until is not None and at > self.until:
            return (
                f"this {kind.value} of {instant(at)} is still to come; write when it was taken, or "
                "replay it without --data"
            )
        if last is not None and at < last:
            return (
                f"this {kind.value} of {instant(at)} is earlier than the one before it, of "
                f"{instant(last)}; put the snapshots in the order they were taken"
            )
        if (at, kind, marker.by) in self.lists:
            ordered = f" by {marker.by.value}" if marker.by else ""
            return f"the {kind.value}{ordered} of {instant(at)} is given twice; remove one"
        if last == at and (current is None or current.snapshot != marker.snapshot):
            return f"the lists of the {kind.value} of {instant(at)} must follow one another"
        if current is not None and current.snapshot == marker.snapshot:
            if current.panel != marker.panel:
                return "the lists of one snapshot must name the same panel, or none"
        else:
            self.lists = {each for each in self.lists if each[1] is not kind}
        self.last[kind] = at
        self.lists.add((at, kind, marker.by))
        return ""


class RecordedHub:
    """Readings from files, in the order given; each file is checked before the first is yielded."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = tuple(paths)

    def check(self, until: datetime | None = None) -> list[Head]:
        """Read every file to its end and return what their snapshots are known by.

        Raises:
            RecordingError: naming file and line, and what is wrong there, a snapshot later than
                `until` among it.
        """
        return [reading.head for reading in self._read(until)]

    def readings(self) -> Iterator[Reading]:
        """Yield every Reading, oldest first; RecordingError where a file cannot be read."""
        return self._read()

    def _read(self, until: datetime | None = None) -> Iterator[Reading]:
        order = _Order(until)
        current: _Open | None = None
        for path in self.paths:
            opened = False
            for number, line in _lines(path):
                marker = _marker(path, number, line)
                if marker is None:
                    if not opened or current is None:
                        raise _bad(
                            path,
                            number,
                            "a recording starts with a marker line, which has "
                            '"taken_at" and "kind"; this line has not',
                        )
                    current.listings[-1][1].append(_model(path, number, line))
                    continue
                wrong = order.check(marker, current.marker if current else None)
                if wrong:
                    raise _bad(path, number, wrong)
                opened = True
                if current is not None and current.marker.snapshot != marker.snapshot:
                    yield current.reading()
                    current = None
                current = current or _Open(marker)
                current.listings.append((marker, []))
            if not opened:
                raise RecordingError(f"{path}: the file holds no snapshot")
        if current is not None:
            yield current.reading()


@contextmanager
def kept(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Give paths that can be read twice: what is no regular file (a pipe) is copied first."""
    with ExitStack() as stack:
        yield [stack.enter_context(_copied(path)) if _passes(path) else path for path in paths]


def _passes(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()


@contextmanager
def _copied(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hubshift-recording-") as folder:
        copy = Path(folder) / path.name
        with path.open("rb") as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target)
        yield copy


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    try:
        with path.open("rb") as raw, _text(raw) as lines:
            for line in lines:
                number += 1
                if number == 1:
                    line = line.removeprefix(_BOM)  # noqa: PLW2901 - the same line, as it is meant
                if not line.isascii():
                    line.decode()
                if line.strip():
                    yield number, line
    except FileNotFoundError:
        raise RecordingError(f"{path}: there is no such file") from None
    except UnicodeDecodeError as error:
        raise _bad(path, number, f"not UTF-8 text ({error.reason})") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _bad(path, number + 1, f"the gzip data is damaged or cut short ({error})") from None
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror or error})") from None


def _text(raw: io.BufferedReader) -> io.BufferedReader | gzip.GzipFile:
    return gzip.GzipFile(fileobj=raw) if raw.peek(2)[:2] == _GZIP else raw


def _marker(path: Path, number: int, line: bytes) -> Marker | None:
    # Most lines are models; only what can be a marker is parsed as one.
    if b'"taken_at"' not in line:
        return None
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _bad(path, number, f"not JSON ({error})") from None
    if not isinstance(found, dict) or "taken_at" not in found:
        return None
    if "kind" not in found:
        if "id" in found:
            return None
        raise _bad(path, number, 'a marker line needs "kind" beside "taken_at": census or pulse')
    try:
        return Marker(
            taken_at=_instant(found["taken_at"]),
            kind=Kind(found["kind"]),
            by=_by(found.get("by")),
            complete=_flag(found.get("complete")),
            panel=_panel(found.get("panel")),
            why=str(found.get("why") or ""),
        )
    except ValueError as error:
        raise _bad(path, number, _sentence(error)) from None


def _instant(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError(f"taken_at must be a time such as 2026-01-27T00:00:00Z, got {value!r}")
    try:
        at = datetime.fromisoformat(value)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f"taken_at must be a time such as 2026-01-27T00:00:00Z, got {value!r}"
        ) from None
    if at.year < FIRST_YEAR:
        raise ValueError(f"taken_at is {value}, before there was a Hub")
    return at


def _by(value: Any) -> Metric | None:
    if value is None:
        return None
    if value not in _ORDERS:
        raise ValueError(f"by must be one of {', '.join(_ORDERS)}, got {value!r}")
    return Metric(value)


def _flag(value: Any) -> bool:
    if value is None:
        return True
    if not isinstance(value, bool):
        raise ValueError(f"complete must be true or false, got {value!r}")
    return value


def _panel(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise ValueError(f"panel must be a name, got {value!r}")
    return value


def _sentence(error: ValueError) -> str:
    text = str(error)
    return text.replace("is not a valid Kind", "is no kind of snapshot: census or pulse")


def _model(path: Path, number: int, line: bytes) -> ListedModel:
    try:
        return decode_model(line)
    except OddRecord as error:
        raise _bad(path, number, str(error)) from None


def _partial(marker: Marker) -> str:
    ordered = f" by {marker.by.value}" if marker.by else ""
    return marker.why or f"the {marker.kind.value}{ordered} is marked as not complete"


def _bad(path: Path, number: int, what: str) -> RecordingError:
    return RecordingError(f"{path}, line {number}: {what}")
