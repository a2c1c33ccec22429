"""A census is the same whether it was stored whole or as what changed; damage is told by name."""

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.store import identity as log
from bot.store.blocks import ROWS
from bot.store.chain import LINKS, STRIDE, Held, Link, is_post, linked, needs_post
from bot.store.frame import MOST_BYTES, OLDEST, OLDEST_BLOCKS, VERSION, DamagedBlock, unframed
from bot.store.identity import NOBODY, Identity
from bot.store.rebuilding import rebuilt
from bot.store.tracks import Tracks, columns_of, edges_of, tracks_of
from detectors.columns import UNKNOWN, Columns, Edges, Ints, Text
from detectors.metric import Metric
from detectors.names import Names
from tests.censuses import columns, histories, said

HEAD = 5


class Chains:
    """A stream of censuses as the store keeps it, in a dict."""

    def __init__(self) -> None:
        self.links: dict[str, Link] = {}
        self.log: list[list[bytes]] = []
        self.known = NOBODY
        self._last: Held | None = None
        self._post: Held | None = None

    def add(self, given: Columns) -> Link:
        last = self._last
        tracks = tracks_of(given, last.tracks if last else None)
        entry = log.learnt(given, self.known)
        if entry:
            self.log.append(log.written(entry))
            self.known = log.after(self.known, entry)
        post = self._post if needs_post(last) else None
        name = f"census@{len(self.links)}"
        link = linked(name, tracks, last, post, identity=self.known.entries, lessons=0)
        self._last = Held(name, link.manifest, tracks)
        if is_post(link.manifest.place):
            self._post = self._last
        self.links[name] = link
        return link

    def path(self, name: str) -> list[tuple[str, Link]]:
        found: list[tuple[str, Link]] = []
        while name:
            link = self.links[name]
            found.append((f"blocks:{name}", link))
            name = link.manifest.base
        return found[::-1]

    def columns(self, name: str) -> Columns:
        path = self.path(name)
        known = NOBODY
        for values in self.log[: path[-1][1].manifest.identity]:
            known = log.after(known, log.read("identity", values))
        tracks = rebuilt(path)
        return columns_of(tracks, known.first(len(tracks)), ["" for _ in range(len(tracks))])


@settings(deadline=None)
@given(st.integers(0, 12).flatmap(columns))
def test_a_census_comes_back_as_it_went_in(given_columns: Columns) -> None:
    chains = Chains()
    link = chains.add(given_columns)
    assert said(chains.columns(link.id)) == said(given_columns)


def licensed(*words: str, listed: Sequence[bool] = ()) -> Columns:
    """Return repos that are alike, those that are listed of the last of some licences."""
    models = len(listed)
    text = Text(np.where(listed, len(words) - 1, UNKNOWN).astype(np.int32), words)
    none = Text(np.full(models, UNKNOWN, np.int32), ())
    edges = Edges(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int8))
    return Columns(
        ordinal=np.arange(models),
        present=np.array(listed, np.bool_),
        ids=Names.of(f"lab/{at}" for at in range(models)),
        namespace=none,
        created_at=np.zeros(models, np.int64),
        figures={},
        pipeline_tag=none,
        library_name=none,
        license=text,
        gated=np.where(listed, 0, UNKNOWN).astype(np.int8),
        not_llm=np.zeros(models, np.bool_),
        edges=edges,
    )


def test_scores_that_are_whole_again_are_told_by_what_changed() -> None:
    chains, listed = Chains(), [True] * 9 + [False]
    for score in (3, 0.5, 4, 5, 1.5):
        scores = np.array([score, *[7] * 8, UNKNOWN])
        census = replace(licensed("mit", listed=listed), figures={Metric.TRENDING: scores})
        link = chains.add(census)
        assert np.array_equal(chains.columns(link.id).figures[Metric.TRENDING], scores)
    # Whole are the first, and the first that is not of whole scores alone.
    assert [each.manifest.place for each in chains.links.values()] == [0, 0, 1, 2, 3]


def test_a_census_of_no_models_hands_its_words_on() -> None:
    chains = Chains()
    history = [
        licensed("mit", "other"),
        licensed("other"),
        licensed("other", listed=[False] * 4),
        licensed("other", listed=[False, False, False, True]),
    ]
    names = [chains.add(each).id for each in history]
    assert [said(chains.columns(name)) for name in names] == [said(each) for each in history]


@settings(deadline=None, max_examples=60)
@given(histories())
def test_a_chain_of_changes_gives_the_same_as_storing_all_in_full(history: list[Columns]) -> None:
    chains = Chains()
    names = [chains.add(each).id for each in history]
    for name, each in zip(names, history, strict=True):
        assert said(chains.columns(name)) == said(each)


def steady(days: int, rows: int = 500) -> Chains:
    """Return a chain of a Hub in which one figure a day changes."""
    chains = Chains()
    likes = np.arange(rows)
    for day in range(days):
        likes = likes.copy()
        likes[day % rows] += 1
        chains.add(hub(likes))
    return chains


def hub(likes: Ints) -> Columns:
    rows = len(likes)
    blank = tracks_like(rows)
    return columns_of(
        Tracks(
            {**blank, "figures.likes": likes},
            edges_of(np.empty(0, np.int64)),
            dict.fromkeys(WORDS, ()),
        ),
        nobody(rows),
        ["" for _ in range(rows)],
    )


WORDS = ("pipeline_tag", "library_name", "license")


def nobody(rows: int) -> Identity:
    """Return that nobody knows who publishes any of so many repos, all of one day."""
    codes = np.full(rows, UNKNOWN, np.int32)
    return Identity(Text(codes, ()), np.zeros(rows, np.int64))


