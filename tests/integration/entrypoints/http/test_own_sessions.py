"""GET /auth/sessions, DELETE /auth/sessions/{id} and POST /auth/logout-all: where one is logged in, and ending that."""

from __future__ import annotations

import base64
import re
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.http import (
    BASE_URL,
    CLIENT_IP,
    JANE,
    JOHN,
    TIMESTAMP,
    USER_AGENT,
    FreeHasher,
    bearer,
    client_of,
    compose_http,
    next_page,
    problem,
    running,
    violations,
)
from user_domain.testing.builders import PASSWORD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from tests.support.http import Service

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0"
)


@pytest.fixture
async def service(conninfo: str) -> AsyncIterator[Service]:
    """A running service with room for many sessions, hashes for nothing."""
    async with running(compose_http(conninfo, hasher=FreeHasher(), max_sessions_per_user=100)) as service:
        yield service


async def listed(service: Service, headers: dict[str, str], **parameters: Any) -> list[dict[str, Any]]:
    answer = await service.client.get("/auth/sessions", headers=headers, params=parameters)
    assert answer.status_code == 200, answer.text
    sessions: list[dict[str, Any]] = answer.json()
    return sessions


async def current(service: Service, headers: dict[str, str]) -> int:
    """The id of the session that these headers are of."""
    (number,) = [session["id"] for session in await listed(service, headers) if session["is_current"]]
    assert type(number) is int
    return number


async def end(service: Service, session_id: int | str, headers: dict[str, str]) -> httpx2.Response:
    return await service.client.delete(f"/auth/sessions/{session_id}", headers=headers)


async def log_out_everywhere(service: Service, headers: dict[str, str], **parameters: Any) -> httpx2.Response:
    return await service.client.post("/auth/logout-all", headers=headers, params=parameters)


async def status_of(service: Service, headers: dict[str, str]) -> int:
    status: int = (await service.client.get("/auth/me", headers=headers)).status_code
    return status


async def log_in_with(service: Service, ip: str | None, user_agent: str | None) -> dict[str, str]:
    peer = (ip, 50_000) if ip else None
    async with client_of(service.app, peer=peer) as client:
        client.headers.pop("User-Agent")
        headers = {} if user_agent is None else {"User-Agent": user_agent}
        body = {"email": JOHN["email"], "password": PASSWORD}
        answer = await client.post("/auth/login", json=body, headers=headers)
        assert answer.status_code == 200
        return bearer(answer.json()["access_token"])


# The list


async def test_a_session_is_shown_with_everything_there_is_to_know_of_it(service: Service) -> None:
    user, headers = await service.enter()
    answer = await service.client.get("/auth/sessions", headers=headers)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    (session,) = answer.json()
    (row,) = await service.rows("select * from sessions")
    written = {name: row[name].strftime("%Y-%m-%dT%H:%M:%S.%fZ") for name in ("started_at", "expires_at")}
    assert session == {
        "id": row["id"],
        "user_id": user["id"],
        "login_time": written["started_at"],
        "last_seen": written["started_at"],
        "logout_time": None,
        "expires_at": written["expires_at"],
        "ip_address": CLIENT_IP,
        "user_agent": USER_AGENT,
        "device": None,  # a program, not a browser
        "is_active": True,
        "is_current": True,
        "end_reason": None,
    }
    assert type(session["id"]) is type(session["user_id"]) is int
    assert all(TIMESTAMP.fullmatch(session[name]) for name in ("login_time", "last_seen", "expires_at"))
    assert row["handle"].hex not in answer.text
    assert str(row["handle"]) not in answer.text


async def test_the_newest_comes_first_and_one_is_the_current(service: Service) -> None:
    await service.register()
    everywhere = [await service.log_in() for _ in range(4)]
    for number, headers in enumerate(everywhere):
        sessions = await listed(service, headers)
        assert [session["is_current"] for session in sessions] == [number == 3 - place for place in range(4)]
        ids = [session["id"] for session in sessions]
        assert ids == sorted(ids, reverse=True)
        times = [session["login_time"] for session in sessions]
        assert times == sorted(times, reverse=True)


ADDRESSES = {
    "198.51.100.1": "198.51.100.1",
    "2001:DB8:0:0::7": "2001:db8::7",
    "::ffff:203.0.113.9": "203.0.113.9",
    "a-unix-socket": None,
    None: None,
}
DEVICES = {
    FIREFOX: "Firefox on Linux",
    SAFARI: "Safari on iOS",
    EDGE: "Edge on Windows",
    "curl/8.5.0": None,
    "<b>Call 555</b> \x7f": None,
    None: None,
}


