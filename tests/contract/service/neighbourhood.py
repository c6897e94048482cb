"""The neighbours of a service, and what they are told of people."""

from uuid import UUID

from attrs import frozen

from tests.contract.service.caller import Person
from tests.neighbours import Access, Portal


@frozen
class Neighbours:
    """Portal and Access."""

    portal: Portal
    access: Access

    @property
    def settings(self) -> dict[str, str]:
        """What tells a service of them."""
        return {
            "PORTAL_BASE_URL": self.portal.url,
            "ACCESS_BASE_URL": self.access.url,
        }

    def join(self, person: Person, kind: str, scope_id: UUID) -> None:
        """Make somebody a member."""
        self.portal.add(person.tenant, person.user, kind, scope_id)

    def let_plan(self, person: Person, kind: str, scope_id: UUID) -> None:
        """Let somebody plan events in a scope."""
        self.access.bind(person.tenant, person.user, kind, scope_id)

    def behave(self) -> None:
        """Have both answer honestly again."""
        self.portal.behave()
        self.access.behave()
