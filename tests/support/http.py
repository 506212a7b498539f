"""The service as its clients meet it: composed by the container, on a real database, asked over HTTP."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import httpx2
from dependency_injector import providers
from psycopg.conninfo import conninfo_to_dict

from adapters.passwords.algorithms import Argon2id
from adapters.passwords.hasher import ThreadedPasswordHasher
from entrypoints.container import Container
from entrypoints.http.app import create_app
from tests.support.audit import read_audit_trail
from tests.support.composition import settings_for_tests
from user_domain.testing.builders import PASSWORD
from user_domain.testing.in_memory import InMemoryPasswordHasher
from user_domain.testing.in_memory.mailer import InMemoryMailer
from user_domain.value_objects.ids import UserId
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from typing import LiteralString

    from fastapi import FastAPI

    from user_domain.entities.audit_entry import AuditEntry
    from user_domain.ports.password_hasher import PasswordHash, PasswordHasher, Verification
    from user_domain.value_objects.letter import Letter, MailKind
    from user_domain.value_objects.password import Password

BASE_URL = "http://users.test"
CLIENT_IP = "203.0.113.7"
USER_AGENT = "Storefront/2.1"
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")

JOHN = {"name": "John Doe", "email": "john@example.com", "mobile": "1234567890", "password": PASSWORD}
JANE = {"name": "Jane Roe", "email": "jane@example.com", "mobile": "+491701234567", "password": PASSWORD}
OTHER_PASSWORD = "OtherPass456?"
"""Another one that any of them may choose."""

ADA = {"name": "Ada Min", "email": "ada@example.com", "mobile": "1234567890", "password": PASSWORD}

# What any request can meet, so no operation says so of itself.
_EVERYWHERE = {"not_found", "method_not_allowed", "internal_error"}


@dataclass(frozen=True)
class Service:
    """A running service: its parts, and a client that asks it."""

    container: Container
    app: FastAPI
    client: httpx2.AsyncClient

    async def register(self, **person: str) -> dict[str, Any]:
        """Open an account, which has to work; the user."""
        answer = await self.client.post("/auth/register", json=JOHN | person)
        assert answer.status_code == 201, answer.text
        user: dict[str, Any] = answer.json()
        return user

    async def start(self, email: str = JOHN["email"], password: str = PASSWORD, **headers: str) -> dict[str, Any]:
        """Log in, which has to work; the tokens."""
        body = {"email": email, "password": password}
        answer = await self.client.post("/auth/login", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def log_in(self, email: str = JOHN["email"], password: str = PASSWORD) -> dict[str, str]:
        """Log in, which has to work; the headers that show it."""
        return bearer((await self.start(email, password))["access_token"])

    async def refresh(self, refresh_token: str) -> httpx2.Response:
        """Try to go on with a session."""
        return await self.client.post("/auth/refresh", json={"refresh_token": refresh_token})

    async def go_on(self, refresh_token: str) -> dict[str, Any]:
        """Go on with a session, which has to work; the tokens."""
        answer = await self.refresh(refresh_token)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def enter(self, **person: str) -> tuple[dict[str, Any], dict[str, str]]:
        """Register and log in; the user, and the headers that show it."""
        user = await self.register(**person)
        return user, await self.log_in(user["email"])

    async def enter_as_admin(self, **person: str) -> tuple[dict[str, Any], dict[str, str]]:
        """Like `enter`, as an admin."""
        user, headers = await self.enter(**(ADA | person))
        await self.promote(user["email"])
        return user, headers

    @property
    def mailer(self) -> InMemoryMailer:
        """Who takes the mails."""
        mailer = self.container.mailer()
        assert isinstance(mailer, InMemoryMailer)
        return mailer

    async def letters(self) -> list[Letter]:
        """Send what is to be sent, as the worker does; what that was, in order."""
        before = len(self.mailer.letters)
        while (await self.container.application().deliver_mail.execute()).found:
            pass
        return self.mailer.letters[before:]

    async def letter(self, kind: MailKind) -> Letter:
        """Send what is to be sent, among which there has to be one of this kind."""
        (letter,) = [letter for letter in await self.letters() if letter.kind is kind]
        return letter

    async def redeem(self, purpose: TokenPurpose, token: str, **fields: str) -> httpx2.Response:
        """What a frontend does with the token of a link."""
        return await self.client.post(f"/auth/{purpose}", json={"token": token, **fields})

    async def verify(self, **person: str) -> tuple[dict[str, Any], dict[str, str]]:
        """Register, verify the address and log in, with no mail left to send."""
        user = await self.register(**person)
        letters = [letter for letter in await self.letters() if letter.recipient.value == user["email"]]
        answer = await self.redeem(TokenPurpose.VERIFY_EMAIL, letters[-1].tokens[TokenPurpose.VERIFY_EMAIL])
        assert answer.status_code == 200, answer.text
        return user, await self.log_in(user["email"])

    async def expire_tokens(self) -> None:
        """Let so much time pass that no one-time token is good any more."""
        assert await self.rows("update one_time_tokens set expires_at = issued_at returning id")

    async def promote(self, email: str) -> None:
        """Make somebody an admin, as the operator's command does."""
        await self.container.application().promote_to_admin.execute(email=email)

    async def restrict(self, user_id: int, **facts: Any) -> None:
        """Block or suspend somebody, as an admin's operation will."""
        async with self.container.unit_of_work() as work:
            account = await work.users.lock(UserId(user_id))
            assert account is not None
            await work.users.save(replace(account.user, **facts, version=account.user.version + 1))
            await work.commit()

    async def rows(self, query: LiteralString, **parameters: object) -> list[dict[str, Any]]:
        """What is stored."""
        async with self.container.database().connection() as connection:
            return await (await connection.execute(query, parameters)).fetchall()

    async def audit_trail(self) -> list[AuditEntry]:
        """Every entry, in the order of writing."""
        return await read_audit_trail(self.container.database())


