"""A subscriber that keeps the titles of events: each fact once, and in order.

    FACTS_SECRETS=whsec_… python receive_facts.py titles.db 8080

Beside the standard library it needs `adapters.webhooks`, which needs nothing more.
"""

import os
import sqlite3
import sys
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from adapters.webhooks import DuplicateWebhook, WebhookError, verify

TABLES = """
    CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, until REAL);
    CREATE TABLE IF NOT EXISTS event (id TEXT PRIMARY KEY, position INT, title TEXT);
"""
LONGEST = 256 * 1024


class Seen:
    """Message ids, in the transaction of what the messages bring about."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def add(self, message_id: str, keep_seconds: int) -> bool:
        """Remember an id; return whether it was new."""
        now = time.time()
        self._database.execute("DELETE FROM seen WHERE until < ?", (now,))
        until = now + keep_seconds
        statement = "INSERT OR IGNORE INTO seen VALUES (?, ?)"
        return self._database.execute(statement, (message_id, until)).rowcount == 1


def take(database: sqlite3.Connection, fact: dict[str, Any]) -> None:
    """Keep what a fact says; one that comes after a later one says nothing new."""
    if fact["event_id"] is None:
        return  # of a subscription, such as a test
    gone = fact["event_type"] in {"event.withdrawn", "event.deleted"}
    database.execute(
        "INSERT INTO event VALUES (:id, :position, :title) ON CONFLICT (id) DO UPDATE"
        " SET position = excluded.position, title = excluded.title"
        " WHERE excluded.position > position",
        {
            "id": fact["event_id"],
            "position": fact["position"],
            "title": None if gone else fact["title"],
        },
    )


class Hook(BaseHTTPRequestHandler):
    """Where facts come."""

    def do_POST(self) -> None:
        """Take a fact, and answer only when it is kept."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length <= LONGEST else b""
        try:
            with closing(sqlite3.connect(sys.argv[1], timeout=1)) as database, database:
                webhook = verify(
                    os.environ["FACTS_SECRETS"].split(),
                    headers=dict(self.headers),
                    body=body,
                    now=time.time(),
                    seen=Seen(database),
                )
                take(database, webhook.message)
        except DuplicateWebhook:
            self.send_response(200)  # kept already: else it would come for ever
        except WebhookError:
            self.send_response(401)
        except sqlite3.Error:
            self.send_response(500)  # not kept, nor remembered: it comes again
        else:
            self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()


if __name__ == "__main__":
    with closing(sqlite3.connect(sys.argv[1])) as database:
        database.executescript(TABLES)
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Hook)
    print(server.server_port, flush=True)  # noqa: T201
    server.serve_forever()
