"""The range protocol against a real server: what it is told, what counts, and that nothing of it can fail a caller."""

from __future__ import annotations

import gzip
import logging
import socket
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from adapters.http.breached_passwords import HttpBreachedPasswords
from tests.support.range_server import RangeServer, send, sha1
from tests.unit.architecture.sources import SRC
from user_domain.testing.contracts.breached_passwords import BREACHED, BreachedPasswordsContract
from user_domain.value_objects.password import Password

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, MutableMapping
    from http.server import BaseHTTPRequestHandler

KNOWN = Password(BREACHED[0])
KNOWN_REST = sha1(KNOWN.value)[5:].encode()
OTHER = Password("kX9#vQ2mLw8z")
PATIENCE = 30.0
"""Seconds that nothing here takes."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[RangeServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with RangeServer(BREACHED).running() as server:
        yield server


@asynccontextmanager
async def asking(url: str, *, timeout: float = PATIENCE) -> AsyncIterator[HttpBreachedPasswords]:  # noqa: ASYNC109 - handed on, waited for by nobody here
    breached = HttpBreachedPasswords(url=url, timeout=timeout)
    try:
        yield breached
    finally:
        await breached.close()


@pytest.fixture
async def breached(server: RangeServer) -> AsyncIterator[HttpBreachedPasswords]:
    async with asking(server.url) as breached:
        yield breached


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as bound:  # and not listening
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[MutableMapping[str, Any]]:
    """What the adapter logs, however other tests have configured logging."""
    capture = structlog.testing.LogCapture()
    logger = structlog.wrap_logger(None, [capture], structlog.make_filtering_bound_logger(logging.WARNING))
    monkeypatch.setattr("adapters.http.breached_passwords._log", logger)
    return capture.entries


def only_reason(warnings: list[MutableMapping[str, Any]]) -> str:
    """Why the check was not possible, of the one warning there is."""
    (warning,) = warnings
    reason: str = warning.pop("reason")
    assert warning == {"event": "breached-password check not possible", "log_level": "warning"}
    return reason


class TestHttpBreachedPasswords(BreachedPasswordsContract):
    @pytest.fixture
    async def unreachable(self, closed_port: int) -> AsyncIterator[HttpBreachedPasswords]:
        async with asking(f"http://127.0.0.1:{closed_port}") as breached:
            yield breached


# --- What the service is told -----------------------------------------------------------------------------------------


async def test_the_service_is_told_five_digits_of_the_hash_and_nothing_else(
    server: RangeServer, breached: HttpBreachedPasswords
) -> None:
    await breached.contains(Password("Password1!"))
    (asked,) = server.asked
    # echo -n 'Password1!' | sha1sum
    assert asked.line == "GET /range/32CA9 HTTP/1.1"
    assert asked.headers["Add-Padding"] == "true"
    assert asked.headers["User-Agent"] == "user-service"
    assert set(asked.headers) <= {"Host", "Accept", "Accept-Encoding", "Connection", "User-Agent", "Add-Padding"}


async def test_an_address_may_have_a_path_and_end_with_a_slash(server: RangeServer) -> None:
    async with asking(f"{server.url}/mirror/") as breached:
        await breached.contains(KNOWN)
    assert [asked.line.split()[1] for asked in server.asked] == [f"/mirror/range/{sha1(KNOWN.value)[:5]}"]


async def test_connections_are_kept(server: RangeServer, breached: HttpBreachedPasswords) -> None:
    for _ in range(3):
        await breached.contains(KNOWN)
    assert (len(server.asked), server.connections) == (3, 1)


async def test_neither_address_nor_hash_is_logged_by_the_library(
    breached: HttpBreachedPasswords, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert await breached.contains(KNOWN)
    assert "range" not in caplog.text
    assert sha1(KNOWN.value)[:5] not in caplog.text


# --- What counts as an answer -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "contained"),
    [
        (KNOWN_REST + b":1", True),
        (b"0" * 35 + b":7\r\n" + KNOWN_REST + b":123456789\r\n", True),
        (KNOWN_REST.lower() + b":1\n", True),
        (KNOWN_REST + b":0", False),  # padding
        (KNOWN_REST + b":000", False),
        (b"0" * 35 + b":7", False),
        (b"", False),
    ],
)
async def test_a_hash_that_was_found_at_least_once_counts(
    server: RangeServer,
    breached: HttpBreachedPasswords,
    warnings: list[MutableMapping[str, Any]],
    body: bytes,
    contained: bool,
) -> None:
    server.answer = lambda request: send(request, body)
    assert await breached.contains(KNOWN) is contained
    assert warnings == []


async def test_a_compressed_answer_is_read(server: RangeServer, breached: HttpBreachedPasswords) -> None:
    body = gzip.compress(KNOWN_REST + b":1")
    server.answer = lambda request: send(request, body, headers={"Content-Encoding": "gzip"})
    assert await breached.contains(KNOWN)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Please log in to this Wi-Fi</html>",
        b"\xff\xfe\0\0",
        KNOWN_REST,
        KNOWN_REST + b":",
        KNOWN_REST + b":-1",
        KNOWN_REST + b":1e9",
        KNOWN_REST + b":" + b"9" * 5000,  # more than int() reads
        KNOWN_REST[1:] + b":1",
        KNOWN_REST + b"0:1",
    ],
)
async def test_what_is_no_list_of_hashes_is_no_answer(
    server: RangeServer, breached: HttpBreachedPasswords, warnings: list[MutableMapping[str, Any]], body: bytes
) -> None:
    server.answer = lambda request: send(request, body)
    assert await breached.contains(KNOWN) is False
    assert only_reason(warnings) == "not a list of hashes"


@pytest.mark.parametrize("status", [204, 400, 404, 429, 500, 503])
async def test_another_status_is_no_answer(
    server: RangeServer, breached: HttpBreachedPasswords, warnings: list[MutableMapping[str, Any]], status: int
) -> None:
    body = b"" if status == 204 else KNOWN_REST + b":1"
    server.answer = lambda request: send(request, body, status=status)
    assert await breached.contains(KNOWN) is False
    assert only_reason(warnings) == f"status {status}"


async def test_a_redirect_is_not_followed(
    server: RangeServer, breached: HttpBreachedPasswords, warnings: list[MutableMapping[str, Any]]
) -> None:
    server.answer = lambda request: send(request, b"", status=302, headers={"Location": request.path})
    assert await breached.contains(KNOWN) is False
    assert only_reason(warnings) == "status 302"
    assert len(server.asked) == 1


# --- What cannot be waited for ----------------------------------------------------------------------------------------


async def test_an_answer_without_end_is_not_read_on(
    server: RangeServer, breached: HttpBreachedPasswords, warnings: list[MutableMapping[str, Any]]
) -> None:
    server.answer = server.endlessly
    assert await breached.contains(KNOWN) is False
    assert only_reason(warnings) == "the answer has no end"


async def test_nor_is_one_that_is_small_only_while_it_is_compressed(
    server: RangeServer, breached: HttpBreachedPasswords, warnings: list[MutableMapping[str, Any]]
) -> None:
    bomb = gzip.compress((b"0" * 35 + b":0\r\n") * 1_000_000)
    server.answer = lambda request: send(request, bomb, headers={"Content-Encoding": "gzip"})
    assert await breached.contains(KNOWN) is False
    assert only_reason(warnings) == "the answer has no end"


@pytest.mark.parametrize("how", ["never", "slowly"])
async def test_the_time_is_limited_for_the_whole(
    server: RangeServer, warnings: list[MutableMapping[str, Any]], how: str
) -> None:
    server.answer = getattr(server, how)
    async with asking(server.url, timeout=0.1) as breached:
        assert await breached.contains(KNOWN) is False
    assert only_reason(warnings) == "TimeoutError"


async def test_one_who_waits_does_not_keep_others_from_asking(
    server: RangeServer, breached: HttpBreachedPasswords
) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        (server.never if sha1(OTHER.value)[:5] in request.path else server.honestly)(request)

    server.answer = answer
    async with asking(server.url, timeout=0.1) as impatient:
        assert await breached.contains(KNOWN)
        assert await impatient.contains(OTHER) is False
        assert await breached.contains(KNOWN)


# --- What else can be wrong -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["", "no address", "ftp://127.0.0.1", "http://", "http://[::bad", "http://127.0.0.1:0"])
async def test_an_address_that_leads_nowhere_keeps_nobody_from_choosing(
    warnings: list[MutableMapping[str, Any]], url: str
) -> None:
    async with asking(url) as breached:
        assert await breached.contains(KNOWN) is False
    assert only_reason(warnings).isidentifier()  # the name of an exception


async def test_a_server_that_hangs_up_is_no_answer(
    server: RangeServer, breached: HttpBreachedPasswords, warnings: list[MutableMapping[str, Any]]
) -> None:
    def hang_up(request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True

    server.answer = hang_up
    assert await breached.contains(KNOWN) is False
    assert only_reason(warnings) == "RemoteProtocolError"
    server.answer = server.honestly
    assert await breached.contains(KNOWN)


async def test_after_closing_nobody_is_asked(server: RangeServer, warnings: list[MutableMapping[str, Any]]) -> None:
    async with asking(server.url) as breached:
        assert await breached.contains(KNOWN)
    assert await breached.contains(KNOWN) is False
    assert len(server.asked) == 1
    assert only_reason(warnings) == "RuntimeError"


async def test_closing_twice_or_unopened_does_nothing(server: RangeServer) -> None:
    async with asking(server.url) as breached:
        await breached.close()


def test_the_library_is_imported_only_when_somebody_asks() -> None:
    look = "import sys, adapters.http.breached_passwords; sys.exit('httpx2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], env={"PYTHONPATH": str(SRC)}, check=False).returncode == 0
