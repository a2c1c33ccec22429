"""Says of a board or a share when it was measured, over what, and what of that is unknown."""

from weakref import WeakKeyDictionary

from bot.lookups.head import Head
from bot.wording import clean, figure, moment, percent, plural
from detectors.board import Board
from detectors.measuring import spaces
from detectors.metric import Kind, Metric
from detectors.scope import ALL, Scope, ScopeKind
from detectors.share import By, Of, Share
from detectors.snapshot import Snapshot

# What a pass over all columns counted, for as long as somebody else keeps the Snapshot.
_COUNTED: WeakKeyDictionary[Snapshot, dict[tuple[ScopeKind, Metric | None], int]] = (
    WeakKeyDictionary()
)


def measured(snapshot: Snapshot, board: Board) -> str:
    """Say when a board was measured, over which models, and what of them is unknown."""
    listed = snapshot.lists.get(board.metric)
    over = plural(len(snapshot) if listed is None else len(listed), "model")
    if board.scope != ALL:
        over += f", {figure(board.counted)} of them counted"
        unplaced = _unplaced(snapshot, board)
        over += (
            f" ({figure(unplaced)} more may belong, their {_asked_of(board.scope)} unknown)"
            if unplaced
            else ""
        )
    if board.counted and board.unknown == board.counted:
        missing = "scores" if board.metric is Metric.TRENDING else "figures"
        figures = f"in its own order, without {missing}"
    else:
        figures = f"{figure(board.unknown) if board.unknown else 'none'} without a figure"
    if snapshot.kind is Kind.CENSUS or listed is None:
        return f"{taken_from(snapshot)}, by {board.metric.label}: {over}, {figures}."
    trending = board.metric is Metric.TRENDING
    name = "trending list" if trending else f"list by {board.metric.label}"
    panel = f", panel {clean(snapshot.panel)}" if snapshot.panel else ""
    when = f"Measured {moment(snapshot.taken_at)}{panel}"
    return f"{when}: the Hub's {name} of {over}, {figures}."


def measured_head(found: Head) -> str:
    """Say when the head of a board was measured, and which wider one it is cut out of."""
    snapshot, board = found.snapshot, found.board
    return (
        f"{taken_from(snapshot)}, by {board.metric.label}: those among the first {found.cut:,} "
        f"of {plural(len(snapshot), 'model')}."
    )


def measured_share(snapshot: Snapshot, found: Share) -> str:
    """Say when a share was measured, over which denominator, and what of it is unknown."""
    return f"{taken_from(snapshot)}: {denominator(found)}."


def denominator(found: Share) -> str:
    """Say what a share is of, and what of it is unknown: of 90 places, 3 of unknown lab (3.3 %)."""
    question = found.question
    unit = "place" if question.of is Of.SLOTS else question.of.unit
    total = plural(found.total, unit, "places" if question.of is Of.SLOTS else unit)
    part = found.unknown / found.total if found.total else 0.0
    return (
        f"of {total}, {figure(found.unknown) if found.unknown else 'none'} "
        f"of unknown {question.by.value}{f' ({percent(part)})' if part else ''}"
    )


def taken_from(snapshot: Snapshot) -> str:
    """Say which Snapshot an answer is from."""
    panel = f" of panel {clean(snapshot.panel)}" if snapshot.panel else ""
    return f"Measured {moment(snapshot.taken_at)} in the {snapshot.kind.value}{panel}"


def _asked_of(scope: Scope) -> str:
    return "task" if scope.kind is ScopeKind.LLM else scope.kind.value


def _unplaced(snapshot: Snapshot, board: Board) -> int:
    """Return how many of the models a board chose from do not say what its scope asks."""
    counted = _COUNTED.setdefault(snapshot, {})
    asked = (board.scope.kind, board.metric if snapshot.lists else None)
    if asked not in counted:
        counted[asked] = _untold(snapshot, *asked)
    return counted[asked]


def _untold(snapshot: Snapshot, kind: ScopeKind, list_by: Metric | None) -> int:
    if snapshot.tables is not None:
        asks = ScopeKind.TASK.value if kind is ScopeKind.LLM else kind.value
        return snapshot.tables.untold.get(asks, 0)
    columns = snapshot.columns
    listed = snapshot.lists.get(list_by) if list_by else None
    rows = columns.present if listed is None else listed
    match kind:
        case ScopeKind.ALL:
            return 0
        case ScopeKind.TASK | ScopeKind.LLM:
            unknown = columns.pipeline_tag.codes < 0
        case ScopeKind.LICENSE:
            unknown = columns.license.codes < 0
        case ScopeKind.LAB | ScopeKind.COUNTRY:
            by = By.LAB if kind is ScopeKind.LAB else By.COUNTRY
            codes, _ = spaces(by, columns.namespace, snapshot.labs, snapshot.taken_at)
            unknown = codes[columns.namespace.codes] < 0
    return int(unknown[rows].sum())
