"""The application as the container composes it, with the stores that a test chooses and hashes that cost nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dependency_injector import providers

from entrypoints.container import Container
from entrypoints.settings import Settings
from user_domain.testing.in_memory import InMemoryPasswordHasher
from user_domain.testing.in_memory.mailer import InMemoryMailer

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

    from adapters.postgres.database import Database
    from entrypoints.application import Application

SECRET_KEY = "a key for tests, shared with nobody at all"
MASTER_KEY = "another key for tests, from which others are derived"
AUDIT_SIGNING_KEY = Path(__file__).parent / "audit_signing_key.pem"
"""That of RFC 8032 7.1, test 1, which all the world has."""


class _ExplicitSettings(Settings):
    """Settings that no environment variable and no file reaches."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def settings_for_tests(**values: object) -> Settings:
    """Development settings, and what the test is about; whatever the machine's environment says."""
    return _ExplicitSettings.model_validate(
        {
            "environment": "development",
            "secret_key": SECRET_KEY,
            "master_key": MASTER_KEY,
            "audit_signing_key": AUDIT_SIGNING_KEY,
            "log_format": "json",
            **values,
        }
    )


def compose(database: Database, **settings: object) -> Application:
    """Every use case on this database."""
    return composed(database, **settings).application()


def composed(database: Database, **settings: object) -> Container:
    """The parts behind them."""
    container = Container(settings=settings_for_tests(**settings), conninfo="")
    container.database.override(providers.Object(database))
    container.password_hasher.override(providers.Object(InMemoryPasswordHasher()))
    container.mailer.override(providers.Object(InMemoryMailer()))
    return container
