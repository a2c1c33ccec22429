"""A model's figures are read off the chains as whole censuses say them, or not at all."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.store.blocks import ROWS, changed, whole
from bot.store.chain import MANIFEST, Held, Link, is_post, linked, needs_post
from bot.store.keys import Keys
from bot.store.past import Told, known_of, told_by
from bot.store.rebuilding import rebuilt
from bot.store.row import moves_of, values_of
from bot.store.store import Store
from bot.store.tracks import Tracks, edges_of, tracks_of
from detectors.columns import Columns, Ints
from detectors.labs import Labs
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
        told = told_by(list(links.values()), row)
        found: dict[str, Mapping[str, int] | None] = {}
        for name, state in states.items():
            known = known_of(name, told, found)
            assert known is not None
            if row < len(state):
                whole_ones = {
                    track: int(state.told(track)[row]) for track in filter(wanted, state.ints)
                }
                assert bits(known) == bits(whole_ones)


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
            told = moves_of(data, 2, [1, 0], row)[::-1]
            assert told == [after[start + row] - before[start + row], 0]
            assert values_of(first[number], 2, [0], row) == [before[start + row]]


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 12).flatmap(columns), st.integers(1, 40))
def test_a_block_that_is_cut_short_says_nothing(given_columns: Columns, cut: int) -> None:
    (link,) = chain([given_columns]).values()
    data = {name: value[:-cut] for name, value in link.fields.items() if name != MANIFEST}
    assert told_by([Link(link.id, link.manifest, data)], 0) == {}
    assert known_of(link.id, {}, {}) is None


def test_what_is_told_against_nothing_known_is_not_known() -> None:
    rows = np.arange(30)
    first = of(rows)
    base = linked("one", first, None, None, identity=0, lessons=0)
    held = Held("one", base.manifest, first)
    link = linked("two", of(rows + (rows == 3)), held, None, identity=0, lessons=0)
    told = told_by([base, link], 3)
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
