"""GET /admin/users/{id}/sessions, DELETE /admin/sessions/{id}, POST /admin/users/{id}/logout-all."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.http import (
    CLIENT_IP,
    JANE,
    JOHN,
    FreeHasher,
    bearer,
    compose_http,
    next_page,
    problem,
    running,
    violations,
)
from user_domain.entities.audit_entry import AuditAction

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from tests.support.http import Service

NOBODY = 2**31 - 1
NO_SESSION = 2**63 - 1


@pytest.fixture
async def service(conninfo: str) -> AsyncIterator[Service]:
    """A running service with room for many sessions, hashes for nothing."""
    async with running(compose_http(conninfo, hasher=FreeHasher(), max_sessions_per_user=100)) as service:
        yield service


async def listed(service: Service, user: dict[str, Any], admin: dict[str, str], **asked: Any) -> list[dict[str, Any]]:
    answer = await service.client.get(f"/admin/users/{user['id']}/sessions", headers=admin, params=asked)
    assert answer.status_code == 200, answer.text
    sessions: list[dict[str, Any]] = answer.json()
    return sessions


async def end(service: Service, session_id: int | str, headers: dict[str, str]) -> httpx2.Response:
    return await service.client.delete(f"/admin/sessions/{session_id}", headers=headers)


async def log_out(service: Service, user_id: int | str, headers: dict[str, str], **other: Any) -> httpx2.Response:
    return await service.client.post(f"/admin/users/{user_id}/logout-all", headers=headers, **other)


async def test_an_admin_sees_what_the_user_sees_and_that_none_of_it_is_the_admins(service: Service) -> None:
    user, headers = await service.enter()
    await service.log_in()
    _, admin = await service.enter_as_admin()
    own = (await service.client.get("/auth/sessions", headers=headers)).json()
    assert await listed(service, user, admin) == [one | {"is_current": False} for one in own]
    assert [one["is_active"] for one in own] == [True, True]


async def test_the_session_an_admin_asks_with_is_the_current_one(service: Service) -> None:
    user, _ = await service.enter_as_admin()
    headers = await service.log_in(user["email"])
    await service.log_in(user["email"])
    assert [one["is_current"] for one in await listed(service, user, headers)] == [False, True, False]


async def test_what_is_over_is_shown_where_that_is_asked_for(service: Service) -> None:
    _, admin = await service.enter_as_admin()
    user, headers = await service.enter()
    await service.client.post("/auth/logout", headers=await service.log_in())
    (expired,) = await service.rows(
        "insert into sessions (handle, user_id, started_at, last_seen_at, refreshed_at, expires_at)"
        " values (gen_random_uuid(), %(id)s, now() - interval '90 days', now() - interval '80 days', now(),"
        " now() - interval '60 days') returning id",
        id=user["id"],
    )
    everything = await listed(service, user, admin, include_ended="true")
    assert [(one["is_active"], one["end_reason"]) for one in everything] == [
        (False, None),
        (False, "logout"),
        (True, None),
    ]
    assert everything[0]["id"] == expired["id"]
    assert [one["logout_time"] is None for one in everything] == [True, False, True]
    assert await listed(service, user, admin) == everything[2:]
    assert [one["id"] for one in (await service.client.get("/auth/sessions", headers=headers)).json()] == [
        everything[2]["id"]
    ]


async def test_pages_lead_through_everything_and_nothing_comes_twice(service: Service) -> None:
    _, admin = await service.enter_as_admin()
    user = await service.register()
    for number in range(7):
        headers = await service.log_in()
        if number % 2:
            await service.client.post("/auth/logout", headers=headers)
    for asked, sizes in (({}, [3, 1]), ({"include_ended": "true"}, [3, 3, 1])):
        whole = await listed(service, user, admin, **asked)
        seen: list[list[dict[str, Any]]] = []
        answer = await service.client.get(
            f"/admin/users/{user['id']}/sessions", headers=admin, params={**asked, "limit": 3}
        )
        while True:
            seen.append(answer.json())
            path = next_page(answer)
            if path is None:
                break
            answer = await service.client.get(path, headers=admin)
            assert answer.status_code == 200, answer.text
        assert [len(page) for page in seen] == sizes
        assert list(chain.from_iterable(seen)) == whole


async def test_a_cursor_belongs_to_one_user_and_one_list(service: Service) -> None:
    _, admin = await service.enter_as_admin()
    user, jane = await service.register(), await service.register(**JANE)
    for email in (JOHN["email"], JANE["email"]) * 2:
        await service.log_in(email)
    path = f"/admin/users/{user['id']}/sessions"
    link = next_page(await service.client.get(path, headers=admin, params={"limit": 1}))
    assert link is not None
    cursor = link.partition("cursor=")[2]
    for elsewhere, asked in (
        (f"/admin/users/{jane['id']}/sessions", {}),
        (path, {"include_ended": "true"}),
        ("/auth/sessions", {}),
        ("/admin/mail", {}),
    ):
        answer = await service.client.get(elsewhere, headers=admin, params={**asked, "cursor": cursor})
        problem(answer, 400, "invalid_cursor")


@pytest.mark.parametrize("whose", ["a user's", "another admin's", "one's own"])
async def test_a_session_that_was_ended_is_dead_on_the_very_next_request_on_every_replica(
    service: Service, conninfo: str, whose: str
) -> None:
    admin_user, admin = await service.enter_as_admin()
    user = admin_user if whose == "one's own" else await service.register()
    if whose == "another admin's":
        await service.promote(user["email"])
    tokens = await service.start(user["email"])
    headers = bearer(tokens["access_token"])
    async with running(compose_http(conninfo, hasher=FreeHasher())) as replica:
        assert (await replica.client.get("/auth/me", headers=headers)).status_code == 200
        session = (await listed(service, user, admin))[0]
        answer = await end(service, session["id"], admin)
        assert (answer.status_code, answer.content) == (204, b"")
        for asked in (service, replica):
            problem(await asked.client.get("/auth/me", headers=headers), 401, "session_ended")
            problem(await asked.refresh(tokens["refresh_token"]), 401, "refresh_token_invalid")
    (ended,) = [one for one in await listed(service, user, admin, include_ended="true") if one["id"] == session["id"]]
    assert (ended["is_active"], ended["end_reason"]) == (False, "revoked_by_admin")
    assert ended["logout_time"] is not None
    entry = (await service.audit_trail())[-1]
    assert (entry.action, entry.actor_id, entry.target_id) == ("session:revoke", admin_user["id"], user["id"])
    assert entry.client.ip_address == CLIENT_IP


async def test_ending_one_that_is_over_is_fine_and_writes_nothing(service: Service) -> None:
    _, admin = await service.enter_as_admin()
    user, headers = await service.enter()
    (session,) = await listed(service, user, admin)
    await service.client.post("/auth/logout", headers=headers)
    before = (await service.rows("select * from sessions order by id"), await service.audit_trail())
    assert (await end(service, session["id"], admin)).status_code == 204
    assert (await service.rows("select * from sessions order by id"), await service.audit_trail()) == before


async def test_of_many_admins_who_end_one_session_one_has_done_it(service: Service) -> None:
    _, admin = await service.enter_as_admin()
    user, _ = await service.enter()
    (session,) = await listed(service, user, admin)
    answers = await asyncio.gather(*(end(service, session["id"], admin) for _ in range(8)))
    assert [answer.status_code for answer in answers] == [204] * 8
    assert [entry.action for entry in await service.audit_trail()].count(AuditAction.SESSION_REVOKE) == 1


@pytest.mark.parametrize("whose", ["a user's", "another admin's", "one's own"])
async def test_all_sessions_of_somebody_end_and_the_person_can_log_in_again(service: Service, whose: str) -> None:
    admin_user, admin = await service.enter_as_admin()
    _, jane = await service.enter(**JANE)
    user = admin_user if whose == "one's own" else await service.register()
    if whose == "another admin's":
        await service.promote(user["email"])
    everywhere = [await service.log_in(user["email"]) for _ in range(3)]
    answer = await log_out(service, user["id"], admin)
    everywhere += [admin] if whose == "one's own" else []
    assert (answer.status_code, set(answer.json())) == (200, {"message", "sessions_ended"})
    assert answer.json()["sessions_ended"] == len(everywhere)
    for headers in everywhere:
        problem(await service.client.get("/auth/me", headers=headers), 401, "session_ended")
    assert (await service.client.get("/auth/me", headers=jane)).status_code == 200
    entry = (await service.audit_trail())[-1]
    assert (entry.action, entry.actor_id, entry.target_id) == ("session:logout-all", admin_user["id"], user["id"])
    again = await service.log_in(user["email"])
    assert (await service.client.get("/auth/me", headers=again)).status_code == 200


async def test_logging_somebody_out_reads_no_body_and_minds_none(service: Service) -> None:
    """Dashboards send a JSON content type without a body."""
    user, _ = await service.enter()
    _, admin = await service.enter_as_admin()
    for body, ended in ((b"", 1), (b"{}", 0), (b"no json", 0)):
        headers = admin | {"Content-Type": "application/json"}
        answer = await log_out(service, user["id"], headers, content=body)
        assert (answer.status_code, answer.json()["sessions_ended"]) == (200, ended)


async def test_nobody_is_mailed_for_it(service: Service) -> None:
    _, admin = await service.enter_as_admin()
    user, _ = await service.enter()
    await service.letters()
    (session,) = await listed(service, user, admin)
    await end(service, session["id"], admin)
    await log_out(service, user["id"], admin)
    assert await service.letters() == []


async def test_who_is_no_admin_learns_nothing(service: Service) -> None:
    user, headers = await service.enter()
    (own,) = (await service.client.get("/auth/sessions", headers=headers)).json()
    for user_id in (user["id"], NOBODY):
        path = f"/admin/users/{user_id}/sessions"
        problem(await service.client.get(path, headers=headers), 403, "forbidden")
        problem(await log_out(service, user_id, headers), 403, "forbidden")
    for session_id in (own["id"], NO_SESSION):
        problem(await end(service, session_id, headers), 403, "forbidden")
    assert (await service.client.get("/auth/me", headers=headers)).status_code == 200


async def test_who_is_an_admin_no_more_may_nothing_from_the_next_request_on(service: Service) -> None:
    user, admin = await service.enter_as_admin()
    assert await listed(service, user, admin) != []
    await service.rows("update users set role = 'user' where id = %(id)s returning id", id=user["id"])
    problem(await log_out(service, user["id"], admin), 403, "forbidden")


async def test_what_is_not_there_cannot_be_found(service: Service) -> None:
    _, admin = await service.enter_as_admin()
    for asked in ({}, {"include_ended": "true"}):
        answer = await service.client.get(f"/admin/users/{NOBODY}/sessions", headers=admin, params=asked)
        problem(answer, 404, "user_not_found")
    problem(await log_out(service, NOBODY, admin), 404, "user_not_found")
    problem(await end(service, NO_SESSION, admin), 404, "session_not_found")
    assert [entry.action for entry in await service.audit_trail()].count(AuditAction.SESSION_LOGOUT_ALL) == 0


@pytest.mark.parametrize("number", ["0", "-1", "01", "x", str(2**63)])
async def test_numbers_are_numbers(service: Service, number: str) -> None:
    _, admin = await service.enter_as_admin()
    answer = await service.client.get(f"/admin/users/{number}/sessions", headers=admin)
    assert [field for field, _ in violations(answer)] == ["user_id"]
    assert [field for field, _ in violations(await end(service, number, admin))] == ["session_id"]
    assert [field for field, _ in violations(await log_out(service, number, admin))] == ["user_id"]


async def test_whether_to_include_what_is_over_is_yes_or_no(service: Service) -> None:
    user, admin = await service.enter_as_admin()
    for word in ("", "maybe", "2"):
        answer = await service.client.get(
            f"/admin/users/{user['id']}/sessions", headers=admin, params={"include_ended": word}
        )
        assert violations(answer) == {("include_ended", "wrong_type")}


async def test_without_a_token_nobody_is_anybody(service: Service) -> None:
    problem(await service.client.get("/admin/users/1/sessions"), 401, "token_missing")
    problem(await end(service, 1, {}), 401, "token_missing")
    problem(await log_out(service, 1, {}), 401, "token_missing")
