"""Who takes note of what takes long, as the settings say."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from adapters.readings import Readings
from adapters.settings import Settings
from adapters.tracing import PASSING_ON, Tracer


@contextmanager
def tracing(settings: Settings, watch: Callable[[Readings], None]) -> Iterator[Tracer]:
    """Have traces recorded until the block ends, where the settings say so.

    ``watch`` is given what tells how many spans were sent and lost.

    Raises:
        ImportError: they say so, and the extra ``otel`` is not installed.
    """
    if settings.traces_endpoint is None:
        yield PASSING_ON
        return
    from adapters.otel import recording  # noqa: PLC0415 (it may not be there)

    with recording(
        settings.traces_endpoint,
        headers=settings.traces_headers,
        service=settings.traces_service,
        share=settings.traces_share,
    ) as tracer:
        watch(tracer.readings)
        yield tracer
