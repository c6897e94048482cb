"""Where the core ends: what an embedder implements, one file per conversation.

Every port is a small Protocol. An implementation need not import it; it passes the
contract suite of ``events_core.testing.contracts`` instead.
"""
