"""Who is asking: the signed internal context, checked in the order callers know.

The signature covers neither the query nor the tenant, the user and the flags; what
stands against that is in ``captures``.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from attrs import frozen

from adapters import signing
from adapters.http.edge.arrival import Arrival, as_text
from adapters.http.edge.routing import Kind
from adapters.http.errors import (
    HeadersTooLarge,
    InvalidTenantId,
    InvalidUserId,
    MissingRequestId,
    MissingTenantContext,
    Unauthenticated,
    Unauthorized,
)
from events_core.domain.actors import Actor, MasterFlags
from events_core.domain.identity import TenantId, UserId

#: In bytes; what cannot be read to its end might bar the person, so it is refused.
LONGEST_FLAGS = 4096


@frozen
class SignedContext:
    """A context that holds. ``bound`` is a digest of all the signature leaves out."""

    actor: Actor
    body: bytes
    signature: bytes
    signed_at: int
    bound: bytes
    secret: int


async def signed_context(
    arrival: Arrival,
    read_body: Callable[[], Awaitable[bytes]],
    *,
    secrets: Sequence[bytes],
    now: datetime,
) -> SignedContext:
    """Check who is asking. The body is read only where a signature came at all.

    ``secret`` of the result is the position of the one that signed.

    Raises:
        MissingRequestId, MissingTenantContext, InvalidTenantId, Unauthorized,
        Unauthenticated, InvalidUserId, HeadersTooLarge: in this order.
    """
    if _bears_a_token_alone(arrival):
        raise Unauthorized
    request_id = arrival.header(signing.REQUEST_ID)
    if not request_id.strip():
        raise MissingRequestId
    tenant_id = as_text(arrival.header(signing.TENANT_ID))
    slug = as_text(arrival.header(signing.TENANT_SLUG))
    if not tenant_id or not slug:
        raise MissingTenantContext
    if not Kind.UUID.matches(tenant_id):
        raise InvalidTenantId
    timestamp = arrival.header(signing.TIMESTAMP)
    signature = arrival.header(signing.SIGNATURE)
    if not timestamp or not signature:
        raise Unauthorized
    body = await read_body()
    secret = _signed_with(arrival, body, secrets, now)
    if secret is None:
        raise Unauthorized
    user_id = as_text(arrival.header(signing.USER_ID))
    if not user_id:
        raise Unauthenticated
    if not Kind.UUID.matches(user_id):
        raise InvalidUserId
    return SignedContext(
        Actor(
            TenantId(_id(tenant_id)),
            UserId(_id(user_id)),
            flags_of(arrival.header(signing.MASTER_FLAGS)),
            tenant_slug=slug,
            request_id=as_text(request_id),
        ),
        body=body,
        signature=signature,
        signed_at=int(timestamp),
        bound=_bound(arrival),
        secret=secret,
    )


@lru_cache(1024)
def flags_of(header: bytes) -> MasterFlags:
    """Read the master flags; anything but a JSON object counts as none at all.

    Halves of characters, as text has them that was cut off, are JSON by its grammar.

    Raises:
        HeadersTooLarge: they are longer or deeper than can be read.
    """
    if len(header) > LONGEST_FLAGS:
        raise HeadersTooLarge
    flags: Any = None
    try:
        flags = json.loads(header)
    except RecursionError:
        raise HeadersTooLarge from None
    except ValueError:
        pass
    if not isinstance(flags, dict):
        flags = {}
    status = flags.get("status")
    state = status.lower() if isinstance(status, str) else ""
    membership = flags.get("membership_status")
    return MasterFlags(
        suspended=flags.get("suspended") is True or state == "suspended",
        banned=flags.get("banned") is True or state == "banned",
        system_admin=(
            flags.get("system_admin") is True or flags.get("is_system_admin") is True
        ),
        membership_status=(
            membership.encode(errors="replace").decode()
            if isinstance(membership, str)
            else None
        ),
    )


# Who asks once asks often, and the flags of most are the same.
_id = lru_cache(4096)(UUID)


def _bears_a_token_alone(arrival: Arrival) -> bool:
    return "authorization" in arrival.headers and not any(
        name.startswith("x-updspace-") for name in arrival.headers
    )


def _signed_with(
    arrival: Arrival, body: bytes, secrets: Sequence[bytes], now: datetime
) -> int | None:
    # Some callers sign the path decoded. That is tried only where it differs.
    for path in dict.fromkeys((arrival.path, arrival.decoded_path)):
        secret = signing.verify(
            secrets,
            signature=arrival.header(signing.SIGNATURE),
            timestamp=arrival.header(signing.TIMESTAMP),
            now=int(now.timestamp()),
            method=arrival.method,
            path=path,
            body=body,
            request_id=arrival.header(signing.REQUEST_ID),
        )
        if secret is not None:
            return secret
    return None


def _bound(arrival: Arrival) -> bytes:
    left_out = (
        arrival.header(signing.TENANT_ID),
        arrival.header(signing.TENANT_SLUG),
        arrival.header(signing.USER_ID),
        arrival.header(signing.MASTER_FLAGS),
        arrival.query,
    )
    return digest(*left_out)


def digest(*parts: bytes) -> bytes:
    """Return one digest of several values that tells every division of them apart."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.digest()
