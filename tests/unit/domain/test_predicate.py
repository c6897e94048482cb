from hypothesis import given

from events_core.domain.event import Event
from events_core.domain.predicate import (
    AllOf,
    AnyOf,
    Everything,
    Not,
    Nothing,
    Predicate,
    holds,
)
from events_core.testing.builders import an_event
from events_core.testing.strategies import events, plain_details, predicates

some_events = events(about=plain_details())


@given(predicates(), some_events)
def test_not_is_the_other_answer(one: Predicate, event: Event) -> None:
    assert holds(Not(one), event) is not holds(one, event)


@given(predicates(), predicates(), some_events)
def test_all_and_any_are_and_and_or(
    one: Predicate, other: Predicate, event: Event
) -> None:
    both, either = holds(AllOf((one, other)), event), holds(AnyOf((one, other)), event)
    assert both == (holds(one, event) and holds(other, event))
    assert either == (holds(one, event) or holds(other, event))
    assert both is not holds(AnyOf((Not(one), Not(other))), event)


def test_of_none_all_hold_and_any_does_not() -> None:
    event = an_event()
    assert holds(AllOf(()), event)
    assert holds(Everything(), event)
    assert not holds(AnyOf(()), event)
    assert not holds(Nothing(), event)
