"""Families of a graph of base models in plain Python: the dict bot's whole lineage.

Polars and DuckDB come here with what is left of theirs: the few cycles and what hangs on them.
"""

from collections.abc import Callable, Mapping, Sequence

from detectors.graph import knots

Mix = Mapping[str, float]


def families(
    parents: Mapping[int, Sequence[int]], own: Callable[[int], Mix], lab: Callable[[int], str]
) -> dict[int, Mix]:
    """Return the families of the children; `own` are those of a node that is none of them."""
    found: dict[int, Mix] = {}
    for knot in knots(parents):
        members = set(knot)
        above = sorted({up for node in knot for up in parents.get(node, ()) if up not in members})
        if not any(node in parents for node in knot):
            continue
        if not above:
            labs = {lab(node) for node in knot}
            mix: dict[str, float] = {labs.pop() if len(labs) == 1 else "": 1.0}
        else:
            mix = {}
            for up in above:
                for family, weight in (found.get(up) or own(up)).items():
                    mix[family] = mix.get(family, 0.0) + weight / len(above)
        for node in knot:
            found[node] = mix
    return found
