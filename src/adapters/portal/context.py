"""The signed internal context as it goes out with every call to a neighbour."""

import json
from collections.abc import Mapping
from uuid import uuid4

from adapters import signing
from events_core.domain.actors import Actor, MasterFlags


def signed_context(
    actor: Actor,
    *,
    secret: bytes,
    method: str,
    path: bytes,
    body: bytes,
    timestamp: int,
) -> dict[str, str]:
    """Return the headers that say who asks, and prove that we do.

    ``path`` is what goes over the wire, every prefix included and no query;
    ``timestamp`` is in Unix seconds. A request id or slug that cannot be a header's
    value goes out percent-encoded; where the actor has no request id, a new one is
    sent, since the neighbours want some.
    """
    request_id = signing.header_value(actor.request_id) or uuid4().hex
    signature = signing.sign(
        secret,
        method=method,
        path=path,
        body=body,
        request_id=request_id.encode("ascii"),
        timestamp=timestamp,
    )
    return {
        signing.REQUEST_ID: request_id,
        signing.TENANT_ID: str(actor.tenant_id),
        signing.TENANT_SLUG: signing.header_value(actor.tenant_slug),
        signing.USER_ID: str(actor.user_id),
        signing.MASTER_FLAGS: json.dumps(flags_of(actor.flags)),
        signing.TIMESTAMP: str(timestamp),
        signing.SIGNATURE: signature,
        # They redirect what does not seem to have come over TLS.
        "X-Forwarded-Proto": "https",
    }


def flags_of(flags: MasterFlags) -> Mapping[str, bool | str | None]:
    """Return the master flags as the neighbours spell them."""
    return {
        "suspended": flags.suspended,
        "banned": flags.banned,
        "system_admin": flags.system_admin,
        "membership_status": flags.membership_status,
    }
