"""A page's records in columns: the short way and the long one come to the same."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.hub.gatherer import Codes, Gatherer
from bot.hub.lean import EDGE, ROW, lean_part
from bot.hub.listed import ListedColumns
from bot.hub.records import convert_model
from bot.hub.rows import decode_rows
from bot.vocabulary import TEXTS
from detectors.names import Names
from detectors.scope import all_named_otherwise, named_otherwise
from tests.hub_listing import Row, hub_models

# Where it is missing in CI, these fail.
pytestmark = pytest.mark.skipif(
    Gatherer().scanner is None and not os.environ.get("CI"),
    reason="not compiled: apt-get install gcc python3-dev; touch setup.py; make test",
)

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
SIGNS = [
    b'"',
    b"\\",
    b'\\"',
    b"\\n",
    b"\\u0041",
    b"\t",
    b" ",
    b",",
    b":",
    b"[]",
    b"{}",
    b"-",
    b".0",
    b"null",
]
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
    found = short_way([{**PLAIN, "createdAt": written}])
    assert found is not None
    assert found.created_at.tolist() == [int(at.replace(tzinfo=UTC).timestamp())]
    found = short_way([{**PLAIN, "createdAt": other}])
    if found is not None:
        assert found.created_at.tolist() == [int(datetime.fromisoformat(other).timestamp())]


@given(
    st.one_of(
        st.floats(allow_nan=False, allow_infinity=False).map(json.dumps),
        st.from_regex(r"-?(0|[1-9][0-9]{0,19})([.][0-9]{1,20})?(e[0-9])?", fullmatch=True),
    )
)
def test_a_score_is_the_same_number_or_the_long_way_s(score: str) -> None:
    page = json.dumps([PLAIN]).encode()
    written = f'"trendingScore": {score}'.encode()
    page = page.replace(f'"trendingScore": {PLAIN["trendingScore"]}'.encode(), written)
    assert written in page
    part = lean_part(page, Gatherer())
    if part is not None:
        [model] = decode_rows(page).models
        assert model.trending_score is not None
        assert part.figures[0].tolist() == [max(model.trending_score, 0)]


@given(st.lists(st.sampled_from([1, 7, 8, 9, 24, 25, 255, 256, 257, 600]), min_size=1))
def test_licences_and_base_models_of_any_length_are_told_apart(lengths: list[int]) -> None:
    page = [
        {**PLAIN, "tags": ["x", f"license:{'l' * each}é", f"base_model:{'b' * each}", "y"]}
        for each in lengths
    ]
    found = short_way(page)
    assert found is not None
    assert told(found) == told(long_way(page))


def test_rows_lie_as_the_scanner_lays_them() -> None:
    scanner = pytest.importorskip("bot.hub.scanner")
    assert (ROW.itemsize, EDGE.itemsize) == (scanner.ROW_BYTES, scanner.EDGE_BYTES)


def test_more_words_than_are_remembered_keep_their_numbers() -> None:
    # Many more tasks than have a place each, and some that are longer than a place.
    tasks = [f"task-{'x' * (number % 80)}-{number}" for number in range(5_000)] * 2
    page = [{**PLAIN, "pipeline_tag": task, "author": f"by-{task}"} for task in tasks]
    gatherer = Gatherer()
    for start in range(0, len(page), 1_000):
        part = lean_part(msgspec.json.encode(page[start : start + 1_000]), gatherer)
        assert part is not None
        gatherer.add(part)
    columns = gatherer.columns()
    for name, wanted in (("pipeline_tag", tasks), ("namespace", [f"by-{task}" for task in tasks])):
        text = columns.texts[name]
        assert [text.words[code] for code in text.codes.tolist()] == wanted
        assert len(text.words) == 5_000


def test_words_that_differ_in_one_letter_are_remembered_side_by_side() -> None:
    class Asked(Codes):
        times = 0

        def __getitem__(self, word: str) -> int:
            self.times += 1
            return super().__getitem__(word)

    gatherer = Gatherer(codes={name: Asked() for name in TEXTS})
    names = [f"user-{number}" for number in range(1_000)]
    page = msgspec.json.encode([{**PLAIN, "author": name} for name in names])
    for _ in range(10):
        assert lean_part(page, gatherer) is not None
    asked = gatherer.codes["namespace"]
    assert isinstance(asked, Asked)
    # Of 65,536 places two words seldom have the same.
    assert 1_000 <= asked.times < 1_500


@pytest.mark.parametrize(("count", "short"), [(32, True), (33, False)])
@pytest.mark.parametrize("by", ["tags", "field", "both"])
def test_a_model_of_very_many_base_models_goes_the_long_way(
    count: int, by: str, *, short: bool
) -> None:
    names = [f"a/base-{number}" for number in range(count)]
    split = {"tags": count, "field": 0, "both": count // 2}[by]
    row = {
        **PLAIN,
        "tags": [f"base_model:merge:{name}" for name in names[:split]],
        "baseModels": {"relation": "merge", "models": [{"id": name} for name in names[split:]]},
    }
    found = short_way([row, PLAIN])
    assert (found is not None) == short
    if found is not None:
        assert told(found) == told(long_way([row, PLAIN]))


def test_a_page_that_ends_early_is_never_a_page() -> None:
    page = msgspec.json.encode([{**row, "tags": ["license:mit", "é"]} for row in hub_models(2)])
    assert lean_part(page, Gatherer()) is not None
    assert [end for end in range(len(page)) if lean_part(page[:end], Gatherer())] == []


@given(st.data())
def test_a_page_with_some_letters_changed_is_read_as_the_long_way_reads_it_or_not_at_all(
    data: st.DataObject,
) -> None:
    derived = {"relation": "finetune", "models": [{"_id": "1", "id": "a/b"}]}
    rows = [
        {**row, "tags": ["license:mit", "base_model:a/b", "base_model:merge:c/é"]}
        for row in hub_models(2)
    ]
    page = bytearray(msgspec.json.encode([{**row, "baseModels": derived} for row in rows]))
    for _ in range(data.draw(st.integers(1, 3))):
        begin = data.draw(st.integers(0, len(page)))
        end = begin + data.draw(st.integers(0, 2))
        page[begin:end] = data.draw(st.one_of(st.binary(max_size=2), st.sampled_from(SIGNS)))
    gatherer = Gatherer()
    part = lean_part(bytes(page), gatherer)
    if part is None:
        return
    gatherer.add(part)
    wanted = Gatherer()
    read = decode_rows(bytes(page))
    assert (read.odd, read.rows) == (0, len(read.models))
    wanted.add(wanted.part(read.models))
    assert told(gatherer.columns()) == told(wanted.columns())


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
