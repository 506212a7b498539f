"""Nothing that lets somebody in is ever logged, however much is logged, told in a problem, or stored in plaintext."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx2
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.support.audit import audit_trail_of
from tests.support.composition import MASTER_KEY, SECRET_KEY
from tests.support.http import as_url, bearer
from tests.support.postgres import away, cloned_database
from tests.support.processes import service as started_service
from tests.support.smtp_server import smtp_server
from user_domain.ports.mailer import MailDeferred, MailRejected
from user_domain.testing.builders import PASSWORD
from user_domain.value_objects.one_time_token import digest

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

    from tests.support.http import Service
    from tests.support.smtp_server import SmtpServer

CHOSEN, MISTYPED, REFUSED = "Chosen-Pass-1", "Mistyped-Pass-1", "refused-pass-without-capitals"
NEW, NEWER = "Another-Pass-22", "Third-Violet-333"
LINK = re.compile(r"/([a-z-]+)\?token=([A-Za-z0-9_-]{43})")
PERSON = {"name": "John Doe", "email": "john@example.com", "mobile": "1234567890", "password": CHOSEN}
OF_THE_DATABASE = "Database-Pass-1"
READABLE, CLIENT_ADDRESS = "the trail for whoever has its keys", "127.0.0.1"


def test_whatever_happens_no_log_line_opens_anything(postgres_admin: str, tmp_path: Path) -> None:
    with cloned_database(postgres_admin) as conninfo, smtp_server(tmp_path / "smtp") as post:
        # Where the server asks for no password, one is no hindrance.
        password = conninfo_to_dict(conninfo).get("password") or OF_THE_DATABASE
        variables = {
            "DATABASE_URL": as_url(make_conninfo(conninfo, password=password)),
            "DATABASE_TIMEOUT_SECONDS": "0.5",
            "ENVIRONMENT": "development",
            "SECRET_KEY": SECRET_KEY,
            "MASTER_KEY": MASTER_KEY,
            "SMTP_URL": post.url(),
            "MAIL_FROM": "Shop <no-reply@shop.example.com>",
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "json",
        }
        with started_service("serve", tmp_path, **variables) as server:
            problems: list[str] = []
            with httpx2.Client(base_url=server.url(""), trust_env=False, timeout=60) as client:
                client.event_hooks["response"] = [partial(note_problem, problems)]
                tokens = do_everything(client)
                mailed = do_everything_by_mail(client, post)
                digests = {digest(token) for token in mailed}
                stored = dump(conninfo) | {READABLE: repr(asyncio.run(audit_trail_of(conninfo)))}
                fail_unexpectedly(client, conninfo)
                with away(postgres_admin, conninfo):
                    assert log_in(client, NEWER).status_code == 503
            log = server.output()
    # It is the log of all that, and nothing was held back.
    for event in ("unexpected error", "ValueError", "storage_unavailable", "/auth/token"):
        assert event in log
    assert log.count("duration_ms") >= 60
    assert len(mailed) >= 10
    signatures = {token.rpartition(".")[2] for token in tokens}
    passwords = {CHOSEN, MISTYPED, REFUSED, NEW, NEWER, OF_THE_DATABASE, SECRET_KEY, MASTER_KEY}
    encoded = {form for each in digests for form in (each.hex(), base64.b64encode(each).decode(), repr(each))}
    for secret in passwords | tokens | signatures | mailed | encoded | {"$argon2", "eyJ"}:
        assert secret not in log
        assert all(secret not in text for text in problems)
    # What is stored opens nothing either: of passwords a hash, of tokens a digest, and each only where it belongs.
    for table, text in stored.items():
        for secret in passwords | tokens | signatures | mailed:
            assert secret not in text, table
        assert table == "passwords" or "$argon2" not in text
        for each in digests:
            assert table == "one_time_tokens" or each.hex() not in text, table
    assert CLIENT_ADDRESS in stored[READABLE]
    assert any(each.hex() in stored["one_time_tokens"] for each in digests)  # it was looked for where it is


def do_everything(client: httpx2.Client) -> set[str]:
    """Each operation, as it should go and in each way it can go wrong; the tokens there were."""
    user = client.post("/auth/register", json=PERSON).json()
    assert client.post("/auth/register", json=PERSON).status_code == 409
    assert client.post("/auth/register", json=PERSON | {"password": REFUSED}).status_code == 422
    assert client.post("/auth/register", json=PERSON | {CHOSEN: CHOSEN, "mobile": 1}).status_code == 422
    refreshed = go_on_with_sessions(client, log_in(client, CHOSEN).json()["refresh_token"])
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
    return tokens | {forged} | refreshed


def go_on_with_sessions(client: httpx2.Client, token: str) -> set[str]:
    """Refreshing, as it should go and otherwise, and seeing and ending sessions; the tokens there were."""
    tokens = {token}

    def refresh(token: str, status: int, **body: object) -> dict[str, Any]:
        answer = client.post("/auth/refresh", json={"refresh_token": token, **body})
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        if status == 200:
            tokens.update((found["access_token"], found["refresh_token"]))
        return found

    refresh(token, 422, **{token: token})
    assert client.post("/auth/refresh", content=f'{{"refresh_token": "{token}"').status_code == 415
    headers = {"Content-Type": "application/json"}
    assert client.post("/auth/refresh", content=f'{{"refresh_token": "{token}"', headers=headers).status_code == 400
    assert client.get("/auth/refresh", params={"refresh_token": token}).status_code == 405
    assert client.get("/auth/me", headers=bearer(token)).status_code == 401
    own = log_in(client, CHOSEN, user_agent="Storefront/2.2").json()
    access = bearer(own["access_token"])
    tokens.update((own["access_token"], own["refresh_token"]))
    for path in ("/auth/sessions", "/auth/sessions?limit=1"):
        listed = client.get(path, headers=access)
        assert listed.status_code == 200
        assert all(token not in listed.text for token in tokens)
    assert client.get("/auth/sessions", params={"cursor": token}, headers=access).status_code == 400
    first = refresh(own["refresh_token"], 200)
    refresh(own["refresh_token"], 200)
    second = refresh(first["refresh_token"], 200)
    refresh(own["refresh_token"], 401)
    refresh(second["refresh_token"], 401)
    refresh(second["refresh_token"][:-4] + "AAAA", 401)
    third = log_in(client, CHOSEN).json()
    tokens.update((third["access_token"], third["refresh_token"]))
    access = bearer(third["access_token"])
    (number,) = [one["id"] for one in client.get("/auth/sessions", headers=access).json() if one["is_current"]]
    assert client.delete("/auth/sessions/0", headers=access).status_code == 422
    assert client.delete(f"/auth/sessions/{number}", headers=access).status_code == 204
    last = log_in(client, CHOSEN).json()
    tokens.update((last["access_token"], last["refresh_token"]))
    assert client.post("/auth/logout-all", headers=bearer(last["access_token"])).status_code == 200
    return tokens


def do_everything_by_mail(client: httpx2.Client, post: SmtpServer) -> set[str]:
    """The same of what needs a mail; the one-time tokens there were."""
    token = log_in(client, CHOSEN, user_agent="another device").json()["access_token"]
    user = client.get("/auth/me", headers=bearer(token)).json()
    links = Links(post)

    def redeem(purpose: str, token: str, status: int, **fields: str) -> None:
        for tried, expected in ((token[:-1], 400), (token, status), (token, 200 if purpose == "verify-email" else 400)):
            answer = client.post(f"/auth/{purpose}", json={"token": tried, **fields})
            assert answer.status_code == expected, answer.text

    def change_email(email: str, password: str, status: int) -> None:
        body = {"email": email, "current_password": password}
        answer = client.put(f"/users/{user['id']}", headers=bearer(token), json=body)
        assert answer.status_code == status, answer.text

    def change_password(current: str, new: str, status: int) -> None:
        body = {"current_password": current, "new_password": new}
        answer = client.post("/auth/change-password", headers=bearer(token), json=body)
        assert answer.status_code == status, answer.text

    redeem("verify-email", links.newest("verify-email"), 200)
    change_email("moved@example.com", MISTYPED, 403)
    change_email(CHOSEN, CHOSEN, 422)
    change_email("moved@example.com", CHOSEN, 200)
    redeem("confirm-email-change", links.newest("confirm-email-change"), 200)
    change_password(MISTYPED, NEW, 403)
    change_password(CHOSEN, REFUSED, 422)
    change_password(CHOSEN, NEW, 200)
    redeem("undo-email-change", links.newest("undo-email-change"), 200)
    reset = links.newest("reset-password")
    assert client.post("/auth/reset-password", json={"token": reset, "new_password": REFUSED}).status_code == 422
    redeem("reset-password", reset, 200, new_password=NEWER)
    for path in ("forgot-password", "resend-verification", "resend-verification"):
        for email in (PERSON["email"], "nobody@example.com"):
            assert client.post(f"/auth/{path}", json={"email": email}).status_code in {200, 429}
    again = links.newest("reset-password")
    assert client.get("/reset-password", params={"token": again}).status_code == 200
    assert client.post("/auth/reset-password", content=json.dumps({"token": again})[:-1]).status_code == 415
    assert client.post("/auth/reset-password", json={"token": again, again: NEWER}).status_code == 422
    assert client.get(f"/{again}").status_code == 404
    assert log_in(client, NEWER, user_agent="a third device").status_code == 200
    redeem("not-me", links.newest("not-me"), 200)
    assert log_in(client, NEWER).status_code == 403
    links.newest("reset-password")
    return links.tokens()


class Links:
    """What was mailed."""

    def __init__(self, post: SmtpServer) -> None:
        self._post = post
        self._taken: set[str] = set()

    def newest(self, purpose: str) -> str:
        """The token of a link to this that was not taken yet."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = [token for kind, token in self._found() if kind == purpose and token not in self._taken]
            if found:
                self._taken.add(found[-1])
                return found[-1]
            time.sleep(0.05)
        raise AssertionError(f"no mail with a link to {purpose}")

    def tokens(self) -> set[str]:
        """Of all links there were."""
        return {token for _, token in self._found()}

    def _found(self) -> list[tuple[str, str]]:
        return [(match[1], match[2]) for mail in self._post.mails() for match in LINK.finditer(text_of(mail))]


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def note_problem(problems: list[str], answer: httpx2.Response) -> None:
    if answer.status_code >= 400:
        answer.read()
        # `instance` is the path: whoever sent a secret there gets it back, and nobody else.
        problems.append(f"{answer.headers} {answer.text.replace(answer.request.url.path, '')}")


