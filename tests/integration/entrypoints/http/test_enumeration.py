"""Nobody learns who has an account, neither from answers nor from the work done: at the login, when asking for a mail,
and within a cool-down. (Round trips and statements of the use cases: test_round_trips.py; times: make test-heavy.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.http import ADA, JOHN, FreeHasher, compose_http, problem, running
from tests.support.protocol import traffic
from user_domain.testing.builders import NOW, PASSWORD, a_block, a_suspension
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from tests.support.http import Service

UNKNOWN = "nobody@example.com"
UNVERIFIED, VERIFIED, ADMIN = JOHN["email"], "verified@example.com", ADA["email"]
BLOCKED, SUSPENDED, RESET_REQUIRED = "blocked@example.com", "suspended@example.com", "reset@example.com"
MOVING, WANTED, MOVED, RESERVED = (
    "moving@example.com",
    "wanted@example.com",
    "moved@example.com",
    "reserved@example.com",
)
EVERYBODY = (
    UNKNOWN, UNVERIFIED, VERIFIED, ADMIN, BLOCKED, SUSPENDED, RESET_REQUIRED,
    MOVING, WANTED,  # who wants another address, and that address
    MOVED, RESERVED,  # who has another address, and the one that is kept for them
)  # fmt: skip
FIXED = {"X-Request-ID": "fixed"}


@pytest.fixture
def hasher() -> FreeHasher:
    return FreeHasher()


@pytest.fixture
async def service(conninfo: str, hasher: FreeHasher) -> AsyncIterator[Service]:
    """With accounts of every kind, and no mail left to send; and one connection, so that all traffic is on it,
    statements by their full text.
    """
    container = compose_http(
        conninfo,
        hasher=hasher,
        database_pool_min=1,
        database_pool_max=1,
        database_pooler="transaction",
        migrate_on_start=False,
    )
    async with running(container) as service:
        await service.register()
        await service.verify(email=VERIFIED)
        await service.enter_as_admin()
        standing: dict[str, dict[str, Any]] = {
            BLOCKED: {"block": a_block()},
            SUSPENDED: {"suspension": a_suspension(until=None)},
            RESET_REQUIRED: {"password_reset_required_at": NOW},
        }
        for email, facts in standing.items():
            user = await service.register(email=email)
            await service.restrict(user["id"], **facts)
        for before, after in ((MOVING, WANTED), (RESERVED, MOVED)):
            user, headers = await service.enter(email=before)
            change = {"email": after, "current_password": PASSWORD}
            answer = await service.client.put(f"/users/{user['id']}", headers=headers, json=change)
            assert answer.status_code == 200
        letters = {letter.recipient.value: letter for letter in await service.letters()}
        token = letters[MOVED].tokens[TokenPurpose.CONFIRM_EMAIL_CHANGE]
        assert (await service.redeem(TokenPurpose.CONFIRM_EMAIL_CHANGE, token)).status_code == 200
        await service.letters()
        yield service


async def attempt(service: Service, path: str, email: str) -> httpx2.Response:
    if path == "/auth/token":
        form = {"username": email, "password": "Wrong-Pass-1"}
        return await service.client.post(path, data=form, headers=FIXED)
    body = {"email": email} | ({"password": "Wrong-Pass-1"} if path == "/auth/login" else {})
    return await service.client.post(path, json=body, headers=FIXED)


async def written(service: Service) -> list[dict[str, Any]]:
    """Every row that was written and is not an account's, without ids, times and the address."""
    rows = await service.rows(
        "select kind, user_id is null as to_whoever_has_it, token_ids, host(ip_address) as ip, user_agent, request_id,"
        " attempts, dead_at, error, next_attempt_at = occurred_at as at_once from outgoing_mails"
    )
    rows += await service.rows("select length(key) as key, until - now() < '5 minutes' as pauses from cool_downs")
    rows += await service.rows("select * from one_time_tokens order by id")
    for entry in await service.audit_trail():
        facts = {"action": entry.action, "actor_id": entry.actor_id, "client": entry.client, "reason": entry.reason}
        rows.append(facts | {"changes": entry.changes})
    return rows


async def footprint(
    service: Service, hasher: FreeHasher, path: str, email: str
) -> tuple[tuple[bytes, list[tuple[str, str]]], tuple[int, int, tuple[str, ...]], list[dict[str, Any]]]:
    """Answer, work and rows of one request. What it queued or paused is taken away again."""
    before, hashes = await written(service), hasher.calls
    async with traffic(service.container.database()) as wire:
        answer = await attempt(service, path, email)
    headers = [(name, "N" if name == "retry-after" else value) for name, value in sorted(answer.headers.items())]
    rows = await written(service)
    for row in before:
        rows.remove(row)
    await service.rows("delete from outgoing_mails returning id")
    work = (hasher.calls - hashes, wire.round_trips, tuple(wire.statements))
    return ((str(answer.status_code).encode() + answer.content, headers), work, rows)


