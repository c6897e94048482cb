"""Where the core ends: what an embedder implements, one module per conversation.

A conversation of many parts is a package, and imported from its door.

Every port is a small Protocol. An implementation need not import it; it passes the
contract suite of ``events_core.testing.contracts`` instead.
"""
