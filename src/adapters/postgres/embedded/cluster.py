"""The cluster on disk: born whole or not at all, configured anew at every start."""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import mkdtemp

from adapters.postgres.embedded.account import Account
from adapters.postgres.embedded.errors import EmbeddedPostgresError
from adapters.postgres.embedded.roles import BIRTH, SUPERUSER

MAJOR = "18"

# The log tells what the server did, and never what it was asked: an error's text can
# hold a person's.
SETTINGS = {
    "cluster_name": "events-core",
    "datestyle": "iso, ymd",
    "jit": "off",
    "lc_messages": "C",
    "listen_addresses": "",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_min_messages": "log",
    "log_timezone": "UTC",
    "max_connections": "120",
    "max_wal_size": "256MB",
    "port": "5432",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "unix_socket_permissions": "0700",
}


def make(cluster: Path, accounts: Iterable[Account]) -> None:
    """Make a new cluster, of the first account that can, with roles and a database.

    It is made under another name and renamed when whole: killed on the way, it
    leaves nothing but what `sweep` clears away.

    Raises:
        EmbeddedPostgresError: None of them can; the message has the reason of each.
    """
    reasons = []
    for account in accounts:
        cradle = Path(mkdtemp(prefix=f"{cluster.name}.new-", dir=cluster.parent))
        try:
            os.chown(cradle, account.uid, -1)
            _fill(cradle, account)
        except (EmbeddedPostgresError, OSError) as error:
            reasons.append(str(error))
            shutil.rmtree(cradle, ignore_errors=True)
        except BaseException:
            shutil.rmtree(cradle, ignore_errors=True)
            raise
        else:
            cradle.rename(cluster)
            return
    raise EmbeddedPostgresError(f"cannot make {cluster}: {'; '.join(reasons)}")


def sweep(cluster: Path) -> None:
    """Clear away what births cut short have left.

    Their programs may be at work for a moment yet; the rest is the next call's then.
    """
    for left in cluster.parent.glob(f"{cluster.name}.new-*"):
        shutil.rmtree(left, ignore_errors=True)


def check(cluster: Path) -> None:
    """Refuse what is no cluster of this PostgreSQL.

    Raises:
        EmbeddedPostgresError: It is of another major version, or no cluster at all.
    """
    try:
        version = (cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise EmbeddedPostgresError(f"{cluster} holds no PostgreSQL cluster") from None
    if version != MAJOR:
        message = f"{cluster} was made by PostgreSQL {version}, this is {MAJOR}"
        raise EmbeddedPostgresError(message)


def configure(
    cluster: Path, account: Account, socket_dir: Path, settings: Mapping[str, str]
) -> None:
    """Write the server's configuration; what ALTER SYSTEM has set goes before it."""
    lines = {**SETTINGS, "unix_socket_directories": str(socket_dir), **settings}
    quoted = {name: value.replace("'", "''") for name, value in lines.items()}
    text = "".join(f"{name} = '{value}'\n" for name, value in quoted.items())
    _write(cluster / "postgresql.conf", account, text)
    # Whoever reaches the socket is trusted: only the owner can enter its directory.
    _write(cluster / "pg_hba.conf", account, "local all all trust\n")


def _fill(cluster: Path, account: Account) -> None:
    account.run(
        "initdb",
        f"--pgdata={cluster}",
        f"--username={SUPERUSER}",
        "--auth=trust",
        "--data-checksums",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",  # the same order and case on every machine
        cwd=cluster,
    )
    configure(cluster, account, cluster, {})
    single = ("--single", "-c", "exit_on_error=on", "-D", str(cluster), "postgres")
    account.run("postgres", *single, cwd=cluster, stdin=BIRTH)


def _write(path: Path, account: Account, text: str) -> None:
    path.write_bytes(os.fsencode(text))
    os.chown(path, account.uid, -1)
