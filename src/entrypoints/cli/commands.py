"""`user-service`: the commands."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

import click

from adapters.postgres.migrate import MigrationEdited
from entrypoints import logs, settings
from entrypoints.cli import database, server
from entrypoints.container import Container
from entrypoints.http.app import create_app
from user_domain.errors import DomainError, EmailAlreadyRegistered
from user_domain.use_cases.administration.create_admin import CreateAdminCommand

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from adapters.postgres.migrate import Migration
    from entrypoints.application import Application
    from entrypoints.settings import Settings
    from user_domain.entities.user import User


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="user-service")
def commands() -> None:
    """Registration, login, sessions and profiles, on PostgreSQL.

    Settings come from the environment and from .env; `user-service config check` shows them. Without DATABASE_URL
    every command uses an embedded PostgreSQL in DATA_DIR, for development.
    """


@commands.command()
def dev() -> None:
    """Serve for development: migrated, documented, and with an embedded PostgreSQL where DATABASE_URL is not set."""
    loaded = _settings()
    if loaded.database_url is None:
        click.echo(f"Starting PostgreSQL in {database.embedded_folder(loaded)} …")
    with database.provided_database(loaded) as provided:
        _migrate_for_development(loaded, provided)
        # One process, whatever WORKERS says: it is the one that tells what to try.
        server.serve(provided.model_copy(update={"workers": 1}), announce=lambda: click.echo(_welcome(provided)))
    click.echo("Stopped.")


@commands.command()
def serve() -> None:
    """Serve: API processes as WORKERS says. Migrates first, unless MIGRATE_ON_START=false."""
    with database.provided_database(_settings()) as provided:
        if provided.migrate_on_start:
            _migrate(provided)
        else:
            database.require_current_schema(provided)
        server.serve(provided)


@commands.command()
@click.option("--check", is_flag=True, help="Only say what is missing; status 1 if anything is.")
def migrate(*, check: bool) -> None:
    """Bring the database's schema up to date."""
    with database.provided_database(_settings()) as provided:
        todo = database.pending(provided) if check else _migrate(provided)
    for migration in todo:
        click.echo(f"{'missing' if check else 'applied'} {migration}")
    if not todo:
        click.echo("The schema is up to date.")
    elif check:
        sys.exit(1)


@commands.command()
@click.option("--email", required=True)
@click.option("--name", help="Required, unless with --promote.")
@click.option("--mobile", help="Required, unless with --promote.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, up to a line's end.")
@click.option("--promote", is_flag=True, help="Make the existing user with this e-mail address an administrator.")
def create_admin(*, email: str, name: str | None, mobile: str | None, password_stdin: bool, promote: bool) -> None:
    """Create an administrator, or promote a user to one. Works while the service runs."""
    loaded = _settings()
    if promote:
        admin = _run(loaded, lambda application: application.promote_to_admin.execute(email=email))
        click.echo(f"{admin.email} (user {admin.id}) is an administrator now.")
        return
    if name is None or mobile is None:
        message = "--name and --mobile are needed for a new administrator"
        raise click.UsageError(message)
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else _ask_for_password()
    command = CreateAdminCommand(name=name, email=email, mobile=mobile, password=password)
    admin = _run(loaded, lambda application: application.create_admin.execute(command))
    click.echo(f"{admin.email} (user {admin.id}) is an administrator now.")


@commands.group()
def config() -> None:
    """The settings."""


@config.command("check")
def config_check() -> None:
    """Show the settings in force, secrets masked; or name everything that is wrong with them."""
    for variable, value in _settings().as_environment(masked=True).items():
        click.echo(f"{variable}={value}")


@commands.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    loaded = _settings().model_copy(update={"api_docs": True})
    click.echo(json.dumps(create_app(Container(settings=loaded, conninfo="")).openapi(), indent=2))


def _settings() -> Settings:
    try:
        loaded = settings.load()
    except settings.SettingsInvalid as error:
        click.echo(f"These settings are missing or wrong:\n{error}", err=True)
        sys.exit(2)
    logs.configure(level=loaded.log_level, log_format=loaded.log_format)
    return loaded


def _migrate(provided: Settings) -> list[Migration]:
    try:
        return database.migrate(provided)
    except MigrationEdited as error:
        raise click.ClickException(str(error)) from None


def _migrate_for_development(loaded: Settings, provided: Settings) -> None:
    """Until the first release its schema may be rewritten; then there is nothing to migrate from, only to make anew."""
    try:
        database.migrate(provided)
    except MigrationEdited as error:
        if loaded.database_url is not None:
            raise click.ClickException(str(error)) from None
        folder = database.embedded_folder(loaded)
        click.echo(f"The data in {folder} was made by another version of the code and cannot be used with this one.")
        if not sys.stdin.isatty() or not click.confirm("Throw that data away and start anew?"):
            message = f"Nothing was changed. To start anew: rm -r {folder}"
            raise click.ClickException(message) from None
        database.recreate(provided)


def _run(loaded: Settings, work: Callable[[Application], Awaitable[User]]) -> User:
    """Do something with the application, connected to its database."""

    async def connected(provided: Settings) -> User:
        container = Container(settings=provided, conninfo=provided.database_conninfo)
        database_, hasher = container.database(), container.password_hasher()
        await database_.open()
        try:
            return await work(container.application())
        finally:
            await database_.close()
            hasher.close()

    with database.provided_database(loaded) as provided:
        if provided.migrate_on_start:
            _migrate(provided)
        else:
            database.require_current_schema(provided)
        try:
            return asyncio.run(connected(provided))
        except EmailAlreadyRegistered as error:
            message = f"{error} Use --promote to make that user an administrator."
            raise click.ClickException(message) from None
        except DomainError as error:
            raise click.ClickException(str(error)) from None


def _ask_for_password() -> str:
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def _welcome(provided: Settings) -> str:
    url = f"http://{provided.host}:{provided.port}"
    register = '{"name":"John Doe","email":"john@example.com","mobile":"1234567890","password":"SecurePass123!"}'
    login = '{"email":"john@example.com","password":"SecurePass123!"}'
    docs = f"\n  Try it in the browser   {url}/docs" if provided.api_docs else ""
    return f"""
The user service runs at {url}{docs}
  Register                curl {url}/auth/register -H 'Content-Type: application/json' -d '{register}'
  Log in                  curl {url}/auth/login -H 'Content-Type: application/json' -d '{login}'
  Stop                    Ctrl-C
"""
