"""The image's health check, run as it stands in the Dockerfile."""

import json
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from tests.contract.service.process import Service, environment

DOCKERFILE = Path(__file__).parents[3] / "deploy/Dockerfile"


def checked(port: int) -> int:
    """Return the exit code of the check of a port."""
    [command] = re.findall(r"(?m)^ +CMD (\[.*\])$", DOCKERFILE.read_text())
    python, *arguments = json.loads(command)
    assert python == "python"
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment(EVENTS_PORT=str(port)),
        stderr=subprocess.DEVNULL,
        check=False,
    ).returncode


async def test_a_service_that_is_ready_is_healthy(service: Service) -> None:
    port = urlsplit(service.url).port
    assert port is not None
    assert checked(port) == 0


class NotReady(BaseHTTPRequestHandler):
    """Says that it is not ready."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_error(503)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_one_that_is_not_ready_or_not_there_is_not() -> None:
    with HTTPServer(("127.0.0.1", 0), NotReady) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert checked(server.server_port) == 1
        server.shutdown()
    assert checked(server.server_port) == 1
