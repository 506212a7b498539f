"""The service about itself: what it is, how it is, and what it says while the database is away."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.support.http import JANE, JOHN, OTHER_PASSWORD, TIMESTAMP, as_url, bearer, compose_http, problem, running
from tests.support.postgres import cloned_database
from tests.support.proxy import Proxy
from user_domain.testing.builders import PASSWORD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from tests.support.http import Service


@pytest.mark.parametrize("path", ["/", "/info"])
async def test_it_says_what_it_is_and_where_to_go(lasting: Service, path: str) -> None:
    answer = await lasting.client.get(path)
    info = answer.json()
    assert (answer.status_code, set(info)) == (200, {"name", "version", "links"})
    assert info["name"] == "user-service"
    assert info["links"] == {"health": "/health", "docs": "/docs", "openapi": "/openapi.json"}
    for link in info["links"].values():
        assert (await lasting.client.get(link)).status_code == 200
    assert "python" not in answer.text.lower()
    assert "postgres" not in answer.text.lower()


async def test_a_healthy_service_says_so(lasting: Service) -> None:
    answer = await lasting.client.get("/health")
    health = answer.json()
    assert answer.status_code == 200
    assert TIMESTAMP.fullmatch(health["timestamp"])
    assert health["uptime_seconds"] >= 0
    assert health["database"]["latency_ms"] > 0
    assert health == {
        "status": "healthy",
        "service": "user-service",
        "version": health["version"],
        "timestamp": health["timestamp"],
        "uptime_seconds": health["uptime_seconds"],
        "database": {"status": "healthy", "latency_ms": health["database"]["latency_ms"]},
        "checks": {"database": "ok", "schema": "ok", "signing": "ok", "mail": "ok", "audit": "ok"},
    }


async def test_where_mail_cannot_leave_the_service_is_degraded_and_still_ready(conninfo: str) -> None:
    container = compose_http(conninfo, environment="production", database_url=as_url(conninfo), migrate_on_start=False)
    async with running(container) as service:
        health = await service.client.get("/health")
        assert (health.status_code, health.json()["status"]) == (200, "degraded")
        assert health.json()["checks"] == {
            "database": "ok",
            "schema": "ok",
            "signing": "ok",
            "mail": "failed",
            "audit": "ok",
        }
        assert (await service.client.get("/health/ready")).status_code == 200


async def test_a_healthy_database_shows_its_latency_and_the_pool(lasting: Service) -> None:
    answer = await lasting.client.get("/health/database")
    health = answer.json()
    assert answer.status_code == 200
    assert set(health) == {"service", "status", "latency_ms", "pool", "timestamp"}
    assert (health["service"], health["status"]) == ("user-service", "healthy")
    assert set(health["pool"]) == {"size", "available", "waiting"}
    assert 1 <= health["pool"]["available"] <= health["pool"]["size"] <= 10


async def test_the_probes_say_alive_and_ready(lasting: Service) -> None:
    assert (await lasting.client.get("/health/live")).json() == {"status": "alive"}
    assert (await lasting.client.get("/health/ready")).json() == {"status": "ready"}


async def test_the_documentation_is_served_without_a_content_network(lasting: Service) -> None:
    for page in ("/docs", "/redoc"):
        answer = await lasting.client.get(page)
        assert answer.status_code == 200
        assets = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
        assert assets
        for asset in assets:
            assert asset.startswith("/")
            assert (await lasting.client.get(asset)).status_code == 200
    assert (await lasting.client.get("/openapi.json")).json()["openapi"].startswith("3.1")


async def test_the_documentation_can_be_switched_off(conninfo: str) -> None:
    async with running(compose_http(conninfo, api_docs=False)) as service:
        for path in ("/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect", "/static-offline-docs/favicon.png"):
            problem(await service.client.get(path), 404, "not_found")
        assert set((await service.client.get("/")).json()["links"]) == {"health"}
        assert (await service.client.get("/problems/forbidden")).status_code == 200
        await service.enter()


@pytest.mark.parametrize("prefix", ["/user", "/users", "/api/v1"])
async def test_behind_a_gateway_everything_carries_the_prefix_that_the_gateway_takes_off(
    conninfo: str, prefix: str
) -> None:
    async with running(compose_http(conninfo, root_path=prefix)) as service:
        client = service.client
        registered = await client.post("/auth/register", json=JOHN)
        assert registered.headers["Location"] == f"{prefix}/users/{registered.json()['id']}"
        headers = await service.log_in()
        me = await client.get(registered.headers["Location"].removeprefix(prefix), headers=headers)
        assert (me.json()["email"], me.headers["Cache-Control"]) == (JOHN["email"], "no-store")
        for path, code in (("/users/2147483647", "forbidden"), ("/nope", "not_found"), ("/users", "not_found")):
            answer = await client.get(path, headers=headers)
            body = answer.json()
            assert (body["type"], body["instance"]) == (f"{prefix}/problems/{code}", f"{prefix}{path}")
            assert (await client.get(body["type"].removeprefix(prefix))).status_code == 200
        in_the_static_files = (await client.get("/static-offline-docs/nope")).json()
        assert in_the_static_files["type"] == f"{prefix}/problems/not_found"
        assert in_the_static_files["instance"] == f"{prefix}/static-offline-docs/nope"
        links = (await client.get("/")).json()["links"]
        pages = [*links.values(), f"{prefix}/redoc"]
        assert links["docs"] == f"{prefix}/docs"
        for page in ("/docs", "/redoc"):
            html = (await client.get(page)).text
            assert f"{prefix}/openapi.json" in html
            pages += re.findall(r'(?:src|href)="([^"]+)"', html)
        for page in pages:
            assert page.startswith(f"{prefix}/")
            assert (await client.get(page.removeprefix(prefix))).status_code == 200
        assert (await client.get("/openapi.json")).json()["servers"] == [{"url": prefix}]


@asynccontextmanager
async def behind_a_proxy(conninfo: str, *, patience: float) -> AsyncIterator[tuple[Service, Proxy]]:
    """A service whose way to the database can be cut."""
    parts = conninfo_to_dict(conninfo)
    async with Proxy(str(parts["host"]), int(str(parts["port"]))) as proxy:
        through = make_conninfo(conninfo, host="127.0.0.1", port=proxy.port)
        async with running(compose_http(through, database_timeout_seconds=patience)) as service:
            yield service, proxy


async def test_while_the_database_is_away_it_says_so_and_what_it_does_not_need_goes_on(conninfo: str) -> None:
    async with behind_a_proxy(conninfo, patience=0.5) as (service, proxy):
        user = await service.register()
        tokens = await service.start()
        headers, client = bearer(tokens["access_token"]), service.client
        await proxy.cut()
        health, database, ready, live, forged, page, *others = await asyncio.gather(
            client.get("/health"),
            client.get("/health/database"),
            client.get("/health/ready"),
            client.get("/health/live"),
            client.get("/auth/me", headers={"Authorization": "Bearer forged"}),
            client.get("/problems/storage_unavailable"),
            client.post("/auth/register", json=JANE),
            client.post("/auth/login", json={"email": JOHN["email"], "password": PASSWORD}),
            client.post("/auth/token", data={"username": JOHN["email"], "password": PASSWORD}),
            client.get("/auth/me", headers=headers),
            client.post("/auth/logout", headers=headers),
            client.get(f"/users/{user['id']}", headers=headers),
            client.put(f"/users/{user['id']}", headers=headers, json={"name": "Jane Roe"}),
            client.post("/auth/verify-email", json={"token": "x"}),
            client.post("/auth/resend-verification", json={"email": JOHN["email"]}),
            client.get("/auth/verification-status", headers=headers),
            client.post("/auth/forgot-password", json={"email": JOHN["email"]}),
            client.post("/auth/reset-password", json={"token": "x", "new_password": OTHER_PASSWORD}),
            client.post(
                "/auth/change-password",
                headers=headers,
                json={"current_password": PASSWORD, "new_password": OTHER_PASSWORD},
            ),
            client.post("/auth/confirm-email-change", json={"token": "x"}),
            client.post("/auth/undo-email-change", json={"token": "x"}),
            client.post("/auth/not-me", json={"token": "x"}),
            service.refresh(tokens["refresh_token"]),
            client.post("/auth/logout-all", headers=headers),
            client.get("/auth/sessions", headers=headers),
            client.delete("/auth/sessions/1", headers=headers),
            client.get("/admin/mail", headers=headers),
            client.post(f"/admin/mail/{'0' * 32}/retry", headers=headers),
            client.get("/admin/users/1/sessions", headers=headers),
            client.get("/admin/users/1/access-decision", headers=headers),
            client.post("/admin/users/1/logout-all", headers=headers),
            client.delete("/admin/sessions/1", headers=headers),
            client.get("/admin/stats", headers=headers),
            client.get("/admin/stats/timeseries", headers=headers),
        )
        for answer in others:
            problem(answer, 503, "storage_unavailable")
        for answer in (health, database, ready, *others):
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) >= 1
        assert (live.status_code, page.status_code) == (200, 200)
        problem(forged, 401, "token_invalid")
        assert health.json()["status"] == "unhealthy"
        assert health.json()["database"] == {"status": "unhealthy", "latency_ms": None}
        assert health.json()["checks"] == {
            "database": "failed",
            "schema": "failed",
            "signing": "ok",
            "mail": "ok",
            "audit": "ok",
        }
        assert (database.json()["status"], database.json()["latency_ms"]) == ("unhealthy", None)
        assert ready.json() == {"status": "not_ready"}
        says_nothing_of_where_it_is(health, database, ready, *others, port=proxy.port)
        await proxy.mend()
        answers = await asyncio.gather(*(client.get("/auth/me", headers=headers) for _ in range(20)))
        assert {answer.status_code for answer in answers} == {200}
        assert (await client.get("/health")).status_code == 200
        assert [row["name"] for row in await service.rows("select name from users")] == ["John Doe"]


async def test_requests_wait_for_a_database_that_comes_back_in_time(conninfo: str) -> None:
    async with behind_a_proxy(conninfo, patience=60) as (service, proxy):
        _, headers = await service.enter()
        await proxy.cut()
        waiting = [asyncio.create_task(service.client.get("/auth/me", headers=headers)) for _ in range(20)]
        await asyncio.sleep(0.1)
        await proxy.mend()
        assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {200}


async def test_a_database_that_takes_the_call_and_says_nothing_does_not_hold_up_the_health_pages() -> None:
    """Their deadline is their own: the service would wait for a minute."""
    silent: list[asyncio.StreamWriter] = []
    async with await asyncio.start_server(lambda _, writer: silent.append(writer), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        conninfo = make_conninfo(host="127.0.0.1", port=port, user="nobody", dbname="nothing")
        async with running(compose_http(conninfo, database_timeout_seconds=60)) as service, asyncio.timeout(30):
            answers = await asyncio.gather(
                *(service.client.get(path) for path in ("/health", "/health/database", "/health/ready"))
            )
            assert [answer.status_code for answer in answers] == [503, 503, 503]
            assert (await service.client.get("/health/live")).status_code == 200
            says_nothing_of_where_it_is(*answers, port=port)
            server.close()  # or the service waits for it when it stops
            for writer in silent:
                writer.close()


async def test_without_the_schema_it_needs_it_is_not_ready(postgres_admin: str) -> None:
    with cloned_database(postgres_admin) as conninfo:
        async with running(compose_http(conninfo)) as service:
            with psycopg.connect(conninfo, autocommit=True) as connection:
                connection.execute("delete from schema_migrations")
            health = await service.client.get("/health")
            assert (health.status_code, health.json()["status"]) == (503, "unhealthy")
            assert health.json()["checks"] == {
                "database": "ok",
                "schema": "failed",
                "signing": "ok",
                "mail": "ok",
                "audit": "ok",
            }
            ready = await service.client.get("/health/ready")
            assert (ready.status_code, ready.json()) == (503, {"status": "not_ready"})
            assert (await service.client.get("/health/database")).status_code == 200


def says_nothing_of_where_it_is(*answers: httpx2.Response, port: int) -> None:
    for answer in answers:
        for secret in ("127.0.0.1", str(port), "postgres", "connect", "psycopg", "timeout", "refused"):
            assert secret not in answer.text.lower()


@pytest.mark.parametrize("path", ["/health/live", "/info", "/nope"])
async def test_head_is_answered_like_get_without_the_body(lasting: Service, path: str) -> None:
    got, head = await lasting.client.get(path), await lasting.client.head(path)
    assert head.status_code == got.status_code
    assert head.headers["content-type"] == got.headers["content-type"]
    assert head.content == b""
