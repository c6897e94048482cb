"""A PostgreSQL 18 of one's own: started in a second, from a Python wheel.

`start(data_dir)` is what there is to call. The cluster lives in `postgres/` below the
data directory and outlives the process; several processes may share it, the first
starts the server and the last to leave stops it; `kept_up` starts it again where it
was killed meanwhile. The server listens on a Unix socket
only, in a directory that only its owner can enter: who can reach the socket is
trusted to be any role, so the roles fence off mistakes, not people.
"""

from adapters.postgres.embedded.errors import EmbeddedPostgresError
from adapters.postgres.embedded.keeping import kept_up
from adapters.postgres.embedded.roles import APP, OWNER, RELAY, SUPERUSER
from adapters.postgres.embedded.server import RunningCluster, start

__all__ = [
    "APP",
    "OWNER",
    "RELAY",
    "SUPERUSER",
    "EmbeddedPostgresError",
    "RunningCluster",
    "kept_up",
    "start",
]
