"""The root of what the transport refuses by itself."""

from collections.abc import Mapping
from typing import Any, ClassVar


class EdgeError(Exception):
    """The root of what the transport itself refuses, or cannot do."""

    status: ClassVar[int]
    code: ClassVar[str]

    @property
    def details(self) -> Mapping[str, Any]:
        """What a program can do something with; members in camelCase."""
        return {}

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """What the status demands beside the body."""
        return ()
