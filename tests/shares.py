"""Short tables of a Hub whose shares are easy to read off."""

from tests.world import Row, day

OWNERS = {
    "qwen": "Qwen",
    "meta": "meta-llama",
    "google": "google",
    "mistral": "mistralai",
    "unknown": "nobody",
}
_COUNTRIES = {"c": "Qwen", "u": "meta-llama", "x": "nobody"}


def downloaded(**downloads: int) -> list[Row]:
    """Return one model of each owner with so many downloads."""
    return [
        (f"{OWNERS[owner]}/{owner}", {"downloads": count})
        for owner, count in downloads.items()
        if count
    ]


def liked(**likes: int) -> list[Row]:
    """Return one model of each owner with so many likes."""
    return [
        (f"{OWNERS[owner]}/{owner}", {"likes": count}) for owner, count in likes.items() if count
    ]


def built(**derivatives: int) -> list[Row]:
    """Return so many derivatives of a base of each owner, every one by an author of its own."""
    return [
        (
            f"{family}{at}/m",
            {"created_at": day(1), "tags": (f"base_model:finetune:{OWNERS[family]}/base",)},
        )
        for family, count in derivatives.items()
        for at in range(count)
    ]


def slots(order: str) -> list[Row]:
    """Return a list of models: `c` of a lab in China, `u` in the United States, `x` unknown."""
    return [f"{_COUNTRIES[each]}/{each}{at}" for at, each in enumerate(order)]