def dump(conninfo: str) -> dict[str, str]:
    """Everything that is stored, table by table."""
    with psycopg.connect(conninfo) as connection:
        tables = connection.execute(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
            " and not relispartition"
        ).fetchall()
        assert {"users", "passwords", "one_time_tokens", "outgoing_mails", "audit_entries"} <= {
            name for (name,) in tables
        }
        query = sql.SQL("select coalesce(string_agg(t::text, E'\n'), '') from {} t")
        found = {}
        for (name,) in tables:
            row = connection.execute(query.format(sql.Identifier(name))).fetchone()
            assert row is not None
            found[name] = row[0]
        return found


async def test_no_mail_that_waits_or_is_dead_holds_a_token(service: Service, conninfo: str) -> None:
    """Not even while it is on its way."""
    service.mailer.refuse(MailDeferred("450"), MailRejected("550"))
    tokens: set[str] = set()
    user, headers = await service.enter()
    await service.client.post("/auth/forgot-password", json={"email": user["email"]})
    change = {"email": "new@example.com", "current_password": PASSWORD}
    await service.client.put(f"/users/{user['id']}", headers=headers, json=change)
    waiting = dump(conninfo)
    tokens |= {token for letter in await service.letters() for token in letter.tokens.values()}
    tried = dump(conninfo)
    assert len(await service.rows("select from outgoing_mails where error is not null")) == 2
    await service.rows("update outgoing_mails set next_attempt_at = occurred_at, dead_at = null returning id")
    tokens |= {token for letter in await service.letters() for token in letter.tokens.values()}
    assert len(tokens) == 4
    for stored in (waiting, tried, dump(conninfo)):
        for table, text in stored.items():
            for token in tokens:
                assert token not in text, table
                assert table == "one_time_tokens" or digest(token).hex() not in text, table


def log_in(
    client: httpx2.Client, password: str, *, email: str = PERSON["email"], user_agent: str = "Storefront/2.1"
) -> httpx2.Response:
    body = json.dumps({"email": email, "password": password})
    headers = {"Content-Type": "application/json", "User-Agent": user_agent}
    return client.post("/auth/login", content=body, headers=headers)


def fail_unexpectedly(client: httpx2.Client, conninfo: str) -> None:
    """With account, password and hash at hand where it fails."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("alter table users drop constraint users_role_check")
        connection.execute("update users set role = 'emperor'")
        assert log_in(client, NEWER).status_code == 500
        connection.execute("update users set role = 'user'")
