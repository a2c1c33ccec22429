"""A page's records in columns: the short way and the long one come to the same."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.hub.gatherer import Gatherer
from bot.hub.lean import lean_part
from bot.hub.listed import ListedColumns
from bot.hub.records import Unplain, convert_model
from bot.hub.rows import decode_rows
from bot.hub.tags import Tags
from bot.hub.times import seconds_of
from detectors.names import Names
from detectors.scope import all_named_otherwise, named_otherwise
from tests.hub_listing import Row, hub_models

PLAIN = hub_models(1)[0]
ODD: dict[str, list[Any]] = {
    "_id": [None, "", "7", "A" * 24, "f" * 24, 7],
    "author": [None, "", "someone", "mëister", 3],
    "createdAt": [None, "2024-02-29T12:00:00.000Z", "2023-02-29T12:00:00.000Z", "2024-01-01", 5],
    "downloads": [None, 0, 2**53, 2**53 + 1, -1, 1.0, "many"],
    "trendingScore": [None, -3, 0.5, True],
    "pipeline_tag": [None, "", "fill-mask", 1],
    "gated": [None, True, False, "auto", "", 1],
    "tags": [
        *(None, [], ["license:"], ["license:mit", "license:other"], ["a,b", "license:x"]),
        *(["base_model:a/b", "base_model:merge:a/b", "base_model:finetune:c"], ["base_model:"]),
        *(['base_model:quo"te', "license:q\\"], ["ünïcode", "license:é"], ["a", 1], "tag", [["a"]]),
        *(["base_model:odd:x/c", "base_model:adapter:"], {"a": 1}, ["x", None]),
    ],
    "baseModels": [
        *(None, {}, {"relation": "merge", "models": [{"id": "a/b"}, {"id": "c", "_id": "1"}]}),
        *({"relation": "odd", "models": [{"id": "a/b"}]}, {"models": None}, "a/b", ["a/b"], 4),
        {"relation": "finetune", "models": [{"id": ""}]},
    ],
    "id": ["gpt2", "lab/über", "", None, 3],
}
changes = st.sampled_from(sorted(ODD)).flatmap(
    lambda name: st.tuples(st.just(name), st.sampled_from(ODD[name]))
)
records = st.lists(changes, max_size=4).map(dict)


def spaced(rows: list[Row]) -> bytes:
    return json.dumps(rows, ensure_ascii=False).encode()


def long_way(rows: list[Row]) -> ListedColumns:
    gatherer = Gatherer()
    gatherer.add(gatherer.part(decode_rows(msgspec.json.encode(rows)).models))
    return gatherer.columns()


def short_way(
    rows: list[Row], written: Callable[[list[Row]], bytes] = msgspec.json.encode
) -> ListedColumns | None:
    gatherer = Gatherer()
    part = lean_part(written(rows), gatherer)
    if part is None:
        return None
    gatherer.add(part)
    return gatherer.columns()


def told(columns: ListedColumns) -> list[object]:
    """Return what columns say of each record, whatever the order of their words."""
    said: list[object] = [list(columns.names), columns.oids.tolist(), columns.created_at.tolist()]
    said += [columns.gated.tolist(), {m: each.tolist() for m, each in columns.figures.items()}]
    said += [[each.at(row) for row in range(len(columns))] for each in columns.texts.values()]
    edges = zip(columns.edges.child.tolist(), columns.edges.parent.tolist(), strict=True)
    named = [(child, columns.parents[parent]) for child, parent in edges]
    return [*said, sorted(zip(named, columns.edges.relation.tolist(), strict=True))]


@given(st.lists(records, max_size=4), st.sampled_from([msgspec.json.encode, spaced]))
def test_what_goes_the_short_way_is_what_the_long_way_says(
    rows: list[dict[str, Any]], written: Callable[[list[Row]], bytes]
) -> None:
    page = [{**PLAIN, **row} for row in rows]
    found = short_way(page, written)
    odd = [fields for row in page for fields in convert_model(row)[1:] if fields]
    if found is None:
        return
    assert told(found) == told(long_way(page))
    assert not odd


def test_plain_records_go_the_short_way() -> None:
    page: list[Row] = hub_models(50)
    tags = ["license:mit", "base_model:a/b", "base_model:finetune:a/b"]
    base = {"relation": "finetune", "models": [{"_id": "1", "id": "a/b"}]}
    page += [{**each, "tags": tags, "baseModels": base} for each in hub_models(3)]
    for written in (msgspec.json.encode, spaced):
        found = short_way(page, written)
        assert found is not None
        assert told(found) == told(long_way(page))


def test_lists_with_and_without_spaces_that_are_not_of_texts_are_found_out() -> None:
    for first in ('["a", "b"]', '["a","b"]', '["a" ,"b"]', '["a",  "b"]'):
        for second in ('["c",1]', '["c", 1]', "[1]", "[[]]", '[{"a": "b"}]', '["c",1,"d","e"]'):
            texts = [msgspec.Raw(each.encode()) for each in (first, second, first)]
            with pytest.raises(msgspec.ValidationError):
                Tags.of(texts)
        assert len(Tags.of([msgspec.Raw(first.encode())] * 3).begins) == 6


@pytest.mark.parametrize(
    "at",
    ["2024-13-01T00:00:00.000Z", "2024-04-31T00:00:00.000Z", "2024-01-01T24:00:00.000Z"],
)
def test_a_time_that_is_none_goes_the_long_way(at: str) -> None:
    assert short_way([{**PLAIN, "createdAt": at}]) is None


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2099, 12, 31)),  # noqa: DTZ001 - in UTC below
    st.integers(0, 23),
    st.characters(max_codepoint=127),
)
def test_a_time_with_any_one_letter_changed_is_read_rightly_or_not_at_all(
    at: datetime, place: int, letter: str
) -> None:
    written = f"{at:%Y-%m-%dT%H:%M:%S}.000Z"
    other = written[:place] + letter + written[place + 1 :]
    assert seconds_of([written]).tolist() == [int(at.replace(tzinfo=UTC).timestamp())]
    try:
        [found] = seconds_of([written, other])[1:].tolist()
    except Unplain:
        return
    assert found == int(datetime.fromisoformat(other).timestamp())


@given(st.lists(st.sampled_from([1, 7, 8, 9, 24, 25, 255, 256, 257, 600]), min_size=1))
def test_licences_and_base_models_of_any_length_are_told_apart(lengths: list[int]) -> None:
    page = [
        {**PLAIN, "tags": ["x", f"license:{'l' * each}é", f"base_model:{'b' * each}", "y"]}
        for each in lengths
    ]
    found = short_way(page)
    assert found is not None
    assert told(found) == told(long_way(page))


@given(
    st.lists(
        st.builds(
            "{}{}{}".format,
            st.sampled_from(["a/", "mlx-community/", "", "x"]),
            st.sampled_from(
                ["LoRA", "exploration", "qlora", "ſhield", "GGUF", "bnb4", "abnb", "é"]
            ),
            st.sampled_from(["", "-x", "x"]),
        )
    )
)
def test_many_names_are_judged_as_each_is(names: list[str]) -> None:
    assert np.array_equal(all_named_otherwise(Names.of(names)), [*map(named_otherwise, names)])
