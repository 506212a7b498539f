"""Access tokens under every algorithm, and what happens to them when keys, secrets and algorithms change."""

from __future__ import annotations

import asyncio
import warnings
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from dependency_injector import providers
from jose import jwt as jose
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from entrypoints import key_watch
from tests.support.composition import MASTER_KEY, SECRET_KEY
from tests.support.http import JOHN, bearer, compose_http, problem, running, token_of
from tests.support.proxy import Proxy
from user_domain.errors import StorageUnavailable
from user_domain.policies.key_rotation import LEAD, SIGNS_FOR
from user_domain.ports.signing_key_queries import SigningKeyQueries
from user_domain.testing.builders import PASSWORD
from user_domain.testing.in_memory import InMemoryClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.http import Service
    from user_domain.entities.signing_key import SigningKey

JWKS = "/.well-known/jwks.json"
ASYMMETRIC = ("ES256", "EdDSA", "RS256")
MEMBERS = {"ES256": {"crv", "x", "y"}, "EdDSA": {"crv", "x"}, "RS256": {"n", "e"}}
ISSUER = "user-service"
OTHER_SECRET, OTHER_MASTER = SECRET_KEY[::-1], MASTER_KEY[::-1]


@asynccontextmanager
async def service_on(conninfo: str, *, clock: InMemoryClock | None = None, **settings: Any) -> AsyncIterator[Service]:
    container = compose_http(conninfo, **settings)
    if clock is not None:
        container.clock.override(providers.Object(clock))
    async with running(container) as service:
        yield service


def a_clock() -> InMemoryClock:
    return InMemoryClock(datetime.now(UTC))


async def look(service: Service) -> None:
    """What every process does every ten seconds."""
    await service.container.application().tend_signing_keys.execute(starting=False)
    await service.container.key_set().reload()


async def published(service: Service) -> list[dict[str, Any]]:
    answer = await service.client.get(JWKS)
    assert answer.status_code == 200, answer.text
    keys: list[dict[str, Any]] = answer.json()["keys"]
    return keys


def header(headers: dict[str, str]) -> dict[str, Any]:
    """The header of the token that these headers carry."""
    return jwt.get_unverified_header(token_of(headers))


async def who(service: Service, headers: dict[str, str]) -> str:
    """Whom they speak for, or why for nobody."""
    answer = await service.client.get("/auth/me", headers=headers)
    said: str = answer.json()["email" if answer.status_code == 200 else "code"]
    return said


# --- The published set ------------------------------------------------------------------------------------------------


async def test_under_hs256_the_set_is_empty(lasting: Service) -> None:
    answer = await lasting.client.get(JWKS)
    assert (answer.status_code, answer.content) == (200, b'{"keys":[]}')
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "public, max-age=300"


class Withheld(SigningKeyQueries):
    """Nobody has granted access to the table."""

    async def all(self) -> list[SigningKey]:
        raise StorageUnavailable


@pytest.mark.parametrize(("algorithm", "status"), [("HS256", 200), ("ES256", 503)])
async def test_who_may_not_see_the_keys_publishes_none_and_cannot_tell_where_tokens_are_signed_with_them(
    conninfo: str, algorithm: str, status: int
) -> None:
    container = compose_http(conninfo, algorithm=algorithm)
    container.signing_keys.override(providers.Object(Withheld()))
    async with running(container) as service:
        answer = await service.client.get(JWKS)
    assert (answer.status_code, answer.json().get("keys", [])) == (status, [])


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
async def test_each_published_key_has_exactly_the_public_members(conninfo: str, algorithm: str) -> None:
    async with service_on(conninfo, algorithm=algorithm) as service:
        (key,) = await published(service)
        assert set(key) == {"kty", "kid", "use", "alg"} | MEMBERS[algorithm]
        assert (key["use"], key["alg"]) == ("sig", algorithm)
        (stored,) = await service.rows("select kid, sealed_private_key from signing_keys")
        assert key["kid"] == stored["kid"]


