"""Random histories, held against a model of plain dictionaries.

The model knows ids, words and numbers only. It shares no rule with the domain, so
that the two cannot be wrong in the same way.
"""

from copy import deepcopy
from datetime import timedelta

from attrs import define, evolve, field, frozen
from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.answers import Answer
from events_core.domain.exposure import Visibility
from events_core.domain.identity import EventId, TenantId, UserId
from events_core.domain.predicate import Everything
from events_core.domain.roles import Bearer
from events_core.errors import AlreadyExists, ConcurrentChange
from events_core.ports.store import PageQuery, Store, UnitOfWork
from events_core.testing.builders import (
    EVENING,
    NOW,
    a_schedule,
    a_tenant,
    an_event,
    arrival_of,
    new_uuid,
)
from events_core.testing.contracts.store.factory import (
    PROPERTY,
    MakeStore,
    OfStore,
    answer,
    mark,
    retitled,
)
from events_core.testing.strategies import PEOPLE, people


@frozen
class Create:
    """``who`` plans an event, ``hour`` hours from now, for all or for herself."""

    number: int
    who: UserId
    hour: int
    private: bool


@frozen
class Rename:
    """An event gets another title, by somebody whose copy is so many versions old."""

    number: int
    title: str
    age: int


@frozen
class Say:
    """``who`` answers, or withdraws."""

    number: int
    who: UserId
    answer: Answer | None


@frozen
class See:
    """``by`` marks ``who`` as present."""

    number: int
    who: UserId
    by: UserId


@frozen
class Forget:
    """``who`` is erased."""

    who: UserId


Step = Create | Rename | Say | See | Forget

_numbers = st.integers(0, 2)
_steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(Create, _numbers, people(), st.integers(0, 2), st.booleans()),
    st.builds(Rename, _numbers, st.sampled_from("ABC"), st.sampled_from((0, 0, 0, 1))),
    st.builds(Say, _numbers, people(), st.none() | st.sampled_from(Answer)),
    st.builds(See, _numbers, people(), people()),
    st.builds(Forget, people()),
)
_histories = st.lists(
    st.tuples(
        st.lists(_steps, min_size=1, max_size=6), st.sampled_from((True, True, False))
    ),
    max_size=6,
)


@define
class PlainEvent:
    """An event as a row of plain values."""

    id: EventId
    title: str
    hour: int
    private: bool
    creator: UserId | None
    version: int = 1
    facts: int = 1
    answers: dict[UserId, str] = field(factory=dict)
    marks: dict[UserId, UserId | None] = field(factory=dict)


@define
class Model:
    """What a store should hold."""

    events: dict[int, PlainEvent] = field(factory=dict)

    def id_of(self, number: int) -> EventId:
        """Return the id of an event, or one that nothing has."""
        event = self.events.get(number)
        return event.id if event else EventId(new_uuid())

    def refuses(self, step: Step) -> bool:
        """Tell whether a store should refuse the step."""
        match step:
            case Create(number):
                return number in self.events
            case Rename(number, _, age):
                event = self.events.get(number)
                return event is None or age > 0
            case _:
                return False

    def take(self, step: Step, event_id: EventId) -> None:
        """Take a step that is not refused."""
        match step:
            case Create(number, who, hour, private):
                self.events[number] = PlainEvent(event_id, "A", hour, private, who)
            case Rename(number, title):
                event = self.events[number]
                event.title, event.version = title, event.version + 1
                event.facts += 1
            case Say(number, who, said) if number in self.events:
                event = self.events[number]
                if event.answers.get(who) != said:
                    event.answers.pop(who, None)
                    event.answers |= {} if said is None else {who: said.value}
                    event.facts += 1
            case See(number, who, by) if number in self.events:
                event = self.events[number]
                if who not in event.marks:
                    event.marks[who] = by
                    event.facts += 1
            case Forget(who):
                self._forget(who)

    def _forget(self, who: UserId) -> None:
        for number, event in list(self.events.items()):
            event.answers.pop(who, None)
            event.marks.pop(who, None)
            event.marks = {
                one: None if by == who else by for one, by in event.marks.items()
            }
            if event.creator == who:
                event.creator = None
                if event.private:
                    del self.events[number]


