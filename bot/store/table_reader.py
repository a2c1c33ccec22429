"""Tables read from what their fields say, each board and share when it is looked up."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np

from bot.store.cursor import Cursor
from bot.store.sections import ColumnsRead
from bot.store.tables import (
    MODELS,
    Ranks,
    Sums,
    Table,
    board_field,
    field_of,
    share_field,
    together,
)
from detectors.columns import Floats, Ints
from detectors.later import Later
from detectors.lineage import Lineage
from detectors.metric import Metric
from detectors.mixture import Mixtures
from detectors.scope import Scope, scope_from
from detectors.share import By, Of, Share, ShareQuestion
from detectors.tables import NotTabled, Ranking, Tables


class _SharesHeld(msgspec.Struct, frozen=True, array_like=True):
    """SharesOf, of which little is asked for: the names of models and the scopes are not read."""

    groups: tuple[str, ...]
    models: msgspec.Raw
    scopes: dict[str, msgspec.Raw]


_shares = msgspec.msgpack.Decoder(_SharesHeld).decode
_sums = msgspec.msgpack.Decoder(Sums).decode
_names = msgspec.msgpack.Decoder(tuple[str, ...]).decode
_NO_SHARES = _SharesHeld((), msgspec.Raw(msgspec.msgpack.encode(())), {})
_boards = msgspec.msgpack.Decoder(dict[str, Ranks]).decode
_models = msgspec.msgpack.Decoder(dict[str, memoryview]).decode


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
        sections = _Sections(self.raw)
        return Tables(
            listed=table.listed,
            models=ColumnsRead(sections),
            some=lambda rows: ColumnsRead(sections, rows),
            lineage=lambda: _lineage_from(sections, "lineage"),
            trained=lambda: _lineage_from(sections, "trained"),
            untold=table.untold,
            metrics=frozenset(table.metrics),
            says=frozenset(table.says),
            boards=Boards(self.raw, table.parts),
            shares=Shares(self.raw, table.parts),
        )


class _Sections(Mapping[str, memoryview]):
    """The sections of the models, each field unpacked when one of its own is asked for."""

    def __init__(self, raw: Mapping[str, bytes]) -> None:
        self._raw = raw
        self._read: dict[str, dict[str, memoryview]] = {}

    def __getitem__(self, name: str) -> memoryview:
        field = field_of(name)
        if field not in self._read:
            if field not in self._raw:
                raise NotTabled(f"the field {field}, which was not read")
            self._read[field] = _models(self._raw[field])
        return self._read[field][name]

    def __iter__(self) -> Iterator[str]:
        return iter({name for field in MODELS for name in _models(self._raw[field])})

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Boards(Mapping[tuple[Metric, Scope], Ranking]):
    """The boards in some payloads, each read when it is looked up; `held` names all there are."""

    def __init__(self, raw: Mapping[str, bytes], held: Container[str]) -> None:
        self._raw = raw
        self._held = held
        self._read: dict[Metric, dict[str, Ranks]] = {}

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

    def _of(self, metric: Metric) -> dict[str, Ranks]:
        if metric not in self._read:
            raw = _read(self._raw, self._held, board_field(metric))
            self._read[metric] = {} if raw is None else _boards(raw)
        return self._read[metric]


class Shares(Mapping[ShareQuestion, Share]):
    """The shares in some payloads, each read when it is looked up; `held` names all there are."""

    def __init__(self, raw: Mapping[str, bytes], held: Container[str]) -> None:
        self._raw = raw
        self._held = held
        self._read: dict[str, _SharesHeld] = {}

    def __getitem__(self, question: ShareQuestion) -> Share:
        shares = self._of(question.of, question.by)
        sums = _sums(shares.scopes[str(question.scope)])
        cursor = Cursor(sums.groups)
        groups = [shares.groups[code] for code in cursor.numbers().tolist()]
        amounts = _floats(cursor).tolist()

        def heaviest() -> dict[str, tuple[str, float]]:
            weights, names = _floats(cursor).tolist(), _names(shares.models)
            models = [names[code] for code in cursor.numbers().tolist()]
            return dict(zip(groups, zip(models, weights, strict=True), strict=True))

        return Share(
            question=question,
            amounts=dict(zip(groups, amounts, strict=True)),
            total=sums.total,
            unknown=sums.unknown,
            heaviest=Later(heaviest),
            holders={},
        )

    def __iter__(self) -> Iterator[ShareQuestion]:
        for of in Of:
            for by in By:
                for scope in self._of(of, by).scopes:
                    yield ShareQuestion(of, by, scope_from(scope))

    def __len__(self) -> int:
        return sum(len(self._of(of, by).scopes) for of in Of for by in By)

    def _of(self, of: Of, by: By) -> _SharesHeld:
        name = share_field(of, by)
        if name not in self._read:
            raw = _read(self._raw, self._held, name)
            self._read[name] = _NO_SHARES if raw is None else _shares(raw)
        return self._read[name]


def _read(raw: Mapping[str, bytes], held: Container[str], name: str) -> bytes | None:
    """Return a payload; None where the tables have none of that name."""
    found = raw.get(name)
    if found is None and name in held:
        raise NotTabled(f"the field {name}, which was not read")
    return found


def _floats(cursor: Cursor) -> Floats:
    if cursor.one():
        whole, rest = cursor.numbers(), cursor.numbers()
        return together(whole.astype(np.float64), rest.astype(np.float64))
    return cursor.numbers().astype(np.int64).view(np.float64)


def _lineage_from(sections: Mapping[str, memoryview], name: str) -> Lineage:
    def numbers(part: str) -> Ints:
        return Cursor(sections[f"{name}.{part}"]).numbers().astype(np.int64)

    nodes = numbers("nodes")
    return Lineage(
        derivative=numbers("derivative").astype(np.bool_),
        code=numbers("code"),
        mixed=nodes,
        ends=nodes,
        mixtures=Mixtures(
            nodes,
            numbers("starts"),
            numbers("families"),
            numbers("weights").view(np.float64),
        ),
        names=msgspec.msgpack.decode(sections[f"{name}.names"], type=tuple[str, ...]),
    )