async def test_addresses_are_told_as_they_are_written_and_devices_in_words(service: Service) -> None:
    await service.register()
    for ip, kept in ADDRESSES.items():
        (session, *_) = await listed(service, await log_in_with(service, ip, FIREFOX))
        assert session["ip_address"] == kept
    for user_agent, words in DEVICES.items():
        (session, *_) = await listed(service, await log_in_with(service, CLIENT_IP, user_agent))
        assert (session["user_agent"], session["device"]) == (user_agent, words)


async def test_only_those_that_live_are_listed_and_only_ones_own(service: Service) -> None:
    _, jane = await service.enter(**JANE)
    _, headers = await service.enter()
    out, late = await service.log_in(), await service.log_in()
    expired = await current(service, late)
    await service.client.post("/auth/logout", headers=out)
    await service.rows("update sessions set expires_at = now() where id = %(id)s returning id", id=expired)
    assert [session["id"] for session in await listed(service, headers)] == [await current(service, headers)]
    assert [session["id"] for session in await listed(service, jane)] == [await current(service, jane)]


async def test_what_a_refresh_changes_is_shown(service: Service) -> None:
    await service.register()
    tokens = await service.start()
    headers = bearer(tokens["access_token"])
    (before,) = await listed(service, headers)
    await service.go_on(tokens["refresh_token"])
    (after,) = await listed(service, headers)
    assert after["last_seen"] > before["last_seen"]
    assert after["expires_at"] > before["expires_at"]
    assert after | {"last_seen": "", "expires_at": ""} == before | {"last_seen": "", "expires_at": ""}


# Its pages


async def test_pages_lead_through_the_whole_list_and_nothing_comes_twice(service: Service) -> None:
    await service.register()
    headers, *_ = [await service.log_in() for _ in range(7)]
    whole = await listed(service, headers)
    assert len(whole) == 7
    seen: list[list[dict[str, Any]]] = []
    path: str | None = "/auth/sessions?limit=3"
    while path is not None:
        answer = await service.client.get(path, headers=headers)
        assert answer.status_code == 200
        seen.append(answer.json())
        path = next_page(answer)
    assert [len(page) for page in seen] == [3, 3, 1]
    assert list(chain.from_iterable(seen)) == whole


async def test_the_last_page_that_is_full_leads_nowhere(service: Service) -> None:
    await service.register()
    headers, *_ = [await service.log_in() for _ in range(4)]
    answer = await service.client.get("/auth/sessions?limit=4", headers=headers)
    assert (len(answer.json()), next_page(answer)) == (4, None)
    answer = await service.client.get("/auth/sessions?limit=2", headers=headers)
    path = next_page(answer)
    assert path is not None
    assert re.fullmatch(r"/auth/sessions\?limit=2&cursor=[A-Za-z0-9_-]+", path)
    answer = await service.client.get(path, headers=headers)
    assert (len(answer.json()), next_page(answer)) == (2, None)


async def test_a_page_begins_after_the_one_before_even_where_that_has_ended(service: Service) -> None:
    await service.register()
    headers, *_ = [await service.log_in() for _ in range(6)]
    ids = [session["id"] for session in await listed(service, headers)]
    path = next_page(await service.client.get("/auth/sessions?limit=2", headers=headers))
    assert path is not None
    for number in ids[:3]:
        assert (await end(service, number, headers)).status_code == 204
    await service.log_in()  # a newer one moves no page
    answer = await service.client.get(path, headers=headers)
    assert [session["id"] for session in answer.json()] == ids[3:5]


async def test_the_link_holds_behind_a_gateway_that_strips_its_prefix(conninfo: str) -> None:
    async with running(compose_http(conninfo, hasher=FreeHasher(), root_path="/user")) as service:
        await service.register()
        headers, *_ = [await service.log_in() for _ in range(3)]
        path = next_page(await service.client.get("/auth/sessions", headers=headers, params={"limit": 2}))
        assert path is not None
        assert path.startswith("/user/auth/sessions?")
        answer = await service.client.get(BASE_URL + path, headers=headers)
        assert (answer.status_code, len(answer.json())) == (200, 1)


