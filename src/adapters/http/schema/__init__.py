"""The contract: ``openapi.yaml``, which is served, and checks what comes in.

It is written by hand and first. Requests are validated by the very schemas that are
published, so what is promised and what is checked cannot drift apart.
"""

from adapters.http.schema.contract import OpenApiContract
from adapters.http.schema.document import Document, load

__all__ = ["Document", "OpenApiContract", "load"]
