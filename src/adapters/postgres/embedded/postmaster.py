"""What the server itself leaves in the cluster to be read."""

import os
import re
import socket
from pathlib import Path
from typing import Self

from attrs import frozen

from adapters.postgres.embedded.sockets import SOCKET


@frozen
class Postmaster:
    """What postmaster.pid says, and may have said before a kill or a copy."""

    pid: int
    socket_dir: Path
    is_ready: bool

    @classmethod
    def of(cls, cluster: Path) -> Self | None:
        """Read it; there is none while it is being written or about another cluster."""
        try:
            lines = (cluster / "postmaster.pid").read_bytes().split(b"\n")
        except FileNotFoundError:
            return None
        if len(lines) < 9 or lines[1] != os.fsencode(cluster):
            return None
        directory = Path(os.fsdecode(lines[4]))
        return cls(int(lines[0]), directory, lines[7].strip() == b"ready")

    def answers(self) -> bool:
        """Tell whether somebody listens there."""
        with socket.socket(socket.AF_UNIX) as client:
            return not client.connect_ex(str(self.socket_dir / SOCKET))


def last_words(cluster: Path) -> str:
    """Return the line of the server's log that tells best why it stopped."""
    try:
        log = (cluster / "server.log").read_text(errors="replace")
    except FileNotFoundError:
        return "it left no word"
    words = re.findall(r"(?:FATAL|PANIC): +(.*)", log) or log.strip().split("\n")
    return str(words[-1])