async def test_a_cursor_of_another_user_or_list_is_refused(service: Service, conninfo: str) -> None:
    _, admin = await service.enter_as_admin()
    await service.log_in("ada@example.com")
    _, headers = await service.enter()
    await service.log_in()

    async def cursor_of(path: str, headers: dict[str, str]) -> str:
        link = next_page(await service.client.get(path, headers=headers, params={"limit": 1}))
        assert link is not None
        return link.partition("cursor=")[2]

    own, admins = await cursor_of("/auth/sessions", headers), await cursor_of("/auth/sessions", admin)
    mails = await cursor_of("/admin/mail", admin)
    assert len(await listed(service, headers, cursor=own)) == 1
    raw = base64.urlsafe_b64decode(own + "=" * (-len(own) % 4))
    altered = base64.urlsafe_b64encode(raw[:16] + b"9" + raw[17:]).rstrip(b"=").decode()
    for cursor in (admins, mails, altered, own[:-1], own + "A", "", "1", "99", "null", "é", "\x00", "A" * 200):
        answer = await service.client.get("/auth/sessions", headers=headers, params={"cursor": cursor})
        problem(answer, 400, "invalid_cursor")
    for cursor in (own, admins):
        problem(
            await service.client.get("/admin/mail", headers=admin, params={"cursor": cursor}), 400, "invalid_cursor"
        )
    answer = await service.client.get("/auth/sessions", headers=headers, params={"cursor": "A" * 201})
    assert violations(answer) == {("cursor", "too_long")}
    async with running(compose_http(conninfo, master_key="a key of another service, which has its own")) as elsewhere:
        answer = await elsewhere.client.get("/auth/sessions", headers=headers, params={"cursor": own})
        problem(answer, 400, "invalid_cursor")


async def test_a_cursor_is_good_in_any_session_of_its_user(service: Service) -> None:
    await service.register()
    first, second = await service.log_in(), await service.log_in()
    path = next_page(await service.client.get("/auth/sessions?limit=1", headers=first))
    assert path is not None
    assert len((await service.client.get(path, headers=second)).json()) == 1


@pytest.mark.parametrize(
    ("limit", "code"),
    [("0", "out_of_range"), ("-1", "out_of_range"), ("201", "out_of_range"), ("9" * 30, "out_of_range"),
     ("x", "wrong_type"), ("1.5", "wrong_type"), ("", "wrong_type"), ("1e1", "wrong_type")],
)  # fmt: skip
async def test_a_limit_is_a_number_from_1_to_200(service: Service, limit: str, code: str) -> None:
    _, headers = await service.enter()
    answer = await service.client.get("/auth/sessions", headers=headers, params={"limit": limit})
    assert violations(answer) == {("limit", code)}


# Ending one


async def test_a_session_that_was_ended_is_dead_on_the_very_next_request(service: Service) -> None:
    user = await service.register()
    other, headers = await service.start(), await service.log_in()
    number = await current(service, bearer(other["access_token"]))
    answer = await end(service, number, headers)
    assert (answer.status_code, answer.content, answer.headers["Cache-Control"]) == (204, b"", "no-store")
    problem(await service.client.get("/auth/me", headers=bearer(other["access_token"])), 401, "session_ended")
    problem(await service.refresh(other["refresh_token"]), 401, "refresh_token_invalid")
    assert [session["id"] for session in await listed(service, headers)] == [await current(service, headers)]
    (row,) = await service.rows("select * from sessions where id = %(id)s", id=number)
    assert row["end_reason"] == "revoked"
    entry = (await service.audit_trail())[-1]
    assert (entry.action, entry.actor_id, entry.target_id) == ("session:revoke", user["id"], user["id"])
    assert (entry.at, entry.client.ip_address) == (row["ended_at"], CLIENT_IP)


async def test_ending_it_twice_is_as_good_as_once(service: Service) -> None:
    _, headers = await service.enter()
    number = await current(service, await service.log_in())
    assert (await end(service, number, headers)).status_code == 204
    after = (await service.rows("select * from sessions order by id"), await service.audit_trail())
    assert (await end(service, number, headers)).status_code == 204
    assert (await service.rows("select * from sessions order by id"), await service.audit_trail()) == after


@pytest.mark.parametrize("how", ["logged out", "expired"])
async def test_one_that_is_over_stays_as_it_is(service: Service, how: str) -> None:
    _, headers = await service.enter()
    other = await service.log_in()
    number = await current(service, other)
    if how == "expired":
        await service.rows("update sessions set expires_at = now() where id = %(id)s returning id", id=number)
    else:
        await service.client.post("/auth/logout", headers=other)
    before = (await service.rows("select * from sessions order by id"), await service.audit_trail())
    assert (await end(service, number, headers)).status_code == 204
    assert (await service.rows("select * from sessions order by id"), await service.audit_trail()) == before


