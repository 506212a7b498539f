"""Browsers of other sites: only those that are configured, and for every answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.http import JOHN, FreeHasher, compose_http, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from tests.support.http import Service
    from user_domain.ports.password_hasher import PasswordHash
    from user_domain.value_objects.password import Password

SHOP = "https://shop.example.com"
EXPOSED = {
    "link",
    "x-total-count",
    "etag",
    "location",
    "retry-after",
    "ratelimit",
    "ratelimit-policy",
    "x-request-id",
    "idempotency-replayed",
}


class Broken(FreeHasher):
    """Fails at the one thing it is for."""

    async def hash(self, password: Password) -> PasswordHash:
        raise RuntimeError


@pytest.fixture
async def service(conninfo: str) -> AsyncIterator[Service]:
    origins = f"{SHOP}, https://admin.example.com"
    async with running(compose_http(conninfo, hasher=Broken(), cors_origins=origins)) as service:
        yield service


def of_cors(answer: httpx2.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


def listed(value: str) -> set[str]:
    return {item.strip().lower() for item in value.split(",")}


@pytest.mark.parametrize("origin", [SHOP, "https://admin.example.com"])
async def test_a_configured_origin_may_ask_beforehand(client: httpx2.AsyncClient, origin: str) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Headers": "authorization,content-type,if-match"}
    for method, path in (
        ("POST", "/auth/login"),
        ("POST", "/auth/refresh"),
        ("GET", "/auth/me"),
        ("DELETE", "/auth/sessions/1"),
        ("PUT", "/users/1"),
        ("DELETE", "/users/1"),
    ):
        answer = await client.options(path, headers=headers | {"Access-Control-Request-Method": method})
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert method in answer.headers["Access-Control-Allow-Methods"].split(", ")
        assert listed(answer.headers["Access-Control-Allow-Headers"]) >= {
            "authorization", "content-type", "if-match", "idempotency-key", "x-device-token", "x-request-id",
        }  # fmt: skip
        assert "Origin" in answer.headers["Vary"]


async def test_it_does_not_take_cookies(client: httpx2.AsyncClient) -> None:
    preflight = await client.options("/auth/me", headers={"Origin": SHOP, "Access-Control-Request-Method": "GET"})
    for answer in (preflight, await client.get("/auth/me", headers={"Origin": SHOP})):
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example.com", "http://shop.example.com", f"{SHOP}.evil.example", f"{SHOP}:8443", "null", "*"],
)
async def test_another_origin_is_told_nothing(client: httpx2.AsyncClient, origin: str) -> None:
    ask = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    preflight = await client.options("/auth/me", headers=ask)
    assert preflight.status_code == 400
    assert "Access-Control-Allow-Origin" not in preflight.headers
    answer = await client.get("/auth/me", headers={"Origin": origin})
    assert answer.status_code == 401
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    "wish", [{"Access-Control-Request-Headers": "x-other"}, {"Access-Control-Request-Method": "PATCH"}]
)
async def test_nothing_is_allowed_that_is_not_needed(client: httpx2.AsyncClient, wish: dict[str, str]) -> None:
    headers = {"Origin": SHOP, "Access-Control-Request-Method": "GET"} | wish
    assert (await client.options("/auth/me", headers=headers)).status_code == 400


async def test_a_browser_may_read_every_answer_and_its_headers(client: httpx2.AsyncClient) -> None:
    """Those that went wrong most of all: without these headers a storefront sees a network failure."""
    headers = {"Origin": SHOP}
    answers = [
        await client.get("/health", headers=headers),
        await client.get("/auth/me", headers=headers),
        await client.get("/nope", headers=headers),
        await client.delete("/auth/me", headers=headers),
        await client.post("/auth/login", content=b"x" * 70_000, headers=headers),
        await client.post("/auth/login", content=b"{}", headers=headers),
        await client.post("/auth/register", json={}, headers=headers),
        await client.post("/auth/register", json=JOHN, headers=headers),
    ]
    assert [answer.status_code for answer in answers] == [200, 401, 404, 405, 413, 415, 422, 500]
    for answer in answers:
        assert answer.headers["Access-Control-Allow-Origin"] == SHOP
        assert listed(answer.headers["Access-Control-Expose-Headers"]) == EXPOSED
        assert "Origin" in answer.headers["Vary"]


async def test_any_origin_may_be_let_in(conninfo: str) -> None:
    async with running(compose_http(conninfo, cors_origins="*")) as service:
        answer = await service.client.get("/auth/me", headers={"Origin": "https://anywhere.example"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_without_configuration_there_is_none(lasting: Service) -> None:
    ask = {"Origin": SHOP, "Access-Control-Request-Method": "GET"}
    for answer in (
        await lasting.client.options("/auth/me", headers=ask),
        await lasting.client.get("/auth/me", headers={"Origin": SHOP}),
        await lasting.client.get("/health", headers={"Origin": SHOP}),
    ):
        assert of_cors(answer) == {}
