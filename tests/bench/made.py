"""Pages of made-up models, as the Hub writes them for a census."""

import hashlib
from datetime import UTC, datetime, timedelta
from random import Random

from tests.hub_listing import Row

ROWS = 1000
BEGIN = datetime(2022, 3, 2, 23, 29, 4, tzinfo=UTC)
TAGS = ("transformers", "safetensors", "text-generation", "endpoints_compatible", "region:us", "en")
LICENSES = ("apache-2.0", "mit", "other", "llama3.1", "cc-by-nc-4.0")
TASKS = ("text-generation", "text-classification", "text-to-image", "feature-extraction", None)


def page(number: int) -> list[Row]:
    """Return a page of made-up models with what a census asks for, two in five derived."""
    chance = Random(number)  # noqa: S311 - figures of a story, no secrets
    rows: list[Row] = []
    for at in range(number * ROWS, (number + 1) * ROWS):
        created = BEGIN + timedelta(seconds=40 * at)
        owner = f"user-{int(chance.paretovariate(0.6)) % 400_000}"
        tags = [*TAGS[: chance.randrange(2, 7)], f"license:{chance.choice(LICENSES)}"]
        row: Row = {
            "_id": f"{int(created.timestamp()):08x}{chance.getrandbits(40):010x}{at % 2**24:06x}",
            "id": f"{owner}/model-{at}-Instruct",
            "author": owner,
            "createdAt": f"{created:%Y-%m-%dT%H:%M:%S}.000Z",
            "downloads": min(int(chance.paretovariate(0.5)), 10**9),
            "downloadsAllTime": min(int(chance.paretovariate(0.4)), 10**10),
            "gated": False,
            "library_name": "transformers",
            "likes": min(int(chance.paretovariate(0.8)) - 1, 9999),
            "pipeline_tag": chance.choice(TASKS),
            "trendingScore": chance.choice((0, 0, 0, 1, 2)),
            "tags": tags,
        }
        if chance.random() < 0.4:
            base = f"org-{int(chance.paretovariate(0.7)) % 2000}/base"
            tags += [f"base_model:{base}", f"base_model:finetune:{base}"]
            parent = {"_id": hashlib.md5(base.encode(), usedforsecurity=False).hexdigest()[:24]}
            row["baseModels"] = {"relation": "finetune", "models": [parent | {"id": base}]}
        rows.append(row)
    return rows
