"""One event as a calendar file."""

import re
from urllib.parse import unquote

import vobject
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.routes.calendar import attachment
from tests.unit.adapters.http.world import World, check_refused


async def test_an_event_can_be_taken_home(world: World) -> None:
    event = await world.create(title='Вечер: "игры"; x', endsAt="2027-04-01T21:00:00Z")

    response = await world.ask("GET", f"/{event['id']}/ics")

    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    named = response.headers["Content-Disposition"]
    assert re.fullmatch(r"[ -~]+", named)
    assert unquote(named.partition("filename*=UTF-8''")[2]).startswith("Вечер")
    read = vobject.readOne(response.text)
    assert read.vevent.uid.value == f"urn:uuid:{event['id']}"
    assert read.vevent.summary.value == 'Вечер: "игры"; x'


async def test_whoever_has_the_file_is_told_so_until_the_event_changes(
    world: World,
) -> None:
    event = await world.create()
    path = f"/{event['id']}/ics"
    first = await world.ask("GET", path)
    tag = {"If-None-Match": f'"other", W/{first.headers["ETag"]}'}

    same = await world.ask("GET", path, headers=tag)
    assert (same.status_code, same.content) == (304, b"")
    await world.ask("PATCH", f"/{event['id']}", {"title": "Other"})
    assert (await world.ask("GET", path, headers=tag)).status_code == 200


async def test_nobody_takes_home_what_she_does_not_see(world: World) -> None:
    event = await world.create(visibility="private")

    response = await world.ask("GET", f"/{event['id']}/ics", by=world.somebody())
    check_refused(response, 404, "NOT_FOUND")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_no_name_of_a_file_breaks_the_header(name: str) -> None:
    header = attachment(f"{name}.ics")

    plain = re.fullmatch(
        r'attachment; filename="[A-Za-z0-9._ -]+\.ics"; '
        r"filename\*=UTF-8''([A-Za-z0-9%._~/-]+)",
        header,
    )
    assert plain
    assert unquote(plain[1]) == f"{name}.ics"
