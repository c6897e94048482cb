"""A relay as a process of its own, that can be stopped and killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

COMMAND = str(Path(sys.executable).with_name("events-core"))
_OURS = ("EVENTS_", "BFF_", "ACCESS_", "PORTAL_", "DATABASE_", "ACTIVITY_")


class RelayProcess:
    """Runs from the start on, and tries again soon and often."""

    def __init__(self, relay_url: str) -> None:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(_OURS)}
        self._environ = {
            **kept,
            "EVENTS_DATABASE_URL": relay_url,
            "EVENTS_DATABASE_RELAY_URL": relay_url,
            "EVENTS_WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
            "EVENTS_RETRY_SCHEDULE": ",".join(["0.2"] * 100),
        }
        self.start()

    def start(self) -> None:
        """Start it, or start it again."""
        self._process = subprocess.Popen(
            [COMMAND, "relay"],
            env=self._environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def end(self, how: signal.Signals) -> int:
        """End it, and return its exit code."""
        self.send(how)
        return self._process.wait(20)
