"""The revocation feed: who may read it, what it tells, and that it costs next to nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import jwt
import pytest

from tests.support.http import JANE, TIMESTAMP, bearer, compose_http, problem, running, token_of, violations
from user_domain.entities.session import EndReason
from user_domain.testing.builders import a_block
from user_domain.use_cases.authentication import list_revocations
from user_domain.value_objects.ids import SessionHandle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from tests.support.http import Service

TOKEN = "a-feed-token-for-tests-shared-with-nobody"
FEED = bearer(TOKEN)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def service(conninfo: str) -> AsyncIterator[Service]:
    async with running(compose_http(conninfo, revocation_feed_token=TOKEN, database_timeout_seconds=5)) as service:
        yield service


async def ask(service: Service, etag: str | None = None, **parameters: str) -> httpx2.Response:
    headers = FEED | ({"If-None-Match": etag} if etag else {})
    answer = await service.client.get("/revocations", headers=headers, params=parameters)
    assert answer.status_code in {200, 304}, answer.text
    assert answer.headers["Cache-Control"] == "private, no-cache"
    return answer


def moment(text: str) -> datetime:
    assert TIMESTAMP.fullmatch(text)
    return datetime.fromisoformat(text)


def handle_of(headers: dict[str, str]) -> str:
    claims: dict[str, str] = jwt.decode(token_of(headers), options={"verify_signature": False})
    return claims["sid"]


# --- Who may --------------------------------------------------------------------------------------------------------


async def test_without_a_token_in_the_settings_there_is_no_such_path(conninfo: str) -> None:
    async with running(compose_http(conninfo)) as service:
        for headers in ({}, FEED):
            body = problem(await service.client.get("/revocations?since=x", headers=headers), 404, "not_found")
            elsewhere = (await service.client.get("/nowhere", headers=headers)).json()
            assert body | {"instance": "", "request_id": ""} == elsewhere | {"instance": "", "request_id": ""}


async def test_nobody_reads_it_without_its_token(service: Service) -> None:
    _, admin = await service.enter_as_admin()
    client = service.client
    missing = await client.get("/revocations")
    problem(missing, 401, "token_missing")
    assert missing.headers["WWW-Authenticate"] == "Bearer"
    for wrong in (admin, bearer(TOKEN[:-1]), bearer(TOKEN + "x"), bearer("é"), bearer(TOKEN.upper())):
        sent = {name: value.encode() for name, value in wrong.items()}
        answer = await client.get("/revocations", headers=sent)  # type: ignore[arg-type]  # bytes past ASCII, as sent
        problem(answer, 401, "token_invalid")
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    problem(await client.get("/revocations", headers=[*FEED.items(), *FEED.items()]), 401, "token_invalid")
    problem(await client.get("/revocations", headers={"Authorization": f"Basic {TOKEN}"}), 401, "token_missing")
    problem(await client.get("/revocations", params={"token": TOKEN}), 401, "token_missing")


async def test_its_token_opens_nothing_else(service: Service) -> None:
    for path in ("/auth/me", "/admin/mail", "/users/1"):
        problem(await service.client.get(path, headers=FEED), 401, "token_invalid")


# --- What it tells --------------------------------------------------------------------------------------------------


async def test_where_nothing_was_taken_back_it_is_empty(service: Service) -> None:
    await service.enter()
    before = datetime.now(UTC)
    body = (await ask(service)).json()
    assert body | {"next_since": None} == {
        "sessions": [], "users": [], "next_cursor": None, "next_since": None, "window_seconds": 31 * 60,
    }  # fmt: skip
    assert before - 60 * SECOND <= moment(body["next_since"]) <= datetime.now(UTC) - 60 * SECOND


async def test_a_logout_and_a_block_are_in_the_next_answer(service: Service) -> None:
    _, headers = await service.enter()
    jane, _ = await service.enter(**JANE)
    before = datetime.now(UTC)
    await service.client.post("/auth/logout", headers=headers)
    blocked_at = datetime.now(UTC)
    await service.restrict(jane["id"], block=a_block(at=blocked_at))
    body = (await ask(service)).json()
    (session,), (user,) = body["sessions"], body["users"]
    assert session["sid"] == handle_of(headers)
    assert before <= moment(session["ended_at"]) <= blocked_at
    assert (user["sub"], moment(user["not_before"])) == (str(jane["id"]), blocked_at)


async def test_every_session_that_a_change_of_password_ends_is_told(service: Service) -> None:
    user, headers = await service.enter()
    others = [await service.log_in() for _ in range(2)]
    change = {"current_password": "SecurePass123!", "new_password": "OtherPass456?"}
    assert (await service.client.post("/auth/change-password", headers=headers, json=change)).status_code == 200
    body = (await ask(service)).json()
    assert {session["sid"] for session in body["sessions"]} == {handle_of(other) for other in others}
    assert body["users"] == [], user  # the session that changed it goes on


async def test_since_leaves_out_what_was_before(service: Service) -> None:
    _, headers = await service.enter()
    await service.client.post("/auth/logout", headers=headers)
    (session,) = (await ask(service)).json()["sessions"]
    ended_at = session["ended_at"]
    assert (await ask(service, since=ended_at)).json()["sessions"] == [session]
    later = (moment(ended_at) + timedelta(microseconds=1)).isoformat().replace("+00:00", "Z")
    assert (await ask(service, since=later)).json()["sessions"] == []
    whole_seconds = re.sub(r"\.\d+", "", ended_at)
    assert (await ask(service, since=whole_seconds)).json()["sessions"] == [session]


async def test_what_lies_longer_back_than_any_token_is_left_out(service: Service) -> None:
    _, headers = await service.enter()
    await service.client.post("/auth/logout", headers=headers)
    await service.rows("update sessions set ended_at = ended_at - interval '31 minutes' returning id")
    for since in ({}, {"since": "2020-01-01T00:00:00Z"}, {"since": "0001-01-01T00:00:00Z"}):
        assert (await ask(service, **since)).json()["sessions"] == []


@pytest.mark.parametrize(
    "since",
    ["", "now", "0", "1767225600", "2026-03-14", "2026-03-14T15:09:26", "2026-03-14T15:09:26+01:00",
     "2026-13-14T15:09:26Z", "2026-03-14T15:09:61Z", "2026-03-14T15:09:26.1234567Z", "٢٠٢٦-03-14T15:09:26Z"],
)  # fmt: skip
async def test_since_is_a_moment_as_this_api_writes_it(service: Service, since: str) -> None:
    answer = await service.client.get("/revocations", headers=FEED, params={"since": since})
    assert violations(answer) == {("since", "wrong_type")}


async def test_a_transaction_that_commits_late_is_in_a_later_answer(service: Service) -> None:
    _, headers = await service.enter()
    decided = datetime.now(UTC)
    async with service.container.unit_of_work() as work:
        assert await work.sessions.end(SessionHandle(handle_of(headers)), at=decided, reason=EndReason.LOGOUT)
        body = (await ask(service)).json()
        assert body["sessions"] == []
        await work.commit()
    (session,) = (await ask(service, since=body["next_since"])).json()["sessions"]
    assert session["sid"] == handle_of(headers)


# --- That it is cheap -----------------------------------------------------------------------------------------------


async def test_an_answer_that_is_known_is_not_sent_again(service: Service) -> None:
    _, headers = await service.enter()
    first = await ask(service)
    tag = first.headers["ETag"]
    assert re.fullmatch(r'W/"[0-9a-f]{32}"', tag)
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = await ask(service, known)
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
        assert "Content-Type" not in again.headers
    assert (await ask(service, '"other"')).status_code == 200
    await service.client.post("/auth/logout", headers=headers)
    changed = await ask(service, tag)
    assert changed.status_code == 200
    assert (await ask(service, changed.headers["ETag"])).status_code == 304
    # A reader goes on from what the answer said; as long as the same entries come again, that is no news either.
    assert (await ask(service, changed.headers["ETag"], since=changed.json()["next_since"])).status_code == 304


async def test_more_than_a_page_is_read_on_by_a_cursor(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_revocations, "PAGE", 2)
    _, headers = await service.enter()
    ended = {handle_of(headers)} | {handle_of(await service.log_in()) for _ in range(4)}
    await service.rows("update sessions set ended_at = now(), end_reason = 'logout' returning id")  # all at one moment
    first = (await ask(service)).json()
    read, cursor = first["sessions"], first["next_cursor"]
    while cursor:
        page = await ask(service, since=first["next_since"], cursor=cursor)
        read += page.json()["sessions"]
        cursor = page.json()["next_cursor"]
    assert [len(read), {session["sid"] for session in read}] == [5, ended]
    for wrong in (first["next_cursor"][:-1], "x", service.container.keys().keys("x")[0].hex()):
        answer = await service.client.get("/revocations", headers=FEED, params={"cursor": wrong})
        problem(answer, 400, "invalid_cursor")


async def test_one_more_than_a_page_is_news_though_the_page_is_the_same(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_revocations, "PAGE", 1)
    sessions = [(await service.enter())[1], await service.log_in()]
    await service.client.post("/auth/logout", headers=sessions[0])
    first = await ask(service)
    assert first.json()["next_cursor"] is None
    await service.client.post("/auth/logout", headers=sessions[1])
    for known in (first.headers["ETag"], "*"):
        second = await ask(service, known)
        assert second.json()["sessions"] == first.json()["sessions"]
        assert second.json()["next_cursor"] is not None
        # What comes behind this page is not seen from here: such an answer is never known already.
        assert "ETag" not in second.headers


async def test_a_head_says_whether_there_is_news(service: Service) -> None:
    answer = await service.client.head("/revocations", headers=FEED)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["ETag"] == (await ask(service)).headers["ETag"]
