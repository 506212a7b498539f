"""Settings come from the environment, name every fault at once, and never show a secret."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import zoneinfo
from contextlib import ExitStack
from datetime import UTC, datetime
from email.headerregistry import Address
from io import StringIO
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr, ValidationError

from adapters.ed25519.keys import private_key_from, public_pem
from entrypoints import setting_rules
from entrypoints.settings import Environment, MailTransport, Settings
from entrypoints.settings_in_force import SettingsInvalid, load
from tests.support.composition import AUDIT_SIGNING_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA"  # 32 bytes, made up
MASTER_KEY = "zY9xW7vU5tS3rQ1pN8mL6kJ4hG2fE0dC"
PREVIOUS_KEY = "mN5bV4cX3zL2kJ1hG0fD9sA8pO7iU6yT"
PREVIOUS_SECRET_KEY = "qTz7rW2mXv9LkB4nYc8JpD3sHf6GaE1u"
FEED_TOKEN = "Nc5tVb8yRm2kWx7qLs9dHg4fJp6zUa3e"
KEYS = {"SECRET_KEY": KEY, "MASTER_KEY": MASTER_KEY}
ALL_KEYS = [*KEYS, "SECRET_KEY_PREVIOUS", "MASTER_KEY_PREVIOUS", "REVOCATION_FEED_TOKEN"]
DATABASE_PASSWORD = "made-up-Passw0rd"
DATABASE_URL = f"postgresql://shop:{DATABASE_PASSWORD}@db.example.com/users"
SMTP_PASSWORD = "made-up-Mailword"
SMTP_URL = f"smtps://shop:{SMTP_PASSWORD}@mail.example.com"


def configure(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def faults(monkeypatch: pytest.MonkeyPatch, **variables: str) -> dict[str, str]:
    """What `load` finds wrong, by variable."""
    configure(monkeypatch, **variables)
    with pytest.raises(SettingsInvalid) as refusal:
        load()
    lines = [line.strip().partition(": ") for line in str(refusal.value).splitlines()]
    return {variable: what for variable, _, what in lines}


# --- Defaults ---------------------------------------------------------------------------------------------------------


def test_nothing_has_to_be_set_for_development() -> None:
    settings = load()
    assert settings.is_development
    assert settings.database_conninfo is None
    assert settings.migration_conninfo is None


def test_the_defaults_are_those_of_the_manual() -> None:
    defaults = load().as_environment()
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    assert 1 <= int(defaults.pop("HASH_CONCURRENCY")) <= processors
    del defaults["LOG_FORMAT"], defaults["SECRET_KEY"], defaults["MASTER_KEY"]  # see below
    assert defaults.pop("AUDIT_SIGNING_KEY") == ".data/audit_signing_key.pem"
    assert defaults == {
        "ENVIRONMENT": "development",
        "DATA_DIR": ".data",
        "DATABASE_POOLER": "none",
        "DATABASE_POOL_MIN": "2",
        "DATABASE_POOL_MAX": "10",
        "DATABASE_TIMEOUT_SECONDS": "5.0",
        "ALGORITHM": "HS256",
        "JWT_ISSUER": "user-service",
        "ACCESS_TOKEN_EXPIRE_MINUTES": "30",
        "REFRESH_TOKEN_EXPIRE_DAYS": "30",
        "SESSION_MAX_LIFETIME_DAYS": "90",
        "MAX_SESSIONS_PER_USER": "5",
        "SESSION_LIMIT_POLICY": "evict_oldest",
        "SESSION_IP_BINDING": "off",
        "EMAIL_VERIFICATION": "optional",
        "PASSWORD_HASHER": "argon2id",
        "WORKERS": "1",
        "HASH_QUEUE_SECONDS": "2.0",
        "STATS_TIMEZONE": "UTC",
        "AUDIT_SEAL_SECONDS": "10",
        "HOST": "127.0.0.1",
        "PORT": "9090",
        "ROOT_PATH": "",
        "CORS_ORIGINS": "",
        "TRUSTED_PROXIES": "",
        "API_DOCS": "true",
        "PUBLIC_URL": "http://127.0.0.1:9090",
        "FRONTEND_URL": "http://127.0.0.1:9090",
        "RUN_WORKER": "true",
        "MIGRATE_ON_START": "true",
        "LOG_LEVEL": "info",
    }


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, PORT="", DATABASE_URL="", JWT_AUDIENCE="", ENVIRONMENT="")
    settings = load()
    assert (settings.port, settings.database_url, settings.jwt_audience) == (9090, None, None)
    assert settings.is_development


def test_variables_of_others_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, SHELL="/bin/sh", POSTGRES_PASSWORD="made up")
    Path(".env").write_text("POSTGRES_USER=made up\n")
    assert load().port == 9090


def test_a_file_sets_what_the_environment_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PORT=1234\nHOST=0.0.0.0\n")
    configure(monkeypatch, PORT="4321")
    settings = load()
    assert (settings.port, settings.host) == (4321, "0.0.0.0")  # noqa: S104 - read, not bound


@pytest.mark.parametrize(("terminal", "log_format"), [(True, "console"), (False, "json")])
def test_logs_are_for_people_on_a_terminal_and_for_programs_elsewhere(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, log_format: str
) -> None:
    stderr = StringIO()
    monkeypatch.setattr(stderr, "isatty", lambda: terminal)
    monkeypatch.setattr(sys, "stderr", stderr)
    assert load().log_format == log_format


# --- The environment --------------------------------------------------------------------------------------------------


def test_a_database_of_its_own_makes_it_production(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, DATABASE_URL=DATABASE_URL, **KEYS)
    assert load().environment is Environment.PRODUCTION


@pytest.mark.parametrize("environment", ["development", "production"])
def test_the_environment_is_what_the_variable_says(monkeypatch: pytest.MonkeyPatch, environment: str) -> None:
    configure(monkeypatch, DATABASE_URL=DATABASE_URL, ENVIRONMENT=environment, **KEYS)
    assert load().environment == environment


def test_a_remote_database_is_verified_in_production_only(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, DATABASE_URL=DATABASE_URL, **KEYS)
    assert "sslmode=verify-full" in (load().database_conninfo or "")
    configure(monkeypatch, ENVIRONMENT="development")
    assert "sslmode" not in (load().database_conninfo or "")


def test_migrations_take_the_url_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, DATABASE_URL=DATABASE_URL, **KEYS)
    assert load().migration_conninfo == load().database_conninfo
    configure(monkeypatch, DATABASE_MIGRATION_URL="postgres://direct.example.com/users?ssl=require")
    assert load().migration_conninfo == "dbname=users host=direct.example.com sslmode=require"


def test_an_embedded_database_does_not_make_it_production() -> None:
    settings = load()
    found = settings.on_database("postgresql://localhost:5433/users")
    assert found.database_conninfo == "dbname=users host=localhost port=5433"
    assert found.environment is settings.environment
    assert found.secret_key == settings.secret_key
    assert found.master_keys == settings.master_keys


# --- Faults -----------------------------------------------------------------------------------------------------------

BAD = {
    "DATABASE_URL": f"mysql://shop:{DATABASE_PASSWORD}@db.example.com/users",
    "DATABASE_MIGRATION_URL": f"oracle://shop:{DATABASE_PASSWORD}@db.example.com/users",
    "ENVIRONMENT": "bad-environment",
    "DATABASE_POOLER": "bad-pooler",
    "DATABASE_POOL_MIN": "-17",
    "DATABASE_POOL_MAX": "-18",
    "DATABASE_TIMEOUT_SECONDS": "bad-timeout",
    "ALGORITHM": "bad-algorithm",
    "SECRET_KEY": "bad-key",
    "SECRET_KEY_PREVIOUS": "bad-older-key",
    "MASTER_KEY": "bad-master",
    "MASTER_KEY_PREVIOUS": "bad-older-master",
    "ACCESS_TOKEN_EXPIRE_MINUTES": "-19",
    "REFRESH_TOKEN_EXPIRE_DAYS": "bad-days",
    "SESSION_IDLE_TIMEOUT_MINUTES": "bad-minutes",
    "SESSION_MAX_LIFETIME_DAYS": "bad-lifetime",
    "MAX_SESSIONS_PER_USER": "-23",
    "SESSION_LIMIT_POLICY": "bad-policy",
    "SESSION_IP_BINDING": "bad-binding",
    "REVOCATION_FEED_TOKEN": "bad-feed",
    "EMAIL_VERIFICATION": "bad-verification",
    "BREACHED_PASSWORDS_URL": "bad-range-url",
    "PASSWORD_HASHER": "bad-hasher",
    "WORKERS": "-20",
    "HASH_CONCURRENCY": "-21",
    "HASH_QUEUE_SECONDS": "-22",
    "STATS_TIMEZONE": "bad-zone",
    "HOST": "bad host",
    "PORT": "65536",
    "ROOT_PATH": "bad-path/",
    "CORS_ORIGINS": "bad-origin",
    "TRUSTED_PROXIES": "bad-network",
    "API_DOCS": "bad-docs",
    "PUBLIC_URL": "bad-public-url",
    "FRONTEND_URL": "bad-frontend-url",
    "SMTP_URL": f"bad-smtp://shop:{SMTP_PASSWORD}@mail.example.com",
    "MAIL_FROM": "bad-sender",
    "RUN_WORKER": "bad-worker",
    "MIGRATE_ON_START": "bad-migrate",
    "LOG_LEVEL": "bad-level",
    "LOG_FORMAT": "bad-format",
}


@pytest.mark.parametrize("where", ["environment", "file"])
def test_every_fault_is_named_at_once_and_no_value_is_repeated(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    if where == "file":
        Path(".env").write_text("".join(f"{name}={value}\n" for name, value in BAD.items()))
        found = faults(monkeypatch)
    else:
        found = faults(monkeypatch, **BAD)
    assert found.keys() == BAD.keys()
    for what in found.values():
        assert what
        assert not [value for value in (*BAD.values(), DATABASE_PASSWORD, SMTP_PASSWORD) if value in what]


def test_a_fault_says_what_to_do_in_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for what in faults(monkeypatch, **BAD).values():
        assert "Traceback" not in what
        assert "pydantic" not in what
        assert not what.startswith("Value error")


def test_a_fault_shows_no_value_even_where_nobody_puts_it_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, **BAD)
    with pytest.raises(ValidationError) as refusal:
        Settings()
    assert not [value for value in (*BAD.values(), DATABASE_PASSWORD, SMTP_PASSWORD) if value in str(refusal.value)]


@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_database_url_that_cannot_be_read_does_not_hide_that_a_key_is_missing(
    monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    bad = {"DATABASE_URL": BAD["DATABASE_URL"]}
    if where == "file":
        Path(".env").write_text(f"DATABASE_URL={bad.pop('DATABASE_URL')}\n")
    assert faults(monkeypatch, **bad).keys() == {"DATABASE_URL", "SECRET_KEY", "MASTER_KEY"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOST", "[::1]"),
        ("HOST", "localhost\n"),
        ("HOST", "http://localhost"),
        ("PORT", "-1"),
        ("PORT", "http"),
        ("WORKERS", "0"),
        ("WORKERS", "1.5"),
        ("DATABASE_POOL_MAX", "0"),
        ("DATABASE_POOL_MAX", "1"),  # below the least, which is 2
        ("DATABASE_TIMEOUT_SECONDS", "0"),
        ("DATABASE_TIMEOUT_SECONDS", "61"),
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "0"),
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "1441"),
        ("REFRESH_TOKEN_EXPIRE_DAYS", "0"),
        ("REFRESH_TOKEN_EXPIRE_DAYS", "401"),
        ("SESSION_IDLE_TIMEOUT_MINUTES", "1"),
        ("SESSION_IDLE_TIMEOUT_MINUTES", "525601"),
        ("SESSION_MAX_LIFETIME_DAYS", "0"),
        ("SESSION_MAX_LIFETIME_DAYS", "3651"),
        ("SESSION_MAX_LIFETIME_DAYS", "off"),
        ("MAX_SESSIONS_PER_USER", "0"),
        ("MAX_SESSIONS_PER_USER", "101"),
        ("SESSION_LIMIT_POLICY", "evict"),
        ("SESSION_IP_BINDING", "on"),
        ("ALGORITHM", "none"),
        ("ALGORITHM", "HS512"),
        ("ALGORITHM", "hs256"),
        ("HASH_CONCURRENCY", "0"),
        ("HASH_QUEUE_SECONDS", "0"),
        ("HASH_QUEUE_SECONDS", "nan"),
        ("AUDIT_SEAL_SECONDS", "0"),
        ("AUDIT_SEAL_SECONDS", "3601"),
        ("ROOT_PATH", "user"),
        ("ROOT_PATH", "/user/"),
        ("ROOT_PATH", "/us er"),
        ("ROOT_PATH", '/"><script>'),
        ("LOG_LEVEL", "verbose"),
    ],
)
def test_a_value_out_of_range_is_a_fault(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    assert faults(monkeypatch, **{name: value}).keys() == {name}


def test_a_data_folder_that_cannot_be_made_is_a_fault_and_no_stack_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a-file").write_text("in the way")
    assert faults(monkeypatch, DATA_DIR="a-file/data").keys() == {"DATA_DIR"}


# --- The keys ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variables", [{"DATABASE_URL": DATABASE_URL}, {"ENVIRONMENT": "production"}])
@pytest.mark.parametrize(
    "missing", [{"SECRET_KEY"}, {"MASTER_KEY"}, {"SECRET_KEY", "MASTER_KEY"}], ids=lambda names: "+".join(sorted(names))
)
def test_production_requires_both_keys(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], missing: set[str]
) -> None:
    given = {name: key for name, key in KEYS.items() if name not in missing}
    found = faults(monkeypatch, **variables, **given)
    assert found.keys() == missing
    for what in found.values():
        assert "required" in what
        assert "python3 -c" in what, "how to make one"


def test_production_keeps_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    faults(monkeypatch, ENVIRONMENT="production")
    configure(monkeypatch, **KEYS)
    load()
    assert not Path(".data").exists()


@pytest.mark.parametrize("name", ALL_KEYS)
@pytest.mark.parametrize("environment", ["development", "production"])
@pytest.mark.parametrize("key", [KEY[:31], "é" * 15 + "x", "x"])
def test_a_key_under_32_bytes_is_refused_everywhere(
    monkeypatch: pytest.MonkeyPatch, environment: str, key: str, name: str
) -> None:
    found = faults(monkeypatch, **{"ENVIRONMENT": environment, **KEYS, name: key})
    assert found.keys() == {name}
    assert "32 bytes" in found[name]


@pytest.mark.parametrize("key", [KEY, "ключ-ключ-ключ-ключ-"])
def test_a_key_is_measured_in_bytes(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    configure(monkeypatch, ENVIRONMENT="production", SECRET_KEY=key, MASTER_KEY=MASTER_KEY)
    assert load().secret_key == SecretStr(key)


PLACEHOLDERS = [
    "change-me-change-me-change-me-change-me",
    "CHANGEME_CHANGEME_CHANGEME_CHANGEME",
    "please-change-this-to-something-long-and-random",
    "your-secret-key-here-with-at-least-32-characters",
    "your_secret_your_secret_your_secret_",
    "your-master-key-here-with-at-least-32-characters",
    "this-is-only-an-example-key-0123456789",
    "a-placeholder-of-more-than-thirty-two-bytes",
    "super-secret-key-that-everybody-knows-0123",
    "the-master-key-that-everybody-knows-0123",
    "x" * 40,
    "0" * 32,
]


@pytest.mark.parametrize("name", ALL_KEYS)
@pytest.mark.parametrize("key", PLACEHOLDERS)
def test_a_placeholder_is_refused_outside_development(monkeypatch: pytest.MonkeyPatch, key: str, name: str) -> None:
    found = faults(monkeypatch, **{"ENVIRONMENT": "production", **KEYS, name: key})
    assert found.keys() == {name}
    assert "placeholder" in found[name]
    assert key not in found[name]


@pytest.mark.parametrize("name", ALL_KEYS)
@pytest.mark.parametrize("key", PLACEHOLDERS)
def test_a_placeholder_is_good_enough_for_development(monkeypatch: pytest.MonkeyPatch, key: str, name: str) -> None:
    configure(monkeypatch, **{"ENVIRONMENT": "development", name: key})
    assert getattr(load(), name.lower()) == SecretStr(key)


@pytest.mark.parametrize("environment", ["development", "production"])
@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("MASTER_KEY", "SECRET_KEY"),
        ("MASTER_KEY", "SECRET_KEY_PREVIOUS"),
        ("MASTER_KEY_PREVIOUS", "SECRET_KEY"),
        ("MASTER_KEY_PREVIOUS", "SECRET_KEY_PREVIOUS"),
        ("REVOCATION_FEED_TOKEN", "SECRET_KEY"),
        ("REVOCATION_FEED_TOKEN", "SECRET_KEY_PREVIOUS"),
        ("REVOCATION_FEED_TOKEN", "MASTER_KEY"),
        ("REVOCATION_FEED_TOKEN", "MASTER_KEY_PREVIOUS"),
    ],
)
def test_a_key_is_not_one_that_others_have_or_must_not_have(
    monkeypatch: pytest.MonkeyPatch, environment: str, name: str, other: str
) -> None:
    same = "kW8vY2xT5qR7nP1mL4jH6gF9dS3aZ0cB"
    found = faults(monkeypatch, **{"ENVIRONMENT": environment, **KEYS, other: same, name: same})
    assert found.keys() == {name}
    assert f"must not be {other}:" in found[name]
    assert same not in found[name]


def test_a_key_that_is_no_text_is_a_fault_and_none_of_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """As os.environ has bytes that are no UTF-8."""
    found = faults(monkeypatch, SECRET_KEY=f"{KEY}\udcfe")
    assert found.keys() == {"SECRET_KEY"}
    assert "32 bytes" in found["SECRET_KEY"]
    assert "fe" not in found["SECRET_KEY"].partition(";")[0]


@pytest.mark.parametrize("token", ["é" * 16, f"{FEED_TOKEN} {FEED_TOKEN}", f'"{FEED_TOKEN}"', f"{FEED_TOKEN}=x"])
def test_the_token_of_the_feed_is_one_that_can_be_sent(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    found = faults(monkeypatch, REVOCATION_FEED_TOKEN=token)
    assert found.keys() == {"REVOCATION_FEED_TOKEN"}
    assert "bearer token" in found["REVOCATION_FEED_TOKEN"]


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_secret_key_is_required_only_where_tokens_are_signed_with_it(
    monkeypatch: pytest.MonkeyPatch, algorithm: str
) -> None:
    configure(monkeypatch, ENVIRONMENT="production", MASTER_KEY=MASTER_KEY, ALGORITHM=algorithm)
    assert load().secret_key is None
    assert not Path(".data").exists(), "nor is one made"
    assert faults(monkeypatch, ALGORITHM="HS256").keys() == {"SECRET_KEY"}
    assert faults(monkeypatch, ALGORITHM="bad").keys() == {"ALGORITHM"}


@pytest.mark.parametrize(
    ("algorithm", "previous", "keys"),
    [
        ("HS256", "", (KEY,)),
        ("HS256", PREVIOUS_SECRET_KEY, (KEY, PREVIOUS_SECRET_KEY)),
        ("ES256", "", ()),
        ("ES256", PREVIOUS_SECRET_KEY, (PREVIOUS_SECRET_KEY,)),
    ],
)
def test_tokens_of_the_secret_key_are_good_while_it_signs_and_those_of_the_one_before_while_it_is_set(
    monkeypatch: pytest.MonkeyPatch, algorithm: str, previous: str, keys: tuple[str, ...]
) -> None:
    configure(monkeypatch, ENVIRONMENT="production", ALGORITHM=algorithm, SECRET_KEY_PREVIOUS=previous, **KEYS)
    assert load().secret_keys == keys


def test_the_replaced_master_key_follows_the_one_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, **KEYS)
    assert load().master_keys == (MASTER_KEY,)
    configure(monkeypatch, MASTER_KEY_PREVIOUS=PREVIOUS_KEY)
    assert load().master_keys == (MASTER_KEY, PREVIOUS_KEY)


# --- The keys of development ------------------------------------------------------------------------------------------

KEPT = ["secret_key", "master_key"]


def kept(name: str = "secret_key") -> str:
    """The key in force."""
    key: SecretStr | None = getattr(load(), name)
    assert key is not None
    return key.get_secret_value()


def test_keys_are_made_once_and_kept_for_their_owner_alone() -> None:
    keys = {name: kept(name) for name in KEPT}
    assert {name: kept(name) for name in KEPT} == keys
    # Nothing is left over from it.
    assert {path.name for path in Path(".data").iterdir()} == {*KEPT, "audit_signing_key.pem"}
    assert {name: Path(".data", name).read_text() for name in KEPT} == keys
    for path in Path(".data").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for key in keys.values():
        assert len(key.encode()) >= 32


def test_the_kept_keys_are_two() -> None:
    settings = load()
    assert settings.secret_key != settings.master_key
    assert settings.master_keys == (Path(".data/master_key").read_text(),)


def test_a_key_is_made_where_the_data_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    configure(monkeypatch, DATA_DIR=str(tmp_path / "deep" / "down"))
    for name in KEPT:
        assert kept(name) == (tmp_path / "deep" / "down" / name).read_text()


@pytest.mark.parametrize("name", KEPT)
def test_every_data_folder_gets_a_key_of_its_own(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    one = kept(name)
    configure(monkeypatch, DATA_DIR="elsewhere")
    assert kept(name) != one


@pytest.mark.parametrize("name", KEPT)
def test_no_key_is_made_where_one_is_given(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    configure(monkeypatch, **{name.upper(): KEY})
    assert kept(name) == KEY
    assert {path.name for path in Path(".data").iterdir()} == {*KEPT, "audit_signing_key.pem"} - {name}


def test_no_folder_is_made_where_all_keys_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, AUDIT_SIGNING_KEY=str(AUDIT_SIGNING_KEY), **KEYS)
    load()
    assert not Path(".data").exists()


def test_what_a_process_that_died_left_behind_is_in_nobodys_way() -> None:
    Path(".data").mkdir()
    for name in KEPT:
        Path(f".data/{name}.{os.getpid()}").write_text("half a k")
        assert len(kept(name)) > 32


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("content", [b"", b"cut-off", b"\xff" * 48], ids=["empty", "cut off", "no text"])
def test_a_kept_key_that_is_damaged_is_a_fault_and_never_used(
    monkeypatch: pytest.MonkeyPatch, content: bytes, name: str
) -> None:
    Path(".data").mkdir()
    Path(".data", name).write_bytes(content)
    found = faults(monkeypatch)
    assert found.keys() == {name.upper()}
    assert "damaged" in found[name.upper()]


def test_a_kept_key_is_not_the_key_that_others_have_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever copies the one into the other, or gives one of the two."""
    secret = kept("secret_key")
    assert faults(monkeypatch, MASTER_KEY=secret).keys() == {"MASTER_KEY"}
    monkeypatch.delenv("MASTER_KEY")
    assert faults(monkeypatch, MASTER_KEY_PREVIOUS=secret).keys() == {"MASTER_KEY_PREVIOUS"}
    monkeypatch.delenv("MASTER_KEY_PREVIOUS")
    for shared in (secret, kept("master_key")):
        assert faults(monkeypatch, REVOCATION_FEED_TOKEN=shared).keys() == {"REVOCATION_FEED_TOKEN"}
        monkeypatch.delenv("REVOCATION_FEED_TOKEN")
    Path(".data/master_key").write_text(secret)
    found = faults(monkeypatch)
    assert found.keys() == {"MASTER_KEY"}
    assert secret not in found["MASTER_KEY"]


