"""What holds when requests come at the same instant."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from adapters.passwords.algorithms import Argon2id
from adapters.passwords.hasher import ThreadedPasswordHasher
from tests.support.http import JANE, JOHN, compose_http, problem, running
from user_domain.entities.audit_entry import AuditAction
from user_domain.testing.builders import PASSWORD, a_block

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    import httpx2

    from tests.support.http import Service

CREDENTIALS = {"email": JOHN["email"], "password": PASSWORD}


async def test_of_fifty_who_register_one_address_exactly_one_succeeds(service: Service) -> None:
    answers = await asyncio.gather(*(service.client.post("/auth/register", json=JOHN) for _ in range(50)))
    assert statuses(answers) == {201: 1, 409: 49}
    for answer in answers:
        if answer.status_code == 409:
            problem(answer, 409, "email_already_registered")
    (first,) = [answer.json()["id"] for answer in answers if answer.status_code == 201]
    assert (await service.register(**JANE))["id"] == first + 1
    actions = Counter(str(entry.action) for entry in await service.audit_trail())
    assert actions == {"user:register": 2, "user:register:refused": 49}


async def test_those_whom_the_hash_queue_refuses_hear_so_and_nobody_gets_an_error(conninfo: str) -> None:
    """At the real cost of a hash and without patience: some wait, some are turned away, one registers."""
    hasher = ThreadedPasswordHasher(current=Argon2id(), concurrency=1, queue_seconds=0.05)
    async with running(compose_http(conninfo, hasher=hasher)) as service:
        answers = await asyncio.gather(*(service.client.post("/auth/register", json=JOHN) for _ in range(50)))
        assert set(statuses(answers)) - {409} == {201, 503}  # 409 where the first hash was ready early enough
        assert statuses(answers)[201] == 1
        for answer in answers:
            if answer.status_code == 503:
                problem(answer, 503, "overloaded")


async def test_of_many_who_register_addresses_of_their_own_all_succeed_with_ids_in_a_row(service: Service) -> None:
    people = [JOHN | {"email": f"john{number}@example.com"} for number in range(20)]
    answers = await asyncio.gather(*(service.client.post("/auth/register", json=person) for person in people))
    assert statuses(answers) == {201: 20}
    ids = sorted(answer.json()["id"] for answer in answers)
    assert ids == list(range(ids[0], ids[0] + 20))


async def test_twenty_logouts_with_one_token_end_the_session_once(service: Service) -> None:
    _, headers = await service.enter()
    answers = await asyncio.gather(*(service.client.post("/auth/logout", headers=headers) for _ in range(20)))
    for answer in answers:
        if answer.status_code != 200:
            problem(answer, 401, "session_ended")
    assert statuses(answers)[200] >= 1
    assert [entry.action for entry in await service.audit_trail()].count(AuditAction.SESSION_LOGOUT) == 1
    problem(await service.client.get("/auth/me", headers=headers), 401, "session_ended")


async def test_logins_and_a_change_of_the_profile_do_not_undo_each_other(service: Service) -> None:
    user, headers = await service.enter()
    path = f"/users/{user['id']}"
    *logins, change, other = await asyncio.gather(
        *(service.client.post("/auth/login", json=CREDENTIALS) for _ in range(30)),
        service.client.put(path, headers=headers, json={"name": "Jane Roe"}),
        service.client.put(path, headers=headers, json={"locale": "fr"}),
    )
    assert statuses([*logins, change, other]) == {200: 32}
    me = (await service.client.get("/auth/me", headers=headers)).json()
    assert (me["name"], me["locale"]) == ("Jane Roe", "fr")
    sessions = await service.rows("select started_at from sessions order by started_at")
    assert len(sessions) == 31
    assert me["last_login"] in {session["started_at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ") for session in sessions}
    assert [row["version"] for row in await service.rows("select version from users")] == [3]


async def test_a_login_that_waits_for_a_block_is_denied_by_it(service: Service) -> None:
    user = await service.register()
    async with service.container.unit_of_work() as work:
        account = await work.users.lock(user["id"])
        assert account is not None
        await work.users.save(replace(account.user, block=a_block()))
        login = asyncio.create_task(service.client.post("/auth/login", json=CREDENTIALS))
        await until(lambda: somebody_waits_for_a_lock(service))
        await work.commit()
    problem(await login, 403, "account_blocked")
    assert await service.rows("select from sessions") == []


async def test_once_a_block_is_committed_no_login_succeeds_and_no_session_is_honoured(service: Service) -> None:
    user = await service.register()

    async def log_in() -> httpx2.Response:
        return await service.client.post("/auth/login", json=CREDENTIALS)

    before = [asyncio.create_task(log_in()) for _ in range(20)]
    await asyncio.wait(before, return_when=asyncio.FIRST_COMPLETED)
    await service.restrict(user["id"], block=a_block())
    after = await asyncio.gather(*(log_in() for _ in range(10)))
    assert statuses(after) == {403: 10}
    answers = await asyncio.gather(*before)
    assert set(statuses(answers)) <= {200, 403}
    tokens = [answer.json()["access_token"] for answer in answers if answer.status_code == 200]
    assert tokens  # at least the one that was waited for
    for token in tokens:
        answer = await service.client.get("/auth/me", headers={"Authorization": f"Bearer {token}"})
        problem(answer, 403, "account_blocked")
    assert len(await service.rows("select from sessions")) == len(tokens)


def statuses(answers: Iterable[httpx2.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


async def somebody_waits_for_a_lock(service: Service) -> bool:
    return bool(await service.rows("select from pg_locks where not granted"))


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110 - it happens in the database
            await asyncio.sleep(0.01)
