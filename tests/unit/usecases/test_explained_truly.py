"""What is explained is what becomes of really doing it."""

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from events_core import (
    Admission,
    Explained,
    ExplainEvent,
    Explanation,
    MasterFlags,
    Role,
    explain_event,
)
from events_core.errors import EventNotFound, MembershipUnavailable, PermissionDenied
from events_core.testing.builders import a_grant, an_actor
from events_core.testing.contracts.store.factory import PROPERTY
from tests.unit.usecases.scenes import Scene, core_of, scenes, what_becomes_of_it


@PROPERTY
@given(scenes(), st.sampled_from(Explained))
async def test_what_is_said_is_what_becomes_of_really_doing_it(
    scene: Scene, action: Explained
) -> None:
    core = await core_of(scene)
    command = ExplainEvent(event_id=scene.event.id, action=action)
    said: Explanation | None = None
    verdict: bool | type[Exception] | None = False
    try:
        said = await explain_event(core, scene.actor, command)
        verdict = said.allowed
    except (EventNotFound, MembershipUnavailable) as unknown:
        verdict = type(unknown)
    except PermissionDenied:
        assert scene.actor.flags.barred
    done = await what_becomes_of_it(core, scene, action)
    if isinstance(done, Admission):
        assert said is not None
        assert verdict is True
        waits = said.rulings[-1].because in {"last", "waits"}
        assert waits is (done is Admission.WAITLISTED)
    else:
        assert verdict is done


@PROPERTY
@given(scenes(), st.sampled_from(Explained))
async def test_of_another_nothing_is_said_that_does_not_become_of_it(
    scene: Scene, action: Explained
) -> None:
    asker = an_actor(scene.event.tenant_id)
    grants = (*scene.event.grants, a_grant(asker.user_id, Role.EDITOR))
    her = evolve(scene.actor, flags=MasterFlags())
    scene = evolve(scene, event=evolve(scene.event, grants=grants), actor=her)
    core = await core_of(scene)
    command = ExplainEvent(event_id=scene.event.id, action=action, user_id=her.user_id)
    said = await explain_event(core, asker, command)
    done = await what_becomes_of_it(core, scene, action)
    if done is MembershipUnavailable:
        assert said.allowed is not True
    elif said.allowed is not None:
        assert said.allowed is (isinstance(done, Admission) or done is True)
