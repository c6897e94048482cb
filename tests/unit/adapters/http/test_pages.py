"""The contract and the page to read it: open to all, nothing from outside."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import adapters.http
from tests.unit.adapters.http.world import World

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'"
STATIC = Path(adapters.http.__path__[0]) / "static"


class Links(HTMLParser):
    """Collects what a page loads, and what would run inside it."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"script", "link", "img", "iframe"}:
            self.loaded.append(given.get("src") or given.get("href") or "")
        self.inline += [n for n in given if n == "style" or n.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("prefix", ["/api/v1", "/api/v1/events"])
@pytest.mark.parametrize("slash", ["", "/"])
async def test_the_contract_needs_no_signature(
    world: World, prefix: str, slash: str
) -> None:
    response = await world.send("GET", f"{prefix}/openapi.json{slash}")

    document = response.json()
    assert document["openapi"] == "3.1.1"
    assert document["info"]["version"] != "0.0.0"
    assert response.headers["Content-Type"] == "application/json"
    tag = {"If-None-Match": response.headers["ETag"]}
    again = await world.send("GET", f"{prefix}/openapi.json{slash}", headers=tag)
    assert again.status_code == 304
    head = await world.send("HEAD", f"{prefix}/openapi.json{slash}")
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("slash", ["", "/"])
async def test_the_page_loads_only_what_is_served_here(
    world: World, slash: str
) -> None:
    response = await world.send("GET", f"/docs{slash}")

    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Content-Security-Policy"].startswith(POLICY)
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    page = Links()
    page.feed(response.text)
    assert page.inline == []
    loaded = [link for link in page.loaded if link != "data:,"]
    assert len(loaded) == 3
    for link in loaded:
        part = await world.send("GET", link)
        assert part.status_code == 200
        kind = "text/css" if link.endswith(".css") else "text/javascript"
        assert part.headers["Content-Type"].startswith(kind)
        assert part.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_never_changes_is_kept_for_ever(world: World) -> None:
    page = await world.send("GET", "/docs")
    for path in re.findall(r'"(/docs/static/swagger-ui[^"]+)"', page.text):
        response = await world.send("GET", path)
        assert "immutable" in response.headers["Cache-Control"]
    assert page.headers["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize("path", ["/redoc", "/redoc/"])
async def test_the_other_name_leads_there(world: World, path: str) -> None:
    response = await world.send("GET", path)

    assert response.status_code == 308
    assert response.headers["Location"] == "/docs"


async def test_only_what_is_meant_to_be_is_served(world: World) -> None:
    for path in (
        "/docs/static/",
        "/docs/static/VENDORED.md",
        "/docs/static/../pages.py",
        "/docs/static/%2e%2e/pages.py",
    ):
        assert (await world.send("GET", path)).status_code == 404
    assert (await world.send("POST", "/docs")).status_code == 405


def test_what_is_not_ours_comes_with_its_license() -> None:
    [vendored] = [path for path in STATIC.iterdir() if path.is_dir()]
    assert "Apache License" in (vendored / "LICENSE").read_text()
    assert vendored.name in (STATIC / "VENDORED.md").read_text()
    assert vendored.name in (STATIC / "docs.html").read_text()