def test_processes_that_start_together_agree_on_the_keys() -> None:
    code = (
        "import hashlib, sys; from entrypoints.settings_in_force import load;"
        "print('ready', flush=True); sys.stdin.readline();"
        "settings = load(); keys = settings.secret_key.get_secret_value() + settings.master_keys[0];"
        "print(hashlib.sha256(keys.encode()).hexdigest())"
    )
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for _ in range(2)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:  # off they go
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        digests = {process.communicate()[0].strip() for process in processes}
    assert digests == {hashlib.sha256((kept("secret_key") + kept("master_key")).encode()).hexdigest()}


# --- The key of the audit trail ---------------------------------------------------------------------------------------


def test_the_audit_trail_is_sealed_with_the_key_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, AUDIT_SIGNING_KEY=str(AUDIT_SIGNING_KEY))
    private_key = load().audit_private_key
    assert private_key is not None
    assert private_key.private_bytes_raw() == private_key_from(AUDIT_SIGNING_KEY.read_bytes()).private_bytes_raw()
    assert not Path(".data/audit_signing_key.pem").exists()


def test_without_one_production_seals_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, ENVIRONMENT="production", **KEYS)
    assert load().audit_private_key is None


def test_development_makes_the_key_of_the_audit_trail_and_keeps_it_in_a_file() -> None:
    private_key, again = load().audit_private_key, load().audit_private_key
    file = Path(".data/audit_signing_key.pem")
    assert private_key is not None
    assert again is not None
    assert private_key.private_bytes_raw() == again.private_bytes_raw()
    assert private_key_from(file.read_bytes()).private_bytes_raw() == again.private_bytes_raw()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


