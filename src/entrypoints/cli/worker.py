"""`user-service worker`: the worker as a process of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from entrypoints import lifetime
from entrypoints.cli import database, running
from entrypoints.cli.signals import signals_go_to
from entrypoints.container import Container

if TYPE_CHECKING:
    from types import FrameType

    from entrypoints.settings import Settings


@click.command()
def worker() -> None:
    """Send mail and keep the statistics, without serving. Any number of these may run, beside any number of servers."""
    loaded = running.load_settings()
    with database.provided_database(loaded) as provided:
        running.prepare(provided)
        click.echo("The worker runs.")
        asyncio.run(_work(provided))
    click.echo("Stopped.")


async def _work(provided: Settings) -> None:
    """Work until SIGINT or SIGTERM."""
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    container = Container(settings=provided, conninfo=provided.database_conninfo)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stopped.set)

    # Not the loop's own handlers: around them there would be moments in which a signal is lost, or kills.
    with signals_go_to(stop):
        async with lifetime.opened(container), lifetime.working(container):
            await stopped.wait()
