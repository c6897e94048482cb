"""The toy service in a process of its own: ``python served.py LIMITS DRAIN_SECONDS``.

Tells its port, serves until it is told to stop, and then that it could clean up.
"""

import json
import sys

from adapters.http.logs import configure_logging
from adapters.http.server import bind, run, serve
from adapters.http.settings import Limits
from tests.unit.adapters.http.edge.toy import SECRET, Service, limited

limits = Limits(**json.loads(sys.argv[1]))
configure_logging(secrets=[SECRET])
service = Service(settings=limited(limits))
listener = bind("127.0.0.1", 0)
print(listener.getsockname()[1], flush=True)  # noqa: T201
run(
    serve(
        service.app,
        listener,
        limits=limits,
        draining=service.draining,
        drain_seconds=float(sys.argv[2]),
    )
)
print("cleaned up", flush=True)  # noqa: T201