NOT_THE_KEY = {
    "a password": b"correct horse battery staple",
    "nothing": b"",
    "no text": b"\xff" * 64,
    "a public key": public_pem(private_key_from(AUDIT_SIGNING_KEY.read_bytes()).public_key()).encode(),
    "half a key": AUDIT_SIGNING_KEY.read_bytes()[:60],
    "a key of another kind": ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    ),
    "a key with a password": private_key_from(AUDIT_SIGNING_KEY.read_bytes()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"made up")
    ),
}


@pytest.mark.parametrize("variables", [{}, {"ENVIRONMENT": "production"} | KEYS], ids=["development", "production"])
@pytest.mark.parametrize("content", NOT_THE_KEY.values(), ids=NOT_THE_KEY)
def test_a_file_with_anything_else_is_a_fault_and_nothing_of_it_is_shown(
    monkeypatch: pytest.MonkeyPatch, content: bytes, variables: dict[str, str]
) -> None:
    Path("secret-file.pem").write_bytes(content)
    found = faults(monkeypatch, AUDIT_SIGNING_KEY="secret-file.pem", **variables)
    assert found == {
        "AUDIT_SIGNING_KEY": "the file must be an Ed25519 private key in PEM without a password; "
        "make one with: openssl genpkey -algorithm ed25519 -out audit.pem"
    }


