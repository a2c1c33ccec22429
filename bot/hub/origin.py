"""The endpoint's own origin, which no request leaves, for the token goes with it."""

from functools import lru_cache

import httpx2

from bot.hub.port import HubError


class Origin:
    """Where a Hub is, and which addresses are there too."""

    def __init__(self, endpoint: str) -> None:
        """Raise ValueError when the endpoint cannot be meant; it is not shown."""
        base = _base(endpoint)
        self.endpoint = str(base).rstrip("/")
        self._parts = _parts(base)

    def at_home(self, here: httpx2.URL, link: str, does: str) -> httpx2.URL:
        """Resolve a link that was met at an address.

        Raises:
            HubError: `foreign-link` where it leads away; `does` says what the answer does there.
        """
        try:
            target = read_url(link)
            if not (target.scheme and target.host):
                target = here.join(target)
        except httpx2.InvalidURL:
            raise HubError("foreign-link", f"it {does} at an address that is none") from None
        if _parts(target) != self._parts or target.userinfo:
            where = f"{target.scheme}://{target.netloc.decode('ascii', 'replace')}"
            where = where.rpartition("@")[2][:100]
            raise HubError("foreign-link", f"it {does} at another place, {where!a}")
        return target.copy_with(fragment=None) if target.fragment else target


# A link to the next page is read when it comes and once more when it is followed.
read_url = lru_cache(maxsize=8)(httpx2.URL)


def _base(endpoint: str) -> httpx2.URL:
    try:
        base = httpx2.URL(endpoint.strip())
    except httpx2.InvalidURL:
        base = httpx2.URL("")
    if base.scheme not in {"http", "https"} or not base.host or base.userinfo or base.query:
        raise ValueError(
            "HF_ENDPOINT must be an address like https://huggingface.co, without "
            "a name, a password or a question mark"
        )
    return base.copy_with(fragment=None)


def _parts(url: httpx2.URL) -> tuple[str, str, int | None]:
    # The library leaves out a scheme's own port and lowers the letters of both others.
    return url.scheme, url.host, url.port