async def test_the_one_that_asks_can_end_itself(service: Service) -> None:
    _, headers = await service.enter()
    number = await current(service, headers)
    assert (await end(service, number, headers)).status_code == 204
    problem(await end(service, number, headers), 401, "session_ended")
    assert await status_of(service, headers) == 401


async def test_of_anothers_nobody_learns_whether_it_exists(service: Service) -> None:
    _, jane = await service.enter(**JANE)
    _, admin = await service.enter_as_admin()
    _, headers = await service.enter()
    number = await current(service, jane)
    for asking in (headers, admin):  # under /auth an admin is a user like any other
        refused = problem(await end(service, number, asking), 404, "session_not_found")
        unknown = problem(await end(service, number + 1_000_000, asking), 404, "session_not_found")
        for body in (refused, unknown):
            del body["request_id"], body["instance"]
        assert refused == unknown
    assert await status_of(service, jane) == 200
    assert "session:revoke" not in [entry.action for entry in await service.audit_trail()]


async def test_ending_reads_no_body_and_minds_none(service: Service) -> None:
    _, headers = await service.enter()
    for body in (b"", b"{}", b"no json"):
        number = await current(service, await service.log_in())
        answer = await service.client.request(
            "DELETE", f"/auth/sessions/{number}", headers=headers | {"Content-Type": "application/json"}, content=body
        )
        assert answer.status_code == 204


# Ending all


@pytest.mark.parametrize("keep", [None, "false", "0", "no"])
async def test_all_sessions_end(service: Service, keep: str | None) -> None:
    user = await service.register()
    _, jane = await service.enter(**JANE)
    everywhere = [await service.start() for _ in range(4)]
    gone, headers = bearer(everywhere[0]["access_token"]), bearer(everywhere[1]["access_token"])
    await service.client.post("/auth/logout", headers=gone)
    answer = await log_out_everywhere(service, headers, **({} if keep is None else {"keep_current": keep}))
    assert (answer.status_code, set(answer.json())) == (200, {"message", "sessions_ended"})
    assert answer.json()["sessions_ended"] == 3  # the one that had ended does not count
    for tokens in everywhere:
        problem(await service.client.get("/auth/me", headers=bearer(tokens["access_token"])), 401, "session_ended")
        problem(await service.refresh(tokens["refresh_token"]), 401, "refresh_token_invalid")
    assert await status_of(service, jane) == 200
    rows = await service.rows("select end_reason from sessions where user_id = %(id)s order by id", id=user["id"])
    assert [row["end_reason"] for row in rows] == ["logout", *["logout_all"] * 3]
    entry = (await service.audit_trail())[-1]
    assert (entry.action, entry.actor_id, entry.target_id) == ("session:logout-all", user["id"], user["id"])
    assert await status_of(service, await service.log_in()) == 200


@pytest.mark.parametrize("keep", ["true", "1", "yes"])
async def test_all_but_the_current_end(service: Service, keep: str) -> None:
    await service.register()
    everywhere = [await service.log_in() for _ in range(3)]
    own = await service.start()
    headers = bearer(own["access_token"])
    answer = await log_out_everywhere(service, headers, keep_current=keep)
    assert (answer.status_code, answer.json()["sessions_ended"]) == (200, 3)
    for other in everywhere:
        problem(await service.client.get("/auth/me", headers=other), 401, "session_ended")
    assert await status_of(service, headers) == 200
    await service.go_on(own["refresh_token"])
    again = await log_out_everywhere(service, headers, keep_current=keep)
    assert (again.status_code, again.json()["sessions_ended"]) == (200, 0)


@pytest.mark.parametrize("keep", ["", "maybe", "2", "null", "truefalse"])
async def test_whether_to_keep_it_is_yes_or_no(service: Service, keep: str) -> None:
    _, headers = await service.enter()
    assert violations(await log_out_everywhere(service, headers, keep_current=keep)) == {("keep_current", "wrong_type")}
    assert await status_of(service, headers) == 200


async def test_logging_out_everywhere_reads_no_body_and_minds_none(service: Service) -> None:
    """Dashboards send a JSON content type without a body."""
    await service.register()
    for body in (b"", b"{}", b"no json"):
        headers = await service.log_in()
        answer = await service.client.post(
            "/auth/logout-all", headers=headers | {"Content-Type": "application/json"}, content=body
        )
        assert (answer.status_code, answer.json()["sessions_ended"]) == (200, 1)
