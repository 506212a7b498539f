"""Database URLs in the spellings people have mean one thing, remote ones are verified, and no password is repeated."""

from __future__ import annotations

import ssl
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from adapters.postgres.url import DatabaseUrlInvalid, describe, normalised

PASSWORD = "made-up-Passw0rd"
REMOTE = "postgresql://shop:made-up-Passw0rd@db.example.com:6432/users"


def parts(url: str, *, require_tls: bool = False) -> dict[str, Any]:
    return dict(conninfo_to_dict(normalised(url, require_tls=require_tls)))


# --- Spellings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scheme",
    ["postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg", "postgres+asyncpg", "postgres+psycopg"],
)
def test_every_spelling_of_the_scheme_means_the_same(scheme: str) -> None:
    assert parts(REMOTE.replace("postgresql", scheme)) == {
        "user": "shop",
        "password": PASSWORD,
        "host": "db.example.com",
        "port": "6432",
        "dbname": "users",
    }


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"])
@pytest.mark.parametrize("before", ["?", "?application_name=shop&"])
def test_ssl_means_sslmode(mode: str, before: str) -> None:
    assert parts(f"{REMOTE}{before}ssl={mode}")["sslmode"] == mode


@pytest.mark.parametrize("name", ["ssl", "sslmode"])
def test_ssl_true_asks_for_encryption(name: str) -> None:
    assert parts(f"{REMOTE}?{name}=true")["sslmode"] == "require"


@pytest.mark.parametrize(
    "password", ["p@ss/w:rd?#", "50%", "it's", 'a "quoted" \\ one', " spaces ", "пароль", "&ssl=x"]
)
def test_a_percent_encoded_password_is_kept_to_the_letter(password: str) -> None:
    encoded = "".join(f"%{octet:02X}" for octet in password.encode())
    assert parts(f"postgresql://shop:{encoded}@db.example.com/users")["password"] == password


def test_a_host_may_be_a_folder_or_an_ipv6_address() -> None:
    assert parts("postgresql:///users?host=/run/postgresql")["host"] == "/run/postgresql"
    assert parts("postgresql://[2001:db8::1]/users")["host"] == "2001:db8::1"


# --- Encryption -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "db.example.com",
        "203.0.113.5",
        "10.0.0.5",
        "[2001:db8::1]",
        "localhost.example.com",
        "db1,db2",
        "localhost,db2",
    ],
)
def test_a_remote_host_is_verified_by_default_where_tls_is_required(host: str) -> None:
    found = parts(f"postgresql://shop@{host}/users", require_tls=True)
    assert found["sslmode"] == "verify-full"
    assert found["sslrootcert"]


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "", "%2Frun%2Fpostgresql", "%40abstract"]
)
def test_a_local_host_is_exempt(host: str) -> None:
    assert "sslmode" not in parts(f"postgresql://shop@{host}/users", require_tls=True)


def test_a_folder_of_sockets_is_local() -> None:
    assert "sslmode" not in parts("postgresql:///users?host=/run/postgresql", require_tls=True)


@pytest.mark.parametrize(
    "url", ["postgresql:///users?hostaddr=203.0.113.5", "postgresql://localhost/users?hostaddr=203.0.113.5"]
)
def test_the_address_that_is_connected_to_decides_what_is_remote(url: str) -> None:
    assert parts(url, require_tls=True)["sslmode"] == "verify-full"


def test_nothing_is_asked_of_a_remote_host_where_tls_is_not_required() -> None:
    assert not parts(REMOTE).keys() & {"sslmode", "sslrootcert"}


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"])
@pytest.mark.parametrize("name", ["ssl", "sslmode"])
def test_what_the_url_says_of_encryption_is_kept(name: str, mode: str) -> None:
    found = parts(f"{REMOTE}?{name}={mode}", require_tls=True)
    assert found["sslmode"] == mode
    assert "sslrootcert" not in found


@pytest.mark.parametrize("name", ["ssl", "sslmode"])
def test_an_empty_word_about_encryption_says_nothing(name: str) -> None:
    assert parts(f"{REMOTE}?{name}=", require_tls=True)["sslmode"] == "verify-full"


def test_certificates_are_those_of_the_system_unless_the_url_names_others(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parts(f"{REMOTE}?sslrootcert=/etc/own.pem", require_tls=True)["sslrootcert"] == "/etc/own.pem"
    found = parts(REMOTE, require_tls=True)["sslrootcert"]
    assert found == "system" or Path(found).is_file()
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: SimpleNamespace(cafile=None))
    assert parts(REMOTE, require_tls=True)["sslrootcert"] == "system"


# --- What is no URL ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "",
        PASSWORD,
        f"mysql://shop:{PASSWORD}@db.example.com/users",
        f"postgresql+psycopg2://shop:{PASSWORD}@db.example.com/users",
        f"host=db.example.com password={PASSWORD}",
        f"postgresql:/shop:{PASSWORD}@db.example.com/users",
        f" postgresql://shop:{PASSWORD}@db.example.com/users",
        f"postgresql://shop:%zz{PASSWORD}@db.example.com/users",
        f"postgresql://shop:{PASSWORD}@[::1/users",
        f"{REMOTE}?{PASSWORD}",
        f"{REMOTE}?{PASSWORD}=1",
        f"{REMOTE}?password={PASSWORD}&nonsense=1",
        f"postgresql://shop:{PASSWORD}\udce9@db.example.com/users",  # what the environment makes of a stray octet
    ],
)
def test_what_cannot_be_read_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(DatabaseUrlInvalid) as refusal:
        normalised(url, require_tls=True)
    assert PASSWORD not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


@pytest.mark.parametrize("url", ["postgresql://", "postgresql://db.example.com", "postgresql://shop@db.example.com/"])
def test_a_url_that_names_no_database_is_refused(url: str) -> None:
    with pytest.raises(DatabaseUrlInvalid):
        normalised(url, require_tls=False)


# --- In words ---------------------------------------------------------------------------------------------------------


def test_a_description_says_where_and_nothing_secret() -> None:
    description = describe(normalised(f"{REMOTE}?sslpassword={PASSWORD}", require_tls=True))
    assert description == "db.example.com:6432/users"


def test_a_description_fills_in_what_libpq_would() -> None:
    assert describe(normalised("postgresql:///users", require_tls=True)) == "localhost:5432/users"


def test_what_looks_like_an_option_in_a_password_is_left_alone() -> None:
    assert parts("postgresql://shop:a&ssl=b@db.example.com/users")["password"] == "a&ssl=b"


def test_ssl_false_asks_for_none() -> None:
    assert parts("postgresql://shop@db.example.com/users?ssl=false", require_tls=True)["sslmode"] == "disable"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://shop@db.example.com/users?sslmode=nonsense",
        "postgresql://shop@db.example.com/users?ssl=yes-please",
        "postgresql://shop@db.example.com:abc/users",
    ],
)
def test_what_libpq_would_refuse_only_when_connecting_is_refused_at_once(url: str) -> None:
    with pytest.raises(DatabaseUrlInvalid):
        normalised(url, require_tls=False)
