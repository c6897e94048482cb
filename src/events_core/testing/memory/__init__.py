"""A store in memory that keeps every promise of ``events_core.ports.store``.

Made for tests and for trying things out: it is real about transactions, and forgets
everything with the process.
"""

from events_core.testing.memory.store import MemoryStore

__all__ = ["MemoryStore"]
