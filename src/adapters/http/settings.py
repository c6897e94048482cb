"""What an operator may set about the HTTP surface."""

from attrs import Attribute, field, frozen

#: What a secret must have at least, in bytes.
SHORTEST_SECRET = 32


@frozen(kw_only=True)
class Limits:
    """How much of everything is taken. Sizes in bytes, times in seconds.

    Of the ``in_flight`` requests so many ``changes`` are at work at one time, fewer
    than there are connections to the database; the others wait, a ``turn`` at most.
    ``deadline`` is for all that is done for a request from then on;
    ``patience`` for the wait of a repeated request for the first one's answer.
    ``message`` is for one request with all its framing, ``kept_answer`` for an answer
    that is remembered for repeats, ``captures`` counts the signatures a process
    remembers of requests that only read. ``connections`` is fewer than the files a
    process may commonly open; one is kept ``idle`` for longer than a proxy in front
    keeps it, so that it is never us who close under a request. What needs no signature
    is answered to one address ``open_burst`` times at once, then ``open_a_second``
    times a second.
    """

    url: int = 8 * 1024
    headers: int = 32 * 1024
    header_fields: int = 100
    body: int = 256 * 1024
    message: int = 16 * 1024 * 1024
    kept_answer: int = 1024 * 1024
    in_flight: int = 500
    changes: int = 16
    captures: int = 100_000
    connections: int = 800
    idle: int = 75
    open_a_second: float = 50.0
    open_burst: int = 200
    arrival: float = 10.0
    turn: float = 5.0
    deadline: float = 3.5
    patience: float = 8.0


def _long_enough(
    _settings: object,
    _attribute: "Attribute[tuple[bytes, ...]]",
    secrets: tuple[bytes, ...],
) -> None:
    if not secrets or any(len(secret) < SHORTEST_SECRET for secret in secrets):
        raise ValueError(f"each secret must have {SHORTEST_SECRET} bytes or more")


@frozen(kw_only=True)
class HttpSettings:
    """The settings of the HTTP surface.

    ``secrets`` verify the signed context: the present one first, then those that are
    being rotated out. ``metrics_token`` opens ``/metrics`` to who is not on this
    machine; None opens it to nobody else. Without ``docs`` the contract and its page
    are not served.

    Raises:
        ValueError: there is no secret, or a short one.
    """

    secrets: tuple[bytes, ...] = field(repr=False, validator=_long_enough)
    metrics_token: str | None = field(default=None, repr=False)
    docs: bool = True
    limits: Limits = Limits()
