"""No request and no token ever leaves the endpoint's origin."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.hub.live import LiveHub
from tests.hub_faults import (
    LinkTo,
    Status,
)
from tests.hub_listing import hub_models
from tests.hub_looks import NOW, failed, listed_ids, live
from tests.hub_server import LoopbackHub


@pytest.fixture
async def elsewhere() -> AsyncIterator[LoopbackHub]:
    """Another server, which no request may reach."""
    async with LoopbackHub(hub_models(5)) as other:
        yield other
        assert other.requests == []


@pytest.mark.parametrize("census", [False, True])
async def test_a_foreign_next_link_is_never_followed(
    tmp_path: Path, elsewhere: LoopbackHub, *, census: bool
) -> None:
    link = LinkTo(url=f"{elsewhere.url}/api/models?cursor=x")
    async with LoopbackHub(hub_models(60), faults=[link]) as server:
        assert (await failed(live(server.url, tmp_path), census=census)).reason == "foreign-link"


@pytest.mark.parametrize("code", [301, 302, 307, 308])
async def test_a_redirect_to_another_origin_is_never_followed(
    tmp_path: Path, elsewhere: LoopbackHub, code: int
) -> None:
    away = Status(code=code, headers={"Location": f"{elsewhere.url}/api/models"})
    async with LoopbackHub(hub_models(60), faults=[away]) as server:
        assert (await failed(live(server.url, tmp_path))).reason == "foreign-link"


@pytest.mark.parametrize(
    "link",
    [
        "//elsewhere.invalid/api/models",
        "https://elsewhere.invalid/api/models",
        "{https}/api/models",
        "{at}@elsewhere.invalid/",
        "{userinfo}/api/models",
        "http://[::1/",
        "javascript:alert(1)",
    ],
)
async def test_no_spelling_of_a_link_leaves_the_origin(tmp_path: Path, link: str) -> None:
    async with LoopbackHub(hub_models(60)) as server:
        host = server.url.removeprefix("http://")
        link = link.format(
            https=f"https://{host}", at=f"http://{host}\\", userinfo=f"http://name:word@{host}"
        )
        server.faults.append(LinkTo(url=link))
        assert (await failed(live(server.url, tmp_path))).reason == "foreign-link"
        assert len(server.requests) == 1


async def test_a_relative_next_link_is_followed(tmp_path: Path) -> None:
    async with LoopbackHub(hub_models(60), faults=[LinkTo(url="?cursor=bad", sort="likes")]) as it:
        error = await failed(live(it.url, tmp_path))
        assert (error.reason, it.requests[-1].query) == ("http-400", {"cursor": ["bad"]})


async def test_a_redirect_within_the_origin_is_followed(tmp_path: Path) -> None:
    async with LoopbackHub(hub_models(60), prefix="/new") as server:
        query = "sort=likes&limit=50&expand=likes"
        here = f"{server.url}/api/models?{query}"
        moved = Status(code=308, headers={"Location": here}, sort="trendingScore")
        server.faults.append(moved)
        reading = await live(server.url, tmp_path).pulse()
    assert listed_ids(reading, 0) == listed_ids(reading, 1)


async def test_a_redirect_to_itself_ends(tmp_path: Path) -> None:
    async with LoopbackHub(faults=[Status(code=302, headers={"Location": "?"})]) as server:
        assert (await failed(live(server.url, tmp_path))).reason == "redirects"


async def test_an_endpoint_with_a_password_is_refused_unshown(tmp_path: Path) -> None:
    for endpoint in ("http://me:word@127.0.0.1", "huggingface.co", "ftp://huggingface.co", ""):
        with pytest.raises(ValueError, match="HF_ENDPOINT") as caught:
            live(endpoint, tmp_path)
        assert "word@" not in str(caught.value)


async def test_a_token_with_strange_characters_is_refused_unshown(tmp_path: Path) -> None:
    for token in ("hf_a\nb", "hf_ä", "hf a"):
        with pytest.raises(ValueError, match="HF_TOKEN") as caught:
            LiveHub(endpoint="http://127.0.0.1", token=token, spool=tmp_path, clock=lambda: NOW)
        assert token not in str(caught.value)
