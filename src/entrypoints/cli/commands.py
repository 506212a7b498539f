"""`user-service`: the commands."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from adapters.postgres.migrate import MigrationEdited
from entrypoints.cli import database, running, server
from entrypoints.cli.audit import audit
from entrypoints.cli.keys import keys
from entrypoints.cli.mail import mail
from entrypoints.cli.stats import stats
from entrypoints.cli.worker import worker
from entrypoints.settings import MailTransport
from user_domain.errors import EmailAlreadyRegistered
from user_domain.use_cases.administration.create_admin import CreateAdminCommand

if TYPE_CHECKING:
    from entrypoints.settings import Settings


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
    loaded = running.load_settings()
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
    with database.provided_database(running.load_settings()) as provided:
        running.prepare(provided)
        server.serve(provided)


@commands.command()
@click.option("--check", is_flag=True, help="Only say what is missing; status 1 if anything is.")
def migrate(*, check: bool) -> None:
    """Bring the database's schema up to date."""
    with database.provided_database(running.load_settings()) as provided:
        todo = database.pending(provided) if check else running.migrate(provided)
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
    loaded = running.load_settings()
    if promote:
        admin = running.run(loaded, lambda application: application.promote_to_admin.execute(email=email))
        click.echo(f"{admin.email} (user {admin.id}) is an administrator now.")
        return
    if name is None or mobile is None:
        message = "--name and --mobile are needed for a new administrator"
        raise click.UsageError(message)
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else _ask_for_password()
    command = CreateAdminCommand(name=name, email=email, mobile=mobile, password=password)
    try:
        admin = running.run(loaded, lambda application: application.create_admin.execute(command))
    except EmailAlreadyRegistered as error:
        message = f"{error} Use --promote to make that user an administrator."
        raise click.ClickException(message) from None
    click.echo(f"{admin.email} (user {admin.id}) is an administrator now.")


commands.add_command(worker)
commands.add_command(mail)
commands.add_command(keys)
commands.add_command(stats)
commands.add_command(audit)


@commands.group()
def config() -> None:
    """The settings."""


@config.command("check")
def config_check() -> None:
    """Show the settings in force, secrets masked; or name everything that is wrong with them."""
    for variable, value in running.load_settings().as_environment(masked=True).items():
        click.echo(f"{variable}={value}")


@commands.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    from entrypoints.http.app import create_app  # noqa: PLC0415 - a third of a second that no other command need take

    loaded = running.load_settings().model_copy(update={"api_docs": True})
    click.echo(json.dumps(create_app(running.composed(loaded)).openapi(), indent=2))


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


def _ask_for_password() -> str:
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def _welcome(provided: Settings) -> str:
    url = f"http://{provided.host}:{provided.port}"
    register = '{"name":"John Doe","email":"john@example.com","mobile":"1234567890","password":"SecurePass123!"}'
    login = '{"email":"john@example.com","password":"SecurePass123!"}'
    mailbox = f"\n  Read the mails          {url}/dev/mailbox" if _has_mailbox(provided) else ""
    docs = f"\n  Try it in the browser   {url}/docs" if provided.api_docs else ""
    return f"""
The user service runs at {url}{docs}{mailbox}
  Register                curl {url}/auth/register -H 'Content-Type: application/json' -d '{register}'
  Log in                  curl {url}/auth/login -H 'Content-Type: application/json' -d '{login}'
  Stop                    Ctrl-C
"""


def _has_mailbox(provided: Settings) -> bool:
    return provided.mail_transport is MailTransport.MAILBOX and provided.is_on_loopback
