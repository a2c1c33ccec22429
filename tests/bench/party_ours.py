"""The answers of this code: counted anew, and carried on from the day before."""

from datetime import UTC, datetime

from detectors.columns import Columns
from detectors.labs import Labs
from detectors.metric import Kind
from detectors.scope import ALL, LLM, Scope, ScopeKind
from detectors.share import By, Of, Share, ShareQuestion
from detectors.snapshot import Snapshot
from detectors.tally import Tally
from tests.bench.answers import BYS, METRICS, OFS, RANKS, USED, Boards, Shares

SCOPES = (ALL, LLM, *(Scope(ScopeKind.TASK, task) for task in USED))


def rows_of(columns: Columns) -> Columns:
    """Keep a day as it is."""
    return columns


def tallied(tally: Tally) -> tuple[Boards, Shares]:
    """Ask a Tally everything that it can tell."""
    boards: Boards = {}
    for metric in METRICS:
        for scope in SCOPES:
            board = tally.board(metric, scope, RANKS)
            if board is None:
                raise ValueError(f"no board of {metric} in {scope}")
            pairs = zip(board.ids, board.figures.tolist(), strict=True)
            boards[f"{metric.value} in {scope}"] = [(name, int(figure)) for name, figure in pairs]
    shares: Shares = {}
    for of in OFS:
        for by in BYS:
            shares[f"{of.value} by {by.value}"] = _said(tally.share(ShareQuestion(of, by)))
    return boards, shares


def counted(columns: Columns, labs: Labs, seconds: int) -> tuple[Boards, Shares, Shares]:
    """Count a day from scratch, and trace its lineage meanwhile; the last answer is from that."""
    at = datetime.fromtimestamp(seconds, UTC)
    snapshot = Snapshot(at, Kind.CENSUS, columns, {}, labs)
    with snapshot.tracing():
        boards, shares = tallied(Tally.of(columns, labs, at, RANKS))
    family = _said(snapshot.share(ShareQuestion(Of.DERIVATIVES, By.FAMILY)))
    return boards, shares, {"family": family}


def _said(share: Share | None) -> dict[str, float]:
    if share is None:
        raise ValueError("the share cannot be told")
    return {**share.amounts, "": share.unknown}
