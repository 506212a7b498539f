"""GET and PUT /users/{id}: who may see and change whom, and which of two changes wins."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.support.http import ADA, CLIENT_IP, JANE, TIMESTAMP, USER_AGENT, problem, raw, violations
from user_domain.entities.audit_entry import AuditAction, FieldChange

if TYPE_CHECKING:
    from tests.support.http import Service

NOBODY = 2_147_483_647


async def test_people_see_their_own_record(service: Service) -> None:
    user, headers = await service.enter()
    answer = await service.client.get(f"/users/{user['id']}", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"1"'
    assert answer.json() == (await service.client.get("/auth/me", headers=headers)).json()


async def test_people_change_their_own_profile(service: Service) -> None:
    user, headers = await service.enter()
    change = {"name": " Jane  Roe ", "mobile": "+49 170 (1234) 567", "locale": "DE"}
    answer = await service.client.put(f"/users/{user['id']}", headers=headers, json=change)
    changed = answer.json()
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"2"'
    assert TIMESTAMP.fullmatch(changed["updated_at"])
    assert changed["updated_at"] > user["updated_at"]
    expected = {"name": "Jane  Roe", "mobile": "+491701234567", "locale": "de"}
    moments = {name: changed[name] for name in ("updated_at", "last_login")}
    assert changed == user | expected | moments
    assert (await service.client.get("/auth/me", headers=headers)).json() == changed


@pytest.mark.parametrize("change", [{"name": "Jane Roe"}, {"mobile": "0987654321"}, {"locale": "fr"}])
async def test_what_is_left_out_stays(service: Service, change: dict[str, str]) -> None:
    user, headers = await service.enter(locale="en")
    await service.client.put(f"/users/{user['id']}", headers=headers, json=change)
    me = (await service.client.get("/auth/me", headers=headers)).json()
    kept = set(user) - set(change) - {"updated_at", "last_login"}
    assert {name: me[name] for name in kept} == {name: user[name] for name in kept}
    assert me | change == me


async def test_a_change_is_audited_with_before_and_after(service: Service) -> None:
    user, headers = await service.enter()
    change = {"name": "Jane Roe", "mobile": "1234567890", "locale": "fr"}
    await service.client.put(f"/users/{user['id']}", headers=headers | {"X-Request-ID": "the-change"}, json=change)
    entry = (await service.audit_trail())[-1]
    assert (entry.action, entry.actor_id, entry.target_id) == ("user:profile-change", user["id"], user["id"])
    assert set(entry.changes) == {FieldChange("name", "John Doe", "Jane Roe"), FieldChange("locale", None, "fr")}
    assert (entry.client.ip_address, entry.client.user_agent) == (CLIENT_IP, USER_AGENT)
    assert entry.client.request_id == "the-change"


@pytest.mark.parametrize("change", [{}, {"name": "John Doe"}, {"name": " John Doe ", "mobile": "(123) 456-7890"}])
async def test_where_nothing_differs_the_version_stays_and_nothing_is_written(
    service: Service, change: dict[str, str]
) -> None:
    user, headers = await service.enter()
    before = (await service.rows("select * from users"), len(await service.audit_trail()))
    answer = await service.client.put(f"/users/{user['id']}", headers=headers, json=change)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')
    assert answer.json()["updated_at"] == user["updated_at"]
    assert (await service.rows("select * from users"), len(await service.audit_trail())) == before


async def test_nobody_changes_more_than_the_profile(service: Service) -> None:
    user, headers = await service.enter()
    before = await service.rows("select * from users")
    for field in ("pending_email", "role", "status", "id", "version", "password", "is_email_verified", "blocked_at"):
        change = {"name": "Jane Roe", field: "admin"}
        answer = await service.client.put(f"/users/{user['id']}", headers=headers, json=change)
        assert violations(answer) == {("body", "unknown_field")}
    assert await service.rows("select * from users") == before


async def test_everything_that_is_wrong_with_a_change_is_told_and_nothing_is_written(service: Service) -> None:
    user, headers = await service.enter()
    change = {"name": "J", "mobile": "12", "locale": "english"}
    answer = await service.client.put(f"/users/{user['id']}", headers=headers, json=change)
    expected = {("name", "too_short"), ("mobile", "invalid_format"), ("locale", "invalid_format")}
    assert violations(answer) == expected
    assert [row["version"] for row in await service.rows("select version from users")] == [1]


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_a_stranger_is_told_the_same_whether_the_user_exists_or_not(service: Service, method: str) -> None:
    jane = await service.register(**JANE)
    admin, _ = await service.enter_as_admin()
    _, headers = await service.enter()
    told = []
    for user_id in (jane["id"], admin["id"], NOBODY):
        answer = await service.client.request(
            method,
            f"/users/{user_id}",
            headers=headers | {"X-Request-ID": "fixed"},
            json={"name": "Somebody Else"} if method == "PUT" else None,
        )
        assert problem(answer, 403, "forbidden")["instance"] == f"/users/{user_id}"
        told.append(
            (answer.text.replace(f"/users/{user_id}", "/users/ID"), dict(answer.headers) | {"content-length": ""})
        )
    assert told[0] == told[1] == told[2]
    assert {row["name"] for row in await service.rows("select name from users")} == {"Jane Roe", "Ada Min", "John Doe"}


async def test_an_admin_sees_and_changes_users(service: Service) -> None:
    jane = await service.register(**JANE)
    admin, headers = await service.enter_as_admin()
    seen = await service.client.get(f"/users/{jane['id']}", headers=headers)
    assert (seen.status_code, seen.json(), seen.headers["ETag"]) == (200, jane, '"1"')
    changed = await service.client.put(f"/users/{jane['id']}", headers=headers, json={"name": "Jane Doe"})
    assert (changed.status_code, changed.json()["name"]) == (200, "Jane Doe")
    entry = (await service.audit_trail())[-1]
    assert (entry.action, entry.actor_id, entry.target_id) == ("user:profile-change", admin["id"], jane["id"])


async def test_an_admin_is_told_that_there_is_no_such_user(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    problem(await service.client.get(f"/users/{NOBODY}", headers=headers), 404, "user_not_found")
    answer = await service.client.put(f"/users/{NOBODY}", headers=headers, json={"name": "Jane Roe"})
    problem(answer, 404, "user_not_found")


async def test_an_admin_sees_another_admin_and_changes_nothing(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    other, _ = await service.enter_as_admin(email="grace@example.com", name="Grace Op")
    assert (await service.client.get(f"/users/{other['id']}", headers=headers)).json()["role"] == "admin"
    answer = await service.client.put(f"/users/{other['id']}", headers=headers, json={"name": "Nobody"})
    problem(answer, 400, "cannot_act_on_admin")
    assert {row["name"] for row in await service.rows("select name from users")} == {"Ada Min", "Grace Op"}


async def test_an_admin_is_an_ordinary_user_to_himself(service: Service) -> None:
    admin, headers = await service.enter_as_admin()
    answer = await service.client.put(f"/users/{admin['id']}", headers=headers, json={"name": "Ada King"})
    assert (answer.status_code, answer.json()["name"]) == (200, "Ada King")


async def test_a_change_goes_through_where_the_version_is_the_one_that_was_read(service: Service) -> None:
    user, headers = await service.enter()
    path = f"/users/{user['id']}"
    etag = (await service.client.get(path, headers=headers)).headers["ETag"]
    for name in ("Jane Roe", "Janet Roe"):
        answer = await service.client.put(path, headers=headers | {"If-Match": etag}, json={"name": name})
        assert (answer.status_code, answer.json()["name"]) == (200, name)
        etag = answer.headers["ETag"]
    assert etag == '"3"'
    for any_of in ("*", '"4"', '"1", "5" , W/"7"'):
        answer = await service.client.put(path, headers=headers | {"If-Match": any_of}, json={"name": f"R {any_of}"})
        assert answer.status_code == 200


async def test_a_change_to_any_other_version_is_refused(service: Service) -> None:
    user, headers = await service.enter()
    path = f"/users/{user['id']}"
    await service.client.put(path, headers=headers, json={"name": "Jane Roe"})  # version 2
    for if_match in (
        '"1"',
        '"3"',
        'W/"2"',
        "2",
        '"2',
        "'2'",
        '"two"',
        '""',
        '"٢"',
        '"99999999999999999999"',
        '"-2"',
        '"1", "3"',
    ):
        for change in ({"name": "Janet Roe"}, {"name": "Jane Roe"}):  # also where there is nothing to change
            answer = await service.client.put(path, headers=raw(headers | {"If-Match": if_match}), json=change)
            problem(answer, 412, "precondition_failed")
    assert [(row["name"], row["version"]) for row in await service.rows("select * from users")] == [("Jane Roe", 2)]


async def test_exactly_one_of_many_changes_to_one_version_wins(service: Service) -> None:
    user, headers = await service.enter()
    names = [f"Runner {chr(ord('A') + number)}" for number in range(20)]
    answers = await asyncio.gather(
        *(
            service.client.put(f"/users/{user['id']}", headers=headers | {"If-Match": '"1"'}, json={"name": name})
            for name in names
        )
    )
    winners = [answer for answer in answers if answer.status_code == 200]
    for loser in answers:
        if loser not in winners:
            problem(loser, 412, "precondition_failed")
    assert len(winners) == 1
    (stored,) = await service.rows("select name, version from users")
    assert (stored["name"], stored["version"]) == (winners[0].json()["name"], 2)
    assert [entry.action for entry in await service.audit_trail()].count(AuditAction.USER_PROFILE_CHANGE) == 1


async def test_changes_that_expect_no_version_all_count(service: Service) -> None:
    user, headers = await service.enter()
    names = [f"Runner {chr(ord('A') + number)}" for number in range(10)]
    path = f"/users/{user['id']}"
    answers = await asyncio.gather(*(service.client.put(path, headers=headers, json={"name": name}) for name in names))
    assert sorted(int(answer.headers["ETag"].strip('"')) for answer in answers) == list(range(2, 12))
    chain = [entry.changes[0] for entry in await service.audit_trail() if entry.action == "user:profile-change"]
    assert [change.before for change in chain[1:]] == [change.after for change in chain[:-1]]


async def test_whoever_becomes_an_admin_is_out_of_other_admins_reach_at_once(service: Service) -> None:
    jane, _ = await service.enter(**JANE)
    _, headers = await service.enter_as_admin(**ADA)
    path = f"/users/{jane['id']}"
    assert (await service.client.put(path, headers=headers, json={"name": "Jane Doe"})).status_code == 200
    await service.promote(JANE["email"])
    problem(await service.client.put(path, headers=headers, json={"name": "Jane X"}), 400, "cannot_act_on_admin")