def bearer(token: str) -> dict[str, str]:
    """The headers that carry an access token."""
    return {"Authorization": f"Bearer {token}"}


def raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers that hold more than a client would let through."""
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def token_of(headers: Mapping[str, str]) -> str:
    """The access token that headers carry."""
    return headers["Authorization"].removeprefix("Bearer ")


class FreeHasher(InMemoryPasswordHasher):
    """What no hashing threads stand behind, so that there is nothing to close."""

    def close(self) -> None:
        """Do what a service does when it stops."""


class MeddlingHasher(FreeHasher):
    """While it compares a password for the first time after it was told to, something else happens."""

    def __init__(self) -> None:
        super().__init__()
        self.meddle: Callable[[], Awaitable[httpx2.Response]] | None = None

    async def verify(self, password: Password, password_hash: PasswordHash | None) -> Verification:
        verification = await super().verify(password, password_hash)
        if self.meddle is not None:
            meddle, self.meddle = self.meddle, None
            assert (await meddle()).status_code == 200
        return verification


def cheap_hasher(*, memory_kib: int = 8) -> ThreadedPasswordHasher:
    """Real hashes at next to no cost; nobody is turned away."""
    return ThreadedPasswordHasher(current=Argon2id(memory_kib=memory_kib, passes=1), concurrency=2, queue_seconds=60)


def compose_http(conninfo: str, *, hasher: PasswordHasher | None = None, **settings: object) -> Container:
    """The service as the container composes it, but for the cost of a hash."""
    # The machine may be busy with other tests; and mail leaves when a test asks for it.
    defaults = {"database_timeout_seconds": 30, "run_worker": False}
    container = Container(settings=settings_for_tests(**(defaults | settings)), conninfo=conninfo)
    container.password_hasher.override(providers.Object(hasher or cheap_hasher()))
    container.mailer.override(providers.Object(InMemoryMailer()))
    return container


@asynccontextmanager
async def running(container: Container) -> AsyncIterator[Service]:
    """The service from its start to its stop, with a client of its own and no server in between."""
    app = create_app(container)
    async with app.router.lifespan_context(app), client_of(app, prefix=container.settings().root_path) as client:
        yield Service(container, app, client)


def client_of(
    app: FastAPI, *, peer: tuple[str, int] | None = (CLIENT_IP, 50_000), prefix: str = ""
) -> httpx2.AsyncClient:
    """A client that also checks of every answer what must hold for all.

    With a prefix the service sees what the server shows it behind a gateway that strips it: as its `root_path`, and
    again before the path.
    """

    async def looks_like_ours(answer: httpx2.Response) -> None:
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", answer.headers["X-Request-ID"])
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        if answer.request.url.path.removeprefix(prefix).startswith(("/auth/", "/users/", "/admin/")):
            assert answer.headers["Cache-Control"] == "no-store"

    transport = httpx2.ASGITransport(
        app=app,
        client=peer,  # type: ignore[arg-type]  # ASGI allows for None
        root_path=prefix,
    )
    return httpx2.AsyncClient(
        transport=transport,
        base_url=BASE_URL + prefix,
        headers={"User-Agent": USER_AGENT},
        event_hooks={"response": [looks_like_ours]},
    )


def problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The body of an answer that has to be this problem, in the shape all have, and documented for its operation."""
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    body: dict[str, Any] = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    extra = {"errors"} if status == 422 else set()
    assert set(body) == {"type", "title", "status", "detail", "instance", "code", "request_id"} | extra
    assert body["type"].endswith(f"/problems/{code}")
    assert body["status"] == status
    assert body["request_id"] == answer.headers["X-Request-ID"]
    assert all(isinstance(body[name], str) and body[name] for name in ("type", "title", "detail", "instance"))
    for violation in body.get("errors", []):
        assert set(violation) == {"field", "code", "message"}
        assert violation["message"] in body["detail"]
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert ("Retry-After" in answer.headers) == (status in {429, 503})
    assert ("Allow" in answer.headers) == (status == 405)
    documented = documented_problems(answer.request.method, answer.request.url.path)
    assert documented is None or code in _EVERYWHERE or (status, code) in documented
    return body


def next_page(answer: httpx2.Response) -> str | None:
    """Where the Link header of a list leads."""
    link = answer.headers.get("Link")
    if link is None:
        return None
    match = re.fullmatch(r'<([^>]+)>; rel="next"', link)
    assert match
    return match[1]


def violations(answer: httpx2.Response) -> set[tuple[str, str]]:
    """Which field breaks which rule, of an answer that has to be 422."""
    return {(fault["field"], fault["code"]) for fault in problem(answer, 422, "validation_failed")["errors"]}


@cache
def openapi_document() -> dict[str, Any]:
    """The document of a service without a prefix."""
    return create_app(Container(settings=settings_for_tests(), conninfo="")).openapi()


def documented_problems(method: str, path: str) -> set[tuple[int, str]] | None:
    """Status and code of every problem that an operation says it can answer; None for what is no operation."""
    for template, operations in openapi_document()["paths"].items():
        if method.lower() in operations and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            return {
                (int(status), code)
                for status, response in operations[method.lower()]["responses"].items()
                for code in response.get("content", {}).get("application/problem+json", {}).get("examples", {})
            }
    return None


def as_url(conninfo: str) -> str:
    """A connection string, as a URL."""
    return f"postgresql://?{urlencode(conninfo_to_dict(conninfo), quote_via=quote)}"