@pytest.mark.parametrize(
    ("file", "why"),
    [("nowhere.pem", "No such file or directory"), (".", "Is a directory"), ("/dev/zero", "must be an Ed25519")],
)
def test_a_file_that_cannot_be_read_is_a_fault_that_says_why(
    monkeypatch: pytest.MonkeyPatch, file: str, why: str
) -> None:
    found = faults(monkeypatch, AUDIT_SIGNING_KEY=file)
    assert found.keys() == {"AUDIT_SIGNING_KEY"}
    assert why in found["AUDIT_SIGNING_KEY"]


@pytest.mark.parametrize("content", [b"", b"cut-off", b"\xff" * 48], ids=["empty", "cut off", "no text"])
def test_a_kept_key_of_the_audit_trail_that_is_damaged_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    Path(".data").mkdir()
    Path(".data/audit_signing_key.pem").write_bytes(content)
    found = faults(monkeypatch)
    assert found.keys() == {"AUDIT_SIGNING_KEY"}
    assert "delete the file audit_signing_key.pem" in found["AUDIT_SIGNING_KEY"]


# --- Addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({"PORT": "80"}, "http://127.0.0.1:80"),
        ({"HOST": "0.0.0.0"}, "http://127.0.0.1:9090"),  # noqa: S104 - read, not bound
        ({"HOST": "::"}, "http://127.0.0.1:9090"),
        ({"HOST": "::1", "PORT": "8000"}, "http://[::1]:8000"),
        ({"HOST": "2001:db8::7"}, "http://[2001:db8::7]:9090"),
        ({"HOST": "192.0.2.7"}, "http://192.0.2.7:9090"),
        ({"HOST": "localhost"}, "http://localhost:9090"),
        ({"HOST": "users.example.com", "PORT": "8000"}, "http://users.example.com:8000"),
        ({"ROOT_PATH": "/user"}, "http://127.0.0.1:9090/user"),
        ({"HOST": "::", "PORT": "8000", "ROOT_PATH": "/shop/user"}, "http://127.0.0.1:8000/shop/user"),
    ],
    ids=str,
)
def test_where_people_reach_us_is_where_we_listen_unless_it_is_said(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str
) -> None:
    configure(monkeypatch, **variables)
    settings = load()
    assert (settings.public_url, settings.frontend_url) == (url, url)


