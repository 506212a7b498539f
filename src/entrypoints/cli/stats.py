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
@click.option(
    "--take-off-surplus",
    is_flag=True,
    help="Also take off registrations and logins of which more are recorded than there were, by what is there and what"
    " was deleted. Leave them where users or sessions were lost, by TRUNCATE for instance: they did happen.",
)
def recount(*, take_off_surplus: bool) -> None:
    """Count what there is, put right every number that differs, and show which did; status 1 if any. A surplus of
    registrations or logins is only shown. Works while the service runs.
    """
    found = running.run(
        running.load_settings(),
        lambda application: application.recount_statistics.execute(take_off_surplus=take_off_surplus),
    )
    if found.rearmed_sessions:
        several = found.rearmed_sessions > 1
        click.echo(
            f"{found.rearmed_sessions} {'sessions were' if several else 'session was'} counted by settings that are not"
            " in force any more; now by those that are."
        )
    if not found.differences:
        click.echo("Users, active sessions, registrations, logins and failed logins are right.")
        return
    width = max(len(difference.number) for difference in found.differences)
    click.echo(_line(f"{'number':{width}}", "quarter of an hour from", "recorded", "counted"))
    for difference in found.differences:
        click.echo(_of(difference, width))
    right = [difference.is_put_right for difference in found.differences]
    if any(right):
        click.echo(f"{'These numbers' if all(right) else 'The numbers without *'} were wrong, and are put right.")
    if not all(right):
        click.echo(
            "* More are recorded than there were, by what is there and what was deleted. They stay: users or sessions"
            " may have been lost past the triggers. To take them off: user-service stats recount --take-off-surplus"
        )
    sys.exit(1)


def _of(difference: Difference, width: int) -> str:
    since = f"{difference.since:%Y-%m-%d %H:%MZ}" if difference.since else "-"
    line = _line(f"{difference.number:{width}}", since, str(difference.recorded), str(difference.counted))
    return line if difference.is_put_right else f"{line} *"


def _line(number: str, since: str, recorded: str, counted: str) -> str:
    return f"{number}  {since:23}  {recorded:>11}  {counted:>11}"
