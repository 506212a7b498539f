"""`user-service stats`: the numbers that admins see."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from entrypoints.cli import running

if TYPE_CHECKING:
    from user_domain.ports.statistics_upkeep import Difference


@click.group()
def stats() -> None:
    """The numbers that admins see."""


@stats.command()
def recount() -> None:
    """Count what there is, put every number right that differs, and show which did; status 1 if any. Works while the
    service runs.
    """
    found = running.run(running.load_settings(), lambda application: application.recount_statistics.execute())
    if found.rearmed_sessions:
        several = found.rearmed_sessions > 1
        click.echo(
            f"{found.rearmed_sessions} {'sessions were' if several else 'session was'} counted by settings that are not"
            " in force any more; now by those that are."
        )
    if not found.differences:
        click.echo("Users, active sessions and failed logins are right; no registration and no login is missing.")
        return
    click.echo(_line("number", "quarter of an hour from", "recorded", "counted"))
    for difference in found.differences:
        click.echo(_of(difference))
    click.echo("These numbers were wrong, and are put right.")
    sys.exit(1)


def _of(difference: Difference) -> str:
    since = f"{difference.since:%Y-%m-%d %H:%MZ}" if difference.since else "-"
    return _line(difference.number, since, str(difference.recorded), str(difference.counted))


def _line(number: str, since: str, recorded: str, counted: str) -> str:
    return f"{number:16}  {since:23}  {recorded:>11}  {counted:>11}"
