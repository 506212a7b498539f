"""Settings come from the environment, name every fault at once, and never show a secret."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
from contextlib import ExitStack
from io import StringIO
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from entrypoints import settings as module
from entrypoints.settings import Environment, Settings, SettingsInvalid, load

KEY = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA"  # 32 bytes, made up
DATABASE_PASSWORD = "made-up-Passw0rd"
DATABASE_URL = f"postgresql://shop:{DATABASE_PASSWORD}@db.example.com/users"


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
    del defaults["LOG_FORMAT"], defaults["SECRET_KEY"]  # see below
    assert defaults == {
        "ENVIRONMENT": "development",
        "DATA_DIR": ".data",
        "DATABASE_POOLER": "none",
        "DATABASE_POOL_MIN": "2",
        "DATABASE_POOL_MAX": "10",
        "DATABASE_TIMEOUT_SECONDS": "5.0",
        "JWT_ISSUER": "user-service",
        "ACCESS_TOKEN_EXPIRE_MINUTES": "30",
        "REFRESH_TOKEN_EXPIRE_DAYS": "30",
        "PASSWORD_HASHER": "argon2id",
        "WORKERS": "1",
        "HASH_QUEUE_SECONDS": "2.0",
        "HOST": "127.0.0.1",
        "PORT": "9090",
        "ROOT_PATH": "",
        "CORS_ORIGINS": "",
        "API_DOCS": "true",
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
    configure(monkeypatch, DATABASE_URL=DATABASE_URL, SECRET_KEY=KEY)
    assert load().environment is Environment.PRODUCTION


@pytest.mark.parametrize("environment", ["development", "production"])
def test_the_environment_is_what_the_variable_says(monkeypatch: pytest.MonkeyPatch, environment: str) -> None:
    configure(monkeypatch, DATABASE_URL=DATABASE_URL, SECRET_KEY=KEY, ENVIRONMENT=environment)
    assert load().environment == environment


def test_a_remote_database_is_verified_in_production_only(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, DATABASE_URL=DATABASE_URL, SECRET_KEY=KEY)
    assert "sslmode=verify-full" in (load().database_conninfo or "")
    configure(monkeypatch, ENVIRONMENT="development")
    assert "sslmode" not in (load().database_conninfo or "")


def test_migrations_take_the_url_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, DATABASE_URL=DATABASE_URL, SECRET_KEY=KEY)
    assert load().migration_conninfo == load().database_conninfo
    configure(monkeypatch, DATABASE_MIGRATION_URL="postgres://direct.example.com/users?ssl=require")
    assert load().migration_conninfo == "dbname=users host=direct.example.com sslmode=require"


def test_an_embedded_database_does_not_make_it_production() -> None:
    settings = load()
    found = settings.on_database("postgresql://localhost:5433/users")
    assert found.database_conninfo == "dbname=users host=localhost port=5433"
    assert found.environment is settings.environment
    assert found.secret_key == settings.secret_key


# --- Faults -----------------------------------------------------------------------------------------------------------

BAD = {
    "DATABASE_URL": f"mysql://shop:{DATABASE_PASSWORD}@db.example.com/users",
    "DATABASE_MIGRATION_URL": f"oracle://shop:{DATABASE_PASSWORD}@db.example.com/users",
    "ENVIRONMENT": "bad-environment",
    "DATABASE_POOLER": "bad-pooler",
    "DATABASE_POOL_MIN": "-17",
    "DATABASE_POOL_MAX": "-18",
    "DATABASE_TIMEOUT_SECONDS": "bad-timeout",
    "SECRET_KEY": "bad-key",
    "ACCESS_TOKEN_EXPIRE_MINUTES": "-19",
    "REFRESH_TOKEN_EXPIRE_DAYS": "bad-days",
    "PASSWORD_HASHER": "bad-hasher",
    "WORKERS": "-20",
    "HASH_CONCURRENCY": "-21",
    "HASH_QUEUE_SECONDS": "-22",
    "PORT": "65536",
    "ROOT_PATH": "bad-path/",
    "CORS_ORIGINS": "bad-origin",
    "API_DOCS": "bad-docs",
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
        assert not [value for value in (*BAD.values(), DATABASE_PASSWORD) if value in what]


def test_a_fault_says_what_to_do_in_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for what in faults(monkeypatch, **BAD).values():
        assert "Traceback" not in what
        assert "pydantic" not in what
        assert not what.startswith("Value error")


def test_a_fault_shows_no_value_even_where_nobody_puts_it_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, **BAD)
    with pytest.raises(ValidationError) as refusal:
        Settings()
    assert not [value for value in (*BAD.values(), DATABASE_PASSWORD) if value in str(refusal.value)]


@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_database_url_that_cannot_be_read_does_not_hide_that_a_key_is_missing(
    monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    bad = {"DATABASE_URL": BAD["DATABASE_URL"]}
    if where == "file":
        Path(".env").write_text(f"DATABASE_URL={bad.pop('DATABASE_URL')}\n")
    assert faults(monkeypatch, **bad).keys() == {"DATABASE_URL", "SECRET_KEY"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
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
        ("HASH_CONCURRENCY", "0"),
        ("HASH_QUEUE_SECONDS", "0"),
        ("HASH_QUEUE_SECONDS", "nan"),
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


# --- The key ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variables", [{"DATABASE_URL": DATABASE_URL}, {"ENVIRONMENT": "production"}])
def test_production_requires_a_key(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    found = faults(monkeypatch, **variables)
    assert found.keys() == {"SECRET_KEY"}
    assert "required" in found["SECRET_KEY"]


@pytest.mark.parametrize("environment", ["development", "production"])
@pytest.mark.parametrize("key", [KEY[:31], "é" * 15 + "x", "x"])
def test_a_key_under_32_bytes_is_refused_everywhere(
    monkeypatch: pytest.MonkeyPatch, environment: str, key: str
) -> None:
    found = faults(monkeypatch, ENVIRONMENT=environment, SECRET_KEY=key)
    assert found.keys() == {"SECRET_KEY"}
    assert "32 bytes" in found["SECRET_KEY"]


@pytest.mark.parametrize("key", [KEY, "ключ-ключ-ключ-ключ-"])
def test_a_key_is_measured_in_bytes(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    configure(monkeypatch, ENVIRONMENT="production", SECRET_KEY=key)
    assert load().secret_key == SecretStr(key)


PLACEHOLDERS = [
    "change-me-change-me-change-me-change-me",
    "CHANGEME_CHANGEME_CHANGEME_CHANGEME",
    "please-change-this-to-something-long-and-random",
    "your-secret-key-here-with-at-least-32-characters",
    "your_secret_your_secret_your_secret_",
    "this-is-only-an-example-key-0123456789",
    "a-placeholder-of-more-than-thirty-two-bytes",
    "super-secret-key-that-everybody-knows-0123",
    "x" * 40,
    "0" * 32,
]


@pytest.mark.parametrize("key", PLACEHOLDERS)
def test_a_placeholder_is_refused_outside_development(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    found = faults(monkeypatch, ENVIRONMENT="production", SECRET_KEY=key)
    assert found.keys() == {"SECRET_KEY"}
    assert "placeholder" in found["SECRET_KEY"]
    assert key not in found["SECRET_KEY"]


@pytest.mark.parametrize("key", PLACEHOLDERS)
def test_a_placeholder_is_good_enough_for_development(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    configure(monkeypatch, ENVIRONMENT="development", SECRET_KEY=key)
    assert load().secret_key == SecretStr(key)


# --- The key of development -------------------------------------------------------------------------------------------


def secret_key() -> str:
    key = load().secret_key
    assert key is not None
    return key.get_secret_value()


def test_a_key_is_made_once_and_kept_for_its_owner_alone() -> None:
    key = secret_key()
    assert len(key.encode()) >= 32
    assert secret_key() == key
    (kept,) = Path(".data").iterdir()  # nothing left over from making it
    assert kept.read_text() == key
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_key_is_made_where_the_data_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    configure(monkeypatch, DATA_DIR=str(tmp_path / "deep" / "down"))
    key = secret_key()
    assert (tmp_path / "deep" / "down" / "secret_key").read_text() == key


def test_every_data_folder_gets_a_key_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    one = secret_key()
    configure(monkeypatch, DATA_DIR="elsewhere")
    assert secret_key() != one


def test_no_key_is_made_where_one_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, SECRET_KEY=KEY)
    assert secret_key() == KEY
    assert not Path(".data").exists()


def test_what_a_process_that_died_left_behind_is_in_nobodys_way() -> None:
    Path(".data").mkdir()
    Path(f".data/secret_key.{os.getpid()}").write_text("half a k")
    assert len(secret_key()) > 32


@pytest.mark.parametrize("content", ["", "cut-off"])
def test_a_kept_key_that_is_damaged_is_a_fault_and_never_used(monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    Path(".data").mkdir()
    Path(".data/secret_key").write_text(content)
    assert "damaged" in faults(monkeypatch)["SECRET_KEY"]


def test_processes_that_start_together_agree_on_one_key() -> None:
    code = (
        "import hashlib, sys; from entrypoints.settings import load; print('ready', flush=True); sys.stdin.readline();"
        "print(hashlib.sha256(load().secret_key.get_secret_value().encode()).hexdigest())"
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
    assert digests == {hashlib.sha256(secret_key().encode()).hexdigest()}


# --- Single settings --------------------------------------------------------------------------------------------------


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
    monkeypatch.setattr(module, "Path", {"/sys/fs/cgroup/cpu.max": file}.__getitem__)
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
    "SECRET_KEY": KEY,
    "JWT_ISSUER": "https://shop.example.com",
    "JWT_AUDIENCE": "shop",
    "ACCESS_TOKEN_EXPIRE_MINUTES": "10",
    "REFRESH_TOKEN_EXPIRE_DAYS": "7",
    "PASSWORD_HASHER": "bcrypt",
    "WORKERS": "4",
    "HASH_CONCURRENCY": "3",
    "HASH_QUEUE_SECONDS": "0.5",
    "HOST": "0.0.0.0",  # noqa: S104 - read, not bound
    "PORT": "8000",
    "ROOT_PATH": "/user",
    "CORS_ORIGINS": "https://shop.example.com,http://localhost:3000",
    "API_DOCS": "false",
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


SECRETS = (KEY, DATABASE_PASSWORD)


def test_masked_variables_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, **EVERYTHING)
    settings = load()
    plain, masked = settings.as_environment(), settings.as_environment(masked=True)
    assert masked.keys() == plain.keys()
    assert not [secret for secret in SECRETS if secret in str(masked)]
    hidden = {name for name in plain if plain[name] != masked[name]}
    assert hidden == {"SECRET_KEY", "DATABASE_URL", "DATABASE_MIGRATION_URL"}


def test_settings_in_a_log_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, **EVERYTHING)
    settings = load()
    assert DATABASE_PASSWORD in (settings.database_conninfo or "")  # worked out, and kept
    for shown in (repr(settings), str(settings), f"{settings}", str(settings.model_dump()), settings.model_dump_json()):
        assert not [secret for secret in SECRETS if secret in shown]


def test_a_key_that_was_made_is_not_shown_either() -> None:
    settings = load()
    assert settings.secret_key is not None
    for shown in (repr(settings), str(settings), str(settings.as_environment(masked=True))):
        assert settings.secret_key.get_secret_value() not in shown


def test_a_migration_url_means_nothing_for_the_embedded_database(monkeypatch: pytest.MonkeyPatch) -> None:
    assert faults(monkeypatch, DATABASE_MIGRATION_URL=DATABASE_URL).keys() == {"DATABASE_MIGRATION_URL"}


def test_a_database_found_elsewhere_is_migrated_there(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, DATABASE_URL=DATABASE_URL, DATABASE_MIGRATION_URL=DATABASE_URL, SECRET_KEY=KEY)
    found = load().on_database("postgresql://shop@localhost/found")
    assert found.database_conninfo == found.migration_conninfo
    assert "found" in (found.migration_conninfo or "")


def test_behind_a_transaction_pooler_migrations_need_a_way_past_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pooled = {"DATABASE_URL": DATABASE_URL, "SECRET_KEY": KEY, "DATABASE_POOLER": "transaction"}
    assert faults(monkeypatch, **pooled).keys() == {"DATABASE_MIGRATION_URL"}
    configure(monkeypatch, MIGRATE_ON_START="false")
    load()
