"""One model over all censuses, from its block of each, without rebuilding any of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from redis.asyncio import Redis

from bot.aside import both
from bot.store.blocks import HALF, ROWS
from bot.store.chain import MANIFEST, brief_of, half_field, manifest_of, value_field
from bot.store.frame import OLDEST_BLOCKS, DamagedBlock, within
from bot.store.keys import Keys
from bot.store.lua import lua
from bot.store.replies import one_bytes
from bot.store.said import Begun, Known, Said, figures_of, known_of, said_by
from bot.store.tracks import PRESENT
from bot.views import Moment, Note
from detectors.metric import Metric

# Links asked for at a time, at first and for more: first some kB are read of a delta and some
# hundred of a keyframe, then some ten. So an answer is below a megabyte as a rule, which holds up
# no other client.
_STEP, _MORE = 64, 16


class Past:
    """Reads a model's figures off the chains."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._keys = keys
        self._fields = redis.register_script(lua("fields"))

    async def of(self, ordinal: int, notes: Sequence[Note]) -> list[Moment]:
        """Return a moment for each census of some notes, in their order.

        A census whose blocks are damaged, or are told against one that is, is left out.
        """
        said, found = await self._steady([note.id for note in notes], ordinal)
        # By what is known: as a rule that of one census is that of the one before.
        shown: dict[int, Mapping[Metric, float]] = {}
        moments = []
        for note in notes:
            values = known_of(note.id, said, found)
            if values is not None:
                if id(values) not in shown:
                    shown[id(values)] = figures_of(values, said[note.id].brief)
                moments.append(Moment(note.taken_at, bool(values[PRESENT]), shown[id(values)]))
        return moments

    async def _steady(
        self, names: Sequence[str], ordinal: int
    ) -> tuple[dict[str, Said], dict[str, Known | None]]:
        """Return what links say, and what is known as of each.

        Where that is unknown they may have been thinned meanwhile, and so be told against others:
        they are read again until they say the same.
        """
        said = await self._said(names, ordinal)
        while True:
            found: dict[str, Known | None] = {}
            lost = [name for name in names if known_of(name, said, found) is None]
            again = await self._said(lost, ordinal)
            if all(said.get(name) == again.get(name) for name in {*lost, *again}):
                return said, found
            said = {name: each for name, each in said.items() if name not in lost} | again

    async def _said(self, names: Sequence[str], ordinal: int) -> dict[str, Said]:
        """Return what links say, and those they are told against, if they are held and whole."""
        found: dict[str, Said] = {}
        missing, asked = list(names), set(names)
        while missing:
            some = iter([missing[at : at + _STEP] for at in range(0, len(missing), _STEP)])
            # The server looks for some while what it found of others is read.
            await both(self._read(some, ordinal, found), self._read(some, ordinal, found))
            bases = {said.brief.base for said in found.values()}
            missing = sorted(bases - asked - {""})
            asked.update(missing)
        return found

    async def _read(
        self, some: Iterator[Sequence[str]], ordinal: int, found: dict[str, Said]
    ) -> None:
        """Find out what links say of a row, some at a time; blocks are read on where it is said."""
        number = ordinal // ROWS
        fields = [MANIFEST, *_fields(ordinal)]
        for names in some:
            values = iter(await self._values(names, fields, _STEP))
            begun = [
                link
                for name, *told in zip(names, values, values, values, strict=True)
                if (link := self._begun(name, ordinal, *told)) is not None
            ]
            part = 1
            while begun:
                said, begun = said_by(begun, ordinal)
                found |= said
                field = value_field(number, part)
                some_more = [link.name for link in begun]
                more = iter(await self._values(some_more, [MANIFEST, field], _MORE))
                begun = [
                    longer
                    for link, *value in zip(begun, more, more, strict=True)
                    if (longer := self._longer(link, field, *value)) is not None
                ]
                part += 1

    def _begun(
        self,
        name: str,
        ordinal: int,
        told: bytes | None,
        value: bytes | None,
        half: bytes | None,
    ) -> Begun | None:
        """Return a link with the first value of a block, or the half that a row is in.

        Returns None where that, or the link, is not held or damaged.
        """
        key, number = self._keys.blocks(name), ordinal // ROWS
        try:
            brief = brief_of(key, told)
            whole, own = _fields(ordinal)
            field, value = (own, half) if brief.halves else (whole, value)
            # A link may be older than the row.
            older = ordinal >= brief.rows
            if older or (value is None and number not in manifest_of(key, told).parts):
                return Begun(name, brief, None, told)
            return Begun(name, brief, within(key, field, value, OLDEST_BLOCKS), told)
        except DamagedBlock:
            return None

    def _longer(
        self, link: Begun, field: str, told: bytes | None, value: bytes | None
    ) -> Begun | None:
        """Return a link with one more value of a block; None where that is damaged.

        So it is where the link was thinned meanwhile: the value is another block's then.
        """
        if told != link.told:
            return None
        try:
            more = within(self._keys.blocks(link.name), field, value, OLDEST_BLOCKS)
        except DamagedBlock:
            return None
        return replace(link, data=b"".join([link.data or b"", more]))

    async def _values(
        self, names: Sequence[str], fields: Sequence[str], step: int
    ) -> list[bytes | None]:
        """Return some fields of links, those of a link together; of so many links at a time."""
        found: list[bytes | None] = []
        for at in range(0, len(names), step):
            keys = [self._keys.blocks(name) for name in names[at : at + step]]
            values = await self._fields(keys=keys, args=fields)
            found += [None if value is None else one_bytes(value) for value in values]
        return found


def _fields(ordinal: int) -> tuple[str, str]:
    """Return the names of the values that a row may be in: of its block, and of its half."""
    number, row = divmod(ordinal, ROWS)
    return value_field(number, 0), half_field(number, row // HALF)
