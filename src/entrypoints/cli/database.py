"""The database a command works on: the one that `DATABASE_URL` names, or the embedded one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
import psycopg

from adapters.postgres import migrate as migrations
from adapters.postgres.embedded import EmbeddedPostgres, EmbeddedPostgresError
from adapters.postgres.url import describe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from entrypoints.settings import Settings


@contextmanager
def provided_database(settings: Settings) -> Iterator[Settings]:
    """Settings that name a database which answers. The embedded server is started if need be, joined if it runs
    already, and stopped by whoever leaves it last.

    Raises:
        click.ClickException: there is none to be had; the message says why.
    """
    if settings.database_url is not None:
        yield settings
        return
    server = EmbeddedPostgres(embedded_folder(settings))
    try:
        server.start()
    except EmbeddedPostgresError as error:
        raise click.ClickException(str(error)) from None
    try:
        yield settings.on_database(server.url)
    finally:
        try:
            server.stop()
        except EmbeddedPostgresError as error:
            raise click.ClickException(str(error)) from None


def embedded_folder(settings: Settings) -> Path:
    """Where the embedded server keeps its data."""
    return settings.data_dir.absolute() / "postgres"


def migrate(settings: Settings) -> list[migrations.Migration]:
    """Bring the schema up to date.

    Raises:
        click.ClickException: that was not possible; the message says why.
        MigrationEdited: the database was made by other code than this.
    """
    if settings.database_pooler == "transaction" and settings.database_migration_url is None:
        # The lock that lets one replica migrate belongs to a session, and such a pooler gives none.
        message = "Migrating goes past the pooler: set DATABASE_MIGRATION_URL to the database's own address."
        raise click.ClickException(message)
    with _reported(settings):
        return migrations.migrate(_conninfo(settings))


def require_current_schema(settings: Settings) -> None:
    """Stop here where migrations are missing.

    Raises:
        click.ClickException: some are, or the database does not answer.
    """
    if missing := pending(settings):
        names = ", ".join(str(migration) for migration in missing)
        message = f"The database lacks migrations: {names}. Run `user-service migrate` first."
        raise click.ClickException(message)


def pending(settings: Settings) -> list[migrations.Migration]:
    """The migrations that are missing.

    Raises:
        click.ClickException: the database does not answer, or was made by other code than this.
    """
    try:
        with _reported(settings):
            return migrations.pending(_conninfo(settings))
    except migrations.MigrationEdited as error:
        raise click.ClickException(str(error)) from None


def recreate(settings: Settings) -> None:
    """Throw everything away and make the schema anew. For the embedded database only."""
    with _reported(settings):
        migrations.recreate(_conninfo(settings))


def _conninfo(settings: Settings) -> str:
    conninfo = settings.migration_conninfo
    if conninfo is None:
        message = "these settings name no database; ask for one with provided_database()"
        raise LookupError(message)
    return conninfo


@contextmanager
def _reported(settings: Settings) -> Iterator[None]:
    try:
        yield
    except migrations.MigrationEdited:
        raise
    except migrations.MigrationError as error:
        raise click.ClickException(str(error)) from None
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        message = f"The database at {describe(_conninfo(settings))} does not answer: {reason}"
        raise click.ClickException(message) from None
    except psycopg.Error as error:
        message = f"The database at {describe(_conninfo(settings))} refused a migration: {error}"
        raise click.ClickException(message) from None
