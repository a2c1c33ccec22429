"""A census that comes after a later one is held: kept at its time, told to nobody."""

from dataclasses import dataclass

from bot.admission import judged, trouble_of
from bot.aside import aside
from bot.carried import carried, unaudited, words_carried
from bot.history import History, Reach
from bot.hub.port import Reading
from bot.intake import snapshot_of
from bot.ledger import Ledger
from bot.store.store import Store
from bot.views import Note
from detectors.snapshot import Snapshot, stream_of
from detectors.verdict import Intake

# Of those before it the last alone is looked at.
_REACH = Reach(1, {})


@dataclass
class Belated:
    """Takes in belated censuses one after the other; days that follow each other are read once."""

    store: Store
    _history: History | None = None

    async def taken(self, reading: Reading, ledger: Ledger) -> tuple[Note, Snapshot, Intake]:
        """Return a census as it is to be kept: judged by those before it, as on its day."""
        history = await self._before(reading)
        await words_carried(ledger.vocabulary, history)
        models = len(reading)
        snapshot, intake = await aside(models, snapshot_of, reading, ledger)
        # The source's trouble of now is none of that time.
        found = await judged(snapshot, intake, history, trouble_of(history.notes))
        if found.verdict.admitted:
            snapshot = await carried(snapshot, history, _silent, unaudited)
        head = await aside(models, lambda: reading.head)
        self._history = history
        note = Note.of(snapshot, found.verdict, digest=head.digest, moved=found.moved)
        return note, snapshot, intake

    def add(self, note: Note, snapshot: Snapshot) -> None:
        """Take a note and a Snapshot that `taken` returned for stored."""
        if self._history is not None:
            self._history.add(note, snapshot)

    async def _before(self, reading: Reading) -> History:
        """Return what there was of its stream before a Reading."""
        stream, at = stream_of(reading.kind, reading.panel), reading.taken_at
        held, last = self._history, await self.store.noted.last(stream, before=at)
        if held is not None and held.stream == stream and held.last == last:
            return held
        return await History.load(self.store, stream, _REACH, at)


async def _silent(_: str) -> None:
    """Tell nobody: what is carried on is not audited here."""
