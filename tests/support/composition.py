"""The application as the container composes it, with the stores that a test chooses and hashes that cost nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dependency_injector import providers

from entrypoints.container import Container
from entrypoints.settings import Settings
from user_domain.testing.in_memory import InMemoryPasswordHasher

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

    from entrypoints.application import Application
    from user_domain.ports.session_queries import SessionQueries
    from user_domain.ports.unit_of_work import UnitOfWorkFactory
    from user_domain.ports.user_queries import UserQueries

SECRET_KEY = "a key for tests, shared with nobody at all"


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
        {"environment": "development", "secret_key": SECRET_KEY, "log_format": "json", **values}
    )


def compose(*, unit_of_work: UnitOfWorkFactory, users: UserQueries, sessions: SessionQueries) -> Application:
    """Every use case on these stores."""
    container = Container(settings=settings_for_tests(), conninfo="")
    container.unit_of_work.override(providers.Factory(unit_of_work))
    container.users.override(providers.Object(users))
    container.sessions.override(providers.Object(sessions))
    container.password_hasher.override(providers.Object(InMemoryPasswordHasher()))
    application: Application = container.application()
    return application
