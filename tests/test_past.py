"""A model's figures are read off the chains as whole censuses say them, or not at all."""

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.store.blocks import HALF, ROWS, changed, whole
from bot.store.chain import (
    MANIFEST,
    Brief,
    Held,
    Link,
    block,
    is_post,
    linked,
    manifest_of,
    needs_post,
)
from bot.store.connect import connect
from bot.store.embedded import EmbeddedServer
from bot.store.frame import OLDEST_BLOCKS, VERSION
from bot.store.keys import Keys
from bot.store.parts import parts_of
from bot.store.past import Past
from bot.store.planes import packed
from bot.store.rebuilding import rebuilt
from bot.store.row import Front, moves_of, values_of
from bot.store.said import Begun, Said, known_of, said_by
from bot.store.store import Store
from bot.store.tracks import Tracks, edges_of, tracks_of
from bot.store.writes import lay
from bot.views import Moment, Note
from detectors.columns import Columns, Ints
from detectors.labs import Labs
from detectors.metric import Kind, Metric
from detectors.verdict import Reason
from tests.censuses import columns, histories
from tests.looks import census, watching
from tests.tap import Tap
from tests.world import day

ORDER = ("figures.likes", "present")
NO_EDGES = edges_of(np.empty(0, np.int64))


def chain(history: list[Columns]) -> dict[str, Link]:
    """Return the links of censuses that follow each other, by their ids."""
    links: dict[str, Link] = {}
    last: Held | None = None
    post: Held | None = None
    for each in history:
        tracks = tracks_of(each, last.tracks if last else None)
        name = f"census@{len(links)}"
        base = post if needs_post(last) else None
        links[name] = link = linked(name, tracks, last, base, identity=0, lessons=0)
        last = Held(name, link.manifest, tracks)
        if is_post(link.manifest.place):
            post = last
    return links


def path(links: Mapping[str, Link], name: str) -> list[tuple[str, Link]]:
    base = links[name].manifest.base
    return [*(path(links, base) if base else []), (name, links[name])]


@settings(deadline=None, max_examples=30)
@given(histories())
def test_every_row_of_every_census_is_what_the_whole_census_says(history: list[Columns]) -> None:
    links = chain(history)
    states = {name: rebuilt(path(links, name)) for name in links}
    for row in range(len(history[-1])):
        said, short = said_by([begun(link, row) for link in links.values()], row)
        assert short == []
        found: dict[str, Mapping[str, int] | None] = {}
        for name, state in states.items():
            known = known_of(name, said, found)
            assert known is not None
            if row < len(state):
                whole_ones = {
                    track: int(state.told(track)[row]) for track in filter(wanted, state.ints)
                }
                assert bits(known) == bits(whole_ones)


def begun(link: Link, ordinal: int = 0, values: int | None = None) -> Begun:
    """Return a link with the first values, or all, of a row's block, or with the row's half."""
    told = link.manifest
    brief = Brief(
        base=told.base,
        place=told.place,
        rows=told.rows,
        tracks=told.tracks,
        real=told.real,
        halves=told.halves,
    )
    number, row = divmod(ordinal, ROWS)
    names = [f"{number}.{part}" for part in range(told.parts.get(number, 0))][:values]
    if told.halves:
        names = [f"{number}/{row // HALF}"] if number in told.parts else []
    data = b"".join(link.fields[name][5:] for name in names)
    # A link may be older than the row.
    return Begun(link.id, brief, data if names and ordinal < told.rows else None)


def bits(known: Mapping[str, int]) -> dict[str, int]:
    """Return figures as 64 bits: steps of real ones are added up without a bound."""
    return {track: value & (1 << 64) - 1 for track, value in known.items()}


def wanted(track: str) -> bool:
    return track == "present" or track.startswith("figures.")


def of(values: Ints) -> Tracks:
    one = np.ones(len(values), np.int8)
    return Tracks({"present": one, "figures.likes": values}, NO_EDGES, {})


