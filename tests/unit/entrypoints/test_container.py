"""Everything in the container can be composed, from settings alone and without connecting; parts can be replaced."""

from __future__ import annotations

import socket
from dataclasses import fields
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from dependency_injector import errors, providers

from entrypoints.application import Application
from entrypoints.container import Container
from entrypoints.settings import Settings
from user_domain.ports.access_token_codec import AccessTokenCodec
from user_domain.ports.clock import Clock
from user_domain.ports.password_hasher import PasswordHasher
from user_domain.ports.secret_source import SecretSource
from user_domain.ports.session_queries import SessionQueries
from user_domain.ports.unit_of_work import UnitOfWork
from user_domain.ports.user_queries import UserQueries
from user_domain.testing.builders import token_claims
from user_domain.testing.in_memory import (
    InMemoryAccessTokenCodec,
    InMemoryClock,
    InMemoryDatabase,
    InMemoryPasswordHasher,
    InMemorySecretSource,
    InMemorySessionQueries,
    InMemoryUnitOfWork,
    InMemoryUserQueries,
)
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.password import Password

KEY = "a made-up key for tests, shared with nobody"
NOWHERE = "host=nowhere.invalid dbname=none"
PORTS = {
    "clock": Clock,
    "secrets": SecretSource,
    "unit_of_work": UnitOfWork,
    "users": UserQueries,
    "sessions": SessionQueries,
    "password_hasher": PasswordHasher,
    "access_tokens": AccessTokenCodec,
}


def composed(**variables: Any) -> Container:
    return Container(settings=Settings(secret_key=KEY, log_format="json", **variables), conninfo=NOWHERE)


@pytest.fixture
def container() -> Container:
    return composed()


@pytest.fixture
def no_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        pytest.fail("something connects")

    for owner in (psycopg.AsyncConnection, psycopg.Connection, socket.socket):
        monkeypatch.setattr(owner, "connect", refuse)


@pytest.mark.parametrize("name", sorted(Container.providers))
def test_every_provider_composes_something_and_nothing_connects(
    name: str, container: Container, no_connections: None
) -> None:
    assert container.providers[name]() is not None


@pytest.mark.parametrize("name", sorted(PORTS))
def test_behind_a_port_stands_an_adapter_of_it(name: str, container: Container) -> None:
    assert PORTS[name] in type(container.providers[name]()).__mro__


def test_a_settings_choice_reaches_the_adapters() -> None:
    container = composed(jwt_issuer="https://shop.example.com", jwt_audience="shop")
    tokens, claims = container.access_tokens(), token_claims()
    token = tokens.issue(claims)
    assert tokens.read(token, at=claims.issued_at).session == claims.session
    for other in (composed(jwt_audience="shop"), composed(jwt_issuer="https://shop.example.com")):
        with pytest.raises(Exception, match="not valid"):
            other.access_tokens().read(token, at=claims.issued_at)


@pytest.mark.parametrize(
    ("choice", "prefix"), [("argon2id", "$argon2id$v=19$m=19456,t=2,p=1$"), ("bcrypt", "$bcrypt-sha256$v=2,t=2b,r=12$")]
)
async def test_the_password_hasher_is_the_one_that_was_chosen(choice: str, prefix: str) -> None:
    hasher = composed(password_hasher=choice).password_hasher()
    try:
        assert (await hasher.hash(Password("a made-up Passw0rd"))).startswith(prefix)
    finally:
        hasher.close()


def test_what_keeps_state_is_composed_once_and_a_unit_of_work_every_time(container: Container) -> None:
    for name in ("database", "users", "sessions", "password_hasher", "access_tokens", "application"):
        assert container.providers[name]() is container.providers[name]()
    assert container.unit_of_work() is not container.unit_of_work()


def test_two_containers_share_nothing(container: Container) -> None:
    assert composed().database() is not container.database()
    assert composed().clock() is not container.clock()


def test_every_use_case_of_the_application_is_a_provider_of_the_same_name(container: Container) -> None:
    application = container.application()
    for field in fields(Application):
        assert getattr(application, field.name) is container.providers[field.name]()


@pytest.mark.parametrize("missing", ["settings", "conninfo"])
def test_without_settings_or_a_database_nothing_is_composed(missing: str) -> None:
    given = {"settings": Settings(secret_key=KEY), "conninfo": NOWHERE}
    del given[missing]
    with pytest.raises(errors.Error):
        Container(**given).application()


def test_no_database_at_all_is_refused() -> None:
    with pytest.raises(errors.Error):
        Container(settings=Settings(secret_key=KEY), conninfo=None).database()


def test_what_is_overridden_on_an_instance_stays_on_that_instance(container: Container) -> None:
    clock: object = InMemoryClock()
    container.clock.override(clock)
    assert container.clock() is clock
    assert container.application().clock is clock
    assert composed().clock() is not clock
    assert Container.clock() is not clock


async def test_an_application_of_overridden_parts_works_without_any_of_the_real_ones() -> None:
    container = Container(settings=Settings(secret_key=KEY, access_token_expire_minutes=7), conninfo=NOWHERE)
    database = InMemoryDatabase()
    parts: dict[str, Any] = {
        "clock": InMemoryClock(),
        "secrets": InMemorySecretSource(),
        "users": InMemoryUserQueries(database),
        "sessions": InMemorySessionQueries(database),
        "password_hasher": InMemoryPasswordHasher(),
        "access_tokens": InMemoryAccessTokenCodec(),
    }
    for name, part in parts.items():
        container.providers[name].override(providers.Object(part))
    container.unit_of_work.override(providers.Factory(InMemoryUnitOfWork, database))
    container.database.override(providers.Callable(pytest.fail, "the real database was asked for"))

    application = container.application()
    person = {"email": "john@example.com", "password": "SecurePass123!"}
    user = await application.register.execute(
        RegisterCommand(**person, name="John Doe", mobile="1234567890", client=ClientInfo())
    )
    logged_in = await application.log_in.execute(LogInCommand(**person, client=ClientInfo()))
    assert logged_in.expires_in == timedelta(minutes=7)
    login = await application.authenticate.execute(logged_in.access_token)
    assert login.user.id == user.id
    assert login.session.expires_at - login.session.started_at == timedelta(days=30)
