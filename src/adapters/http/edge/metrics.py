"""How many requests of what kind, how they ended, and how long they took."""

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import generate_latest

#: In seconds. The deadline is 3.5, and who waits for another waits up to 8.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 4.0, 10.0)


class RequestMetrics:
    """Counts of one process, by operation and class of status; in its own registry."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "events_core_http_requests",
            "Requests answered, by operation and class of status.",
            ("operation", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "events_core_http_request_seconds",
            "How long requests took, by operation.",
            ("operation",),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._signatures = Counter(
            "events_core_signatures",
            "Signed contexts that held, by the secret that signed them.",
            ("secret",),
            registry=self._registry,
        )

    def answered(self, operation: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(operation, f"{status // 100}xx").inc()
        self._seconds.labels(operation).observe(seconds)

    def signed_with(self, secret: int) -> None:
        """Count one signature, so that an operator sees when a secret can go."""
        self._signatures.labels("previous" if secret else "current").inc()

    def text(self) -> bytes:
        """Return everything in the Prometheus text format."""
        return generate_latest(self._registry)