@pytest.mark.parametrize("most", [90, 2**20, 2**40])
@pytest.mark.parametrize("share", [0.0005, 0.02, 0.03, 0.2, 0.9])
def test_few_changes_or_many_are_found_row_by_row(share: float, most: int) -> None:
    chance = np.random.default_rng(5)
    rows = 2 * ROWS - 7
    before = chance.integers(0, most, rows)
    after = np.where(chance.random(rows) < share, chance.integers(0, most, rows), before)
    changes = changed(of(after), of(before), ORDER)
    first = whole(of(before), ORDER).blocks
    assert bool(changes.halves) == (np.count_nonzero(after != before) * 8 >= rows)
    for number, told_of in changes.blocks.items():
        start = number * ROWS
        end = min(start + ROWS, rows)
        differ = np.flatnonzero(after[start:end] != before[start:end])
        asked = {0, end - start - 1, *differ[:20].tolist(), *differ[-20:].tolist()}
        asked |= {row - 1 for row in asked if row} | {ROWS // 2, HALF - 1, HALF}
        for row in sorted(row for row in asked if row < end - start):
            half, own = divmod(row, HALF)
            data, at = (told_of.halves[half], own) if told_of.halves else (told_of.rest, row)
            [told] = moves_of([Front(data, 2, [1, 0], at)])
            step = after[start + row] - before[start + row]
            assert told == ([0, step] if row in differ else ())
            [value] = values_of([Front(first[number].halves[half], 2, [0], own)])
            assert value == [before[start + row]]


@pytest.mark.parametrize("share", [0.001, 0.1])
def test_a_block_is_read_on_until_it_says_what_is_asked(share: float) -> None:
    _, link = long_chain(share, links=2)
    assert not link.manifest.halves
    one = begun(link, ROWS + 9)
    assert one.data is not None
    head = 4 * (len(link.manifest.tracks) + 2)
    whole_one = said_by([one], ROWS + 9)
    for end in range(head, len(one.data), 1 + len(one.data) // 200):
        short = replace(one, data=one.data[:end])
        assert said_by([short], ROWS + 9) in (whole_one, ({}, [short]))
    first = replace(one, data=one.data[:head])
    assert said_by([first], ROWS + 9) == ({}, [first])
    assert said_by([replace(one, data=one.data[:3])], ROWS + 9) == ({}, [])
    assert known_of(link.id, {}, {}) is None


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 12).flatmap(columns))
def test_a_half_that_is_cut_short_says_nothing(given_columns: Columns) -> None:
    (link,) = chain([given_columns]).values()
    one = begun(link)
    assert one.data is not None
    whole_one = said_by([one], 0)
    for end in range(len(one.data)):
        assert said_by([replace(one, data=one.data[:end])], 0) in (whole_one, ({}, []))
    assert said_by([replace(one, data=one.data[:3])], 0) == ({}, [])


@pytest.mark.parametrize("field", [3, 60])
def test_a_block_with_something_else_in_it_says_nothing_and_the_others_do(field: int) -> None:
    links = long_chain(0.3)
    ones = [begun(link, ROWS + 9) for link in links]
    bad = replace(ones[1], data=bytes(ones[1].data or b"")[:-field] + b"\xff" * field)
    worse = replace(ones[2], data=b"\x00")
    said, short = said_by([ones[0], bad, worse, *ones[3:]], ROWS + 9)
    assert short == []
    assert ones[0].name in said
    assert worse.name not in said
    whole_ones, _ = said_by(ones, ROWS + 9)
    assert {name: each for name, each in said.items() if name != bad.name} == {
        each.name: whole_ones[each.name] for each in (ones[0], *ones[3:])
    }


def long_chain(share: float, most: int = 2**20, links: int = 5) -> list[Link]:
    """Return links of two blocks, some of whose rows change from each to the next."""
    chance = np.random.default_rng(7)
    values = chance.integers(0, most, 2 * ROWS - 7)
    last: Held | None = None
    found = []
    for at in range(links):
        moves = chance.random(len(values)) < share
        values = np.where(moves, chance.integers(0, most, len(values)), values)
        tracks = of(values)
        found.append(linked(f"day{at}", tracks, last, None, identity=0, lessons=0))
        last = Held(f"day{at}", found[-1].manifest, tracks)
    return found


