"""Words that keep their numbers from look to look, so that censuses can be held side by side."""

from collections.abc import Sequence

import numpy as np

from bot.lessons import Lessons, Roll
from bot.packed import NO_OID, OID_BYTES, Ints, Letters, Runs, name_keys
from detectors.columns import UNKNOWN, Columns, Text
from detectors.names import Names

TEXTS = ("namespace", "pipeline_tag", "library_name", "license")
# So few are kept as texts; publishers are some hundred thousand.
_FEW = 10_000


class Words:
    """Distinct words, each with a number for life, in the order they came up."""

    def __init__(self) -> None:
        self._roll = Roll()
        self._by_word = Runs()
        self._few: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self._roll)

    @property
    def words(self) -> Sequence[str]:
        """The words by number."""
        if len(self) > _FEW:
            return self._roll.names()
        if len(self._few) < len(self):
            self._few = tuple(self._roll.names())
        return self._few

    def numbers(self, words: Sequence[str]) -> Ints:
        """Return the number of each of some distinct words, new ones getting new ones."""
        names = words if isinstance(words, Names) else Names.of(words)
        letters = Letters(names)
        keys = name_keys(letters.words, letters.starts, letters.lengths)
        numbers = self._by_word.find(
            keys, lambda asked, held: self._roll.same(held, letters, asked)
        )
        new = np.flatnonzero(numbers < 0)
        numbers[new] = len(self) + np.arange(len(new))
        if len(new):
            told = names if len(new) == len(names) else Names.of(names[row] for row in new.tolist())
            nobody = np.broadcast_to(NO_OID, (len(new), OID_BYTES))
            self._roll.add(Lessons(numbers[new].astype(np.int32), nobody, told))
            self._by_word.add(keys[new], numbers[new])
        return numbers

    def recoded(self, text: Text) -> Text:
        """Return a column of text by these numbers."""
        numbers = np.append(self.numbers(text.words), UNKNOWN).astype(np.int32)
        return Text(numbers[text.codes], self.words)


class Vocabulary:
    """The words of each column of text."""

    def __init__(self) -> None:
        self._of: dict[str, Words] = {}

    def of(self, column: str) -> Words:
        """Return the words of one column."""
        return self._of.setdefault(column, Words())

    def begin(self, columns: Columns) -> None:
        """Begin with the words of a census that is held, where nothing has come up yet."""
        if not self._of:
            for name in TEXTS:
                text: Text = getattr(columns, name)
                self.of(name).numbers(text.words)
