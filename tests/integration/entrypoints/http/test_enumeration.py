"""Nobody learns at the login who has an account. (Round trips and statements of the use case: test_round_trips.py.)"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.http import JOHN, FreeHasher, compose_http, problem, running
from tests.support.protocol import traffic
from user_domain.testing.builders import a_block, a_suspension

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from tests.support.http import Service

UNKNOWN = "nobody@example.com"
BLOCKED, SUSPENDED, ADMIN = "blocked@example.com", "suspended@example.com", "admin@example.com"


@pytest.fixture
def hasher() -> FreeHasher:
    return FreeHasher()


@pytest.fixture
async def service(conninfo: str, hasher: FreeHasher) -> AsyncIterator[Service]:
    """With accounts of every kind; and one connection, so that all traffic is on it, statements by their full text."""
    one_connection = {"database_pool_min": 1, "database_pool_max": 1, "database_pooler": "transaction"}
    one_connection["migrate_on_start"] = False
    container = compose_http(conninfo, hasher=hasher, **one_connection)
    async with running(container) as service:
        await service.register()
        blocked = await service.register(email=BLOCKED)
        await service.restrict(blocked["id"], block=a_block())
        suspended = await service.register(email=SUSPENDED)
        await service.restrict(suspended["id"], suspension=a_suspension(until=None))
        await service.enter_as_admin(email=ADMIN)
        yield service


async def attempt(service: Service, path: str, email: str) -> httpx2.Response:
    headers = {"X-Request-ID": "fixed"}
    if path == "/auth/token":
        form = {"username": email, "password": "Wrong-Pass-1"}
        return await service.client.post(path, data=form, headers=headers)
    return await service.client.post(path, json={"email": email, "password": "Wrong-Pass-1"}, headers=headers)


@pytest.mark.parametrize("path", ["/auth/login", "/auth/token"])
async def test_a_failed_login_looks_the_same_and_takes_the_same_whoever_it_is_for(
    service: Service, hasher: FreeHasher, path: str
) -> None:
    database = service.container.database()
    seen = {}
    for email in (UNKNOWN, JOHN["email"], BLOCKED, SUSPENDED, ADMIN):
        before = hasher.calls
        async with traffic(database) as wire:
            answer = await attempt(service, path, email)
        problem(answer, 401, "invalid_credentials")
        work = (hasher.calls - before, wire.round_trips, tuple(wire.statements))
        seen[email] = (answer.content, sorted(answer.headers.items()), work)
    assert len({repr(what) for what in seen.values()}) == 1
    hashes, round_trips, statements = seen[UNKNOWN][2]
    assert (hashes, round_trips) == (1, 2)
    assert any("passwords" in statement for statement in statements)  # they were watched indeed


async def test_what_is_no_address_looks_the_same_too(service: Service, hasher: FreeHasher) -> None:
    unknown = await attempt(service, "/auth/login", UNKNOWN)
    for email in ("not an address", "", "x" * 300 + "@example.com", "jöhn@example.com"):
        before = hasher.calls
        answer = await attempt(service, "/auth/login", email)
        assert (answer.content, answer.headers, hasher.calls - before) == (unknown.content, unknown.headers, 1)
