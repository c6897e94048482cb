"""Checks people in without a connection, on the standard library alone."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

#: Sends a request and returns the status and the JSON of the answer.
Call = Callable[..., tuple[int, Any]]

#: How many marks are sent at once.
BATCH = 250


def opened(sealed: str, key: str) -> dict[str, Any]:
    """Return what a list says.

    Raises:
        ValueError: it is not as the service made it.
    """
    signed, _, seal = sealed.rpartition(".")
    told = hmac.digest(decoded(key), signed.encode(), "sha256")
    header, _, payload = signed.partition(".")
    if json.loads(decoded(header)).get("alg") != "HS256":
        raise ValueError("is sealed in another way")
    if not hmac.compare_digest(told, decoded(seal)):
        raise ValueError("somebody has changed the list")
    content: dict[str, Any] = json.loads(decoded(payload))
    return content


def decoded(text: str) -> bytes:
    """Return the bytes that base64url stands for, without its padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def hashed(shown: str) -> str:
    """Return what stands for a pass on the list."""
    return hashlib.sha256(shown.strip().encode()).hexdigest()


@dataclass
class Gate:
    """A device at one gate; keep ``waiting`` where it outlasts the device."""

    name: str
    expected: list[dict[str, Any]]
    waiting: list[dict[str, Any]] = field(default_factory=list)
    made: int = 0

    def admit(self, shown: str, at: datetime) -> str | None:
        """Return whom a pass lets in, and write her down; None for nobody."""
        proof = hashed(shown)
        person = next((p for p in self.expected if proof in p["passes"]), None)
        if person is None:
            return None
        self.made += 1
        self.waiting.append(
            {
                "userId": person["userId"],
                "nonce": f"{self.name}-{self.made:06}",
                "markedAt": at.isoformat(),
                "passHash": proof,
            }
        )
        return str(person["userId"])

    def upload(self, call: Call, event_id: str) -> Iterator[dict[str, Any]]:
        """Send what waits, and yield what the service says of each mark.

        What got no answer stays, and is sent again: with the same nonces nothing is
        done twice.
        """
        while self.waiting:
            marks = self.waiting[:BATCH]
            path = f"/api/v1/events/{event_id}/attendance/batch"
            status, answer = call("POST", path, {"marks": marks})
            if status != 200:
                return
            del self.waiting[:BATCH]
            yield from answer["results"]
