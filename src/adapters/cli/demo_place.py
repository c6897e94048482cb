"""What a running demo leaves in its data directory, so that `call` finds it."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from attrs import frozen

from adapters.cli.errors import UsageError

_FILE = "demo.json"


@frozen
class DemoPlace:
    """Where a demo answers and what signs requests to it. Its secret is its own."""

    url: str
    secret: str
    tenant_id: str
    tenant_slug: str
    people: dict[str, str]

    def write(self, data_dir: Path) -> None:
        """Leave it for other processes of the same user to find."""
        text = json.dumps(
            {
                "url": self.url,
                "secret": self.secret,
                "tenant_id": self.tenant_id,
                "tenant_slug": self.tenant_slug,
                "people": self.people,
            },
            indent=2,
            ensure_ascii=False,
        )
        new = data_dir / f"{_FILE}.{os.getpid()}"
        new.touch(mode=0o600)
        new.write_text(text + "\n", encoding="utf-8")
        new.replace(data_dir / _FILE)


def find_demo(data_dir: Path) -> DemoPlace | None:
    """Return what a demo left here, or None.

    Raises:
        UsageError: there is something, but it cannot be read.
    """
    try:
        found: dict[str, Any] = json.loads((data_dir / _FILE).read_text("utf-8"))
        return DemoPlace(**found)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        raise UsageError(f"cannot read {data_dir / _FILE}") from None


def demo_secret(data_dir: Path) -> str:
    """Return the secret of the demo here, a new one where there was none."""
    found = find_demo(data_dir)
    return found.secret if found else secrets.token_urlsafe(48)
