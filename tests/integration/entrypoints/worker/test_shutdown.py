"""Whoever sends mail and is told to stop finishes what it has begun, and begins nothing more."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from tests.integration.entrypoints.worker.stage import SENDERS, arrivals, variables, worker
from tests.support.processes import service

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.entrypoints.worker.stage import Queue
    from tests.support.http import Service
    from tests.support.smtp_server import SmtpServer

PEOPLE = [f"person{number}@example.com" for number in range(SENDERS + 3)]


async def test_a_worker_that_is_idle_stops_at_once(
    tmp_path: Path, conninfo: str, server: SmtpServer, queue: Queue
) -> None:
    async with worker(tmp_path, conninfo, server, woken_only=True) as process:
        await queue.until_listening(process.name)
        process.process.send_signal(signal.SIGINT)
        assert await process.stopped(signal.SIGTERM) == 0
        assert process.output().endswith("Stopped.\n")
        assert "Traceback" not in process.output()


async def test_a_worker_finishes_what_it_has_begun_and_leaves_the_rest(
    tmp_path: Path, conninfo: str, server: SmtpServer, api: Service, queue: Queue
) -> None:
    for email in PEOPLE:
        await api.register(email=email)
    server.pause("data")
    async with worker(tmp_path, conninfo, server) as process:
        await begun(server, queue)
        process.process.send_signal(signal.SIGTERM)
        process.process.send_signal(signal.SIGTERM)
        server.resume("data")
        assert await process.ended() == 0
        assert "Traceback" not in process.output()
    await nothing_is_half_done(server, queue)


async def test_so_does_a_service_that_sends_its_mail_itself(
    tmp_path: Path, conninfo: str, server: SmtpServer, api: Service, queue: Queue
) -> None:
    for email in PEOPLE:
        await api.register(email=email)
    server.pause("data")
    with service("serve", tmp_path, **variables(conninfo, server)) as started:
        await begun(server, queue)
        started.process.send_signal(signal.SIGTERM)
        server.resume("data")
        assert await asyncio.to_thread(started.process.wait, 60) == 0
        assert "Traceback" not in started.output()
    await nothing_is_half_done(server, queue)


async def begun(server: SmtpServer, queue: Queue) -> None:
    """As many as can be at once are being sent."""
    await queue.until(lambda mails: sum(mail["attempts"] for mail in mails) == SENDERS)
    await server.reached("data")


async def nothing_is_half_done(server: SmtpServer, queue: Queue) -> None:
    """What was begun has left; the rest, unless it was begun before the signal was seen, was not touched."""
    left = await queue.mails()
    assert {mail["attempts"] for mail in left} <= {0}
    assert arrivals(server) == dict.fromkeys(set(PEOPLE) - {mail["recipient"] for mail in left}, 1)
    assert len(server.mails()) == len(PEOPLE) - len(left) >= SENDERS
