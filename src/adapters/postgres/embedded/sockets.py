"""Where the server listens: a directory only its owner enters, with a short path."""

import hashlib
import os
import stat
from pathlib import Path
from tempfile import gettempdir

from adapters.postgres.embedded.errors import EmbeddedPostgresError

SOCKET = ".s.PGSQL.5432"
_LONGEST = 100 - len(SOCKET)
_AWKWARD = set("\"',\\\n%")  # what a configuration or an address would misread


def directory_for(cluster: Path, uid: int) -> Path:
    """Return the directory of the server's socket, made if need be.

    It is the cluster itself, or where that path is too long for a socket, one below
    the temporary directory, named after the cluster.

    Raises:
        EmbeddedPostgresError: There is none that is short and safe.
    """
    if _is_plain(cluster):
        return cluster
    name = hashlib.sha256(os.fsencode(cluster)).hexdigest()[:16]
    directory = Path(gettempdir()).resolve() / f"events-core-{name}"
    if not _is_plain(directory):
        raise EmbeddedPostgresError(f"{directory} is too long a path for a socket")
    try:
        directory.mkdir(mode=0o700)
        os.chown(directory, uid, -1)
    except FileExistsError:
        pass
    found = directory.lstat()
    private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700
    if not private or found.st_uid != uid:
        raise EmbeddedPostgresError(f"{directory} is not private to uid {uid}")
    return directory


def _is_plain(path: Path) -> bool:
    return len(os.fsencode(path)) < _LONGEST and not _AWKWARD & set(str(path))
