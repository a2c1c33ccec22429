"""The small tables of a census as fields of a hash; one board or share is read without the others.

Tables of days near each other are much alike, so each field is compressed with what the same one
said before (`bot.store.table_chain` says when that was).
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
import zstandard

from bot.store.frame import DamagedBlock, framed, in_parts, unframed
from bot.store.planes import packed
from bot.store.sections import sections_of
from detectors.columns import Floats
from detectors.lineage import Lineage
from detectors.metric import Metric
from detectors.share import By, Of, Share
from detectors.tables import Tables

TABLE = "table"
# The fields that hold the models: what is asked for together lies together.
MODELS = {
    "models": ("ordinal", "present", "created_at"),
    "models.ids": ("ids", "ids.lengths"),
    "models.spaces": ("namespace", "namespace.words", "namespace.words.lengths"),
    "models.figures": tuple(
        f"{kind}.{each.value}" for kind in ("figures", "real") for each in Metric
    ),
    "models.about": (),
}
_FIELD_OF = {section: field for field, some in MODELS.items() for section in some}
_REST = "models.about"
# A sixth less than at level 6, for half a second more in the one thread that commits a census.
_LEVEL = 17
NINE = 1e9


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """What the tables of a census consist of.

    base: the snapshot whose tables they are compressed with, "" where they stand alone. key: the
    keyframe of the chain they belong to. place: among the chain's tables, from 0.
    """

    base: str
    key: str = ""
    place: int = 0
    listed: int
    untold: Mapping[str, int]
    metrics: tuple[Metric, ...]
    says: tuple[Of, ...]
    parts: Mapping[str, int]


class Sums(msgspec.Struct, frozen=True, array_like=True):
    """One share: its total, its unknown part, and its groups as packed numbers."""

    total: float
    unknown: float
    groups: bytes


class SharesOf(msgspec.Struct, frozen=True, array_like=True):
    """The shares of one thing by one kind of group, by scope."""

    groups: tuple[str, ...]
    models: tuple[str, ...]
    scopes: Mapping[str, Sums]


class Ranks(msgspec.Struct, frozen=True, array_like=True):
    """One board: what it chose from, whose figure is unknown, and rows in rank order."""

    counted: int
    unknown: int
    bare: tuple[int, ...]
    rows: bytes


_encode = msgspec.msgpack.Encoder().encode
_shares = msgspec.msgpack.Decoder(SharesOf).decode
_NONE = SharesOf((), (), {})
NOTHING: Mapping[str, bytes] = {}


def payloads(tables: Tables, before: Mapping[str, bytes] = NOTHING) -> dict[str, bytes]:
    """Return what each field says, not compressed yet.

    `before` is what those say that they will be compressed with: names keep their numbers.
    """
    sections = sections_of(tables.models)
    for name, lineage in (("lineage", tables.lineage()), ("trained", tables.trained())):
        sections |= {f"{name}.{part}": data for part, data in _lineage(lineage).items()}
    models: dict[str, dict[str, bytes]] = {name: {} for name in MODELS}
    for section, data in sections.items():
        models[field_of(section)][section] = data
    found = {name: _encode(some) for name, some in models.items()}
    for metric in tables.metrics:
        boards = {
            str(scope): Ranks(
                ranking.counted, ranking.unknown, tuple(sorted(ranking.bare)), packed(ranking.rows)
            )
            for (of, scope), ranking in tables.boards.items()
            if of is metric
        }
        found[board_field(metric)] = _encode(boards)
    by_field: dict[str, list[Share]] = {}
    for question, share in tables.shares.items():
        by_field.setdefault(share_field(question.of, question.by), []).append(share)
    for name, shares in by_field.items():
        then = before.get(name)
        found[name] = _encode(_written(shares, _NONE if then is None else _shares(then)))
    return found


def table_about(tables: Tables) -> Table:
    """Return what is noted of tables beside their payloads."""
    return Table(
        base="",
        listed=tables.listed,
        untold=tables.untold,
        metrics=tuple(sorted(tables.metrics)),
        says=tuple(sorted(tables.says)),
        parts={},
    )


def fields(table: Table, raw: Mapping[str, bytes], before: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the fields of a hash: `raw` compressed with what the base's fields say."""
    parts = {name: in_parts(_squeezed(data, before.get(name))) for name, data in raw.items()}
    counts = {name: len(each) for name, each in parts.items()}
    found = {TABLE: framed(_encode(msgspec.structs.replace(table, parts=counts)))}
    for name, each in parts.items():
        found |= {f"{name}.{number}": framed(part) for number, part in enumerate(each)}
    return found


