"""The client side of the neighbours: Portal (membership) and Access (permissions)."""

from adapters.portal.access import PortalAccess
from adapters.portal.administration import create_role, missing_roles
from adapters.portal.answers import CachePolicy
from adapters.portal.client import Neighbour, Observer, Outcome, open_neighbour
from adapters.portal.memberships import PortalMemberships

__all__ = [
    "CachePolicy",
    "Neighbour",
    "Observer",
    "Outcome",
    "PortalAccess",
    "PortalMemberships",
    "create_role",
    "missing_roles",
    "open_neighbour",
]
