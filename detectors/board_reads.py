"""Where models stood on one board, read after read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from detectors.board import Board
from detectors.snapshot import Snapshot


@dataclass(frozen=True, eq=False)
class BoardReads:
    """One board as some reads have it, oldest first; the last of them is now.

    A model is in at rank `n` or above, and out beyond rank `leave`; in between it is neither. Of
    one whose rank is unknown nothing is said.
    """

    reads: Sequence[Snapshot]
    boards: Sequence[Board]
    n: int
    leave: int

    @property
    def now(self) -> Board:
        """The board of the last read."""
        return self.boards[-1]

    def entered(self) -> list[int]:
        """Return the ordinals that are in now, the first place first."""
        return list(self.now.head(self.n))

    def inside(self, ordinal: int, last: int) -> int:
        """Count in how many of the `last` reads a model was in."""
        return sum(self._inside(board, ordinal) for board in self.boards[-last:])

    def outside(self, ordinal: int, last: int) -> int:
        """Count in how many of the `last` reads a model was out."""
        return sum(self._out(board, ordinal) for board in self.boards[-last:])

    def near(self, some: Iterable[str] = ()) -> list[int]:
        """Return the ordinals that were not out at every read before; of `some`, where given.

        Whose figure was unknown stood on; now that it is known it may have left meanwhile.
        """
        earlier = self.boards[:-1]
        heads = {each for board in earlier for each in board.head(self.leave)}
        named = {int(each) for each in some} or heads
        return sorted(
            ordinal
            for ordinal in named
            if ordinal in heads or any(board.unplaced(ordinal) for board in earlier)
        )

    def left(self, some: Iterable[str] = ()) -> list[int]:
        """Return those of `near` that are out now."""
        return [ordinal for ordinal in self.near(some) if self._out(self.now, ordinal)]

    def origin(self, ordinal: int, *, entering: bool) -> int:
        """Return the place of the last read before now in which a model was not in, or not out.

        The first where there is none.
        """
        for at in reversed(range(len(self.boards) - 1)):
            if self._inside(self.boards[at], ordinal) != entering:
                return at
        return 0

    def since(self, ordinal: int, origin: int, *, entering: bool) -> Snapshot:
        """Return the read after `origin` in which a model was first seen as it is now."""
        for at in range(origin + 1, len(self.boards)):
            if self._inside(self.boards[at], ordinal) == entering:
                return self.reads[at]
        return self.reads[-1]

    def _inside(self, board: Board, ordinal: int) -> bool:
        return ordinal in board.head(self.n)

    def _out(self, board: Board, ordinal: int) -> bool:
        return ordinal not in board.head(self.leave) and not board.unplaced(ordinal)
