"""`user-service worker`: the worker as a process of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from entrypoints.cli import database, running
from entrypoints.cli.signals import signals_go_to

if TYPE_CHECKING:
    from types import FrameType

    from entrypoints.container import Container


@click.command()
def worker() -> None:
    """Send mail, keep the statistics and throw away what is past its time, without serving. Any number of these may
    run, beside any number of servers.
    """
    loaded = running.load_settings()
    with database.provided_database(loaded) as provided:
        running.prepare(provided)
        container = running.composed(provided)
        click.echo("The worker runs.")
        asyncio.run(_work(container))
    click.echo("Stopped.")


async def _work(container: Container) -> None:
    """Work until SIGINT or SIGTERM."""
    from entrypoints import lifetime  # noqa: PLC0415 - the container has loaded most of it

    stopped, loop = asyncio.Event(), asyncio.get_running_loop()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stopped.set)

    # Not the loop's own handlers: around them there would be moments in which a signal is lost, or kills.
    with signals_go_to(stop):
        async with lifetime.opened(container), lifetime.working(container):
            await stopped.wait()
