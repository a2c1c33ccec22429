"""A pulse survives the way into blocks and back; a block that is not whole is told by name."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.frame import MOST_BYTES, VERSION, DamagedBlock
from bot.store.pulses import decode, encode
from bot.views import Note
from detectors.columns import NEVER, RELATIONS, Columns, Edges, Text
from detectors.metric import Kind, Metric
from detectors.names import Names
from detectors.snapshot import Snapshot
from detectors.verdict import Reason, Verdict
from tests.world import labs

AT = datetime(2026, 3, 1, tzinfo=UTC)
HEAD = 5
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
figure = st.floats(0, 2**53) | st.just(float("nan"))


def texts(rows: int) -> st.SearchStrategy[Text]:
    return st.lists(words, unique=True, max_size=4).flatmap(
        lambda known: st.lists(st.integers(-1, len(known) - 1), min_size=rows, max_size=rows).map(
            lambda codes: Text(np.array(codes, np.int32), tuple(known))
        )
    )


def rows_of(strategy: st.SearchStrategy[float], rows: int) -> st.SearchStrategy[list[float]]:
    return st.lists(strategy, min_size=rows, max_size=rows)


@st.composite
def edges(draw: st.DrawFn, rows: int) -> Edges:
    count = draw(st.integers(0, 6)) if rows else 0
    row = st.integers(0, max(rows - 1, 0))
    return Edges(
        np.array(draw(rows_of(row, count)), np.int64),
        np.array(draw(rows_of(row, count)), np.int64),
        np.array(draw(rows_of(st.integers(0, len(RELATIONS) - 1), count)), np.int8),
    )


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    rows = draw(st.integers(0, 8))
    metrics = st.lists(st.sampled_from(Metric), unique=True)
    columns = Columns(
        ordinal=np.array(
            draw(st.lists(st.integers(0, 2**62), min_size=rows, max_size=rows, unique=True)),
            np.int64,
        ),
        present=np.array(draw(rows_of(st.booleans(), rows)), np.bool_),
        ids=Names.of(draw(st.lists(words, min_size=rows, max_size=rows))),
        namespace=draw(texts(rows)),
        created_at=np.array(draw(rows_of(st.integers(0, NEVER), rows)), np.int64),
        figures={
            metric: np.array(draw(rows_of(figure, rows)), np.float64) for metric in draw(metrics)
        },
        pipeline_tag=draw(texts(rows)),
        library_name=draw(texts(rows)),
        license=draw(texts(rows)),
        gated=np.array(draw(rows_of(st.sampled_from([-1, 0, 1]), rows)), np.int8),
        not_llm=np.array(draw(rows_of(st.booleans(), rows)), np.bool_),
        edges=draw(edges(rows)),
    )
    lists = {
        metric: np.array(draw(st.permutations(range(rows))), np.int64) for metric in draw(metrics)
    }
    panel = draw(st.none() | st.just("hub-stats"))
    return Snapshot(AT, draw(st.sampled_from(Kind)), columns, lists, labs(), panel)


def note_of(snapshot: Snapshot, rows: int | None = None) -> Note:
    note = Note.of(snapshot, Verdict(Reason.ADMITTED))
    return note if rows is None else msgspec.structs.replace(note, rows=rows)


def parts_of(snapshot: Snapshot) -> dict[str, object]:
    """Everything that a Snapshot holds, as values that compare."""
    columns, found = snapshot.columns, dict[str, object]()
    for name in ("ordinal", "created_at", "gated", "present", "not_llm"):
        array = getattr(columns, name)
        found[name] = (array.dtype, array.tolist())
    for name in ("namespace", "pipeline_tag", "library_name", "license"):
        text = getattr(columns, name)
        found[name] = (text.codes.dtype, text.codes.tolist(), text.words)
    edges = columns.edges
    found["edges"] = (edges.child.tolist(), edges.parent.tolist())
    found["relation"] = (edges.relation.dtype, edges.relation.tolist())
    found["ids"] = tuple(columns.ids)
    # As bytes, so that unknown is equal to unknown.
    found["figures"] = {metric: each.tobytes() for metric, each in columns.figures.items()}
    found["lists"] = {metric: each.tolist() for metric, each in snapshot.lists.items()}
    found["self"] = (snapshot.id, snapshot.kind, snapshot.panel, snapshot.taken_at)
    return found


@pytest.fixture(scope="module")
def some() -> Snapshot:
    chance = Random(7)  # noqa: S311 - figures of a story, no secrets
    return wide(12, chance)


def wide(rows: int, chance: Random) -> Snapshot:
    ids = tuple(f"lab/{chance.getrandbits(256):064x}" for _ in range(rows))
    some = Text(np.zeros(rows, np.int32), ("lab",))
    columns = Columns(
        ordinal=np.arange(rows),
        present=np.ones(rows, np.bool_),
        ids=Names.of(ids),
        namespace=some,
        created_at=np.full(rows, NEVER),
        figures={Metric.LIKES: np.arange(rows, dtype=np.float64)},
        pipeline_tag=some,
        library_name=some,
        license=some,
        gated=np.zeros(rows, np.int8),
        not_llm=np.zeros(rows, np.bool_),
        edges=Edges(np.array([0]), np.array([rows - 1]), np.ones(1, np.int8)),
    )
    return Snapshot(AT, Kind.PULSE, columns, {Metric.LIKES: np.arange(rows)[::-1]}, labs())


@given(snapshots())
def test_a_snapshot_comes_back_as_it_went_in(snapshot: Snapshot) -> None:
    back = decode("key", encode(snapshot), note_of(snapshot), labs())
    assert parts_of(back) == parts_of(snapshot)


def test_no_block_is_larger_than_what_leaves_other_clients_unharmed() -> None:
    snapshot = wide(60_000, Random(1))  # noqa: S311 - figures of a story, no secrets
    blocks = encode(snapshot)
    assert max(len(block) for block in blocks.values()) <= MOST_BYTES + HEAD
    assert "ids/1" in blocks
    assert decode("key", blocks, note_of(snapshot), labs()).columns.ids == snapshot.columns.ids


def cut(block: bytes) -> bytes:
    return block[:3]


def shortened(block: bytes) -> bytes:
    return block[:-1]


def newer(block: bytes) -> bytes:
    return bytes([VERSION + 1]) + block[1:]


def flipped(block: bytes) -> bytes:
    return block[:-1] + bytes([block[-1] ^ 1])


def lost(block: bytes) -> None:
    del block


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut, "is cut short"),
        (shortened, "fails its checksum"),
        (flipped, "fails its checksum"),
        (newer, f"has format version {VERSION + 1}; this program reads {VERSION}"),
        (lost, "is missing"),
    ],
)
def test_a_block_that_is_not_whole_is_told_by_key_and_name(
    some: Snapshot, damage: Callable[[bytes], bytes | None], said: str
) -> None:
    whole = encode(some)
    for name in whole:
        hurt = damage(whole[name])
        blocks = {each: block for each, block in whole.items() if each != name}
        blocks |= {} if hurt is None else {name: hurt}
        with pytest.raises(DamagedBlock) as caught:
            decode("{hubshift}:blocks:x", blocks, note_of(some), labs())
        assert str(caught.value).startswith(f"{{hubshift}}:blocks:x: block {name} {said}")


@given(st.data())
def test_no_flipped_byte_goes_unnoticed(data: st.DataObject) -> None:
    snapshot = data.draw(snapshots())
    blocks = encode(snapshot)
    name = data.draw(st.sampled_from(sorted(blocks)))
    at = data.draw(st.integers(0, len(blocks[name]) - 1))
    hurt = bytearray(blocks[name])
    hurt[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(DamagedBlock, match=name.replace(".", r"\.")):
        decode("key", {**blocks, name: bytes(hurt)}, note_of(snapshot), labs())


def test_a_part_lost_in_the_middle_is_missed() -> None:
    snapshot = wide(60_000, Random(1))  # noqa: S311 - figures of a story, no secrets
    blocks = encode(snapshot)
    for name in ("ids/1", f"ids/{sum(each.startswith('ids/') for each in blocks) - 1}"):
        rest = {each: block for each, block in blocks.items() if each != name}
        with pytest.raises(DamagedBlock, match=f"{name} is missing"):
            decode("key", rest, note_of(snapshot), labs())


def test_blocks_of_another_snapshot_are_not_taken_for_this_one(some: Snapshot) -> None:
    with pytest.raises(DamagedBlock, match="holds 12 models, its note says 13"):
        decode("key", encode(some), note_of(some, rows=13), labs())


def test_a_note_survives_its_json(some: Snapshot) -> None:
    note = note_of(some)
    assert msgspec.json.decode(msgspec.json.encode(note), type=Note) == note