async def take(
    uow: UnitOfWork, step: Step, event_id: EventId, tenant: TenantId
) -> None:
    """Take a step in a store."""
    event = await uow.events.get(event_id, Everything())
    match step:
        case Create(_, who, hour, private):
            new = an_event(
                id=event_id,
                tenant_id=tenant,
                title="A",
                created_by=who,
                visibility=Visibility.PRIVATE if private else Visibility.PUBLIC,
                schedule=a_schedule(EVENING + timedelta(hours=hour)),
            )
            await uow.events.save(arrival_of(new))
        case Rename(_, title, age):
            event = event or an_event(id=event_id, tenant_id=tenant)
            event = evolve(event, version=event.version - age)
            await uow.events.save(retitled(event, title))
        case Say(_, who, said) if event:
            await answer(uow, event, who, said)
        case See(_, who, by) if event:
            await mark(uow, event, who, by)
        case Say(_, who) | See(_, who):
            nowhere = an_event().occurrence
            assert await uow.rosters.claim(event_id, nowhere, who) is None
        case Forget(who):
            await uow.persons.erase(who, at=NOW)


async def told_by(store: Store, tenant_id: TenantId, reader: UserId) -> list[object]:
    """Return what a store tells a reader, page by page, and how much it recorded."""
    told: list[object] = []
    query = PageQuery(where=Everything(), reader=Bearer(reader), limit=2)
    async with store.unit_of_work(tenant_id) as uow:
        while True:
            page = await uow.events.page(query)
            for item in page.items:
                present = await uow.attendance.find(item.id, item.occurrence, reader)
                told.append(
                    (
                        item.id,
                        item.title,
                        item.created_by,
                        (item.tally.interested, item.tally.going, item.tally.not_going),
                        item.my_answer and item.my_answer.value,
                        bool(item.my_roles),
                        present is not None,
                        present and present.marked_by,
                        len(await uow.record.versions(item.id)),
                        len(await uow.record.facts(item.id)),
                    )
                )
            if page.next is None:
                return [*told, page.total]
            query = evolve(query, after=page.next)


def expected_by(model: Model, reader: UserId) -> list[object]:
    """Return what a store should tell the reader."""
    listed = sorted(model.events.values(), key=lambda event: (event.hour, event.id))
    told: list[object] = [
        (
            event.id,
            event.title,
            event.creator,
            tuple(
                [*event.answers.values()].count(one)
                for one in ("interested", "going", "not_going")
            ),
            event.answers.get(reader),
            event.creator == reader,
            reader in event.marks,
            event.marks.get(reader),
            event.version,
            event.facts,
        )
        for event in listed
    ]
    return [*told, len(listed)]


class HistoriesContract(OfStore):
    """Whatever happened before, a store holds what it was told."""

    @given(history=_histories)
    @PROPERTY
    async def test_any_history_leaves_what_a_plain_model_says(
        self, make_store: MakeStore, history: list[tuple[list[Step], bool]]
    ) -> None:
        store, tenant_id, model = await make_store(), a_tenant(), Model()
        for steps, lasts in history:
            draft = deepcopy(model)
            refused = False
            try:
                async with store.unit_of_work(tenant_id) as uow:
                    for step in steps:
                        event_id = draft.id_of(getattr(step, "number", 0))
                        refused = draft.refuses(step)
                        await take(uow, step, event_id, tenant_id)
                        assert not refused
                        draft.take(step, event_id)
                    if lasts:
                        await uow.commit()
                        model = draft
            except (AlreadyExists, ConcurrentChange):
                assert refused
            for reader in PEOPLE:
                told = await told_by(store, tenant_id, reader)
                assert told == expected_by(model, reader)
