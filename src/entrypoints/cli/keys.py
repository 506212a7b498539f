"""`user-service keys`: what access tokens are signed with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from entrypoints.cli import running

if TYPE_CHECKING:
    from datetime import datetime

    from entrypoints.application import Application
    from user_domain.entities.signing_key import SigningKey


@click.group()
def keys() -> None:
    """The keys that access tokens are signed with under RS256, ES256 and EdDSA."""


@keys.command("list")
def list_keys() -> None:
    """Show the keys: name, algorithm, how each stands, and from when until when it signs. Never a private key."""

    async def look(application: Application) -> list[str]:
        now = application.clock.now()
        return [_line(key, at=now) for key in await application.list_signing_keys.execute()]

    for line in running.run(running.load_settings(), look):
        click.echo(line)


@keys.command("rotate")
@click.option(
    "--emergency", is_flag=True, help="A key may have been stolen: sign with a new one now, and delete the rest."
)
def rotate_keys(*, emergency: bool) -> None:
    """Have a new key take over, in an hour, when every verifier knows it. Works while the service runs."""
    key = running.run(
        running.load_settings(), lambda application: application.rotate_signing_keys.execute(emergency=emergency)
    )
    if key is not None:
        click.echo(f"Key {key.id} ({key.algorithm}) signs from {_moment(key.activates_at)} on.")
    if emergency:
        click.echo("All other keys are deleted. What they have signed is refused within 10 seconds here;")
        click.echo("others believe it until they fetch /.well-known/jwks.json again, which is every 5 minutes.")


def _line(key: SigningKey, *, at: datetime) -> str:
    return f"{key.id}  {key.algorithm:5}  {key.state(at):9}  {_moment(key.activates_at)} to {_moment(key.retires_at)}"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%SZ}"