@pytest.mark.parametrize("share", [0.001, 0.02, 0.1])
def test_what_the_first_values_say_is_what_all_of_them_do(share: float) -> None:
    links = long_chain(share)
    for row in range(ROWS, 2 * ROWS - 7, 911):
        first, short = said_by([begun(link, row, 1) for link in links], row)
        every, none = said_by([begun(link, row) for link in links], row)
        assert none == []
        assert first == {name: every[name] for name in first}
        assert {link.name for link in short} == every.keys() - first.keys()
        assert all(every[link.name].figures for link in short)


async def test_a_past_is_read_off_several_values_of_a_block(client: Redis, keys: Keys) -> None:
    links = long_chain(0.1)
    assert max(link.manifest.parts[1] for link in links if not link.manifest.halves) > 1
    rows = [ROWS + at for at in range(24)]
    differ = await held_and_read(client, keys, links, rows)
    # Who changed there cannot be told any more, nor on what is told against it.
    await client.hset(keys.blocks(links[2].id), "1.1", b"not a block")
    left = [len(await past_of(client, keys, links, row)) for row in rows]
    assert left == [2 if row in differ else len(links) for row in rows]
    assert set(left) == {2, len(links)}


async def test_a_block_that_is_told_anew_between_two_of_its_values_is_read_again(
    server: EmbeddedServer, client: Redis, keys: Keys
) -> None:
    links = long_chain(0.06, links=3)
    states = [rebuilt(path({link.id: link for link in links}, link.id)) for link in links]
    first = Held(links[0].id, links[0].manifest, states[0])
    anew = linked(links[2].id, states[2], first, None, identity=0, lessons=0)
    assert not anew.manifest.halves
    key = keys.blocks(anew.id)
    thinned = 0

    async def thin() -> None:
        nonlocal thinned
        thinned += 1
        await client.delete(key, keys.blocks(links[1].id))
        await lay(client, key, anew.fields)

    async with Tap(server.socket) as tap:
        line = await connect(tap.url, Path("unused"))
        for row in range(ROWS, ROWS + 40):
            await held_and_read(client, keys, links, [])
            tap.of, tap.before = b"$3\r\n1.1\r\n", thin
            moments = await past_of(line.client, keys, links[::2], row)
            told = [moment.figures[Metric.LIKES] for moment in moments]
            assert told == [states[at].ints["figures.likes"][row] for at in (0, 2)]
        await line.close()
    # Few rows are not told by the first value alone; of the others no second one is read.
    assert thinned > 0


