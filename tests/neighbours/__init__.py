"""Portal and Access, small but real: HTTP servers on loopback, in threads of their own.

They behave as the neighbours were observed to, and misbehave as they are told. They
share no code with what they judge; the signature is checked from its description.
"""

from tests.neighbours.access import Access
from tests.neighbours.faults import half, hang, reset, say, slow, trickle
from tests.neighbours.portal import Portal
from tests.neighbours.server import Answer, Call, Connection, Fault, Neighbour

__all__ = [
    "Access",
    "Answer",
    "Call",
    "Connection",
    "Fault",
    "Neighbour",
    "Portal",
    "half",
    "hang",
    "reset",
    "say",
    "slow",
    "trickle",
]
