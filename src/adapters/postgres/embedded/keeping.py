"""Looks after the server while it is needed, as an operator would elsewhere."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from adapters.postgres.embedded.errors import EmbeddedPostgresError
from adapters.postgres.embedded.server import RunningCluster

_EVERY = 1.0  # seconds

_log = logging.getLogger(__name__)


@contextmanager
def kept_up(cluster: RunningCluster) -> Iterator[None]:
    """Have the server started again whenever it was killed, until the block ends.

    Whoever is at work finds no database for a second or two. What cannot be started
    is told in the log, and tried again. All who share the server may look after it.
    """
    is_over = threading.Event()
    keeper = threading.Thread(target=_keep_up, args=(cluster, is_over), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        is_over.set()
        keeper.join()


def _keep_up(cluster: RunningCluster, is_over: threading.Event) -> None:
    while not is_over.wait(_EVERY):
        try:
            if cluster.revive():
                _log.warning("the embedded PostgreSQL had gone and is started again")
        except EmbeddedPostgresError as problem:
            _log.error("the embedded PostgreSQL has gone: %s", problem)
