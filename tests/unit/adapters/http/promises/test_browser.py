"""A real browser shows the contract, and is kept from loading anything else."""

import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from adapters.http.routes import OPERATIONS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="needs Chromium (Debian's package chromium)"
)


class Shown(HTMLParser):
    """Collects the operations that a page shows."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "span" and given.get("class") == "opblock-summary-path":
            self.paths.append(given.get("data-path") or "")


def browse(address: str, home: Path) -> tuple[str, str]:
    """Return what a browser makes of a page, and what it has to say about it."""
    assert CHROMIUM is not None
    seen = subprocess.run(
        [
            CHROMIUM,
            "--headless=new",
            "--no-sandbox",  # root has none
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            f"--user-data-dir={home}",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            "--enable-logging=stderr",
            "--virtual-time-budget=20000",
            "--dump-dom",
            address,
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    said = [line for line in seen.stderr.splitlines() if "CONSOLE" in line]
    return seen.stdout, "\n".join(said)


@needs_chromium
def test_the_page_shows_every_operation_and_breaks_no_policy(
    address: str, tmp_path: Path
) -> None:
    page, said = browse(f"{address}/docs", tmp_path)
    shown = Shown()
    shown.feed(page)
    assert {f"/api/v1{operation.path}" for operation in OPERATIONS} <= set(shown.paths)
    assert said == ""


@needs_chromium
def test_the_browser_would_tell_of_a_broken_policy(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<meta http-equiv=Content-Security-Policy content=\"script-src 'none'\">"
        "<script>1</script>"
    )
    _, said = browse(page.as_uri(), tmp_path / "home")
    assert "Content Security Policy" in said
