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
# Beyond the end: what is read there begins no tag.
_TAIL = bytes(2 * _WORD)


@dataclass(frozen=True)
class Tags:
    """The tags of some records, one text: `ends` is where each record's end.

    begins, closes: where each tag begins and where its last quote is. heads: its first word.
    """

    text: bytes
    ends: Ints
    begins: Ints
    closes: Ints
    words: Keys
    heads: Keys

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
        quotes = np.flatnonzero(letters == _QUOTE)
        words, begins = words_of(letters), quotes[::2] + 1
        found = cls(text, np.cumsum(lengths), begins, quotes[1::2], words, words[begins])
        if not found._bare_lists(letters, lengths):
            # Written with spaces, or not of texts alone: each for itself.
            for each in tags:
                if len(each):
                    _tags_decoder.decode(each)
        return found

    def licenses(self) -> tuple[Ints, list[bytes]]:
        """Return the records that name a licence, and the first one that each names."""
        rows, which = self._beginning(LICENSE)
        first = _changes(rows)
        begins, closes = self.begins[which[first]] + len(LICENSE), self.closes[which[first]]
        return rows[first], self._cut(begins, closes)

    def bases(self) -> tuple[Ints, list[bytes]]:
        """Return the records that name base models, and all tags from the first to the last.

        They are texts in JSON with commas between.
        """
        rows, which = self._beginning(BASE)
        first = _changes(rows)
        last = np.append(first[1:], len(rows))[: len(first)] - 1
        return rows[first], self._cut(self.begins[which[first]] - 1, self.closes[which[last]] + 1)

    def _beginning(self, what: str) -> tuple[Ints, Ints]:
        """Return the records of the tags that begin with a word, and which tags they are."""
        which = np.flatnonzero(_same(self.heads, what[:_WORD]))
        for at in range(_WORD, len(what), _WORD):
            then = self.words[self.begins[which] + at]
            which = which[_same(then, what[at : at + _WORD])]
        return np.searchsorted(self.ends, self.closes[which], "right"), which

    def _cut(self, begins: Ints, ends: Ints) -> list[bytes]:
        text = self.text
        return [text[a:b] for a, b in zip(begins.tolist(), ends.tolist(), strict=True)]

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


def _changes(rows: Ints) -> Ints:
    """Return where another row begins, in rows that rise."""
    return np.flatnonzero(np.diff(rows, prepend=-1))


def _same(words: Keys, text: str) -> npt.NDArray[np.bool_]:
    """Return which words begin with a text of eight letters at most."""
    wanted = np.uint64(int.from_bytes(text.encode(), "little"))
    if len(text) < _WORD:
        words = words & np.uint64(2 ** (8 * len(text)) - 1)
    same: npt.NDArray[np.bool_] = words == wanted
    return same