@pytest.mark.parametrize("path", ["/auth/login", "/auth/token"])
async def test_a_failed_login_looks_the_same_and_takes_the_same_whoever_it_is_for(
    service: Service, hasher: FreeHasher, path: str
) -> None:
    seen = {email: await footprint(service, hasher, path, email) for email in EVERYBODY}
    for email in EVERYBODY:
        assert seen[email] == seen[UNKNOWN], email
    (content, _), (hashes, round_trips, statements), rows = seen[UNKNOWN]
    assert content.startswith(b"401")
    assert (hashes, round_trips) == (1, 2)
    assert any("passwords" in statement for statement in statements)  # they were watched indeed
    assert [row["action"] for row in rows] == ["session:login:failure"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/auth/forgot-password", MailKind.RESET_PASSWORD), ("/auth/resend-verification", MailKind.VERIFY_EMAIL_AGAIN)],
)
async def test_asking_for_a_mail_looks_the_same_takes_the_same_and_writes_the_same(
    service: Service, hasher: FreeHasher, path: str, kind: MailKind
) -> None:
    seen = {email: await footprint(service, hasher, path, email) for email in EVERYBODY}
    for email in EVERYBODY:
        assert seen[email] == seen[UNKNOWN], email
    (content, _), (hashes, _, statements), rows = seen[UNKNOWN]
    assert content.startswith(b"200")
    assert hashes == 0
    assert any("insert into outgoing_mails" in statement for statement in statements)
    assert not any("users" in statement for statement in statements)  # nobody is looked up before the mail is sent
    assert rows[0]["kind"] == kind
    assert not any("action" in row for row in rows)


async def test_so_does_asking_too_soon_again(service: Service, hasher: FreeHasher) -> None:
    path = "/auth/resend-verification"
    for email in EVERYBODY:
        assert (await attempt(service, path, email)).status_code == 200
    await service.letters()  # also once the worker has looked who it is for
    seen = {email: await footprint(service, hasher, path, email) for email in EVERYBODY}
    for email in EVERYBODY:
        assert seen[email] == seen[UNKNOWN], email
    (content, headers), (hashes, _, statements), rows = seen[UNKNOWN]
    assert content.startswith(b"429")
    assert ("retry-after", "N") in headers
    assert (hashes, rows) == (0, [])
    assert statements
    for email in EVERYBODY:
        answer = await attempt(service, path, email)
        problem(answer, 429, "rate_limited")
        assert 1 <= int(answer.headers["Retry-After"]) <= 300


@pytest.mark.parametrize("path", ["/auth/forgot-password", "/auth/resend-verification"])
async def test_a_mail_to_nobody_is_forgotten_and_no_trace_of_it_is_left(service: Service, path: str) -> None:
    before = len(await service.audit_trail())
    for email in (UNKNOWN, WANTED, RESERVED):
        await attempt(service, path, email)
    assert await service.letters() == []
    assert await service.rows("select from outgoing_mails") == []
    assert len(await service.audit_trail()) == before


async def test_how_the_mail_fares_makes_no_difference_to_the_next_request(service: Service, hasher: FreeHasher) -> None:
    for email in EVERYBODY:
        await attempt(service, "/auth/forgot-password", email)
    assert await service.letters()
    seen = {email: await footprint(service, hasher, "/auth/forgot-password", email) for email in EVERYBODY}
    for email in EVERYBODY:
        assert seen[email] == seen[UNKNOWN], email


async def test_what_is_no_address_looks_the_same_too(service: Service, hasher: FreeHasher) -> None:
    unknown = await attempt(service, "/auth/login", UNKNOWN)
    for email in ("not an address", "", "x" * 300 + "@example.com", "jöhn@example.com"):
        before = hasher.calls
        answer = await attempt(service, "/auth/login", email)
        assert (answer.content, answer.headers, hasher.calls - before) == (unknown.content, unknown.headers, 1)


async def test_how_an_account_stands_only_its_owner_hears(service: Service) -> None:
    """Against the same right password: the sentence differs only for those who know it."""
    answers = {}
    for email in (BLOCKED, SUSPENDED, RESET_REQUIRED):
        right = await service.client.post("/auth/login", json={"email": email, "password": PASSWORD})
        answers[email] = (right.status_code, right.json()["code"])
    assert answers == {
        BLOCKED: (403, "account_blocked"),
        SUSPENDED: (403, "account_suspended"),
        RESET_REQUIRED: (403, "password_reset_required"),
    }
