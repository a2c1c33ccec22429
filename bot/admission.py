"""Whether a Snapshot may be compared with the last: its verdict, and when the baseline moves."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.history import History
from bot.trouble import Trouble
from bot.views import Note
from detectors.health import AGREEING, admit, agree
from detectors.snapshot import Snapshot
from detectors.verdict import Intake, Reason, Verdict

# So begins the detail of a Snapshot that was admitted although its counters still stand, of one
# that moves the baseline, and of one that moves it home.
_AS_BEFORE, _MOVES, _BACK = "as before: ", "the baseline moves: ", "back where it was before"


@dataclass(frozen=True)
class Judged:
    """A verdict; whether it moves the baseline; whether the trouble lasts although admitted."""

    verdict: Verdict
    moved: bool = False
    lasts: bool = False


async def judged(snapshot: Snapshot, intake: Intake, history: History, trouble: Trouble) -> Judged:
    """Return the verdict; three Snapshots in a row that agree are right, and move the baseline.

    Counters that stand still agree with each other for as long as they do: once taken for
    the baseline they are admitted, and stay the source's trouble until they move again.
    """
    verdict = admit(snapshot, intake, await history.basis(snapshot))
    if (verdict.admitted or verdict.comparative) and await _back(snapshot, history):
        return Judged(Verdict(Reason.ADMITTED, _BACK), moved=True)
    if not verdict.comparative:
        return Judged(verdict)
    frozen = Reason.FROZEN.value
    lasts = verdict.reason == frozen == trouble.streams.get(snapshot.stream)
    if lasts and history.last is not None and history.last.admitted:
        return Judged(Verdict(Reason.ADMITTED, f"{_AS_BEFORE}{verdict.detail}"), lasts=True)
    run = history.withheld()[1 - AGREEING :]
    if len(run) < AGREEING - 1:
        return Judged(verdict)
    for note in run:
        other = await history.snapshot(note)
        comparative = Verdict(note.reason).comparative
        if other is None or not comparative or not agree(snapshot, other):
            return Judged(verdict)
    moved = Verdict(Reason.ADMITTED, f"{_MOVES}{verdict.detail}")
    return Judged(moved, moved=True, lasts=lasts)


async def _back(snapshot: Snapshot, history: History) -> bool:
    """Whether it is again as it was before the baseline moved, and that was a passing lie.

    What comes back is no more news than what went: the baseline moves home as quietly. It does not
    move back to the lie.
    """
    before, move = history.last_move(snapshot.taken_at)
    moved = history.last_good
    if before is None or moved is None or move is None or move.detail.startswith(_BACK):
        return False
    last = await history.snapshot(moved)
    if last is None or agree(snapshot, last):
        return False
    home = await history.snapshot(before)
    return home is not None and agree(snapshot, home)


def trouble_of(notes: Sequence[Note]) -> Trouble:
    """Return the trouble that a stream was in after some of its Snapshots, oldest first."""
    trouble = Trouble({})
    for note in notes:
        frozen = trouble.streams.get(note.stream) == Reason.FROZEN.value
        lasts = frozen and note.detail.startswith(_MOVES)
        if note.detail.startswith(_AS_BEFORE):
            trouble = Trouble({note.stream: Reason.FROZEN.value})
        else:
            verdict = Verdict(note.reason, note.detail)
            trouble = trouble.after(note.stream, verdict, lasts=lasts)
    return trouble
