"""Pages of a channel's history, as Slack gives them."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

Message = dict[str, Any]
Arguments = Mapping[str, Any]
Refuse = Callable[..., Exception]

_PAGE, _MOST_PAGE = 100, 999


def paged(
    refuse: Refuse, found: list[Message], arguments: Arguments, first: Message | None = None
) -> dict[str, Any]:
    """Return a page: `oldest` and `latest`, then the cursor, then the limit."""
    oldest, latest = float(arguments.get("oldest", 0)), float(arguments.get("latest", 1e12))
    found = [each for each in found if oldest <= float(each["ts"]) <= latest]
    limit = int(arguments.get("limit", _PAGE))
    if not 1 <= limit <= _MOST_PAGE:
        raise refuse("invalid_limit")
    start = int(base64.b64decode(arguments.get("cursor", "MA==")))
    page = found[start : start + limit]
    if first is not None and start == 0:
        page = [first, *page]
    if arguments.get("include_all_metadata") not in {True, "1", "true"}:
        page = [{key: each[key] for key in each if key != "metadata"} for each in page]
    more = start + limit < len(found)
    following = base64.b64encode(str(start + limit).encode()).decode() if more else ""
    return {
        "messages": page,
        "has_more": more,
        "response_metadata": {"next_cursor": following},
    }
