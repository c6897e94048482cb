"""Who may do what on one event, over HTTP."""

from uuid import uuid4

from events_core.testing.builders import a_community, a_team
from tests.unit.adapters.http.world import World, check_refused


async def test_a_role_is_given_shown_and_taken(world: World) -> None:
    path = f"/{(await world.create(visibility='private'))['id']}"
    her = world.somebody()
    body = {"role": "editor", "expires_at": "2027-05-01T10:00:00+02:00"}
    given = await world.ask("PUT", f"{path}/roles/{her.user_id}", body)
    assert given.json() == {
        "holderType": "USER",
        "holderId": str(her.user_id),
        "role": "editor",
        "grantedAt": "2027-03-21T19:00:00Z",
        "grantedBy": str(world.organizer.user_id),
        "byCreation": False,
        "expiresAt": "2027-05-01T08:00:00Z",
    }
    assert (await world.ask("GET", path, by=her)).json()["myRoles"] == ["editor"]
    page = (await world.ask("GET", f"{path}/roles")).json()
    assert page["meta"] == {"total": 2, "limit": 100, "offset": 0}
    assert page["items"][1] == given.json()
    assert page["items"][0]["byCreation"]
    for _ in range(2):
        taken = await world.ask("DELETE", f"{path}/roles/{her.user_id}")
        assert taken.status_code == 204
    check_refused(await world.ask("GET", path, by=her), 404, "NOT_FOUND")


async def test_communities_and_teams_hold_roles_for_their_members(
    world: World,
) -> None:
    path = f"/{(await world.create(visibility='private'))['id']}"
    for kind, group in (("community", a_community()), ("team", a_team())):
        member = world.somebody()
        world.memberships.add(member, group)
        given = await world.ask(
            "PUT", f"{path}/roles/{kind}/{group.id}", {"role": "viewer"}
        )
        told = given.json()
        assert (told["holderType"], told["holderId"]) == (group.kind, str(group.id))
        page = (await world.ask("GET", "/", by=member)).json()
        assert [item["myRoles"] for item in page["items"]] == [["viewer"]]
        taken = await world.ask("DELETE", f"{path}/roles/{kind}/{group.id}")
        assert taken.status_code == 204
        page = (await world.ask("GET", "/", by=member)).json()
        assert (page["items"], page["meta"]["total"]) == ([], 0)


async def test_the_last_ownership_is_passed_on_and_never_lost(world: World) -> None:
    path = f"/{(await world.create())['id']}"
    own, heir = world.organizer.user_id, world.somebody()
    refused = await world.ask("DELETE", f"{path}/roles/{own}")
    check_refused(refused, 409, "LAST_OWNER")
    refused = await world.ask("PUT", f"{path}/roles/{own}", {"role": "editor"})
    check_refused(refused, 403, "FORBIDDEN")
    body = {"role": "owner", "transfer": True}
    passed = await world.ask("PUT", f"{path}/roles/{heir.user_id}", body)
    assert passed.status_code == 200
    page = (await world.ask("GET", f"{path}/roles", by=heir)).json()
    assert [item["holderId"] for item in page["items"]] == [str(heir.user_id)]


async def test_what_is_no_role_or_no_id_is_refused(world: World) -> None:
    path = f"/{(await world.create())['id']}/roles"
    for body in ({"role": "king"}, {}, {"role": "viewer", "expiresAt": "soon"}):
        refused = await world.ask("PUT", f"{path}/{uuid4()}", body)
        check_refused(refused, 422, "VALIDATION_ERROR")
    refused = await world.ask("PUT", f"{path}/team/x", {"role": "viewer"})
    check_refused(refused, 400, "INVALID_GROUP_ID")