def tracks_like(rows: int) -> dict[str, Ints]:
    unknown = np.full(rows, UNKNOWN, np.int32)
    listed = np.ones(rows, np.int32)
    same: dict[str, Ints] = dict.fromkeys(WORDS, unknown)
    return {**same, "present": listed, "not_llm": listed * 0, "gated": unknown}


def test_every_link_is_rebuilt_from_few_others() -> None:
    chains = steady(LINKS + 3)
    lengths = [len(chains.path(name)) for name in chains.links]
    assert max(lengths) == LINKS // STRIDE + STRIDE - 1
    places = [link.manifest.place for link in chains.links.values()]
    assert places == [*range(LINKS), 0, 1, 2]


def test_a_delta_holds_only_what_changed() -> None:
    chains = steady(3)
    second = list(chains.links.values())[1]
    assert second.manifest.changed == 1
    assert sum(map(len, second.fields.values())) < 400


def test_a_day_that_changes_most_rows_begins_a_new_chain() -> None:
    chains = Chains()
    chains.add(hub(np.arange(100)))
    assert chains.add(hub(np.arange(100) + 1)).manifest.base == ""


def test_another_set_of_metrics_begins_a_new_chain() -> None:
    chains = Chains()
    chains.add(hub(np.arange(100)))
    given_columns = hub(np.arange(100))
    figures = {**given_columns.figures, Metric.DOWNLOADS: np.arange(100)}
    assert chains.add(replace(given_columns, figures=figures)).manifest.base == ""


def test_blocks_are_of_65536_rows_and_of_at_most_a_megabyte() -> None:
    chance = np.random.default_rng(1)
    chains = Chains()
    link = chains.add(hub(chance.integers(0, 2**53, 2 * ROWS + 1)))
    assert set(link.manifest.parts) == {0, 1, 2}
    assert max(map(len, link.fields.values())) <= MOST_BYTES + HEAD
    assert [name for name in link.fields if name.startswith("2")] == ["2/0", "2.0"]
    second = hub(np.append(chains.columns(link.id).figures[Metric.LIKES], [5]))
    name = chains.add(second).id
    assert said(chains.columns(name)) == said(second)


def test_a_block_whose_halves_would_be_too_large_is_stored_in_values() -> None:
    chance = np.random.default_rng(1)
    chains = Chains()
    for most in (2**9, 2**62, 2**62):
        figures = {metric: chance.integers(0, most, ROWS) for metric in Metric}
        given_columns = replace(hub(np.arange(ROWS)), figures=figures)
        link = chains.add(given_columns)
        assert bool(link.manifest.halves) == (most == 2**9)
        assert max(map(len, link.fields.values())) <= MOST_BYTES + HEAD
        assert said(chains.columns(link.id)) == said(given_columns)


def test_a_vanished_model_that_returns_changes_a_bit() -> None:
    chains = Chains()
    likes = np.arange(1000)
    whole = hub(likes)
    present = np.arange(1000) != 7
    figures = {Metric.LIKES: np.where(present, likes, UNKNOWN)}
    gone = replace(whole, present=present, figures=figures)
    chains.add(whole)
    for given_columns in (gone, whole):
        link = chains.add(given_columns)
        assert link.manifest.changed == 1
        assert said(chains.columns(link.id)) == said(given_columns)


@pytest.mark.parametrize(
    ("hurt", "wrong"),
    [
        (lambda value: value[:3], "is cut short"),
        (lambda value: value[:-1] + bytes([value[-1] ^ 1]), "fails its checksum"),
        (lambda value: bytes([VERSION + 1]) + value[1:], f"has format version {VERSION + 1}"),
        (lambda value: bytes([OLDEST]) + value[1:], f"has format version {OLDEST}"),
        (lambda _: None, "is missing"),
    ],
)
def test_a_damaged_block_is_told_by_its_key(
    hurt: Callable[[bytes], bytes | None], wrong: str
) -> None:
    chains = steady(2)
    first, second = chains.links.values()
    for link in (first, second):
        fields: dict[str, bytes] = dict(link.fields)
        name = "0.0" if link is second else "0/0"
        value = hurt(fields.pop(name))
        fields |= {} if value is None else {name: value}
        broken = {**chains.links, link.id: Link(link.id, link.manifest, fields)}
        path = [(f"blocks:{each}", broken[each]) for each in (first.id, second.id)]
        with pytest.raises(DamagedBlock, match=f"^blocks:{link.id}: block {name} {wrong}"):
            rebuilt(path)


def test_blocks_that_the_version_before_wrote_are_read() -> None:
    chains = steady(2)
    whole = {name: chains.columns(name) for name in chains.links}
    for link in list(chains.links.values()):
        older = {
            field: struct.pack("<BI", OLDEST_BLOCKS, zlib.crc32(data, OLDEST_BLOCKS)) + data
            for field, data in ((each, value[HEAD:]) for each, value in link.fields.items())
        }
        chains.links[link.id] = Link(link.id, link.manifest, older)
    assert all(said(chains.columns(name)) == said(each) for name, each in whole.items())


def test_what_a_repo_is_for_life_is_written_once() -> None:
    chains = steady(5)
    assert [len(values) for values in chains.log] == [1]


def test_an_earlier_census_is_read_with_what_was_known_then() -> None:
    chains = Chains()
    early, late = hub(np.arange(3)), hub(np.arange(3))
    late.created_at[1] = 99
    names = [chains.add(each).id for each in (early, late)]
    created = [chains.columns(name).created_at.tolist() for name in names]
    assert created == [[0, 0, 0], [0, 99, 0]]


def test_what_an_older_version_wrote_beside_its_censuses_is_read() -> None:
    older = struct.pack("<BI", OLDEST, zlib.crc32(b"names")) + b"names"
    assert unframed("ledger", "0", older) == b"names"
