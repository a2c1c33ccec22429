"""The small tables of a census as fields of a hash; one board or share is read without the others.

Tables of the same chain are much alike, so each is compressed with its keyframe's before it.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np
import zstandard

from bot.store.frame import DamagedBlock, framed, in_parts, unframed
from bot.store.planes import Cursor, packed
from bot.store.sections import columns_from, sections_of
from detectors.columns import Columns, Edges, Floats, Ints, Text
from detectors.lineage import Lineage
from detectors.metric import Metric
from detectors.mixture import Mixtures
from detectors.scope import Scope, scope_from
from detectors.share import By, Of, Share, ShareQuestion
from detectors.tables import NotTabled, Ranking, Tables

TABLE = "table"
MODELS = "models"
_LEVEL = 6
_NINE = 1e9


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """What the tables of a census consist of.

    base: the snapshot whose tables they are compressed with, "" where they stand alone.
    """

    base: str
    listed: int
    untold: Mapping[str, int]
    metrics: tuple[Metric, ...]
    says: tuple[Of, ...]
    parts: Mapping[str, int]


class _Sums(msgspec.Struct, frozen=True, array_like=True):
    """One share: its total, its unknown part, and its groups as packed numbers."""

    total: float
    unknown: float
    groups: bytes


class _Shares(msgspec.Struct, frozen=True, array_like=True):
    """The shares of one thing by one kind of group, by scope."""

    groups: tuple[str, ...]
    models: tuple[str, ...]
    scopes: Mapping[str, _Sums]


class _Ranks(msgspec.Struct, frozen=True, array_like=True):
    """One board: what it chose from, whose figure is unknown, and rows in rank order."""

    counted: int
    unknown: int
    bare: tuple[int, ...]
    rows: bytes


_shares = msgspec.msgpack.Decoder(_Shares).decode
_boards = msgspec.msgpack.Decoder(dict[str, _Ranks]).decode
_models = msgspec.msgpack.Decoder(dict[str, bytes]).decode
_encode = msgspec.msgpack.Encoder().encode


def payloads(tables: Tables) -> dict[str, bytes]:
    """Return what each field says, not compressed yet."""
    sections = sections_of(tables.models)
    for name, lineage in (("lineage", tables.lineage), ("trained", tables.trained)):
        sections |= {f"{name}.{part}": data for part, data in _lineage(lineage).items()}
    found = {MODELS: _encode(sections)}
    for metric in tables.metrics:
        boards = {
            str(scope): _Ranks(
                ranking.counted, ranking.unknown, tuple(sorted(ranking.bare)), packed(ranking.rows)
            )
            for (of, scope), ranking in tables.boards.items()
            if of is metric
        }
        found[board_field(metric)] = _encode(boards)
    by_field: dict[str, list[Share]] = {}
    for question, share in tables.shares.items():
        by_field.setdefault(share_field(question.of, question.by), []).append(share)
    return found | {name: _encode(_written(shares)) for name, shares in by_field.items()}


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


def fields(
    table: Table, raw: Mapping[str, bytes], base: str, before: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Return the fields of a hash: `raw` compressed with what the base's fields say."""
    parts = {name: in_parts(_squeezed(data, before.get(name))) for name, data in raw.items()}
    counts = {name: len(each) for name, each in parts.items()}
    noted = msgspec.structs.replace(table, base=base, parts=counts)
    found = {TABLE: framed(_encode(noted))}
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


def payload(
    key: str, table: Table, values: Mapping[str, bytes], name: str, before: bytes | None
) -> bytes:
    """Return what one field says; DamagedBlock names the key where it is not whole."""
    parts = [f"{name}.{part}" for part in range(table.parts[name])]
    data = b"".join(unframed(key, part, values.get(part)) for part in parts)
    known = _dictionary(before) if table.base and before is not None else None
    try:
        return zstandard.ZstdDecompressor(dict_data=known).decompress(data)
    except zstandard.ZstdError as error:
        raise DamagedBlock(f"{key}: block {name} cannot be unpacked ({error})") from None


