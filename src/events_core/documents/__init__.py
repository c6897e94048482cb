"""A whole store over any place that keeps documents.

For small services: the rules are all here, and ``events_core.ports.documents`` is all
that is left to write. Who asks more of a store than it promises writes one over
``events_core.ports.store``.
"""

from events_core.documents.codec import from_text, to_text
from events_core.documents.kinds import KINDS
from events_core.documents.store import DocumentStore

__all__ = ["KINDS", "DocumentStore", "from_text", "to_text"]