def test_any_free_port_is_no_fault_of_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, PORT="0")
    assert load().port == 0


def test_the_frontend_is_where_it_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, PUBLIC_URL="https://shop.example.com/user/", ROOT_PATH="/user", PORT="8000")
    settings = load()
    assert (settings.public_url, settings.frontend_url) == ("https://shop.example.com/user",) * 2
    configure(monkeypatch, FRONTEND_URL="https://shop.example.com")
    settings = load()
    assert settings.public_url == "https://shop.example.com/user"
    assert settings.frontend_url == "https://shop.example.com"


ADDRESSES = ["PUBLIC_URL", "FRONTEND_URL", "BREACHED_PASSWORDS_URL"]


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("https://shop.example.com", "https://shop.example.com"),
        ("https://shop.example.com/", "https://shop.example.com"),
        ("http://localhost:3000/a-b/c_d.e~f/", "http://localhost:3000/a-b/c_d.e~f"),
        ("http://[2001:db8::7]:8000/user", "http://[2001:db8::7]:8000/user"),
        ("http://user_service:9090", "http://user_service:9090"),  # names of containers have _
        ("https://xn--mnchen-3ya.example.com/%C3%A9t%C3%A9", "https://xn--mnchen-3ya.example.com/%C3%A9t%C3%A9"),
    ],
)
def test_an_address_may_have_a_port_and_a_path(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, url: str
) -> None:
    configure(monkeypatch, **{name: value})
    assert getattr(load(), name.lower()) == url


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize(
    "value",
    [
        "shop.example.com",
        "//shop.example.com",
        "ftp://shop.example.com",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://:443",
        "https://shop.example.com:",
        "https://shop.example.com:0",
        "https://shop.example.com:65536",
        "https://shop.example.com:http",
        "https://[::1",
        "https://[shop]",
        "https://shop.example.com?",
        "https://shop.example.com/?next=1",
        "https://shop.example.com#",
        "https://shop.example.com/#top",
        "https://user:made-up@shop.example.com",
        "https://user@shop.example.com",
        "https://:made-up@shop.example.com",
        "https://@shop.example.com",
        "https://shop.example.com/a b",
        " https://shop.example.com",
        "https://shop.example.com\n",
        "https://shop.example\t.com",
        "https://shop.example.com/a\x7f",
        "https://shop.example.com\\@evil.example.com",
        'https://shop.example.com/"><script>',
        "https://münchen.example.com",
        "https://shop.example.com/été",
        "'https://shop.example.com'",
    ],
)
def test_what_is_no_address_is_a_fault_of_that_variable_alone(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    found = faults(monkeypatch, **{name: value})
    assert found.keys() == {name}
    assert "https://shop.example.com/path" in found[name], "what it should look like"
    assert "made-up" not in found[name]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - read, not bound
        ("::", False),
        ("192.168.1.7", False),
        ("users.example.com", False),
        ("localhost.example.com", False),
    ],
)
def test_who_can_reach_the_server(monkeypatch: pytest.MonkeyPatch, host: str, expected: bool) -> None:
    configure(monkeypatch, HOST=host)
    assert load().is_on_loopback is expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, True),
        ({"PUBLIC_URL": "http://localhost:9090"}, True),
        ({"PUBLIC_URL": "http://[::1]/user"}, True),
        ({"PUBLIC_URL": "https://shop.example.com/user"}, False),
        ({"HOST": "users.example.com"}, False),
        ({"ENVIRONMENT": "development"}, False),
        ({"SMTP_URL": "", "MAIL_FROM": ""}, False),
    ],
    ids=str,
)
def test_mail_that_leaves_with_links_to_this_machine_is_known(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: bool
) -> None:
    configure(
        monkeypatch, **{"ENVIRONMENT": "production", "SMTP_URL": SMTP_URL, "MAIL_FROM": SENDER, **KEYS, **variables}
    )
    assert load().leads_nowhere is expected