async def test_a_past_is_read_off_one_half_of_each_block(client: Redis, keys: Keys) -> None:
    links = long_chain(0.3)
    assert all(link.manifest.halves for link in links)
    rows = [*range(0, 2 * ROWS - 7, HALF // 2), HALF - 1, ROWS - 1, 2 * ROWS - 8]
    await held_and_read(client, keys, links, rows)
    await client.hset(keys.blocks(links[2].id), "1/1", b"not a block")
    await client.hset(keys.blocks(links[3].id), mapping={"1.0": b"of others", "0.0": b""})
    left = {row: len(await past_of(client, keys, links, row)) for row in rows}
    half = range(ROWS + HALF, 2 * ROWS)
    assert left == {row: 2 if row in half else len(links) for row in rows}
    await client.hdel(keys.blocks(links[2].id), "1/1")
    assert len(await past_of(client, keys, links, half[0])) == 2


async def past_of(client: Redis, keys: Keys, links: Sequence[Link], row: int) -> list[Moment]:
    return await Past(client, keys).of(row, [note(link, at) for at, link in enumerate(links)])


async def held_and_read(
    client: Redis, keys: Keys, links: Sequence[Link], rows: Sequence[int]
) -> set[int]:
    """Hold links, and the past of some rows against them; return who differ in the third."""
    for link in links:
        await client.delete(keys.blocks(link.id))
        await lay(client, keys.blocks(link.id), link.fields)
    states = [rebuilt(path({link.id: link for link in links}, link.id)) for link in links]
    told = [state.ints["figures.likes"] for state in states]
    for row in rows:
        moments = await past_of(client, keys, links, row)
        assert [moment.figures[Metric.LIKES] for moment in moments] == [each[row] for each in told]
    return set(np.flatnonzero(told[2] != told[1]).tolist()) if len(told) > 2 else set()


def note(link: Link, at: int) -> Note:
    return Note(
        id=link.id,
        stream="census",
        kind=Kind.CENSUS,
        taken_at=day(at + 1),
        rows=link.manifest.listed,
        reason=Reason.ADMITTED,
    )


@pytest.mark.parametrize("version", range(OLDEST_BLOCKS, VERSION))
async def test_what_an_earlier_version_wrote_is_read_and_told_on(
    client: Redis, keys: Keys, version: int
) -> None:
    before, link = long_chain(0.1, links=2)
    order = tuple(sorted(before.manifest.tracks, reverse=True))
    assert order != before.manifest.tracks
    old = [earlier(each, order, version) for each in (before, link)]
    much = long_chain(0.3, links=2)[1]
    assert much.manifest.halves
    for links in (old, [old[0], link], [earlier(before, order, version), much]):
        await held_and_read(client, keys, links, range(ROWS, ROWS + 12))


def earlier(link: Link, order: Sequence[str], version: int) -> Link:
    """Return a link as the versions before wrote it: in one value a block, its tracks as given."""
    fields, tracks = {}, link.manifest.tracks
    for number in link.manifest.parts:
        data = block(link, number, link.id)
        assert data is not None
        if data.halves:
            state, rows = rebuilt([(link.id, link)]), (number * ROWS, (number + 1) * ROWS)
            where = edges = b""
            parts = [zstandard.compress(packed(state.told(name, *rows))) for name in tracks]
        else:
            where, *parts, edges = map(bytes, parts_of(data.rest, len(tracks)))
        told = [where, *(parts[tracks.index(name)] for name in order), edges]
        sizes = struct.pack(f"<{len(told)}I", *map(len, told))
        fields[f"{number}.0"] = b"".join([sizes, *told])
    manifest = msgspec.to_builtins(link.manifest)
    del manifest["halves"]
    manifest |= {"tracks": order, "parts": dict.fromkeys(link.manifest.parts, 1)}
    fields[MANIFEST] = msgspec.msgpack.encode(manifest)
    framed = {
        name: struct.pack("<BI", version, zlib.crc32(value, version)) + value
        for name, value in fields.items()
    }
    return Link(link.id, manifest_of(link.id, framed[MANIFEST]), framed)


def test_what_is_told_against_nothing_known_is_not_known() -> None:
    rows = np.arange(30)
    first = of(rows)
    base = linked("one", first, None, None, identity=0, lessons=0)
    held = Held("one", base.manifest, first)
    link = linked("two", of(rows + (rows == 3)), held, None, identity=0, lessons=0)
    said, _ = said_by([begun(base), begun(link)], 3)
    assert known_of("two", said, {}) == {"figures.likes": 4, "present": 1}
    assert known_of("two", {"two": said["two"]}, {}) is None
    assert isinstance(said["two"], Said)


@pytest.mark.parametrize("field", [MANIFEST, "0/0"])
async def test_a_history_leaves_out_the_censuses_that_are_damaged(
    store: Store, labs: Labs, client: Redis, keys: Keys, field: str
) -> None:
    watch = watching(store, labs, "share of likes by lab who Qwen above 90%")
    for number in range(1, 31):
        await watch.look(
            census(day(number), [("Qwen/a", {"likes": number}), ("meta/b", {"likes": 9})])
        )
    notes = await store.notes("census")
    await client.hset(keys.blocks(notes[13].id), field, b"not a block")
    left = await store.history(0)
    again = Store(client, labs, keys)
    whole_ones = [note for note in notes if await again.whole(note) is not None]
    assert 0 < len(whole_ones) < len(notes)
    assert [each.taken_at for each in left] == [each.taken_at for each in whole_ones]
