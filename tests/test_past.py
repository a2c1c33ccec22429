"""A model's figures are read off the chains as whole censuses say them, or not at all."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.store.blocks import ROWS, changed, parts_of, whole
from bot.store.chain import MANIFEST, Brief, Held, Link, block, is_post, linked, needs_post
from bot.store.frame import framed
from bot.store.keys import Keys
from bot.store.past import Begun, Past, Told, known_of, told_by
from bot.store.rebuilding import rebuilt
from bot.store.row import Front, moves_of, values_of
from bot.store.store import Store
from bot.store.tracks import Tracks, edges_of, tracks_of
from bot.store.writes import lay
from bot.views import Note
from detectors.columns import Columns, Ints
from detectors.labs import Labs
from detectors.metric import Kind, Metric
from detectors.verdict import Reason
from tests.censuses import columns, histories
from tests.looks import census, watching
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
        told, short = told_by([begun(link) for link in links.values()], row)
        assert short == []
        found: dict[str, Mapping[str, int] | None] = {}
        for name, state in states.items():
            known = known_of(name, told, found)
            assert known is not None
            if row < len(state):
                whole_ones = {
                    track: int(state.told(track)[row]) for track in filter(wanted, state.ints)
                }
                assert bits(known) == bits(whole_ones)


def begun(link: Link, number: int = 0, values: int | None = None) -> Begun:
    """Return a link with the first values, or all, of one of its blocks."""
    told = link.manifest
    brief = Brief(base=told.base, rows=told.rows, tracks=told.tracks, real=told.real)
    parts = range(told.parts.get(number, 0))[:values]
    data = b"".join(link.fields[f"{number}.{part}"][5:] for part in parts)
    return Begun(link.id, brief, data if parts else None)


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
    blocks, _ = changed(of(after), of(before), ORDER)
    first = whole(of(before), ORDER)
    for number, data in blocks.items():
        start = number * ROWS
        end = min(start + ROWS, rows)
        differ = np.flatnonzero(after[start:end] != before[start:end])
        asked = {0, end - start - 1, *differ[:20].tolist(), *differ[-20:].tolist()}
        for row in sorted(asked | {row - 1 for row in asked if row} | {ROWS // 2}):
            [told] = moves_of([Front(data, 2, [1, 0])], row)
            step = after[start + row] - before[start + row]
            assert told == ([0, step] if row in differ else ())
            [value] = values_of([Front(first[number], 2, [0])], row)
            assert value == [before[start + row]]


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 12).flatmap(columns))
def test_a_block_is_read_on_until_it_says_what_is_asked(given_columns: Columns) -> None:
    (link,) = chain([given_columns]).values()
    one = begun(link)
    assert one.data is not None
    head = 4 * (len(link.manifest.tracks) + 2)
    whole_one = told_by([one], 0)
    answers = [
        told_by([short], 0) == whole_one or told_by([short], 0) == ({}, [short])
        for short in (replace(one, data=one.data[:end]) for end in range(head, len(one.data)))
    ]
    assert all(answers)
    first = replace(one, data=one.data[:head])
    assert told_by([first], 0) == ({}, [first])
    assert told_by([replace(one, data=one.data[:3])], 0) == ({}, [])
    assert known_of(link.id, {}, {}) is None


@pytest.mark.parametrize("field", [3, 60])
def test_a_block_with_something_else_in_it_says_nothing_and_the_others_do(field: int) -> None:
    links = long_chain(0.3)
    ones = [begun(link, 1) for link in links]
    bad = replace(ones[1], data=bytes(ones[1].data or b"")[:-field] + b"\xff" * field)
    worse = replace(ones[2], data=b"\x00")
    told, short = told_by([ones[0], bad, worse, *ones[3:]], ROWS + 9)
    assert short == []
    assert ones[0].name in told
    assert worse.name not in told
    whole_ones, _ = told_by(ones, ROWS + 9)
    assert {name: each for name, each in told.items() if name != bad.name} == {
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


@pytest.mark.parametrize("share", [0.001, 0.02, 0.2])
def test_what_the_first_values_say_is_what_all_of_them_do(share: float) -> None:
    links = long_chain(share)
    for row in range(0, ROWS - 7, 911):
        first, short = told_by([begun(link, 1, 1) for link in links], ROWS + row)
        every, none = told_by([begun(link, 1) for link in links], ROWS + row)
        assert none == []
        assert first == {name: every[name] for name in first}
        assert {link.name for link in short} == every.keys() - first.keys()
        assert all(every[link.name].figures for link in short)


async def test_a_past_is_read_off_several_values_of_a_block(client: Redis, keys: Keys) -> None:
    links = long_chain(0.2)
    assert max(link.manifest.parts[1] for link in links) > 1
    for link in links:
        await lay(client, keys.blocks(link.id), link.fields)
    states = [rebuilt(path({link.id: link for link in links}, link.id)) for link in links]
    notes = [note(link, at) for at, link in enumerate(links)]
    past = Past(client, keys)
    rows = [ROWS + at for at in range(12)]
    for row in rows:
        likes = [moment.figures[Metric.LIKES] for moment in await past.of(row, notes)]
        assert likes == [state.ints["figures.likes"][row] for state in states]
    # Who changed there cannot be told any more, nor on what is told against it.
    await client.hset(keys.blocks(links[2].id), "1.1", b"not a block")
    left = [len(await past.of(row, notes)) for row in rows]
    differ = states[2].ints["figures.likes"] != states[1].ints["figures.likes"]
    assert left == [2 if differ[row] else len(links) for row in rows]
    assert set(left) == {2, len(links)}


def note(link: Link, at: int) -> Note:
    return Note(
        id=link.id,
        stream="census",
        kind=Kind.CENSUS,
        taken_at=day(at + 1),
        rows=link.manifest.listed,
        reason=Reason.ADMITTED,
    )


async def test_what_an_earlier_version_wrote_is_read_and_told_on(client: Redis, keys: Keys) -> None:
    before, link = long_chain(0.2, links=2)
    order = tuple(sorted(before.manifest.tracks, reverse=True))
    assert order != before.manifest.tracks
    old = [earlier(each, order) for each in (before, link)]
    assert all(set(each.manifest.parts.values()) == {1} for each in old)
    for links in (old, [old[0], link]):
        for each in links:
            await client.delete(keys.blocks(each.id))
            await lay(client, keys.blocks(each.id), each.fields)
        states = [rebuilt(path({each.id: each for each in links}, each.id)) for each in links]
        notes = [note(each, at) for at, each in enumerate(links)]
        for row in range(ROWS, ROWS + 12):
            moments = await Past(client, keys).of(row, notes)
            assert [moment.figures[Metric.LIKES] for moment in moments] == [
                state.ints["figures.likes"][row] for state in states
            ]


def earlier(link: Link, order: Sequence[str]) -> Link:
    """Return a link as the versions before wrote it: in one value a block, its tracks as given."""
    fields, tracks = {}, link.manifest.tracks
    for number in link.manifest.parts:
        data = block(link, number, link.id)
        assert data is not None
        where, *parts, edges = parts_of(data, len(tracks))
        told = [where, *(parts[tracks.index(name)] for name in order), edges]
        sizes = struct.pack(f"<{len(told)}I", *map(len, told))
        fields[f"{number}.0"] = framed(b"".join([sizes, *told]))
    manifest = msgspec.structs.replace(
        link.manifest, tracks=tuple(order), parts=dict.fromkeys(link.manifest.parts, 1)
    )
    return Link(link.id, manifest, {MANIFEST: framed(msgspec.msgpack.encode(manifest)), **fields})


def test_what_is_told_against_nothing_known_is_not_known() -> None:
    rows = np.arange(30)
    first = of(rows)
    base = linked("one", first, None, None, identity=0, lessons=0)
    held = Held("one", base.manifest, first)
    link = linked("two", of(rows + (rows == 3)), held, None, identity=0, lessons=0)
    told, _ = told_by([begun(base), begun(link)], 3)
    assert known_of("two", told, {}) == {"figures.likes": 4, "present": 1}
    assert known_of("two", {"two": told["two"]}, {}) is None
    assert isinstance(told["two"], Told)


@pytest.mark.parametrize("field", [MANIFEST, "0.0"])
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
