"""What commands share: the settings, and the application connected to its database."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, TypeVar

import click

from adapters.postgres.migrate import MigrationEdited
from entrypoints import logs, settings_in_force
from entrypoints.cli import database
from user_domain.errors import DomainError, EmailAlreadyRegistered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from adapters.postgres.migrate import Migration
    from entrypoints.application import Application
    from entrypoints.container import Container
    from entrypoints.settings import Settings

T = TypeVar("T")


def load_settings() -> Settings:
    """The settings in force; with faulty ones the process ends here, with status 2 and one message."""
    try:
        loaded = settings_in_force.load()
    except settings_in_force.SettingsInvalid as error:
        click.echo(f"These settings are missing or wrong:\n{error}", err=True)
        sys.exit(2)
    logs.configure(level=loaded.log_level, log_format=loaded.log_format)
    return loaded


def migrate(provided: Settings) -> list[Migration]:
    """Bring the schema up to date.

    Raises:
        click.ClickException: that was not possible; the message says why.
    """
    try:
        return database.migrate(provided)
    except MigrationEdited as error:
        raise click.ClickException(str(error)) from None


def prepare(provided: Settings) -> None:
    """Have the schema this code needs: by migrating, or by refusing to go on without.

    Raises:
        click.ClickException: it is not there; the message says why.
    """
    if provided.migrate_on_start:
        migrate(provided)
    else:
        database.require_current_schema(provided)


def composed(provided: Settings, *, as_owner: bool = False, **given: object) -> Container:
    """The parts of the service, on a database that was provided, with the service's role or with that of whoever owns
    the tables; those that are given, by their names, instead of the container's own.
    """
    # Half a second of imports, which whoever is refused before, or needs no part, does not wait for.
    from entrypoints.container import Container  # noqa: PLC0415 - see above

    conninfo = provided.migration_conninfo if as_owner else provided.database_conninfo
    return Container(settings=provided, conninfo=conninfo, **given)


def run(loaded: Settings, work: Callable[[Application], Awaitable[T]], *, as_owner: bool = False, **given: object) -> T:
    """Do something with the application, connected to its database; as owner and with parts that are given: `composed`.

    Raises:
        EmailAlreadyRegistered: as the domain says it, because one command has more to say.
        click.ClickException: any other way the domain says no.
    """
    from entrypoints import lifetime  # noqa: PLC0415 - see `composed`

    async def connected(provided: Settings) -> T:
        container = composed(provided, as_owner=as_owner, **given)
        async with lifetime.opened(container) as application:
            return await work(application)

    with database.provided_database(loaded) as provided:
        prepare(provided)
        try:
            return asyncio.run(connected(provided))
        except EmailAlreadyRegistered:
            raise
        except DomainError as error:
            raise click.ClickException(str(error)) from None
