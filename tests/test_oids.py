"""`_id`s come back from the bytes of a value as they went in, whoever made them."""

import msgspec
import numpy as np
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from bot.lessons import Lessons
from bot.packed import OID_BYTES, Oids
from bot.store.frame import framed
from bot.store.lessons import unpacked
from bot.store.oids import oids_packed, oids_unpacked

anybody = st.binary(min_size=OID_BYTES, max_size=OID_BYTES)
# As the Hub has them: of a few processes, one second after the other.
theirs = st.builds(
    lambda second, process, count: second.to_bytes(4) + bytes([process] * 5) + count.to_bytes(3),
    st.integers(1_650_000_000, 1_650_000_100),
    st.integers(0, 2),
    st.integers(0, 2**24 - 1),
)
rows = st.one_of(st.lists(anybody), st.lists(theirs, min_size=16)).map(
    lambda given: np.frombuffer(b"".join(given), np.uint8).reshape(-1, OID_BYTES)
)


@given(rows)
def test_oids_come_back_as_they_went_in(oids: Oids) -> None:
    assert oids_unpacked(oids_packed(oids)).tolist() == oids.tolist()


def test_oids_of_few_processes_take_half_the_bytes() -> None:
    chance = np.random.default_rng(1)
    oids = chance.integers(0, 256, (5000, OID_BYTES), dtype=np.uint8)
    squeeze = zstandard.ZstdCompressor().compress
    assert len(squeeze(oids_packed(oids))) < 5000 * OID_BYTES * 1.1
    seconds = np.sort(chance.integers(1_650_000_000, 1_650_100_000, 5000))
    oids[:, :4] = seconds.astype(">u4").view(np.uint8).reshape(-1, 4)
    oids[:, 4:9] = oids[chance.integers(0, 40, 5000), 4:9]
    assert len(squeeze(oids_packed(oids))) < 5000 * OID_BYTES / 2


def test_lessons_of_the_third_version_are_read() -> None:
    lessons = Lessons.of([(0, "1" * 24, "a/a"), (5, None, "b/bc")])
    columns = (
        lessons.ordinals.astype("<i4").tobytes(),
        lessons.oids.tobytes(),
        np.array([3, 4], "<i4").tobytes(),
        b"a/ab/bc",
    )
    value = framed(zstandard.ZstdCompressor().compress(msgspec.msgpack.encode(columns)))
    assert list(unpacked("key", [value])) == [lessons]
