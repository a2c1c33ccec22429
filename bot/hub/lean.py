"""A page of the Hub's plainest form straight into columns; whatever is odd goes the long way."""

import numpy as np

from bot.hub.gatherer import Gatherer
from bot.hub.listed import FIGURES, Part, whole
from bot.packed import OID_BYTES
from bot.vocabulary import TEXTS
from detectors.columns import Edges
from detectors.names import Names

# As Row and Edge of bot/hub/scanner.pyx have it, which lays them out as C does.
ROW = np.dtype(
    [
        ("created_at", np.int64),
        ("trending_score", np.float64),
        *((name, np.int64) for name in ("likes", "downloads", "downloads_all_time")),
        *((name, np.int32) for name in ("namespace", "pipeline_tag", "library_name", "license")),
        ("id_ends", np.int32),
        ("gated", np.int8),
        ("oid", np.uint8, OID_BYTES),
    ],
    align=True,
)
EDGE = np.dtype([(name, np.int32) for name in ("child", "parent", "relation")])


def lean_part(body: bytes, gatherer: Gatherer) -> Part | None:
    """Return a page's records in columns, None where any of them is not plain.

    None also for any page where the scanner is not compiled.
    """
    found = None if gatherer.scanner is None else gatherer.scanner.scan(body)
    if found is None:
        return None
    rows, edges = np.frombuffer(found[0], ROW), np.frombuffer(found[2], EDGE)
    return Part(
        names=Names(found[1], rows["id_ends"].astype(np.int64)),
        oids=np.ascontiguousarray(rows["oid"]),
        created_at=np.ascontiguousarray(rows["created_at"]),
        figures=[whole(rows[name]) for name in FIGURES.values()],
        texts=[np.ascontiguousarray(rows[name]) for name in TEXTS],
        gated=np.ascontiguousarray(rows["gated"]),
        edges=Edges(edges["child"], edges["parent"], edges["relation"].astype(np.int8)),
    )
