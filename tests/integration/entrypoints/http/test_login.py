"""POST /auth/login, and POST /auth/token: the same as an OAuth 2 form."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import jwt
import pytest

from entrypoints.container import Container
from tests.support.composition import SECRET_KEY, settings_for_tests
from tests.support.http import (
    CLIENT_IP,
    JANE,
    JOHN,
    USER_AGENT,
    cheap_hasher,
    client_of,
    compose_http,
    problem,
    running,
    token_of,
    violations,
)
from user_domain.testing.builders import NOW, PASSWORD, a_block, a_suspension

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, TypeAlias

    import httpx2

    from tests.support.http import Service

    LogIn: TypeAlias = Callable[..., Awaitable[httpx2.Response]]

YEARS = timedelta(days=36_500)


@pytest.fixture(params=["login", "token"])
def log_in(request: pytest.FixtureRequest, client: httpx2.AsyncClient) -> LogIn:
    """Both ways in."""

    async def with_json(email: str = JOHN["email"], password: str = PASSWORD, **options: Any) -> httpx2.Response:
        return await client.post("/auth/login", json={"email": email, "password": password}, **options)

    async def with_form(email: str = JOHN["email"], password: str = PASSWORD, **options: Any) -> httpx2.Response:
        form = {"grant_type": "password", "username": email, "password": password}
        return await client.post("/auth/token", data=form, **options)

    return with_json if request.param == "login" else with_form


async def test_who_knows_the_password_gets_a_bearer_token(service: Service, log_in: LogIn) -> None:
    user = await service.register()
    answer = await log_in()
    assert answer.status_code == 200
    tokens = answer.json()
    assert {"access_token", "token_type", "expires_in"} <= set(tokens)
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 1800)
    me = await service.client.get("/auth/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert me.json()["id"] == user["id"]


async def test_the_token_says_what_other_services_read(service: Service) -> None:
    user, headers = await service.enter(name="Zoë O'Neil")
    # As the order service does it: the shared key, HS256, no audience named, no leeway.
    claims = jwt.decode(token_of(headers), SECRET_KEY.encode(), algorithms=["HS256"])
    assert claims == {
        "iss": "user-service",
        "sub": str(user["id"]),
        "exp": claims["iat"] + 1800,
        "iat": claims["iat"],
        "nbf": claims["iat"] - 60,
        "jti": claims["jti"],
        "sid": claims["sid"],
        "email": "john@example.com",
        "name": "Zoë O'Neil",
        "role": "user",
    }
    assert type(claims["iat"]) is int
    assert re.fullmatch(r"[0-9a-f]{32}", claims["sid"])
    assert jwt.get_unverified_header(token_of(headers)) == {"alg": "HS256", "typ": "at+jwt"}


async def test_an_audience_is_in_the_token_only_where_it_is_configured(conninfo: str) -> None:
    async with running(compose_http(conninfo, jwt_audience="shop", jwt_issuer="https://id.example.com")) as service:
        _, headers = await service.enter()
        claims = jwt.decode(token_of(headers), SECRET_KEY.encode(), algorithms=["HS256"], audience="shop")
        assert claims["iss"] == "https://id.example.com"
        assert (await service.client.get("/auth/me", headers=headers)).status_code == 200


async def test_how_long_a_token_is_good_is_configured(conninfo: str) -> None:
    async with running(compose_http(conninfo, access_token_expire_minutes=5)) as service:
        await service.register()
        answer = await service.client.post("/auth/login", json={"email": JOHN["email"], "password": PASSWORD})
        assert answer.json()["expires_in"] == 300


async def test_every_login_is_a_session_with_address_and_user_agent(service: Service, log_in: LogIn) -> None:
    user = await service.register()
    answer = await log_in(headers={"User-Agent": "x" * 600})
    claims = jwt.decode(answer.json()["access_token"], SECRET_KEY.encode(), algorithms=["HS256"])
    (session,) = await service.rows("select *, host(ip_address) as ip from sessions")
    assert (session["user_id"], session["handle"].hex) == (user["id"], claims["sid"])
    assert (session["ip"], session["user_agent"]) == (CLIENT_IP, "x" * 512)
    assert session["expires_at"] - session["started_at"] == timedelta(days=30)
    assert (session["ended_at"], session["end_reason"]) == (None, None)
    again = await log_in()
    assert again.json()["access_token"] != answer.json()["access_token"]
    assert len(await service.rows("select from sessions")) == 2


@pytest.mark.parametrize(
    ("peer", "kept"),
    [
        (("2001:db8::7", 50_000), "2001:db8::7"),
        (("fe80::1%eth0", 50_000), "fe80::1"),  # a zone means something on this machine only
        (("a-unix-socket", 0), None),
        (None, None),
    ],
)
async def test_a_login_does_not_depend_on_what_the_address_looks_like(
    service: Service, peer: tuple[str, int] | None, kept: str | None
) -> None:
    await service.register()
    async with client_of(service.app, peer=peer) as client:
        answer = await client.post("/auth/login", json={"email": JOHN["email"], "password": PASSWORD})
    assert answer.status_code == 200
    assert await service.rows("select host(ip_address) as ip from sessions") == [{"ip": kept}]


async def test_the_address_is_read_as_in_registration_and_the_password_as_it_is(
    service: Service, log_in: LogIn
) -> None:
    await service.register()
    assert (await log_in(email=" John@EXAMPLE.com ")).status_code == 200
    for password in (f" {PASSWORD}", f"{PASSWORD} ", PASSWORD.lower(), PASSWORD[:-1]):
        problem(await log_in(password=password), 401, "invalid_credentials")


async def test_the_whole_of_a_long_password_counts(service: Service, log_in: LogIn) -> None:
    await service.register(password="Ab1!" + "x" * 124)
    problem(await log_in(password="Ab1!" + "x" * 123 + "y"), 401, "invalid_credentials")
    assert (await log_in(password="Ab1!" + "x" * 124)).status_code == 200


@pytest.mark.parametrize(
    "email", ["john@example.com", "nobody@example.com", "not an address", "\0", "john@exämple.com"]
)
async def test_who_does_not_know_the_password_gets_nothing(service: Service, log_in: LogIn, email: str) -> None:
    await service.register()
    answer = await log_in(email=email, password="Wrong-Pass-1")
    problem(answer, 401, "invalid_credentials")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert await service.rows("select from sessions") == []


async def test_a_login_is_remembered_and_is_no_new_version(service: Service) -> None:
    await service.register()
    headers = await service.log_in()
    me = await service.client.get("/auth/me", headers=headers)
    (session,) = await service.rows("select started_at from sessions")
    assert me.json()["last_login"] == session["started_at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert me.headers["ETag"] == '"1"'


async def test_the_audit_trail_tells_success_and_failure_apart(service: Service, log_in: LogIn) -> None:
    user = await service.register()
    await log_in()
    await log_in(password="Wrong-Pass-1")
    await log_in(email="nobody@example.com")
    _, success, failure, unknown = await service.audit_trail()
    assert (success.action, success.actor_id, success.target_id) == ("session:login:success", user["id"], user["id"])
    assert (failure.action, failure.actor_id, failure.target_id) == ("session:login:failure", None, user["id"])
    assert (unknown.action, unknown.actor_id, unknown.target_id) == ("session:login:failure", None, None)
    assert failure.reason == unknown.reason == "invalid_credentials"
    for entry in (success, failure, unknown):
        assert (entry.client.ip_address, entry.client.user_agent) == (CLIENT_IP, USER_AGENT)
        assert entry.client.request_id


@pytest.mark.parametrize(
    ("facts", "code", "says"),
    [
        ({"block": a_block()}, "account_blocked", "blocked"),
        ({"suspension": a_suspension(until=NOW + YEARS)}, "account_suspended", "until 2126-02-18 15:09 UTC"),
        ({"suspension": a_suspension(until=None)}, "account_suspended", "suspended"),
        ({"block": a_block(), "suspension": a_suspension(until=None)}, "account_blocked", "blocked"),
    ],
)
async def test_only_who_knows_the_password_hears_that_the_account_is_shut(
    service: Service, log_in: LogIn, facts: dict[str, Any], code: str, says: str
) -> None:
    user = await service.register()
    await service.restrict(user["id"], **facts)
    problem(await log_in(password="Wrong-Pass-1"), 401, "invalid_credentials")
    assert says in problem(await log_in(), 403, code)["detail"]
    assert await service.rows("select from sessions") == []
    denied = (await service.audit_trail())[-1]
    assert (denied.action, denied.target_id, denied.reason) == ("session:login:denied", user["id"], code)


async def test_a_suspension_lifts_itself(service: Service, log_in: LogIn) -> None:
    user = await service.register()
    await service.restrict(user["id"], suspension=a_suspension(until=NOW))
    assert (await log_in()).status_code == 200


async def test_an_outdated_hash_is_made_anew(service: Service, conninfo: str) -> None:
    await service.register()
    (before,) = await service.rows("select hash from passwords")
    async with running(compose_http(conninfo, hasher=cheap_hasher(memory_kib=16))) as upgraded:
        await upgraded.log_in()
        (after,) = await upgraded.rows("select hash from passwords")
        assert ("m=8," in before["hash"], "m=16," in after["hash"]) == (True, True)
        await upgraded.log_in()
        assert await upgraded.rows("select hash from passwords") == [after]
    await service.log_in()  # not yet upgraded, it can still check what the other one wrote


async def test_the_form_takes_what_oauth_clients_send_and_cares_for_name_and_password(service: Service) -> None:
    await service.register()
    form = {"username": JOHN["email"], "password": PASSWORD, "scope": "a b", "client_id": "x", "client_secret": "y"}
    for fields in (form, form | {"grant_type": "password", "scope": ""}, {name: form[name] for name in list(form)[:2]}):
        assert (await service.client.post("/auth/token", data=fields)).status_code == 200
    multipart = {name: (None, value) for name, value in form.items()}
    assert (await service.client.post("/auth/token", files=multipart)).status_code == 200
    refresh = await service.client.post("/auth/token", data=form | {"grant_type": "refresh_token"})
    assert violations(refresh) == {("grant_type", "not_allowed")}


async def test_neither_takes_the_others_format(client: httpx2.AsyncClient) -> None:
    fields = {"email": JOHN["email"], "username": JOHN["email"], "password": PASSWORD}
    problem(await client.post("/auth/login", data=fields), 415, "unsupported_media_type")
    problem(await client.post("/auth/token", json=fields), 415, "unsupported_media_type")


async def test_the_service_works_as_it_is_shipped(conninfo: str) -> None:
    """Nothing replaced: hashes at their real cost, the default pool."""
    async with running(Container(settings=settings_for_tests(), conninfo=conninfo)) as service:
        _, headers = await service.enter(**JANE)
        (stored,) = await service.rows("select hash from passwords")
        assert stored["hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert (await service.client.get("/auth/me", headers=headers)).json()["name"] == "Jane Roe"
