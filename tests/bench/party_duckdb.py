"""The same answers by DuckDB, from the same arrays."""

import duckdb

from detectors.columns import Columns
from detectors.labs import Labs
from detectors.scope import LLM_TASKS
from detectors.share import NEW_SECONDS
from tests.bench.answers import BYS, METRICS, OFS, RANKS, USED, Boards, Shares
from tests.bench.descent import families
from tests.bench.frames import rows_of, tables

__all__ = ["answers", "rows_of"]

_LLM = ", ".join(f"'{task}'" for task in sorted(LLM_TASKS))
_PREPARE = """
create temp table spaces as
    select s.space, coalesce(l.lab, '') as lab, coalesce(l.country, '') as country,
        hash(coalesce(r.owner, lower(s.name))) as owner
    from given_spaces s left join given_labs l on l.low = lower(s.name)
        left join given_renamed r on r.low = lower(s.name);
create temp table models as
    select m.row, m.id, m.task::varchar as task, m.created, m.present, m.not_llm, m.trending,
        m.likes, m.downloads, s.lab, s.country, s.owner
    from given_models m join spaces s using (space);
create temp table edges as
    select e.child, e.parent, c.owner <> p.owner as abroad
    from given_edges e join models c on c.row = e.child join models p on p.row = e.parent
    where e.child <> e.parent;
create temp table derived as select distinct child from edges where abroad;
create temp table kept as
    select child, parent, 1 / count(*) over (partition by child) as part
    from (select child, parent from edges where abroad
        union all select child, parent from edges where child not in (from derived));
create temp table mixes (child integer, family varchar, weight double);
"""
_READY = """
create or replace temp table ready as
    select * from kept where child not in
        (select child from kept where parent in (select child from kept));
insert into mixes
    select r.child, coalesce(m.family, l.lab) as family, sum(r.part * coalesce(m.weight, 1))
    from ready r left join mixes m on m.child = r.parent left join models l on l.row = r.parent
    group by all;
create or replace temp table kept as
    select * from kept where child not in (select child from ready);
"""


def answers(columns: Columns, labs: Labs, seconds: int) -> tuple[Boards, Shares, Shares]:
    """Answer everything in SQL."""
    given = tables(columns, labs, seconds)
    with duckdb.connect() as base:
        for name in ("models", "edges", "spaces", "labs", "renamed"):
            base.register(f"given_{name}", getattr(given, name))
        base.execute(_PREPARE)
        base.execute(
            "create temp view fresh as select * from models where present and created > ? "
            "and created <= ?".replace("?", "{}").format(seconds - NEW_SECONDS, seconds)
        )
        return _boards(base), _shares(base), {"family": _family(base)}


def _boards(base: duckdb.DuckDBPyConnection) -> Boards:
    boards: Boards = {}
    for metric in METRICS:
        order = f"{metric.value} desc, created, id"
        cuts = {"all": "true", "llm": f"task in ({_LLM}) and not not_llm"}
        for scope, cut in cuts.items():
            boards[f"{metric.value} in {scope}"] = base.execute(
                f"select id, {metric.value} from models where present and {metric.value} > 0 "  # noqa: S608 - words of this file
                f"and {cut} order by {order} limit {RANKS}"
            ).fetchall()
        boards |= {f"{metric.value} in {task}": [] for task in USED}
        found = base.execute(
            f"select task, id, {metric.value} from models where present and {metric.value} > 0 "  # noqa: S608 - as above
            "and task is not null "
            f"qualify row_number() over (partition by task order by {order}) <= {RANKS} "
            f"order by task, {order}"
        ).fetchall()
        for task, name, figure in found:
            boards[f"{metric.value} in {task}"].append((name, figure))
    return boards


def _shares(base: duckdb.DuckDBPyConnection) -> Shares:
    listed = "models where present"
    sources = {"new": "fresh", "derivatives": "fresh where row in (from derived)"}
    shares: Shares = {}
    for of in OFS:
        weight = "count(*)" if of.value in sources else f"sum(greatest({of.value}, 0))"
        for by in BYS:
            found = base.execute(
                f"select {by.value}, {weight} from {sources.get(of.value, listed)} group by 1"  # noqa: S608 - as above
            ).fetchall()
            shares[f"{of.value} by {by.value}"] = {name: float(amount) for name, amount in found}
    return shares


def _family(base: duckdb.DuckDBPyConnection) -> dict[str, float]:
    before = -1
    while (left := _count(base)) and left != before:
        base.execute(_READY)
        before = left
    open_edges = base.execute("select child, parent from kept").fetchall()
    parents: dict[int, list[int]] = {}
    for child, parent in open_edges:
        parents.setdefault(child, []).append(parent)
    own: dict[int, dict[str, float]] = {}
    for node, family, weight in base.execute(
        "select child, family, weight from mixes where child in (select parent from kept)"
    ).fetchall():
        own.setdefault(node, {})[family] = weight
    lab: dict[int, str] = dict(
        base.execute(
            "select row, lab from models where row in (select parent from kept) "
            "or row in (select child from kept)"
        ).fetchall()
    )
    found = families(
        parents, lambda node: own.get(node) or {lab[node]: 1.0}, lambda node: lab[node]
    )
    rows = [(child, name, part) for child, mix in found.items() for name, part in mix.items()]
    if rows:
        base.executemany("insert into mixes values (?, ?, ?)", rows)
    return dict(
        base.execute(
            "select family, sum(weight) from mixes where child in "
            "(select row from fresh where row in (from derived)) group by 1"
        ).fetchall()
    )


def _count(base: duckdb.DuckDBPyConnection) -> int:
    found = base.execute("select count(*) from kept").fetchone()
    return 0 if found is None else int(found[0])