@dataclass(frozen=True)
class Reader:
    """Tables made from payloads as they are asked for."""

    table: Table
    raw: Mapping[str, bytes]

    @cached_property
    def tables(self) -> Tables:
        """The tables; each board and share is read when it is looked up.

        A field that is not among the payloads is refused with NotTabled, never taken for empty.
        """
        table = self.table
        models, lineage, trained = _NO_MODELS
        if MODELS in self.raw:
            sections = _models(self.raw[MODELS])
            models = columns_from(sections)
            lineage = _lineage_from(sections, "lineage")
            trained = _lineage_from(sections, "trained")
        return Tables(
            listed=table.listed,
            models=models,
            lineage=lineage,
            trained=trained,
            untold=table.untold,
            metrics=frozenset(table.metrics),
            says=frozenset(table.says),
            boards=Boards(self.raw, table.parts),
            shares=Shares(self.raw, table.parts),
        )


class Boards(Mapping[tuple[Metric, Scope], Ranking]):
    """The boards in some payloads, each read when it is looked up; `held` names all there are."""

    def __init__(self, raw: Mapping[str, bytes], held: Container[str]) -> None:
        self._raw = raw
        self._held = held
        self._read: dict[Metric, dict[str, _Ranks]] = {}

    def __getitem__(self, key: tuple[Metric, Scope]) -> Ranking:
        metric, scope = key
        ranks = self._of(metric)[str(scope)]
        return Ranking(
            Cursor(ranks.rows).numbers(), ranks.counted, ranks.unknown, frozenset(ranks.bare)
        )

    def __iter__(self) -> Iterator[tuple[Metric, Scope]]:
        for metric in Metric:
            for scope in self._of(metric):
                yield metric, scope_from(scope)

    def __len__(self) -> int:
        return sum(len(self._of(metric)) for metric in Metric)

    def _of(self, metric: Metric) -> dict[str, _Ranks]:
        if metric not in self._read:
            raw = _read(self._raw, self._held, board_field(metric))
            self._read[metric] = {} if raw is None else _boards(raw)
        return self._read[metric]


class Shares(Mapping[ShareQuestion, Share]):
    """The shares in some payloads, each read when it is looked up; `held` names all there are."""

    def __init__(self, raw: Mapping[str, bytes], held: Container[str]) -> None:
        self._raw = raw
        self._held = held
        self._read: dict[str, _Shares] = {}

    def __getitem__(self, question: ShareQuestion) -> Share:
        shares = self._of(question.of, question.by)
        sums = shares.scopes[str(question.scope)]
        cursor = Cursor(sums.groups)
        groups = [shares.groups[code] for code in cursor.numbers().tolist()]
        amounts, weights = _floats(cursor).tolist(), _floats(cursor).tolist()
        models = [shares.models[code] for code in cursor.numbers().tolist()]
        return Share(
            question=question,
            amounts=dict(zip(groups, amounts, strict=True)),
            total=sums.total,
            unknown=sums.unknown,
            heaviest=dict(zip(groups, zip(models, weights, strict=True), strict=True)),
            holders={},
        )

    def __iter__(self) -> Iterator[ShareQuestion]:
        for of in Of:
            for by in By:
                for scope in self._of(of, by).scopes:
                    yield ShareQuestion(of, by, scope_from(scope))

    def __len__(self) -> int:
        return sum(len(self._of(of, by).scopes) for of in Of for by in By)

    def _of(self, of: Of, by: By) -> _Shares:
        name = share_field(of, by)
        if name not in self._read:
            raw = _read(self._raw, self._held, name)
            self._read[name] = _Shares((), (), {}) if raw is None else _shares(raw)
        return self._read[name]


def board_field(metric: Metric) -> str:
    """Return the name of the field that holds the boards by a metric, in every scope."""
    return f"board.{metric.value}"


def share_field(of: Of, by: By) -> str:
    """Return the name of the field that holds the shares of one thing by one kind of group."""
    return f"share.{of.value}.{by.value}"