def table_of(key: str, value: bytes | None) -> Table:
    """Read what the tables consist of; DamagedBlock names the key."""
    try:
        return msgspec.msgpack.decode(unframed(key, TABLE, value), type=Table)
    except msgspec.DecodeError as error:
        raise DamagedBlock(f"{key}: block {TABLE} cannot be read ({error})") from None


def names_of(table: Table, names: Iterable[str] | None = None) -> list[str]:
    """Return the names of the values that hold some of the fields, else all of them."""
    wanted = table.parts if names is None else [name for name in names if name in table.parts]
    return [f"{name}.{part}" for name in wanted for part in range(table.parts[name])]


def packed_of(
    key: str, table: Table, values: Mapping[str, bytes], names: Iterable[str]
) -> dict[str, bytes]:
    """Return fields as they are compressed; DamagedBlock names the key where one is not whole."""
    found = {}
    for name in names:
        parts = [f"{name}.{part}" for part in range(table.parts[name])]
        found[name] = b"".join(unframed(key, part, values.get(part)) for part in parts)
    return found


def field_of(section: str) -> str:
    """Return the name of the field that holds a section of the models."""
    return _FIELD_OF.get(section, _REST)


def board_field(metric: Metric) -> str:
    """Return the name of the field that holds the boards by a metric, in every scope."""
    return f"board.{metric.value}"


def share_field(of: Of, by: By) -> str:
    """Return the name of the field that holds the shares of one thing by one kind of group."""
    return f"share.{of.value}.{by.value}"


def _written(shares: Iterable[Share], before: SharesOf) -> SharesOf:
    held = list(shares)
    groups = _gone_on(before.groups, (group for share in held for group in share.amounts))
    models = _gone_on(
        before.models, (model for share in held for model, _ in share.heaviest.values())
    )
    scopes = {}
    for share in held:
        names = sorted(share.amounts)
        heaviest = [share.heaviest[name] for name in names]
        data = (
            packed(np.array([groups[name] for name in names], np.int64)),
            _packed_floats(np.array([share.amounts[name] for name in names])),
            _packed_floats(np.array([weight for _, weight in heaviest])),
            packed(np.array([models[model] for model, _ in heaviest], np.int64)),
        )
        scopes[str(share.question.scope)] = Sums(share.total, share.unknown, b"".join(data))
    return SharesOf(tuple(groups), tuple(models), scopes)


def _gone_on(before: Sequence[str], names: Iterable[str]) -> dict[str, int]:
    """Return the number of each name: those before keep theirs, and new ones come after them."""
    numbers = {name: number for number, name in enumerate(before)}
    for name in sorted(set(names) - numbers.keys()):
        numbers[name] = len(numbers)
    return numbers


def _packed_floats(values: Floats) -> bytes:
    """Return floats of nine digits as whole numbers and billionths, others by their bits."""
    whole = np.floor(values)
    rest = np.round((values - whole) * NINE)
    exact = bool((together(whole, rest) == values).all())
    mode = packed(np.array([exact]))
    if exact:
        return mode + packed(whole.astype(np.int64)) + packed(rest.astype(np.int64))
    return mode + packed(values.view(np.int64))


def together(whole: Floats, rest: Floats) -> Floats:
    """Return floats of nine digits from whole numbers and billionths."""
    return np.round(whole + rest / NINE, 9)


def _lineage(lineage: Lineage) -> dict[str, bytes]:
    mixtures = lineage.mixtures
    return {
        "names": _encode(lineage.names),
        "derivative": packed(lineage.derivative.astype(np.int8)),
        "code": packed(lineage.code),
        "nodes": packed(mixtures.nodes),
        "starts": packed(mixtures.starts),
        "families": packed(mixtures.families),
        "weights": packed(mixtures.weights.astype(np.float64).view(np.int64)),
    }


def unsqueezed(data: bytes, before: bytes | None) -> bytes:
    """Return what was compressed with `before`; ZstdError where it was not, or with another."""
    known = None if before is None else _dictionary(before)
    return zstandard.ZstdDecompressor(dict_data=known).decompress(data)


def _squeezed(data: bytes, before: bytes | None) -> bytes:
    known = None if before is None else _dictionary(before)
    # The checksum is of what it says: with another dictionary than its own it would say anything.
    squeeze = zstandard.ZstdCompressor(level=_LEVEL, dict_data=known, write_checksum=True)
    return squeeze.compress(data)


def _dictionary(data: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(data, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
