"""Whatever made a stored hash, its owner logs in, and from then on it is one of today's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import argon2
import bcrypt
import pytest

from adapters.passwords.algorithms import Argon2id, Bcrypt
from adapters.passwords.hasher import ThreadedPasswordHasher
from tests.support.http import JOHN, compose_http, problem, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.passwords.algorithms import HashAlgorithm
    from tests.support.http import Service

CHEAP_ARGON2ID, CHEAP_BCRYPT = Argon2id(memory_kib=8, passes=1), Bcrypt(cost=4)

# 128 characters of up to four bytes each, the most that may be chosen; bcrypt by itself looks at the first 18 of them.
LONG = "Grüße 1! " + "𝔘ñïçødé-" * 14 + "кладовая"[:7]


def hasher(current: str) -> ThreadedPasswordHasher:
    algorithms: dict[str, HashAlgorithm] = {"argon2id": CHEAP_ARGON2ID, "bcrypt": CHEAP_BCRYPT}
    chosen = algorithms.pop(current)
    return ThreadedPasswordHasher(current=chosen, others=list(algorithms.values()), concurrency=2, queue_seconds=60)


@pytest.fixture(params=["argon2id", "bcrypt"])
async def service(request: pytest.FixtureRequest, conninfo: str) -> AsyncIterator[Service]:
    async with running(compose_http(conninfo, hasher=hasher(request.param))) as service:
        yield service


async def stored_hash(service: Service) -> str:
    (row,) = await service.rows("select hash from passwords")
    return str(row["hash"])


async def test_a_long_password_in_many_scripts_counts_to_its_last_character(service: Service) -> None:
    assert len(LONG) == 128
    await service.register(password=LONG)
    await service.log_in(password=LONG)
    for almost in (LONG[:-1], LONG[:-1] + "x", LONG[:72], LONG.encode()[:72].decode(errors="ignore")):
        answer = await service.client.post("/auth/login", json={"email": JOHN["email"], "password": almost})
        problem(answer, 401, "invalid_credentials")


FOREIGN = {
    "$2a$": lambda octets: b"$2a$" + bcrypt.hashpw(octets, bcrypt.gensalt(5))[4:],
    "$2b$": lambda octets: bcrypt.hashpw(octets, bcrypt.gensalt(6)),
    "$2y$": lambda octets: b"$2y$" + bcrypt.hashpw(octets, bcrypt.gensalt(4))[4:],
    "argon2i": lambda octets: argon2.PasswordHasher(2, 16, 2, type=argon2.Type.I).hash(octets).encode(),
    "argon2id of another cost": lambda octets: argon2.PasswordHasher(3, 64, 4).hash(octets).encode(),
}


@pytest.mark.parametrize("foreign", FOREIGN)
async def test_a_hash_from_elsewhere_opens_and_is_replaced_by_one_of_todays(service: Service, foreign: str) -> None:
    await service.register()
    todays = await stored_hash(service)
    password_hash = FOREIGN[foreign](JOHN["password"].encode()).decode()
    async with service.container.database().connection() as connection:
        await connection.execute("update passwords set hash = %s", (password_hash,))
    wrong = await service.client.post("/auth/login", json={"email": JOHN["email"], "password": "Wrong-Pass-1"})
    problem(wrong, 401, "invalid_credentials")
    assert await stored_hash(service) == password_hash
    await service.log_in()
    replaced = await stored_hash(service)
    assert replaced.split("$")[1:3] == todays.split("$")[1:3]  # the algorithm, and its version or cost
    assert replaced != password_hash
    await service.log_in()
    assert await stored_hash(service) == replaced
