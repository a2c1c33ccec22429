"""Licences and base models out of the tags of a page, which are searched and not decoded."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from bot.hub.edges import BASE
from bot.hub.records import Unplain
from bot.packed import Keys, words_of
from detectors.columns import Ints

LICENSE = "license:"
_QUOTE, _OPEN, _COMMA, _SPACE = b'"[, '
_BARE = len("[]")
_tags_decoder = msgspec.json.Decoder(list[str] | None)
_WORD = 8
# Texts of at most so many words of eight letters are cut out together.
_WORDS = 32
_LONGEST = _WORDS * _WORD
# Of a text of each length, all bits of the letters that count.
_COUNTED = np.tril(np.full((_LONGEST + 1, _LONGEST), 0xFF, np.uint8), -1).view(np.uint64)
# Beyond the end: what is read there begins no tag.
_TAIL = bytes(_LONGEST + _WORD)


@dataclass(frozen=True)
class Tags:
    """The tags of some records, one text: `ends` is where each record's end.

    begins, closes: where each tag begins and where its last quote is. heads: its first letter.
    """

    text: bytes
    ends: Ints
    begins: Ints
    closes: Ints
    words: Keys
    heads: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, tags: Sequence[msgspec.Raw]) -> "Tags":
        """Take tags as the page writes them, JSON that is sound; nothing where there are none.

        Raises:
            Unplain: Some are no list of texts, or one has an escaped letter.
        """
        text = b"".join([*tags, _TAIL])
        if b"\\" in text:
            raise Unplain
        lengths = np.fromiter(map(len, tags), np.int64, len(tags))
        letters = np.frombuffer(text, np.uint8)
        # Where nothing is escaped, quotes open and close in turn.
        [quotes] = (letters == _QUOTE).nonzero()
        begins, closes = quotes[::2] + 1, quotes[1::2]
        heads = letters.take(begins)
        found = cls(text, lengths.cumsum(), begins, closes, words_of(letters), heads)
        if not found._bare_lists(letters, lengths):
            # Written with spaces, or not of texts alone: each for itself.
            for each in tags:
                if len(each):
                    _tags_decoder.decode(each)
        return found

    def licenses(self) -> tuple[Ints, list[bytes]]:
        """Return the records that name a licence, and the first one that each names."""
        rows, which = self._beginning(_LICENSE)
        first = _firsts(rows)
        which = which[first]
        return rows[first], self._cut(self.begins[which] + len(LICENSE), self.closes[which])

    def bases(self) -> tuple[Ints, list[bytes]]:
        """Return the records that name base models, and all tags from the first to the last.

        They are texts in JSON with commas between.
        """
        rows, which = self._beginning(_BASE)
        first = _firsts(rows)
        last = np.ones(len(rows), np.bool_)
        last[:-1] = first[1:]
        return rows[first], self._cut(self.begins[which[first]] - 1, self.closes[which[last]] + 1)

    def _beginning(self, what: Sequence["_Word"]) -> tuple[Ints, Ints]:
        """Return the records of the tags that begin with a text, and which tags they are."""
        [which] = (self.heads == what[0].head).nonzero()
        for word in what:
            which = which[word.begins(self.words[self.begins[which] + word.at])]
        return self.ends.searchsorted(self.closes[which], "right"), which

    def _cut(self, begins: Ints, ends: Ints) -> list[bytes]:
        lengths = ends - begins
        longest = int(lengths.max(initial=1))
        if longest > _LONGEST:
            spans = map(slice, begins.tolist(), ends.tolist())
            return [*map(self.text.__getitem__, spans)]
        words = -(-longest // _WORD)
        # numpy copies texts of a fixed width, whatever lies behind theirs, in one go.
        wide = np.ndarray(
            len(self.text) - words * _WORD, f"S{words * _WORD}", self.text, strides=(1,)
        )
        letters = wide[begins].view(np.uint64).reshape(-1, words) & _COUNTED[lengths, :words]
        # The letter 0 that ends a text of numpy's is in no text of JSON.
        found: list[bytes] = letters.view(wide.dtype).ravel().tolist()
        return found

    def _bare_lists(self, letters: npt.NDArray[np.uint8], lengths: Ints) -> bool:
        """Whether every record has a list of texts and no letter more than that takes.

        Between two texts of a list stands a comma at least, or a comma and a space wherever one
        is; were there anything else in any of the lists, there would be more letters outside the
        texts in all.
        """
        lists = lengths > 0
        if not (letters[(self.ends - lengths)[lists]] == _OPEN).all():
            return False
        inside = int(self.closes.sum()) - int(self.begins.sum())
        outside = int(self.ends[-1]) - inside - len(self.begins) * 2
        commas = len(self.begins) - int(np.count_nonzero(lengths > _BARE))
        more = outside - 2 * int(np.count_nonzero(lists)) - commas
        if more != commas:
            return more == 0
        spaced = (letters[self.closes + 1] == _COMMA) & (letters[self.closes + 2] == _SPACE)
        return int(np.count_nonzero(spaced)) == commas


def _firsts(rows: Ints) -> npt.NDArray[np.bool_]:
    """Return where another row begins, in rows that rise, as a mask."""
    firsts = np.ones(len(rows), np.bool_)
    np.not_equal(rows[1:], rows[:-1], out=firsts[1:])
    return firsts


class _Word:
    """Up to eight letters of a text, from one place on, as a number."""

    def __init__(self, text: str, at: int) -> None:
        part = text[at : at + _WORD].encode()
        self.at = at
        self.head = part[0]
        self._wanted = np.uint64(int.from_bytes(part, "little"))
        self._mask = None if len(part) == _WORD else np.uint64(2 ** (8 * len(part)) - 1)

    def begins(self, words: Keys) -> npt.NDArray[np.bool_]:
        """Return which words begin with these letters."""
        same: npt.NDArray[np.bool_] = (
            words if self._mask is None else words & self._mask
        ) == self._wanted
        return same


_LICENSE, _BASE = (
    [_Word(text, at) for at in range(0, len(text), _WORD)] for text in (LICENSE, BASE)
)
