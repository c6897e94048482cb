"""What needs no signature and loads nothing from outside: the contract, and its page.

``PAGES`` are the routes of it, with and without a last slash.
"""

from hashlib import blake2b
from pathlib import Path

from attrs import frozen
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from adapters.http.etags import is_known
from adapters.http.schema import load

_STATIC = Path(__file__).parent / "static"
_SWAGGER_UI = "swagger-ui-5.35.0"
_LATEST = "public, no-cache"
_FOR_EVER = "public, max-age=31536000, immutable"

#: The page may load what is ours and nothing else, and nobody may frame it.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


@frozen
class Page:
    """Bytes that stay the same as long as the process runs."""

    body: bytes
    media_type: str
    caching: str = _LATEST

    async def answer(self, request: Request) -> Response:
        """Answer 200 with the bytes, or 304 to whoever has them."""
        tag = f'"{blake2b(self.body, digest_size=8).hexdigest()}"'
        headers = {
            "ETag": tag,
            "Cache-Control": self.caching,
            "Content-Security-Policy": _POLICY,
        }
        if is_known(tag, request.headers):
            return Response(status_code=304, headers=headers)
        return Response(self.body, media_type=self.media_type, headers=headers)


async def _to_docs(_request: Request) -> Response:
    return RedirectResponse("/docs", status_code=308)


def _file(name: str, media_type: str, caching: str = _LATEST) -> Page:
    return Page((_STATIC / name).read_bytes(), media_type, caching)


def _pages() -> dict[str, Page]:
    contract = Page(load().as_json(), "application/json")
    script, style = "text/javascript", "text/css"
    bundle, sheet = (
        f"{_SWAGGER_UI}/{name}" for name in ("swagger-ui-bundle.js", "swagger-ui.css")
    )
    return {
        "/api/v1/openapi.json": contract,
        "/api/v1/events/openapi.json": contract,
        "/docs": _file("docs.html", "text/html"),
        "/docs/static/docs.js": _file("docs.js", script),
        f"/docs/static/{bundle}": _file(bundle, script, _FOR_EVER),
        f"/docs/static/{sheet}": _file(sheet, style, _FOR_EVER),
    }


def pages() -> tuple[Route, ...]:
    """Return the routes; the files are read now."""
    shown = [
        Route(path + slash, page.answer, methods=["GET"])
        for path, page in _pages().items()
        for slash in ("", "/")
    ]
    leading = [Route(path, _to_docs, methods=["GET"]) for path in ("/redoc", "/redoc/")]
    return (*shown, *leading)
