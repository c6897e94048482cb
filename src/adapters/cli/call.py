"""`events-core call`: one signed request, so that every route can be tried at once."""

import http.client
import json
import secrets
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit
from uuid import UUID

from attrs import evolve, frozen

from adapters import signing
from adapters.cli.demo_place import DemoPlace, find_demo
from adapters.cli.errors import UsageError
from adapters.settings import Settings, SettingsError, read_settings

_TIMEOUT = 15.0
_ELSEWHERE = ("/api/", "/health", "/metrics", "/docs", "/redoc")


@frozen(kw_only=True)
class Request:
    """What was asked for on the command line."""

    method: str
    path: str
    user: str | None = None
    tenant: str | None = None
    data: str | None = None
    flags: str | None = None
    url: str | None = None


def call(environ: Mapping[str, str], request: Request, *, include: bool) -> int:
    """Send the request, print the answer, and return 0 for a success, else 1.

    The answer's body goes to standard output, JSON indented, and the status line,
    with ``include`` the headers too, to standard error.
    """
    try:
        settings = read_settings(environ)
    except SettingsError as error:
        raise UsageError(str(error)) from None
    if not request.method.isalpha():
        raise UsageError(f"{request.method!r} is no method")
    place = _place(settings, request)
    target, body = _target(request.path), _body(request.data)
    headers = _signed(place, request, target, body)
    connection = _connection(place.url)
    try:
        connection.request(request.method.upper(), target, body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise UsageError(f"no answer from {place.url}: {error}") from None
    except ValueError as problem:  # http.client's word for what breaks a request
        raise UsageError(f"this cannot be sent: {problem}") from None
    finally:
        connection.close()
    print(f"{answer.status} {answer.reason}", file=sys.stderr)
    if include:
        for name, value in answer.getheaders():
            print(f"{name}: {value}", file=sys.stderr)
    if content:
        print(_readable(content))
    return 0 if answer.status < 400 else 1


def _place(settings: Settings, request: Request) -> DemoPlace:
    secret = settings.hmac_secret
    demo = None if secret else find_demo(settings.data_dir)
    if demo:
        return evolve(demo, url=request.url or demo.url)
    if secret is None:
        raise UsageError(
            "set BFF_INTERNAL_HMAC_SECRET, or start a demo with `serve --demo`"
        )
    if not request.user or not request.tenant:
        raise UsageError("name who asks: --as USER and --tenant ID")
    url = request.url or settings.public_url
    url = url or f"http://{settings.host}:{settings.port}"
    return DemoPlace(url, secret.decode(), request.tenant, "cli", {})


def _connection(address: str) -> http.client.HTTPConnection:
    try:
        url = urlsplit(address)
        place = url.hostname or "", url.port
    except ValueError:  # the port
        raise UsageError(f"{address!r} is no address") from None
    match url.scheme:
        case "http" if url.hostname:
            return http.client.HTTPConnection(*place, timeout=_TIMEOUT)
        case "https" if url.hostname:
            return http.client.HTTPSConnection(*place, timeout=_TIMEOUT)
    raise UsageError(f"{address!r} is no http or https address")


def _target(path: str) -> str:
    target = path if path.startswith("/") else f"/{path}"
    if not target.startswith(_ELSEWHERE):
        target = f"/api/v1{target}"
    return quote(target, safe="/?&=%:,+~@!$'()*;-._")


def _body(data: str | None) -> bytes:
    if data is None:
        return b""
    if not data.startswith("@"):
        return data.encode()
    try:
        return Path(data[1:]).read_bytes()
    except OSError:
        raise UsageError(f"cannot read {data[1:]}") from None


def _signed(
    place: DemoPlace, request: Request, target: str, body: bytes
) -> dict[str, str | bytes]:
    user = request.user or next(iter(place.people), "")
    user = place.people.get(user.lower(), user)
    try:
        UUID(user)
    except ValueError:
        known = ", ".join(place.people) or "none: give an id"
        raise UsageError(f"who is {user!r}? Known here: {known}") from None
    request_id = secrets.token_hex(16)
    timestamp = int(time.time())
    signature = signing.sign(
        place.secret.encode(),
        method=request.method,
        path=target.partition("?")[0].encode(),
        body=body,
        request_id=request_id.encode(),
        timestamp=timestamp,
    )
    headers: dict[str, str | bytes] = {
        signing.REQUEST_ID: request_id,
        signing.TENANT_ID: request.tenant or place.tenant_id,
        signing.TENANT_SLUG: place.tenant_slug,
        signing.USER_ID: user,
        signing.TIMESTAMP: str(timestamp),
        signing.SIGNATURE: signature,
    }
    if request.flags is not None:
        headers[signing.MASTER_FLAGS] = request.flags.encode()
    if body:
        headers["Content-Type"] = "application/json"
    return headers


def _readable(content: bytes) -> str:
    try:
        return json.dumps(json.loads(content), indent=2, ensure_ascii=False)
    except ValueError:
        return content.decode(errors="replace").rstrip()