# --- Mail -------------------------------------------------------------------------------------------------------------

SENDER = "Shop <no-reply@shop.example.com>"


@pytest.mark.parametrize(
    ("variables", "transport"),
    [
        ({}, MailTransport.MAILBOX),
        ({"DATABASE_URL": DATABASE_URL, "ENVIRONMENT": "development"}, MailTransport.MAILBOX),
        ({"ENVIRONMENT": "production"}, MailTransport.NONE),
        ({"DATABASE_URL": DATABASE_URL}, MailTransport.NONE),
        ({"SMTP_URL": SMTP_URL, "MAIL_FROM": SENDER}, MailTransport.SMTP),
        ({"SMTP_URL": SMTP_URL, "MAIL_FROM": SENDER, "ENVIRONMENT": "production"}, MailTransport.SMTP),
    ],
    ids=str,
)
def test_mail_goes_to_a_server_else_into_the_mailbox_of_development_else_it_waits(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], transport: MailTransport
) -> None:
    configure(monkeypatch, **KEYS, **variables)
    assert load().mail_transport is transport


def test_mail_comes_from_whom_it_is_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(load().mail_sender) == "User service <no-reply@localhost>"
    configure(monkeypatch, MAIL_FROM=SENDER)
    assert load().mail_sender == Address("Shop", "no-reply", "shop.example.com")


def test_a_mail_server_wants_to_know_whom_mail_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    found = faults(monkeypatch, SMTP_URL=SMTP_URL)
    assert found.keys() == {"MAIL_FROM"}
    assert SENDER in found["MAIL_FROM"], "what it should look like"


def test_a_mail_server_that_cannot_be_read_does_not_hide_that_the_sender_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert faults(monkeypatch, SMTP_URL="mail.example.com").keys() == {"SMTP_URL", "MAIL_FROM"}


@pytest.mark.parametrize(
    "value", ["Shop", "shop.example.com", "a@b.example, c@d.example", "a@[", "<a@b", "é@b.example"]
)
@pytest.mark.parametrize("variables", [{}, {"SMTP_URL": SMTP_URL}], ids=["without a server", "with one"])
def test_a_sender_that_is_none_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, value: str, variables: dict[str, str]
) -> None:
    found = faults(monkeypatch, MAIL_FROM=value, **variables)
    assert found.keys() == {"MAIL_FROM"}
    assert SENDER in found["MAIL_FROM"], "what it should look like"


@pytest.mark.parametrize(
    "value",
    [
        f"http://shop:{SMTP_PASSWORD}@mail.example.com",
        f"smtp://shop:{SMTP_PASSWORD}@mail.example.com:smtp",
        f"smtp://shop:{SMTP_PASSWORD}@mail.example.com?tls=yes",
        f"smtp://shop:{SMTP_PASSWORD}@mail.example.com?starttls=never",
        f"smtp://shop:{SMTP_PASSWORD}%@mail.example.com",
        f"smtp://shop:{SMTP_PASSWORD}#@mail.example.com",
        f"smtp://shop:{SMTP_PASSWORD}@[::1",
    ],
)
def test_what_is_wrong_with_the_mail_server_is_said_without_the_url(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    found = faults(monkeypatch, SMTP_URL=value, MAIL_FROM=SENDER)
    assert found.keys() == {"SMTP_URL"}
    assert found["SMTP_URL"]
    for part in (SMTP_PASSWORD, "shop", "mail.example.com/"):
        assert part not in found["SMTP_URL"]


# --- The database past a pooler ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "direct"),
    [
        ({}, "db.example.com"),
        ({"DATABASE_MIGRATION_URL": DATABASE_URL.replace("db.", "direct.")}, "direct.example.com"),
        (
            {"DATABASE_POOLER": "transaction", "DATABASE_MIGRATION_URL": DATABASE_URL.replace("db.", "direct.")},
            "direct.example.com",
        ),
        ({"DATABASE_POOLER": "transaction", "MIGRATE_ON_START": "false"}, None),
    ],
    ids=["nothing in between", "another role", "past the pooler", "only the pooler"],
)
def test_a_session_lasts_where_no_pooler_stands_in_between(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], direct: str | None
) -> None:
    configure(monkeypatch, DATABASE_URL=DATABASE_URL, **KEYS, **variables)
    conninfo = load().direct_conninfo
    assert (conninfo and conninfo_to_dict(conninfo)["host"]) == direct


def test_no_database_has_no_session() -> None:
    assert load().direct_conninfo is None


# --- Single settings --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["UTC", "Etc/UTC", "Europe/Berlin", "America/St_Johns", "America/Argentina/Salta"])
def test_a_time_zone_goes_by_its_iana_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    configure(monkeypatch, STATS_TIMEZONE=value)
    assert load().stats_timezone == value