def _read(raw: Mapping[str, bytes], held: Container[str], name: str) -> bytes | None:
    """Return a payload; None where the tables have none of that name."""
    found = raw.get(name)
    if found is None and name in held:
        raise NotTabled(f"the field {name}, which was not read")
    return found


def _written(shares: Iterable[Share]) -> _Shares:
    held = list(shares)
    groups = sorted({group for share in held for group in share.amounts})
    models = sorted({model for share in held for model, _ in share.heaviest.values()})
    code = {group: at for at, group in enumerate(groups)}
    place = {model: at for at, model in enumerate(models)}
    scopes = {}
    for share in held:
        names = sorted(share.amounts)
        heaviest = [share.heaviest[name] for name in names]
        data = (
            packed(np.array([code[name] for name in names], np.int64)),
            _packed_floats(np.array([share.amounts[name] for name in names])),
            _packed_floats(np.array([weight for _, weight in heaviest])),
            packed(np.array([place[model] for model, _ in heaviest], np.int64)),
        )
        scopes[str(share.question.scope)] = _Sums(share.total, share.unknown, b"".join(data))
    return _Shares(tuple(groups), tuple(models), scopes)


def _packed_floats(values: Floats) -> bytes:
    """Return floats of nine digits as whole numbers and billionths, others by their bits."""
    whole = np.floor(values)
    rest = np.round((values - whole) * _NINE)
    exact = bool((_together(whole, rest) == values).all())
    mode = packed(np.array([exact]))
    if exact:
        return mode + packed(whole.astype(np.int64)) + packed(rest.astype(np.int64))
    return mode + packed(values.view(np.int64))


def _floats(cursor: Cursor) -> Floats:
    if cursor.one():
        whole, rest = cursor.numbers(), cursor.numbers()
        return _together(whole.astype(np.float64), rest.astype(np.float64))
    return cursor.numbers().astype(np.int64).view(np.float64)


def _together(whole: Floats, rest: Floats) -> Floats:
    return np.round(whole + rest / _NINE, 9)


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


def _lineage_from(sections: Mapping[str, bytes], name: str) -> Lineage:
    def numbers(part: str) -> Ints:
        return Cursor(sections[f"{name}.{part}"]).numbers().astype(np.int64)

    code = numbers("code")
    return Lineage(
        derivative=numbers("derivative").astype(np.bool_),
        code=code,
        end=np.arange(len(code)),
        mixtures=Mixtures(
            numbers("nodes"),
            numbers("starts"),
            numbers("families"),
            numbers("weights").view(np.float64),
        ),
        names=msgspec.msgpack.decode(sections[f"{name}.names"], type=tuple[str, ...]),
    )


def _squeezed(data: bytes, before: bytes | None) -> bytes:
    known = None if before is None else _dictionary(before)
    return zstandard.ZstdCompressor(level=_LEVEL, dict_data=known).compress(data)


def _dictionary(data: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(data, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


_NO_ROWS = np.empty(0, np.int64)
_NO_TEXT = Text(_NO_ROWS, ())
_NO_LINEAGE = Lineage(
    _NO_ROWS.astype(np.bool_),
    _NO_ROWS,
    _NO_ROWS,
    Mixtures(_NO_ROWS, np.zeros(1, np.int64), _NO_ROWS, np.empty(0)),
    (),
)
# What stands for the models where only shares were read: they say all without them.
_NO_MODELS = (
    Columns(
        ordinal=_NO_ROWS,
        present=_NO_ROWS.astype(np.bool_),
        ids=(),
        namespace=_NO_TEXT,
        created_at=_NO_ROWS,
        figures={},
        pipeline_tag=_NO_TEXT,
        library_name=_NO_TEXT,
        license=_NO_TEXT,
        gated=_NO_ROWS.astype(np.int8),
        not_llm=_NO_ROWS.astype(np.bool_),
        edges=Edges(_NO_ROWS, _NO_ROWS, _NO_ROWS.astype(np.int8)),
    ),
    _NO_LINEAGE,
    _NO_LINEAGE,
)
