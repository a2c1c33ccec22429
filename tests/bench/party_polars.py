"""The same answers by Polars, from the same arrays."""

import polars as pl

from detectors.columns import Columns
from detectors.labs import Labs
from detectors.scope import LLM_TASKS
from detectors.share import NEW_SECONDS
from tests.bench.answers import BYS, METRICS, OFS, RANKS, USED, Boards, Shares
from tests.bench.descent import families
from tests.bench.frames import rows_of, tables

__all__ = ["answers", "rows_of"]


def answers(columns: Columns, labs: Labs, seconds: int) -> tuple[Boards, Shares, Shares]:
    """Answer everything with expressions."""
    given = tables(columns, labs, seconds)
    models, edges, spaces, held, renamed = (
        _frame(each)
        for each in (given.models, given.edges, given.spaces, given.labs, given.renamed)
    )
    spaces = spaces.with_columns(low=pl.col("name").str.to_lowercase())
    spaces = spaces.join(held, on="low", how="left", maintain_order="left")
    spaces = spaces.join(renamed, on="low", how="left", maintain_order="left").select(
        "space",
        pl.col("lab").fill_null(""),
        pl.col("country").fill_null(""),
        owner=pl.coalesce("owner", "low").hash(),
    )
    space = models["space"]
    models = models.with_columns(
        lab=spaces["lab"].cast(pl.Categorical).gather(space),
        country=spaces["country"].cast(pl.Categorical).gather(space),
    )
    kept, derived = _kept(edges, spaces["owner"].gather(space))
    listed = models.filter(pl.col("present"))
    new = listed.filter(
        pl.col("created").is_between(seconds - NEW_SECONDS, seconds, closed="right")
    )
    derivatives = new.join(derived, left_on="row", right_on="child", how="semi")
    shares = _shares(listed, {"new": new, "derivatives": derivatives})
    mixes = _mixes(kept, models["lab"])
    found = derivatives.select("row").join(mixes, left_on="row", right_on="child")
    sums = found.group_by("family").agg(pl.col("weight").sum())
    return _boards(listed), shares, {"family": dict(sums.iter_rows())}


def _frame(table: object) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    if not isinstance(frame, pl.DataFrame):
        raise TypeError("a table is a frame")
    return frame


def _boards(listed: pl.DataFrame) -> Boards:
    task = pl.col("task").cast(pl.String)
    llm = task.is_in(list(LLM_TASKS)) & ~pl.col("not_llm")
    boards: Boards = {}
    for metric in METRICS:
        figure = pl.col(metric.value)
        ranked = (
            listed.lazy()
            .filter(figure > 0)
            .select("id", "created", "task", "not_llm", metric.value)
        )
        cuts = {"all": ranked, "llm": ranked.filter(llm)}
        order = [metric.value, "created", "id"]
        for scope, cut in cuts.items():
            top = cut.filter(figure >= figure.top_k(RANKS).min())
            top = top.sort(order, descending=[True, False, False]).head(RANKS)
            boards[f"{metric.value} in {scope}"] = _pairs(top.collect(), metric.value)
        bound = ranked.group_by("task").agg(bound=figure.top_k(RANKS).min())
        near = ranked.join(bound, on="task").filter(figure >= pl.col("bound"))
        near = near.sort(order, descending=[True, False, False])
        of_each = near.group_by("task", maintain_order=True).head(RANKS)
        of_task = of_each.collect().with_columns(task).partition_by("task", as_dict=True)
        for name in USED:
            boards[f"{metric.value} in {name}"] = (
                _pairs(of_task[(name,)], metric.value) if (name,) in of_task else []
            )
    return boards


def _pairs(top: pl.DataFrame, metric: str) -> list[tuple[str, int]]:
    return list(top.select("id", metric).iter_rows())


def _shares(listed: pl.DataFrame, fresh: dict[str, pl.DataFrame]) -> Shares:
    shares: Shares = {}
    for of in OFS:
        for by in BYS:
            frame = fresh.get(of.value, listed)
            weight = (
                pl.len() if of.value in fresh else pl.col(of.value).clip(0).cast(pl.Int64).sum()
            )
            sums = frame.lazy().group_by(pl.col(by.value)).agg(weight.alias("amount")).collect()
            shares[f"{of.value} by {by.value}"] = dict(sums.iter_rows())
    return shares


def _kept(edges: pl.DataFrame, owner: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the edges that lead to roots, and the children that are derivatives."""
    edges = edges.filter(pl.col("child") != pl.col("parent"))
    abroad = owner.gather(edges["child"]) != owner.gather(edges["parent"])
    edges = edges.with_columns(abroad=abroad)
    derived = edges.filter("abroad").select("child").unique()
    home = edges.filter(~pl.col("abroad")).join(derived, on="child", how="anti")
    return pl.concat([edges.filter("abroad"), home]).select("child", "parent"), derived


def _mixes(kept: pl.DataFrame, lab: pl.Series) -> pl.DataFrame:
    """Return the families of all children, those first whose parents are settled."""
    kept = kept.with_columns(part=1 / pl.len().over("child"))
    settled: list[pl.DataFrame] = []
    done = pl.DataFrame(schema={"child": pl.Int32, "family": lab.dtype, "weight": pl.Float64})
    while kept.height:
        waiting = kept.join(kept.select(parent="child"), on="parent", how="semi")
        ready = kept.join(waiting, on="child", how="anti")
        if not ready.height:
            break
        parts = ready.join(done, left_on="parent", right_on="child", how="left")
        own = lab.gather(parts["parent"])
        parts = parts.with_columns(
            family=pl.coalesce("family", own.alias("own")),
            weight=pl.col("part") * pl.col("weight").fill_null(1.0),
        )
        mix = parts.group_by("child", "family").agg(pl.col("weight").sum())
        settled.append(mix)
        done = pl.concat(settled)
        kept = kept.join(ready.select("child").unique(), on="child", how="anti")
    left: dict[int, list[int]] = {}
    for child, parent in kept.select("child", "parent").iter_rows():
        left.setdefault(child, []).append(parent)
    ups = kept.select(child="parent").unique().join(done, on="child")
    known: dict[int, dict[str, float]] = {}
    for node, family, weight in ups.with_columns(pl.col("family").cast(pl.String)).iter_rows():
        known.setdefault(node, {})[family] = weight
    found = families(
        left, lambda node: known.get(node) or {lab[node]: 1.0}, lambda node: str(lab[node])
    )
    rows = [(child, name, part) for child, mix in found.items() for name, part in mix.items()]
    tail = pl.DataFrame(
        rows, {"child": pl.Int32, "family": pl.String, "weight": pl.Float64}, orient="row"
    )
    return pl.concat([done.with_columns(pl.col("family").cast(pl.String)), tail])
