"""What is counted of one process: in its own registry, told as Prometheus reads it."""

import platform
import time
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from itertools import chain

from attrs import define, field
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from adapters.readings import Reading, Readings

#: In seconds. The deadline is 3.5, and who waits for another waits up to 8.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 4.0, 10.0)

#: In seconds. A call to a neighbour is given up after one.
CALL_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)

_SECRETS = ("current", "previous")


def _of_requests(registry: CollectorRegistry) -> tuple[Counter, Histogram]:
    requests = Counter(
        "events_core_http_requests",
        "Requests answered, by operation and class of status.",
        ("operation", "status"),
        registry=registry,
    )
    seconds = Histogram(
        "events_core_http_request_seconds",
        "How long requests took, by operation.",
        ("operation",),
        buckets=BUCKETS,
        registry=registry,
    )
    return requests, seconds


def _of_signatures(
    registry: CollectorRegistry, secrets: Iterable[str]
) -> list[tuple[Counter, Gauge]]:
    """Return of each secret how often it signed, and when last."""
    signatures = Counter(
        "events_core_signatures",
        "Signed contexts that held, by the secret that signed them.",
        ("secret",),
        registry=registry,
    )
    signed_at = Gauge(
        "events_core_signature_last_timestamp_seconds",
        "When a secret last signed a context that held; 0 for not since the start.",
        ("secret",),
        registry=registry,
    )
    return [(signatures.labels(name), signed_at.labels(name)) for name in secrets]


def _of_calls(registry: CollectorRegistry) -> tuple[Counter, Histogram]:
    calls = Counter(
        "events_core_neighbour_calls",
        "Calls to the neighbours, by how they ended.",
        ("neighbour", "outcome"),
        registry=registry,
    )
    seconds = Histogram(
        "events_core_neighbour_call_seconds",
        "How long calls to the neighbours took.",
        ("neighbour",),
        buckets=CALL_BUCKETS,
        registry=registry,
    )
    return calls, seconds


def _tell_build(registry: CollectorRegistry) -> None:
    build = Gauge(
        "events_core_build_info",
        "Always 1; the labels tell what runs here.",
        ("version", "python"),
        registry=registry,
    )
    build.labels(metadata.version("events-core"), platform.python_version()).set(1)


class Metrics:
    """Counts of one process, and what others know of it when they are asked.

    ``secrets`` is how many secrets verify the signed context: one, or two.
    """

    def __init__(self, *, secrets: int = 2) -> None:
        registry = self._registry = CollectorRegistry()
        self._requests, self._seconds = _of_requests(registry)
        self._signed = _of_signatures(registry, _SECRETS[:secrets])
        self._calls, self._call_seconds = _of_calls(registry)
        _tell_build(registry)
        self._as_json: list[Readings] = []
        self._watched = _Watched()
        registry.register(self._watched)
        ProcessCollector(registry=registry)

    def answered(self, operation: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(operation, f"{status // 100}xx").inc()
        self._seconds.labels(operation).observe(seconds)

    def signed_with(self, secret: int) -> None:
        """Count one signature, so that an operator sees when a secret can go."""
        count, last = self._signed[secret]
        count.inc()
        last.set(time.time())

    def called(self, neighbour: str, outcome: str, seconds: float) -> None:
        """Count one call to a neighbour."""
        self._calls.labels(neighbour, str(outcome)).inc()
        self._call_seconds.labels(neighbour).observe(seconds)

    def watch(self, readings: Readings, *, as_json: bool = False) -> None:
        """Ask for these whenever the metrics are told, if need be as JSON, too."""
        self._watched.sources.append(readings)
        if as_json:
            self._as_json.append(readings)

    def text(self, stored: Iterable[Reading] = ()) -> bytes:
        """Return everything in the Prometheus text format, and what is stored."""
        registry = CollectorRegistry()
        registry.register(_Watched([lambda: stored]))
        return generate_latest(self._registry) + generate_latest(registry)

    def json(self, stored: Iterable[Reading] = ()) -> Mapping[str, object]:
        """Return what is told as JSON: by name and then, if it has any, by labels."""
        told: dict[str, object] = {}
        sources = (stored, *(source() for source in self._as_json))
        for reading in chain.from_iterable(sources):
            *places, last = reading.name, *reading.labels.values()
            inner = told
            for place in places:
                below = inner.setdefault(place, {})
                assert isinstance(below, dict)
                inner = below
            inner[last] = reading.value
        return told


@define(eq=False)
class _Watched(Collector):
    sources: list[Readings] = field(factory=list)

    def collect(self) -> Iterator[Metric]:
        """Yield a family for each name, in the order in which they are first read."""
        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        for reading in chain.from_iterable(source() for source in self.sources):
            family = families.get(reading.name)
            if family is None:
                kind = CounterMetricFamily if reading.is_counter else GaugeMetricFamily
                name, labels = f"events_core_{reading.name}", list(reading.labels)
                family = kind(name, reading.help, labels=labels)
                families[reading.name] = family
            family.add_metric(list(reading.labels.values()), reading.value)
        yield from families.values()