async def test_who_has_the_set_already_is_told_so_until_it_changes(conninfo: str) -> None:
    async with service_on(conninfo, algorithm="ES256") as service:
        first = await service.client.get(JWKS)
        tag = first.headers["ETag"]
        for sent in (tag, f'"x", W/{tag}', "*"):
            again = await service.client.get(JWKS, headers={"If-None-Match": sent})
            assert (again.status_code, again.content) == (304, b"")
            assert (again.headers["ETag"], again.headers["Cache-Control"]) == (tag, "public, max-age=300")
        await service.container.application().rotate_signing_keys.execute(emergency=False)
        await look(service)
        changed = await service.client.get(JWKS, headers={"If-None-Match": tag})
        assert changed.status_code == 200
        assert changed.headers["ETag"] != tag
        assert len(changed.json()["keys"]) == 2
        head = await service.client.head(JWKS)
        assert (head.status_code, head.content) == (200, b"")


# --- Logging in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
@pytest.mark.parametrize("audience", [None, "shop"])
async def test_other_services_verify_a_token_with_nothing_but_the_published_set(
    conninfo: str, algorithm: str, audience: str | None
) -> None:
    async with service_on(conninfo, algorithm=algorithm, jwt_audience=audience) as service:
        user, headers = await service.enter()
        assert await who(service, headers) == JOHN["email"]
        keys = jwt.PyJWKSet.from_dict((await service.client.get(JWKS)).json())
        assert header(headers) == {"alg": algorithm, "typ": "at+jwt", "kid": keys.keys[0].key_id}
        payload = jwt.decode(
            token_of(headers),
            keys[header(headers)["kid"]],
            algorithms=[algorithm],
            issuer=ISSUER,
            audience=audience or ISSUER,
            options={"require": ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"], "strict_aud": True},
        )
        assert {name: payload[name] for name in ("sub", "email", "name", "role", "client_id")} == {
            "sub": str(user["id"]), "email": JOHN["email"], "name": JOHN["name"], "role": "user", "client_id": ISSUER,
        }  # fmt: skip


async def test_the_verifiers_in_production_read_a_token_as_they_always_did(conninfo: str) -> None:
    """The order service: python-jose, HS256, the raw secret, no audience, no leeway."""
    async with service_on(conninfo) as service:
        user, headers = await service.enter()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            payload = jose.decode(token_of(headers), SECRET_KEY, algorithms=["HS256"])
        assert (payload["sub"], payload["email"], payload["name"], payload["role"]) == (
            str(user["id"]), JOHN["email"], JOHN["name"], "user",
        )  # fmt: skip
        assert header(headers) == {"alg": "HS256", "typ": "at+jwt"}


# --- Rotation ---------------------------------------------------------------------------------------------------------


async def test_services_that_start_at_the_same_instant_on_an_empty_database_make_one_key(conninfo: str) -> None:
    containers = [compose_http(conninfo, algorithm="RS256") for _ in range(4)]
    async with AsyncExitStack() as stack:
        async with asyncio.TaskGroup() as group:
            for container in containers:
                group.create_task(container.database().open())
                stack.push_async_callback(container.database().close)
                stack.callback(container.password_hasher().close)
        async with asyncio.TaskGroup() as group:
            for container in containers:
                group.create_task(container.application().tend_signing_keys.execute(starting=True))
        assert len(await containers[0].signing_keys().all()) == 1
        assert [len(await container.signing_keys().all()) for container in containers] == [1] * 4


async def test_a_rotation_elsewhere_is_seen_at_the_next_look_and_nobody_is_logged_out(conninfo: str) -> None:
    clock = a_clock()
    async with (
        service_on(conninfo, algorithm="ES256", clock=clock) as here,
        service_on(conninfo, algorithm="ES256", clock=clock) as there,
    ):
        _, before = await here.enter()
        assert header(before) == header(await there.log_in()), "both sign with one key"
        new = await there.container.application().rotate_signing_keys.execute(emergency=False)
        assert new is not None
        await look(here)
        assert [key["kid"] for key in await published(here)] == [header(before)["kid"], new.id]
        assert header(await here.log_in()) == header(before), "it is published before it signs"
        clock.advance(LEAD - timedelta(minutes=20))
        last = await here.log_in()
        clock.advance(timedelta(minutes=20))
        assert header(await here.log_in())["kid"] == new.id
        for service in (here, there):
            assert await who(service, last) == JOHN["email"], "its key signs no more, and its token is good"
        clock.advance(timedelta(minutes=31))
        await look(here)
        assert [key["kid"] for key in await published(here)] == [new.id]


async def test_rotation_needs_nobody(conninfo: str) -> None:
    clock = a_clock()
    async with service_on(conninfo, algorithm="EdDSA", clock=clock) as service:
        await service.register()
        signed_with = set()
        for _ in range(4):
            signed_with.add(header(await service.log_in())["kid"])
            clock.advance(SIGNS_FOR - LEAD)
            await look(service)
            clock.advance(LEAD)
        assert len(signed_with) == 4
        actions = [entry.action for entry in await service.audit_trail() if entry.action.startswith("key:")]
        assert actions.count(actions[0]) == 5


async def test_in_an_emergency_tokens_of_the_stolen_key_are_refused_at_the_next_look(conninfo: str) -> None:
    async with service_on(conninfo, algorithm="ES256") as service:
        _, headers = await service.enter()
        assert await who(service, headers) == JOHN["email"]
        new = await service.container.application().rotate_signing_keys.execute(emergency=True)
        assert new is not None
        await look(service)
        assert [key["kid"] for key in await published(service)] == [new.id]
        problem(await service.client.get("/auth/me", headers=headers), 401, "token_invalid")
        assert await who(service, await service.log_in()) == JOHN["email"]


async def test_then_one_token_of_the_new_key_is_refused_elsewhere_and_soon_they_are_read(
    conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_watch, "_INTERVAL", 3600.0)  # nobody looks who is not asked to
    monkeypatch.setattr(key_watch, "_BREATH", 0.01)
    async with service_on(conninfo, algorithm="ES256") as here, service_on(conninfo, algorithm="ES256") as there:
        _, stolen = await here.enter()
        assert await who(there, stolen) == JOHN["email"]
        await here.container.application().rotate_signing_keys.execute(emergency=True)
        await look(here)
        headers = await here.log_in()
        problem(await there.client.get("/auth/me", headers=headers), 401, "token_invalid")
        async with asyncio.timeout(30):
            while await who(there, headers) != JOHN["email"]:  # noqa: ASYNC110 - a look sets no event
                await asyncio.sleep(0.01)
        assert header(await there.log_in()) == header(headers)
        problem(await there.client.get("/auth/me", headers=stolen), 401, "token_invalid")


# --- Changing settings ------------------------------------------------------------------------------------------------


async def test_a_change_of_algorithm_there_and_back_logs_nobody_out(conninfo: str) -> None:
    tokens: list[dict[str, str]] = []
    for algorithm in ("HS256", "ES256", "RS256", "EdDSA", "HS256"):
        asymmetric: dict[str, Any] = (
            {"secret_key": OTHER_SECRET, "secret_key_previous": SECRET_KEY} if algorithm != "HS256" else {}
        )
        async with service_on(conninfo, algorithm=algorithm, **asymmetric) as service:
            tokens.append(await service.log_in() if tokens else (await service.enter())[1])
            assert [await who(service, token) for token in tokens] == [JOHN["email"]] * len(tokens), algorithm
    assert [header(token)["alg"] for token in tokens] == ["HS256", "ES256", "ES256", "ES256", "HS256"]


async def test_the_algorithm_changes_when_verifiers_know_the_new_key(conninfo: str) -> None:
    clock = a_clock()
    async with service_on(conninfo, algorithm="ES256", clock=clock) as service:
        await service.register()
    async with service_on(conninfo, algorithm="RS256", clock=clock) as service:
        old = await service.log_in()
        assert header(old)["alg"] == "ES256"
        assert {key["alg"] for key in await published(service)} == {"ES256", "RS256"}
        clock.advance(LEAD)
        assert header(await service.log_in())["alg"] == "RS256"


async def test_under_hs256_a_token_of_a_process_that_has_changed_already_is_read(conninfo: str) -> None:
    """While a deployment goes on, both are there."""
    async with service_on(conninfo) as old, service_on(conninfo, algorithm="ES256") as new:
        _, headers = await new.enter()
        await look(old)
        assert await who(old, headers) == JOHN["email"]


async def test_a_change_of_the_secret_logs_nobody_out_while_the_previous_one_is_set(conninfo: str) -> None:
    async with service_on(conninfo) as service:
        _, old = await service.enter()
    async with service_on(conninfo, secret_key=OTHER_SECRET, secret_key_previous=SECRET_KEY) as service:
        new = await service.log_in()
        assert [await who(service, token) for token in (old, new)] == [JOHN["email"]] * 2
        jwt.decode(token_of(new), OTHER_SECRET, algorithms=["HS256"])
    async with service_on(conninfo, secret_key=OTHER_SECRET) as service:
        assert [await who(service, token) for token in (old, new)] == ["token_invalid", JOHN["email"]]


async def test_a_change_of_the_master_key_logs_nobody_out_and_the_previous_one_is_needed_once(conninfo: str) -> None:
    async with service_on(conninfo, algorithm="ES256") as service:
        _, old = await service.enter()
    changed: dict[str, Any] = {"master_key": OTHER_MASTER, "master_key_previous": MASTER_KEY}
    async with service_on(conninfo, algorithm="ES256", **changed) as service:
        assert await who(service, old) == JOHN["email"]
        assert header(await service.log_in()) == header(old)
    async with service_on(conninfo, algorithm="ES256", master_key=OTHER_MASTER) as service:
        assert await who(service, old) == JOHN["email"]
        assert header(await service.log_in()) == header(old), "sealed anew, so the same key signs"


async def test_without_the_master_key_nobody_loses_a_session_and_nothing_is_ready(conninfo: str) -> None:
    async with service_on(conninfo, algorithm="ES256") as service:
        await service.register()
        tokens = await service.start()
        old = bearer(tokens["access_token"])
    async with service_on(conninfo, algorithm="ES256", master_key=OTHER_MASTER, master_key_previous=None) as service:
        assert len(await published(service)) == 1, "two master keys do not make keys in turn"
        for path in ("/health/ready", "/health"):
            assert (await service.client.get(path)).status_code == 503
        sessions = await service.rows("select * from sessions")
        credentials = {"email": JOHN["email"], "password": PASSWORD}
        problem(await service.client.post("/auth/login", json=credentials), 503, "storage_unavailable")
        assert await service.rows("select * from sessions") == sessions, "no session whose tokens nobody got"
        assert await who(service, old) == JOHN["email"]

        # Whoever has lost it: what the trail has kept of people is lost with it.
        await service.container.database().execute("delete from audit_trail_key", {})
        assert await service.container.application().rotate_signing_keys.execute(emergency=False) is not None
        await look(service)
        assert (await service.client.get("/health/ready")).status_code == 200
        assert [await who(service, token) for token in (old, await service.log_in())] == [JOHN["email"]] * 2


async def test_a_refresh_token_is_not_spent_where_nothing_signs(conninfo: str) -> None:
    async with service_on(conninfo, algorithm="ES256") as service:
        await service.register()
        refresh_token = (await service.start())["refresh_token"]
        sessions = await service.rows("select * from sessions")
        async with service.container.unit_of_work() as work:
            keys = await work.signing_keys.lock_all()
            for key in keys:
                await work.signing_keys.remove(key.id)
            await work.commit()
        await service.container.key_set().reload()
        answer = await service.client.post("/auth/refresh", json={"refresh_token": refresh_token})
        problem(answer, 503, "storage_unavailable")
        assert await service.rows("select * from sessions") == sessions
        await look(service)
        answer = await service.client.post("/auth/refresh", json={"refresh_token": refresh_token})
        assert answer.status_code == 200, answer.text


# --- The database is away ---------------------------------------------------------------------------------------------


async def test_without_a_database_the_service_starts_says_so_and_recovers(conninfo: str) -> None:
    parts = conninfo_to_dict(conninfo)
    async with Proxy(str(parts["host"]), int(str(parts["port"]))) as proxy:
        through = make_conninfo(conninfo, host="127.0.0.1", port=proxy.port)
        await proxy.cut()
        async with service_on(through, algorithm="ES256", database_timeout_seconds=0.5) as service:
            problem(await service.client.get(JWKS), 503, "storage_unavailable")
            problem(
                await service.client.post("/auth/login", json={"email": JOHN["email"], "password": PASSWORD}),
                503,
                "storage_unavailable",
            )
            await proxy.mend()
            async with asyncio.timeout(30):
                while not service.container.key_set().is_loaded:
                    await look(service)
            _, headers = await service.enter()
            await proxy.cut()
            assert len(await published(service)) == 1, "later nobody needs it for that"
            problem(await service.client.get("/auth/me", headers=headers), 503, "storage_unavailable")
            await proxy.mend()
            assert await who(service, headers) == JOHN["email"]