@pytest.mark.parametrize(
    "value",
    ["Berlin", "Europe", "europe/berlin", "right/Europe/Berlin", "posixrules", "CEST+2", "+02:00", "/etc/localtime",
     "../../etc/passwd", "Europe/Berlin\n", "Europe\\Berlin", "zone.tab"],
)  # fmt: skip
def test_what_is_no_time_zone_is_a_fault(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    found = faults(monkeypatch, STATS_TIMEZONE=value)
    assert found.keys() == {"STATS_TIMEZONE"}
    assert "Europe/Berlin" in found["STATS_TIMEZONE"]


@pytest.fixture
def no_time_zones_of_the_system() -> Iterator[None]:
    """As in a small image."""

    def forget() -> None:
        zoneinfo.ZoneInfo.clear_cache()
        setting_rules.time_zone.cache_clear()

    zoneinfo.reset_tzpath(to=())
    forget()
    yield
    zoneinfo.reset_tzpath()
    forget()


@pytest.mark.usefixtures("no_time_zones_of_the_system")
def test_time_zones_are_known_where_the_system_has_none_and_utc_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    noon = datetime(2026, 3, 14, 12, tzinfo=UTC)
    assert noon.astimezone(setting_rules.time_zone("Asia/Kathmandu")).hour == 17
    monkeypatch.setattr(setting_rules, "available_timezones", set)
    assert setting_rules.time_zone("UTC") is UTC


@pytest.mark.parametrize(
    ("value", "origins"),
    [
        ("https://shop.example.com", ("https://shop.example.com",)),
        (
            " https://shop.example.com , http://localhost:3000,",
            ("https://shop.example.com", "http://localhost:3000"),
        ),
        ("*", ("*",)),
        (",", ()),
    ],
)
def test_origins_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch, value: str, origins: tuple[str, ...]) -> None:
    configure(monkeypatch, CORS_ORIGINS=value)
    assert load().cors_origins == origins


@pytest.mark.parametrize(
    "value",
    [
        "shop.example.com",
        "https://shop.example.com/",
        "https://shop.example.com/path",
        "https://*.example.com",
        "https://user@shop.example.com",
        "https://good.example.com,null",
        "ftp://shop.example.com",
        "https://",
        '["https://shop.example.com"]',
    ],
)
def test_what_is_no_origin_is_a_fault(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert faults(monkeypatch, CORS_ORIGINS=value).keys() == {"CORS_ORIGINS"}


@pytest.mark.parametrize(
    ("value", "networks"),
    [
        ("10.0.0.0/8", ("10.0.0.0/8",)),
        (" 10.0.0.0/8 , fd00::/8,", ("10.0.0.0/8", "fd00::/8")),
        ("192.0.2.1", ("192.0.2.1/32",)),
        ("2001:DB8:0::1", ("2001:db8::1/128",)),
        (",", ()),
    ],
)
def test_networks_are_separated_by_commas(
    monkeypatch: pytest.MonkeyPatch, value: str, networks: tuple[str, ...]
) -> None:
    configure(monkeypatch, TRUSTED_PROXIES=value)
    settings = load()
    assert settings.trusted_proxies == tuple(ip_network(network) for network in networks)
    assert settings.as_environment()["TRUSTED_PROXIES"] == ",".join(networks)


@pytest.mark.parametrize(
    "value", ["10.1.2.3/8", "proxy.example.com", "10.0.0.0/8;192.0.2.1", "192.0.2.1,fd00::/129", '["10.0.0.0/8"]', "*"]
)
def test_what_is_no_network_is_a_fault_and_not_shown(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    found = faults(monkeypatch, TRUSTED_PROXIES=value)
    assert found.keys() == {"TRUSTED_PROXIES"}
    assert "without bits beyond the prefix" in found["TRUSTED_PROXIES"]
    for part in value.split(","):
        assert part not in found["TRUSTED_PROXIES"] or part == "*"


@pytest.mark.parametrize(
    ("value", "minutes"), [("off", None), ("", None), ("2", 2), ("45", 45), ("525600", 365 * 24 * 60)]
)
def test_sessions_may_idle_for_some_minutes_or_without_a_limit(
    monkeypatch: pytest.MonkeyPatch, value: str, minutes: int | None
) -> None:
    configure(monkeypatch, SESSION_IDLE_TIMEOUT_MINUTES=value)
    settings = load()
    assert settings.session_idle_timeout_minutes == minutes
    assert settings.on_database(DATABASE_URL).session_idle_timeout_minutes == minutes


@pytest.mark.parametrize("value", ["0", "-1", "1", "525601", "2.5", "Off", "none", "false"])
def test_whoever_wants_no_limit_is_told_how_to_say_so(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    found = faults(monkeypatch, SESSION_IDLE_TIMEOUT_MINUTES=value)
    assert found.keys() == {"SESSION_IDLE_TIMEOUT_MINUTES"}
    assert found["SESSION_IDLE_TIMEOUT_MINUTES"].endswith("or off")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SESSION_MAX_LIFETIME_DAYS", "1"),
        ("SESSION_MAX_LIFETIME_DAYS", "3650"),
        ("MAX_SESSIONS_PER_USER", "1"),
        ("MAX_SESSIONS_PER_USER", "100"),
        ("SESSION_LIMIT_POLICY", "deny"),
        ("SESSION_IP_BINDING", "subnet"),
        ("SESSION_IP_BINDING", "strict"),
        ("AUDIT_SEAL_SECONDS", "1"),
        ("AUDIT_SEAL_SECONDS", "3600"),
    ],
)
def test_what_is_in_range_is_taken(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    configure(monkeypatch, **{name: value})
    assert load().as_environment()[name] == value


@pytest.mark.parametrize(
    ("quota", "processors", "workers", "share"),
    [
        (None, 8, "1", 8),  # no cgroup
        ("max 100000", 8, "1", 8),
        ("max 100000", 8, "3", 2),
        ("250000 100000", 8, "1", 2),
        ("400000 100000", 8, "2", 2),
        ("50000 100000", 8, "1", 1),  # half a processor
        ("200000 100000", 8, "4", 1),
        ("800000 100000", 2, "1", 2),  # may not run on more than two
        ("nonsense", 4, "1", 4),
        ("", 4, "1", 4),
    ],
)
def test_hashing_takes_this_workers_share_of_the_processors(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, quota: str | None, processors: int, workers: str, share: int
) -> None:
    file = tmp_path / "cpu.max"
    if quota is not None:
        file.write_text(f"{quota}\n")
    monkeypatch.setattr(setting_rules, "Path", {"/sys/fs/cgroup/cpu.max": file}.__getitem__)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(processors)), raising=False)
    configure(monkeypatch, WORKERS=workers)
    assert Settings().hash_concurrency == share


