"""What only a real server shows: `user-service serve`, on a socket."""

from __future__ import annotations

import asyncio
import json
import socket
from http.client import HTTPConnection, HTTPResponse
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.support.audit import audit_trail_of
from tests.support.composition import MASTER_KEY, SECRET_KEY
from tests.support.http import JANE, JOHN, as_url
from tests.support.postgres import cloned_database
from tests.support.processes import service
from user_domain.testing.builders import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.processes import Service

JSON = {"Content-Type": "application/json"}
KEYS = {"SECRET_KEY": SECRET_KEY, "MASTER_KEY": MASTER_KEY}
CREDENTIALS = json.dumps({"email": JOHN["email"], "password": PASSWORD})


@pytest.fixture(scope="module")
def database(postgres_admin: str) -> Iterator[str]:
    with cloned_database(postgres_admin) as conninfo:
        yield conninfo


@pytest.fixture(scope="module")
def server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    variables = {"DATABASE_URL": as_url(database), "ENVIRONMENT": "development", **KEYS}
    with service("serve", tmp_path_factory.mktemp("server"), **variables) as server:
        status, _ = server.call("POST", "/auth/register", JOHN)
        assert status == 201
        yield server


@pytest.fixture
def connection(server: Service) -> Iterator[HTTPConnection]:
    """One connection; it does not open a second one by itself."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.connect()
    connection.auto_open = 0
    yield connection
    connection.close()


def raw(server: Service, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """The answer to bytes as they are."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as wire:
        wire.sendall(request)
        answer = HTTPResponse(wire)
        answer.begin()
        found = (answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        answer.close()
        return found


def problem(status: int, headers: dict[str, str], body: bytes) -> tuple[int, str]:
    """Status and code of an answer that has to be a problem."""
    assert headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = json.loads(body)
    assert (told["status"], told["request_id"]) == (status, headers["x-request-id"])
    return status, told["code"]


def test_many_requests_go_over_one_connection_also_when_they_fail(connection: HTTPConnection) -> None:
    requests = [
        ("GET", "/health/live", None, 200),
        ("GET", "/nope", None, 404),
        ("POST", "/auth/login", "{", 400),
        ("POST", "/auth/login", "x" * 70_000, 413),
        ("POST", "/auth/login", (b"x" * 10_000 for _ in range(30)), 413),
        ("POST", "/auth/login", CREDENTIALS, 200),
        ("HEAD", "/health/live", None, 200),
        ("OPTIONS", "/health/live", None, 405),
        ("GET", "/health/live", None, 200),
    ]
    for method, path, body, status in requests:
        connection.request(method, path, body, JSON, encode_chunked=not isinstance(body, str | None))
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == status
        assert bool(content) == (method != "HEAD")
        assert answer.headers["Server"] is None
        assert answer.headers["X-Request-ID"]


def test_a_chunked_body_over_the_limit_is_refused_while_it_is_being_sent(server: Service) -> None:
    head = (
        b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"2000\r\n" + b"x" * 0x2000 + b"\r\n"
    assert problem(*raw(server, head + chunk * 9)) == (413, "body_too_large")  # there is no last chunk


def test_a_body_that_declares_itself_too_large_is_not_asked_for(server: Service) -> None:
    head = b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
    assert problem(*raw(server, head + b"Content-Length: 65537\r\n\r\n")) == (413, "body_too_large")


def test_who_says_two_lengths_is_not_understood_as_two_requests(server: Service) -> None:
    smuggled = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    head = b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
    for lengths in (
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        b"Content-Length: 4\r\nContent-Length: 5\r\n",
    ):
        assert raw(server, head + lengths + b"\r\n0\r\n\r\n" + smuggled)[0] in {400, 422}


@pytest.mark.parametrize(
    "target", [b"/%00", b"/%ff%fe", b"/users/%C0%80", b"/..%2f..%2fetc%2fpasswd", b"//", b"/\xff", b"/?%ff=%00"]
)
def test_no_path_is_a_fault_of_ours(server: Service, target: bytes) -> None:
    status, headers, body = raw(server, b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert status in {200, 400, 401, 404}
    assert status != 404 or problem(status, headers, body) == (404, "not_found")


@pytest.mark.parametrize(
    "value", [b"\xff\xfe\xe9", "Größe ٢".encode(), b"x" * 5000, b"a\tb", b"\x7f", b"%00 ' \" \\ $$"]
)
def test_a_user_agent_may_be_anything(server: Service, value: bytes) -> None:
    head = b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nUser-Agent: " + value
    status, _, _ = raw(server, head + b"\r\nContent-Length: %d\r\n\r\n%s" % (len(CREDENTIALS), CREDENTIALS.encode()))
    assert status in {200, 400}  # the server itself refuses what no header may hold


def test_nobody_chooses_their_own_address(server: Service, database: str, connection: HTTPConnection) -> None:
    """There is no proxy to trust, on this machine neither."""
    claims = {
        "X-Forwarded-For": "198.51.100.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example.com",
        "X-Real-IP": "198.51.100.2",
        "Forwarded": "for=198.51.100.3;proto=https",
    }
    connection.request("POST", "/auth/register", json.dumps(JANE), JSON | claims)
    answer = connection.getresponse()
    user = json.loads(answer.read())
    assert answer.headers["Location"] == f"/users/{user['id']}"
    login = json.dumps({"email": JANE["email"], "password": PASSWORD})
    connection.request("POST", "/auth/login", login, JSON | claims)
    connection.getresponse().read()
    with psycopg.connect(database) as store:
        seen = store.execute(
            "select host(ip_address) from sessions where user_id = %(id)s", {"id": user["id"]}
        ).fetchall()
    assert seen == [("127.0.0.1",)]
    assert addresses_in_trail(database, user["id"]) == ["127.0.0.1"] * 2


def addresses_in_trail(database: str, user_id: int) -> list[str | None]:
    """From where what concerns somebody was done."""
    trail = asyncio.run(audit_trail_of(database))
    return [entry.client.ip_address for entry in trail if entry.target_id == user_id]


def test_a_trusted_proxy_is_believed_whom_it_saw(database: str, tmp_path: Path) -> None:
    """Line by line as it came in, and nothing else of what was forwarded."""
    variables = {"DATABASE_URL": as_url(database), "ENVIRONMENT": "development", **KEYS}
    forwarded = (
        b"X-Forwarded-For: 192.0.2.7, 198.51.100.9:4711\r\nX-Forwarded-For: 127.0.0.1\r\nX-Real-IP: 192.0.2.8\r\n"
    )
    body = json.dumps(JOHN | {"email": "behind@example.com"}).encode()
    head = b"POST /auth/register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + forwarded
    with service("serve", tmp_path, TRUSTED_PROXIES="127.0.0.1", **variables) as server:
        status, _, content = raw(server, head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert status == 201
    assert addresses_in_trail(database, json.loads(content)["id"]) == ["198.51.100.9"]


def test_behind_a_gateway_the_prefix_is_in_every_link(database: str, tmp_path: Path) -> None:
    """The gateway has taken it off; a prefix may look like one of our own paths."""
    variables = {"DATABASE_URL": as_url(database), "ENVIRONMENT": "development", **KEYS}
    with service("serve", tmp_path, ROOT_PATH="/users", **variables) as server:
        body = json.dumps(JOHN | {"email": "another@example.com"}).encode()
        head = b"POST /auth/register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        status, headers, content = raw(server, head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        user = json.loads(content)
        assert (status, headers["location"]) == (201, f"/users/users/{user['id']}")
        assert headers["cache-control"] == "no-store"
        status, told = server.call("GET", f"/users/{user['id']}")
        assert (status, told["instance"]) == (401, f"/users/users/{user['id']}")
        assert told["type"] == "/users/problems/token_missing"


def test_who_hangs_up_in_the_middle_leaves_no_trace(server: Service) -> None:
    head = b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    for part in (b"POST /auth/lo", head, head + b'{"email": "jo'):
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as wire:
            wire.sendall(part)
    assert server.call("GET", "/health")[0] == 200
    assert "unexpected error" not in server.output()
    assert "Traceback" not in server.output()
