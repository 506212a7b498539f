"""The settings, from the environment and `.env`."""

from __future__ import annotations

import sys
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from adapters.mail.sender import sender
from adapters.mail.smtp_settings import SmtpSettings
from adapters.postgres.url import normalised
from entrypoints import setting_rules
from entrypoints.setting_rules import Network

if TYPE_CHECKING:
    from email.headerregistry import Address

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Environment(StrEnum):
    """Development forgives what production must not."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class MailTransport(StrEnum):
    """Where mails go: to an SMTP server, into the development mailbox, or nowhere yet."""

    SMTP = "smtp"
    MAILBOX = "mailbox"
    NONE = "none"


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

    algorithm: Literal["HS256", "RS256", "ES256", "EdDSA"] = "HS256"
    secret_key: SecretStr | None = None
    secret_key_previous: SecretStr | None = None
    master_key: SecretStr | None = None
    master_key_previous: SecretStr | None = None
    jwt_issuer: Annotated[str, Field(min_length=1)] = "user-service"
    jwt_audience: str | None = None
    access_token_expire_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 30
    refresh_token_expire_days: Annotated[int, Field(ge=1, le=400)] = 30
    session_idle_timeout_minutes: Annotated[int, Field(ge=2, le=365 * 24 * 60)] | None = None
    session_max_lifetime_days: Annotated[int, Field(ge=1, le=3650)] = 90
    max_sessions_per_user: Annotated[int, Field(ge=1, le=100)] = 5
    session_limit_policy: Literal["evict_oldest", "deny"] = "evict_oldest"
    session_ip_binding: Literal["off", "subnet", "strict"] = "off"
    revocation_feed_token: SecretStr | None = None

    email_verification: Literal["optional", "required"] = "optional"
    breached_passwords_url: str | None = None
    password_hasher: Literal["argon2id", "bcrypt"] = "argon2id"  # noqa: S105 - the name of an algorithm
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    hash_concurrency: Annotated[int, Field(ge=1)] = Field(default=None, validate_default=True)
    hash_queue_seconds: Annotated[float, Field(gt=0)] = 2.0

    stats_timezone: str = "UTC"

    audit_signing_key: Path | None = None
    audit_seal_seconds: Annotated[int, Field(ge=1, le=3600)] = 10

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:%-]+$")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 9090
    root_path: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~-]+)*$")] = ""
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = ()
    api_docs: bool = True

    public_url: str = Field(default=None, validate_default=True)
    frontend_url: str = Field(default=None, validate_default=True)
    smtp_url: SecretStr | None = None
    mail_from: str | None = None
    run_worker: bool = True

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

    @field_validator("secret_key", "secret_key_previous", "master_key", "master_key_previous", "revocation_feed_token")
    @classmethod
    def _good_key(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        is_development = info.data.get("environment") is Environment.DEVELOPMENT
        if value is not None:
            setting_rules.key(value.get_secret_value(), placeholders_pass=is_development)
        elif not is_development and cls._is_needed(info):
            message = f"is required outside development; {setting_rules.KEY_ADVICE}"
            raise ValueError(message)
        return value  # in development `settings_in_force` makes and keeps what is missing

    @classmethod
    def _is_needed(cls, info: ValidationInfo) -> bool:
        # An algorithm that cannot be read is no reason to ask for a key that may not be needed.
        return info.field_name == "master_key" or (
            info.field_name == "secret_key" and info.data.get("algorithm") == "HS256"
        )

    @field_validator("master_key", "master_key_previous", "revocation_feed_token")
    @classmethod
    def _is_not_one_that_is_shared(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # Services that verify tokens have the secret keys, those that read the feed its token, and nobody a master key.
        others = ["secret_key", "secret_key_previous"]
        if info.field_name == "revocation_feed_token":
            others += ["master_key", "master_key_previous"]
        for other in others:
            if value is not None and value == info.data.get(other):
                message = (
                    f"must not be {other.upper()}: who has the one must not have the other; {setting_rules.KEY_ADVICE}"
                )
                raise ValueError(message)
        return value

    @field_validator("revocation_feed_token")
    @classmethod
    def _can_be_sent(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            setting_rules.bearer_token(value.get_secret_value())
        return value

    @field_validator("session_idle_timeout_minutes", mode="wrap")
    @classmethod
    def _minutes_or_off(cls, value: object, as_minutes: ValidatorFunctionWrapHandler) -> object:
        try:
            return as_minutes(None if value == "off" else value)
        except ValidationError:
            message = "must be a number of minutes, at least 2 and at most 525600, or off"
            raise ValueError(message) from None

    @field_validator("stats_timezone")
    @classmethod
    def _known_time_zone(cls, value: str) -> str:
        setting_rules.time_zone(value)
        return value

    @field_validator("audit_signing_key")
    @classmethod
    def _file_with_a_private_key(cls, value: Path | None) -> Path | None:
        if value is not None:
            setting_rules.signing_key(value)
        return value  # in development `settings_in_force` makes and keeps one

    @field_validator("hash_concurrency", mode="before")
    @classmethod
    def _a_share_of_the_processors(cls, value: object, info: ValidationInfo) -> object:
        return max(1, int(setting_rules.processors() // info.data.get("workers", 1))) if value is None else value

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_by_commas(cls, value: object) -> object:
        return setting_rules.by_commas(value)

    @field_validator("cors_origins")
    @classmethod
    def _origins_only(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(setting_rules.origin(origin) for origin in value)

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        parts = setting_rules.by_commas(value)
        return tuple(setting_rules.network(str(part)) for part in parts) if isinstance(parts, tuple) else parts

    @field_validator("public_url", "frontend_url", mode="before")
    @classmethod
    def _where_people_reach_us(cls, value: object, info: ValidationInfo) -> object:
        if value is not None:
            return value
        if info.field_name == "frontend_url" and "public_url" in info.data:
            return info.data["public_url"]
        host = info.data.get("host", "127.0.0.1")
        shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else f"[{host}]" if ":" in host else host  # noqa: S104 - asked, not bound
        return f"http://{shown}:{info.data.get('port') or 9090}{info.data.get('root_path', '')}"

    @field_validator("public_url", "frontend_url", "breached_passwords_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        return None if value is None else setting_rules.web_address(value)

    @field_validator("smtp_url")
    @classmethod
    def _readable_smtp_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            SmtpSettings.parse(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _good_sender(cls, value: str | None, info: ValidationInfo) -> str | None:
        # One that cannot be read is not in `data`, and was given nevertheless.
        if value is None and ("smtp_url" not in info.data or info.data["smtp_url"] is not None):
            message = "is required with SMTP_URL, such as: Shop <no-reply@shop.example.com>"
            raise ValueError(message)
        if value is not None:
            sender(value)
        return value

    @property
    def is_on_loopback(self) -> bool:
        """Whether nobody but this machine can reach the server."""
        return setting_rules.is_loopback(self.host)

    @property
    def leads_nowhere(self) -> bool:
        """Whether mails go out into the world with links that only this machine can follow."""
        return (
            self.smtp_url is not None
            and not self.is_development
            and setting_rules.is_loopback(urlsplit(self.public_url).hostname)
        )

    @property
    def mail_sender(self) -> Address:
        """Whom mails come from."""
        return sender(self.mail_from or "User service <no-reply@localhost>")

    @property
    def mail_transport(self) -> MailTransport:
        """Where mails go."""
        if self.smtp_url is not None:
            return MailTransport.SMTP
        return MailTransport.MAILBOX if self.is_development else MailTransport.NONE

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The shared key that HS256 tokens are signed with, and the one before where its tokens are still honoured;
        with another algorithm the one before alone: with the present one nothing is signed, so nobody may use it.
        """
        keys = (self.secret_key if self.algorithm == "HS256" else None, self.secret_key_previous)
        return tuple(key.get_secret_value() for key in keys if key is not None)

    @property
    def master_keys(self) -> tuple[str, ...]:
        """Today's master key, and the one before where it is still needed."""
        keys = (self.master_key, self.master_key_previous)
        return tuple(key.get_secret_value() for key in keys if key is not None)

    @cached_property
    def audit_private_key(self) -> Ed25519PrivateKey | None:
        """What the audit trail is sealed with."""
        return None if self.audit_signing_key is None else setting_rules.signing_key(self.audit_signing_key)

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

    @property
    def direct_conninfo(self) -> str | None:
        """A way to the database on which a session lasts; None where only a pooler in transaction mode is known."""
        return None if self.database_pooler != "none" and not self.database_migration_url else self.migration_conninfo

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
            return ",".join(str(part) for part in value)
        case _:
            return str(value)
