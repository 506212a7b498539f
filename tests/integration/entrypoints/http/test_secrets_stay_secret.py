"""Nothing that lets somebody in is ever logged, however much is logged."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx2
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.support.composition import SECRET_KEY
from tests.support.http import as_url, bearer
from tests.support.postgres import cloned_database
from tests.support.processes import service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHOSEN, MISTYPED, REFUSED = "Chosen-Pass-1", "Mistyped-Pass-1", "refused-pass-without-capitals"
PERSON = {"name": "John Doe", "email": "john@example.com", "mobile": "1234567890", "password": CHOSEN}
OF_THE_DATABASE = "Database-Pass-1"


def test_whatever_happens_no_log_line_opens_anything(postgres_admin: str, tmp_path: Path) -> None:
    with cloned_database(postgres_admin) as conninfo:
        # Where the server asks for no password, one is no hindrance.
        password = conninfo_to_dict(conninfo).get("password") or OF_THE_DATABASE
        variables = {
            "DATABASE_URL": as_url(make_conninfo(conninfo, password=password)),
            "DATABASE_TIMEOUT_SECONDS": "0.5",
            "ENVIRONMENT": "development",
            "SECRET_KEY": SECRET_KEY,
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "json",
        }
        with service("serve", tmp_path, **variables) as server:
            with httpx2.Client(base_url=server.url(""), trust_env=False, timeout=60) as client:
                tokens = do_everything(client)
                fail_unexpectedly(client, conninfo)
                with away(postgres_admin, conninfo):
                    assert log_in(client, CHOSEN).status_code == 503
            log = server.output()
    # It is the log of all that, and nothing was held back.
    for event in ("unexpected error", "ValueError", "storage_unavailable", "/auth/token"):
        assert event in log
    assert log.count("duration_ms") >= 40
    signatures = {token.rpartition(".")[2] for token in tokens}
    for secret in {CHOSEN, MISTYPED, REFUSED, OF_THE_DATABASE, SECRET_KEY, "$argon2", "eyJ"} | tokens | signatures:
        assert secret not in log


def do_everything(client: httpx2.Client) -> set[str]:
    """Each operation, as it should go and in each way it can go wrong; the tokens there were."""
    user = client.post("/auth/register", json=PERSON).json()
    assert client.post("/auth/register", json=PERSON).status_code == 409
    assert client.post("/auth/register", json=PERSON | {"password": REFUSED}).status_code == 422
    assert client.post("/auth/register", json=PERSON | {CHOSEN: CHOSEN, "mobile": 1}).status_code == 422
    token = log_in(client, CHOSEN).json()["access_token"]
    assert log_in(client, MISTYPED).status_code == 401
    assert log_in(client, MISTYPED, email="nobody@example.com").status_code == 401
    assert log_in(client, MISTYPED + "\ud800").status_code == 422
    form = {"username": PERSON["email"], "password": CHOSEN, "client_secret": MISTYPED}
    tokens = {token, client.post("/auth/token", data=form).json()["access_token"]}
    multipart = {name: (None, value) for name, value in form.items()}
    tokens.add(client.post("/auth/token", files=multipart).json()["access_token"])
    for body in (json.dumps(PERSON)[:-1], json.dumps(PERSON) * 1000, f"password={CHOSEN}", "\0"):
        for content_type in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
            headers = {"Content-Type": content_type}
            assert client.post("/auth/token", content=body, headers=headers).status_code >= 400
            assert client.post("/auth/login", content=body, headers=headers).status_code >= 400
    forged = token[:-4] + "AAAA"
    assert client.get("/auth/me", headers=bearer(forged)).status_code == 401
    assert client.get("/auth/me", params={"access_token": token}).status_code == 401
    assert client.get("/auth/me", headers=bearer(token)).status_code == 200
    path = f"/users/{user['id']}"
    assert client.put(path, json={"name": "Jane Roe"}, headers=bearer(token)).status_code == 200
    assert client.put(path, json={"password": CHOSEN}, headers=bearer(token)).status_code == 422
    assert client.post("/auth/logout", headers=bearer(token)).status_code == 200
    assert client.get("/auth/me", headers=bearer(token)).status_code == 401
    return tokens | {forged}


def log_in(client: httpx2.Client, password: str, *, email: str = PERSON["email"]) -> httpx2.Response:
    body = json.dumps({"email": email, "password": password})
    return client.post("/auth/login", content=body, headers={"Content-Type": "application/json"})


def fail_unexpectedly(client: httpx2.Client, conninfo: str) -> None:
    """With account, password and hash at hand where it fails."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("alter table users drop constraint users_role_check")
        connection.execute("update users set role = 'emperor'")
        assert log_in(client, CHOSEN).status_code == 500
        connection.execute("update users set role = 'user'")


@contextmanager
def away(admin: str, conninfo: str) -> Iterator[None]:
    """The database takes no connections."""
    name = str(conninfo_to_dict(conninfo)["dbname"])
    switch = sql.SQL("alter database {} allow_connections {}")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(switch.format(sql.Identifier(name), sql.SQL("false")))
        connection.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s", [name])
        yield
        connection.execute(switch.format(sql.Identifier(name), sql.SQL("true")))