def test_a_share_that_is_set_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, HASH_CONCURRENCY="7", WORKERS="4")
    assert load().hash_concurrency == 7


# --- Passing settings on, and showing them ----------------------------------------------------------------------------

EVERYTHING = {
    "DATABASE_URL": DATABASE_URL,
    "DATABASE_MIGRATION_URL": DATABASE_URL.replace("db.", "direct."),
    "ENVIRONMENT": "production",
    "DATA_DIR": "/var/lib/user-service",
    "DATABASE_POOLER": "transaction",
    "DATABASE_POOL_MIN": "1",
    "DATABASE_POOL_MAX": "7",
    "DATABASE_TIMEOUT_SECONDS": "2.5",
    "ALGORITHM": "EdDSA",
    "SECRET_KEY": KEY,
    "SECRET_KEY_PREVIOUS": PREVIOUS_SECRET_KEY,
    "MASTER_KEY": MASTER_KEY,
    "MASTER_KEY_PREVIOUS": PREVIOUS_KEY,
    "JWT_ISSUER": "https://shop.example.com",
    "JWT_AUDIENCE": "shop",
    "ACCESS_TOKEN_EXPIRE_MINUTES": "10",
    "REFRESH_TOKEN_EXPIRE_DAYS": "7",
    "SESSION_IDLE_TIMEOUT_MINUTES": "45",
    "SESSION_MAX_LIFETIME_DAYS": "60",
    "MAX_SESSIONS_PER_USER": "10",
    "SESSION_LIMIT_POLICY": "deny",
    "SESSION_IP_BINDING": "subnet",
    "REVOCATION_FEED_TOKEN": FEED_TOKEN,
    "EMAIL_VERIFICATION": "required",
    "BREACHED_PASSWORDS_URL": "https://range.example.com",
    "PASSWORD_HASHER": "bcrypt",
    "WORKERS": "4",
    "HASH_CONCURRENCY": "3",
    "HASH_QUEUE_SECONDS": "0.5",
    "STATS_TIMEZONE": "Asia/Kathmandu",
    "AUDIT_SIGNING_KEY": str(AUDIT_SIGNING_KEY),
    "AUDIT_SEAL_SECONDS": "60",
    "HOST": "0.0.0.0",  # noqa: S104 - read, not bound
    "PORT": "8000",
    "ROOT_PATH": "/user",
    "CORS_ORIGINS": "https://shop.example.com,http://localhost:3000",
    "TRUSTED_PROXIES": "10.0.0.0/8,fd00::/8,192.0.2.1/32",
    "API_DOCS": "false",
    "PUBLIC_URL": "https://shop.example.com/user",
    "FRONTEND_URL": "https://shop.example.com",
    "SMTP_URL": SMTP_URL,
    "MAIL_FROM": SENDER,
    "RUN_WORKER": "false",
    "MIGRATE_ON_START": "false",
    "LOG_LEVEL": "warning",
    "LOG_FORMAT": "console",
}


def test_these_are_all_the_settings_there_are() -> None:
    assert {name.upper() for name in Settings.model_fields} == EVERYTHING.keys()


@pytest.mark.parametrize("variables", [EVERYTHING, {}], ids=["everything set", "nothing set"])
def test_a_process_that_is_given_the_variables_has_the_same_settings(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    configure(monkeypatch, **variables)
    settings = load()
    passed_on = settings.as_environment()
    assert passed_on.items() >= variables.items()
    for name in variables:
        monkeypatch.delenv(name)
    configure(monkeypatch, **passed_on)
    assert load() == settings


def test_a_process_hears_of_a_database_that_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = load().on_database("postgresql://localhost:5433/users")
    configure(monkeypatch, **found.as_environment())
    assert load() == found


SECRETS = (KEY, PREVIOUS_SECRET_KEY, MASTER_KEY, PREVIOUS_KEY, FEED_TOKEN, DATABASE_PASSWORD, SMTP_PASSWORD)


def test_masked_variables_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, **EVERYTHING)
    settings = load()
    plain, masked = settings.as_environment(), settings.as_environment(masked=True)
    assert masked.keys() == plain.keys()
    assert not [secret for secret in SECRETS if secret in str(masked)]
    hidden = {name for name in plain if plain[name] != masked[name]}
    assert hidden == {
        "SECRET_KEY",
        "SECRET_KEY_PREVIOUS",
        "MASTER_KEY",
        "MASTER_KEY_PREVIOUS",
        "REVOCATION_FEED_TOKEN",
        "DATABASE_URL",
        "DATABASE_MIGRATION_URL",
        "SMTP_URL",
    }


def test_settings_in_a_log_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, **EVERYTHING)
    settings = load()
    assert DATABASE_PASSWORD in (settings.database_conninfo or "")  # worked out, and kept
    for shown in (repr(settings), str(settings), f"{settings}", str(settings.model_dump()), settings.model_dump_json()):
        assert not [secret for secret in SECRETS if secret in shown]


def test_a_key_that_was_made_is_not_shown_either() -> None:
    settings = load()
    for key in (kept("secret_key"), kept("master_key")):
        for shown in (repr(settings), str(settings), str(settings.as_environment(masked=True))):
            assert key not in shown


def test_a_migration_url_means_nothing_for_the_embedded_database(monkeypatch: pytest.MonkeyPatch) -> None:
    assert faults(monkeypatch, DATABASE_MIGRATION_URL=DATABASE_URL).keys() == {"DATABASE_MIGRATION_URL"}


def test_a_database_found_elsewhere_is_migrated_there(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, DATABASE_URL=DATABASE_URL, DATABASE_MIGRATION_URL=DATABASE_URL, **KEYS)
    found = load().on_database("postgresql://shop@localhost/found")
    assert found.database_conninfo == found.migration_conninfo
    assert "found" in (found.migration_conninfo or "")


def test_behind_a_transaction_pooler_migrations_need_a_way_past_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pooled = {"DATABASE_URL": DATABASE_URL, "DATABASE_POOLER": "transaction", **KEYS}
    assert faults(monkeypatch, **pooled).keys() == {"DATABASE_MIGRATION_URL"}
    configure(monkeypatch, MIGRATE_ON_START="false")
    load()
