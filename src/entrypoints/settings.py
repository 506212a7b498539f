"""The settings, from the environment and `.env`."""

from __future__ import annotations

import os
import re
import secrets
import sys
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from adapters.postgres.url import normalised

_MIN_KEY_BYTES = 32  # RFC 7518 3.2: an HS256 key is at least as long as the hash
_PLACEHOLDER = re.compile(r"change.?(me|this|it)|your.?secret|example|placeholder|^(.)\2*$|secret.?key", re.IGNORECASE)


class Environment(StrEnum):
    """Development forgives what production must not."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class SettingsInvalid(Exception):
    """One or more variables are missing or wrong. The message names each, with what to do; never a value."""


class Settings(BaseSettings):
    """Each field is the environment variable of the same name, in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    # Order matters: a field's rules may look at those above it.
    database_url: SecretStr | None = None
    environment: Environment
    data_dir: Path = Path(".data")

    migrate_on_start: bool = True
    database_pooler: Literal["none", "transaction"] = "none"
    database_migration_url: SecretStr | None = None
    database_pool_min: Annotated[int, Field(ge=0)] = 2
    database_pool_max: Annotated[int, Field(ge=1)] = 10
    database_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0

    secret_key: SecretStr | None = None
    jwt_issuer: Annotated[str, Field(min_length=1)] = "user-service"
    jwt_audience: str | None = None
    access_token_expire_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 30
    refresh_token_expire_days: Annotated[int, Field(ge=1, le=400)] = 30

    password_hasher: Literal["argon2id", "bcrypt"] = "argon2id"  # noqa: S105 - the name of an algorithm
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    hash_concurrency: Annotated[int, Field(ge=1)] = Field(default=None, validate_default=True)
    hash_queue_seconds: Annotated[float, Field(gt=0)] = 2.0

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 9090
    root_path: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~-]+)*$")] = ""
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    api_docs: bool = True

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = Field(default_factory=lambda: "console" if sys.stderr.isatty() else "json")

    @model_validator(mode="before")
    @classmethod
    def _development_while_embedded(cls, values: dict[str, Any]) -> dict[str, Any]:
        # Before anything is checked: a URL that cannot be read still says that this is not the embedded database.
        if values.get("environment") is not None:
            return values
        return {
            **values,
            "environment": Environment.PRODUCTION if values.get("database_url") else Environment.DEVELOPMENT,
        }

    @field_validator("database_url")
    @classmethod
    def _readable_database_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            normalised(value.get_secret_value(), require_tls=False)
        return value

    @field_validator("database_migration_url")
    @classmethod
    def _good_migration_url(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        given = info.data
        if value is not None and "database_url" in given and given["database_url"] is None:
            message = "means nothing without DATABASE_URL"
            raise ValueError(message)
        if value is None and given.get("database_pooler") == "transaction" and given.get("migrate_on_start"):
            message = "is required with DATABASE_POOLER=transaction, or set MIGRATE_ON_START=false"
            raise ValueError(message)
        return cls._readable_database_url(value)

    @field_validator("database_pool_max")
    @classmethod
    def _pool_max_not_below_min(cls, value: int, info: ValidationInfo) -> int:
        if value < info.data.get("database_pool_min", 0):
            message = "must not be less than DATABASE_POOL_MIN"
            raise ValueError(message)
        return value

    @field_validator("secret_key")
    @classmethod
    def _good_secret_key(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if info.data.get("environment") is Environment.DEVELOPMENT and value is None:
            return None  # made and kept by `load`
        advice = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        if value is None:
            message = f"is required outside development; {advice}"
            raise ValueError(message)
        key = value.get_secret_value()
        if len(key.encode()) < _MIN_KEY_BYTES:
            message = f"must be at least {_MIN_KEY_BYTES} bytes; {advice}"
            raise ValueError(message)
        if info.data.get("environment") is not Environment.DEVELOPMENT and _PLACEHOLDER.search(key):
            message = f"is a placeholder; {advice}"
            raise ValueError(message)
        return value

    @field_validator("hash_concurrency", mode="before")
    @classmethod
    def _a_share_of_the_processors(cls, value: object, info: ValidationInfo) -> object:
        return max(1, int(_processors() // info.data.get("workers", 1))) if value is None else value

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_by_commas(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _origins_only(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if origin != "*" and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d+)?", origin):
                message = "must be origins such as https://shop.example.com, separated by commas, without a path"
                raise ValueError(message)
        return value

    @property
    def is_development(self) -> bool:
        """Whether what production must not forgive is forgiven."""
        return self.environment is Environment.DEVELOPMENT

    @cached_property
    def database_conninfo(self) -> str | None:
        """Where the database is, as libpq understands it; None for the embedded one."""
        return self._conninfo(self.database_url)

    @cached_property
    def migration_conninfo(self) -> str | None:
        """Where to migrate: past any pooler."""
        return self._conninfo(self.database_migration_url or self.database_url)

    def on_database(self, url: str) -> Settings:
        """The same settings for a database found elsewhere than in the environment."""
        found = {"database_url": SecretStr(url), "database_migration_url": None}
        return Settings.model_validate({**self.model_dump(), **found})

    def as_environment(self, *, masked: bool = False) -> dict[str, str]:
        """The variables that give these settings again; `masked` shows no secret."""
        values = self.model_dump(exclude_none=True)
        return {name.upper(): _as_variable(value, masked=masked) for name, value in values.items()}

    def _conninfo(self, url: SecretStr | None) -> str | None:
        return normalised(url.get_secret_value(), require_tls=not self.is_development) if url else None


def _as_variable(value: object, *, masked: bool) -> str:
    match value:
        case SecretStr():
            return "********" if masked else value.get_secret_value()
        case bool():
            return str(value).lower()
        case tuple():
            return ",".join(value)
        case _:
            return str(value)


def load() -> Settings:
    """The settings in force. In development a `SECRET_KEY` is made once and kept in `DATA_DIR`.

    Raises:
        SettingsInvalid: with every faulty variable.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsInvalid(_explain(error)) from None
    if settings.secret_key is None:
        try:
            key = _kept_secret(settings.data_dir / "secret_key")
        except OSError as error:
            message = f"  DATA_DIR: a key cannot be kept there: {error.strerror}"
            raise SettingsInvalid(message) from None
        if len(key.encode()) < _MIN_KEY_BYTES:
            message = f"  SECRET_KEY: the key kept in {settings.data_dir} is damaged; delete the file secret_key there"
            raise SettingsInvalid(message)
        return settings.model_copy(update={"secret_key": SecretStr(key)})
    return settings


def _explain(error: ValidationError) -> str:
    lines = []
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        variable = str(fault["loc"][0]).upper() if fault["loc"] else "settings"
        lines.append(f"  {variable}: {fault['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)


def _kept_secret(path: Path) -> str:
    """The content of a file only its owner can read; made on first use, by exactly one of several processes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(fresh, path)  # whole or not at all, and only for the first
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text(encoding="utf-8")


def _processors() -> float:
    """How many processors this process may use: its affinity, and the cgroup's quota where there is one."""
    available = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return available
    return available if quota == "max" else min(available, int(quota) / int(period))
