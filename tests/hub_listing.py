"""What `GET /api/models` lists: rows, orders, cursors and fields, as the real Hub does them.

Source: https://huggingface.co/docs/hub/api and what huggingface_hub 2.4.0 asks for.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlencode

from tests.hub_faults import Ascending

Row = dict[str, Any]
Query = Mapping[str, Sequence[str]]

_SORTS = ("createdAt", "downloads", "lastModified", "likes", "trendingScore")
_DEFAULT_FIELDS = (
    *("likes", "trendingScore", "private", "downloads", "tags"),
    *("pipeline_tag", "library_name", "createdAt", "modelId"),
)
_EXPANDABLE = frozenset(
    {*_SORTS, *_DEFAULT_FIELDS, "author", "baseModels", "downloadsAllTime", "gated", "sha"}
) - {"modelId"}
_MOVING = ("downloads", "likes", "trendingScore", "lastModified")
_FIRST_CREATED = datetime(2022, 3, 2, 23, 29, 4, tzinfo=UTC)


class BadQuestion(Exception):
    """What the Hub answers 400 to."""


@dataclass(frozen=True)
class Place:
    """Where a listing goes on: after this figure and this `_id`, on the page with this number."""

    page: int
    figure: Any
    oid: str

    @classmethod
    def read(cls, query: Query) -> "Place | None":
        """Return the place of a query's cursor, None for a first page."""
        cursor = _one(query, "cursor")
        if not cursor:
            return None
        try:
            return cls(*json.loads(base64.urlsafe_b64decode(cursor)))
        except (ValueError, TypeError):
            raise BadQuestion("Invalid cursor") from None

    def cursor(self) -> str:
        """Return it in the form a client passes back unread."""
        written = json.dumps([self.page, self.figure, self.oid])
        return base64.urlsafe_b64encode(written.encode()).decode()


def hub_models(count: int, *, seed: int = 0) -> list[Row]:
    """Return so many models as the Hub would list them, the same ones for the same seed."""
    chance = Random(seed)  # noqa: S311  # figures of a story, no secrets
    return [_model(number, chance) for number in range(count)]


def _model(number: int, chance: Random) -> Row:
    owner = f"lab-{number % 7}"
    # Pairs share an instant, as many real models do.
    created = f"{_FIRST_CREATED + timedelta(minutes=number // 2):%Y-%m-%dT%H:%M:%S}.000Z"
    return {
        "_id": f"{number:024x}",
        "id": f"{owner}/model-{number}",
        "modelId": f"{owner}/model-{number}",
        "author": owner,
        "private": False,
        "likes": chance.randrange(5_000),
        "downloads": chance.randrange(1_000_000),
        "downloadsAllTime": chance.randrange(1_000_000, 9_000_000),
        "trendingScore": chance.randrange(900),
        "createdAt": created,
        "lastModified": created,
        "pipeline_tag": "text-generation",
        "library_name": "transformers",
        "tags": ["transformers", "license:mit"],
        "gated": False,
    }


def listed(
    models: Sequence[Row], query: Query, *, page_cap: int, ascending: Ascending
) -> tuple[list[Row], str | None]:
    """Return one page's rows and the query of the next page, None on the last.

    The order is by the figures as they are now, as on a Hub whose figures move during a walk.

    Raises:
        BadQuestion: An unknown sort key, field, direction or cursor.
    """
    sort = _one(query, "sort") or "trendingScore"
    if sort not in _SORTS:
        raise BadQuestion(f"Invalid sort {sort!r}")
    wanted = tuple(query.get("expand", ()))
    for field in wanted:
        if field not in _EXPANDABLE:
            raise BadQuestion(f"Invalid expand {field!r}")
    rising = _one(query, "direction") == "1"
    if rising and ascending is Ascending.REFUSED:
        raise BadQuestion("Invalid direction")
    rising = rising and ascending is Ascending.TAKEN
    limit = min(int(_one(query, "limit") or "1000"), page_cap)
    place = Place.read(query)
    rows = sorted(models, key=lambda row: (row[sort], row["_id"]), reverse=not rising)
    if place is not None:
        border = (place.figure, place.oid)
        rows = [row for row in rows if _is_after((row[sort], row["_id"]), border, rising=rising)]
    page, rest = rows[:limit], rows[limit:]
    following = None
    if rest:
        number = 2 if place is None else place.page + 1
        cursor = Place(number, page[-1][sort], page[-1]["_id"]).cursor()
        kept = [(name, value) for name, values in query.items() for value in values]
        kept = [(name, value) for name, value in kept if name != "cursor"]
        following = urlencode([*kept, ("cursor", cursor)])
    return [_shown(row, wanted) for row in page], following


def move(models: Sequence[Row], share: float, chance: Random) -> None:
    """Change the figures of this part of the models in place."""
    for row in chance.sample(models, int(share * len(models))):
        for name in _MOVING[:3]:
            row[name] = chance.randrange(1_000_000)
        row["lastModified"] = f"2026-01-01T00:00:{chance.randrange(60):02}.000Z"


def _is_after(key: tuple[Any, str], border: tuple[Any, str], *, rising: bool) -> bool:
    return key > border if rising else key < border


def _shown(row: Row, wanted: Sequence[str]) -> Row:
    fields = ("_id", "id", *(wanted or _DEFAULT_FIELDS))
    return {name: row[name] for name in fields if name in row}


def _one(query: Query, name: str) -> str:
    return next(iter(query.get(name, ())), "")
