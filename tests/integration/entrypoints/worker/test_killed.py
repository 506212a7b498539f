"""A worker is killed (`kill -9`) at every step of a delivery, and another one takes over when the lease is over.

No mail is lost, at whatever step: what the first worker had not handed over is sent once, what it had is sent again as
the very same letter, and nothing stays behind.
"""

from __future__ import annotations

import socket
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.integration.entrypoints.worker.stage import SENDERS, letters_by_id, links_of, until, worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path
    from typing import Any, TypeAlias

    from tests.integration.entrypoints.worker.stage import Queue, WorkerProcess
    from tests.support.http import Service
    from tests.support.smtp_server import SmtpServer, Stage

AT_ONCE = ("john@example.com", "jane@example.com")
"""Whose mails say from the start whose they are."""

REQUESTED = ("ada@example.com", "bob@example.com")
"""Whose mails have to be looked up first."""

EVERYBODY = (*AT_ONCE, *REQUESTED)


class Scene:
    """Four mails that wait, and where they will go."""

    def __init__(self, conninfo: str, server: SmtpServer, queue: Queue) -> None:
        self.conninfo = conninfo
        self.server = server
        self.queue = queue

    async def until_claimed(self) -> None:
        """Wait until the worker has taken all of them, and knows whose they are."""
        await self.queue.until(
            lambda mails: len(mails) == len(EVERYBODY) and all(mail["attempts"] and mail["user_id"] for mail in mails)
        )


Holding: TypeAlias = "Callable[[Scene], AbstractAsyncContextManager[Callable[[WorkerProcess], Any]]]"
"""Makes a worker that is started in the block stop at a step. What it answers waits until the worker is there."""


@asynccontextmanager
async def claiming(scene: Scene) -> AsyncIterator[Callable[[WorkerProcess], Any]]:
    """The server has heard that mails are to be claimed, and does so when the worker is dead."""
    async with scene.queue.locked("lock table outgoing_mails"):
        yield lambda process: scene.queue.until_blocked(process.name, SENDERS)
    await scene.queue.until(lambda mails: all(mail["attempts"] == 1 for mail in mails))


@asynccontextmanager
async def looking_up(scene: Scene) -> AsyncIterator[Callable[[WorkerProcess], Any]]:
    """Two are being looked up, the others have left."""
    async with scene.queue.locked("select 1 from users for update"):

        async def reached(process: WorkerProcess) -> None:
            await scene.queue.until_blocked(process.name, len(REQUESTED))
            await scene.queue.until(lambda mails: {mail["recipient"] for mail in mails} == set(REQUESTED))

        yield reached


@asynccontextmanager
async def connecting(scene: Scene) -> AsyncIterator[Callable[[WorkerProcess], Any]]:
    """All are claimed and looked up, and there is no connection yet."""
    scene.server.stop()
    with _deaf_port(scene.server.port):

        async def reached(process: WorkerProcess) -> None:
            await scene.until_claimed()
            await until(lambda: _connecting(process, scene.server.port) == SENDERS)

        yield reached
    scene.server.start()


def talking(stage: Stage) -> Holding:
    """The mail server has heard so much, and says no more."""

    @asynccontextmanager
    async def holding(scene: Scene) -> AsyncIterator[Callable[[WorkerProcess], Any]]:
        scene.server.pause(stage)

        async def reached(process: WorkerProcess) -> None:
            await scene.until_claimed()
            await scene.server.reached(stage)
            if stage == "after-data":
                await until(lambda: len(scene.server.mails()) == len(EVERYBODY))

        yield reached
        await scene.server.left(stage)
        scene.server.resume(stage)

    return holding


@asynccontextmanager
async def removing(scene: Scene) -> AsyncIterator[Callable[[WorkerProcess], Any]]:
    """The mail server has taken them, which cannot be written down."""
    scene.server.pause("after-data")
    async with AsyncExitStack() as stack:

        async def reached(process: WorkerProcess) -> None:
            await until(lambda: len(scene.server.mails()) == len(EVERYBODY))
            await stack.enter_async_context(scene.queue.locked("select 1 from outgoing_mails for update"))
            scene.server.resume("after-data")
            await scene.queue.until_blocked(process.name, SENDERS)
            stack.push_async_callback(scene.queue.cut, process.name)  # or the server would remove them after all

        yield reached


STEPS: dict[str, tuple[Holding, set[int]]] = {
    "claiming": (claiming, {1}),
    "looking up": (looking_up, {1}),
    "connecting": (connecting, {1}),
    "connected": (talking("connect"), {1}),
    "MAIL": (talking("mail"), {1}),
    "RCPT": (talking("rcpt"), {1}),
    "DATA": (talking("data"), {1}),
    "stored, not acknowledged": (talking("after-data"), {2}),
    "acknowledged, not removed": (removing, {2}),
}
"""How to hold a worker at a step, and how often each mail comes when it is killed there."""


@pytest.fixture
async def scene(conninfo: str, server: SmtpServer, api: Service, queue: Queue) -> Scene:
    for email in REQUESTED:
        await api.register(email=email)
    await queue.tell("delete from outgoing_mails")
    for email in REQUESTED:
        assert (await api.client.post("/auth/forgot-password", json={"email": email})).status_code == 200
    for email in AT_ONCE:
        await api.register(email=email)
    return Scene(conninfo, server, queue)


@pytest.mark.parametrize(
    "step",
    [pytest.param(step, marks=() if step == "stored, not acknowledged" else pytest.mark.heavy) for step in STEPS],
)
async def test_no_mail_is_lost_with_the_worker(scene: Scene, api: Service, tmp_path: Path, step: str) -> None:
    holding, copies = STEPS[step]
    before = {mail["id"] for mail in await scene.queue.mails()}
    async with holding(scene) as until_there, worker(tmp_path, scene.conninfo, scene.server) as process:
        await until_there(process)
        process.kill()
    sent_before = {f"<{mail_id.hex}@example.com>" for mail_id in before - {m["id"] for m in await scene.queue.mails()}}

    async with worker(tmp_path, scene.conninfo, scene.server) as process:
        await scene.queue.until_listening(process.name)
        assert len(await scene.queue.mails()) == len(before) - len(sent_before), "the lease protects what is being sent"
        await scene.queue.hurry()
        await scene.queue.until_empty()
        assert await process.stopped() == 0

    letters = letters_by_id(scene.server)
    assert set(letters) == {f"<{mail_id.hex}@example.com>" for mail_id in before}
    assert sorted(mails[0]["X-Envelope-To"] for mails in letters.values()) == sorted(EVERYBODY)
    assert {len(mails) for mails in letters.values()} == copies
    for mails in letters.values():
        for page, token in links_of(mails[-1]).items():
            if page in {"verify-email", "reset-password"}:
                body = (
                    {"token": token, "new_password": "Another-Pass-1"} if page == "reset-password" else {"token": token}
                )
                assert (await api.client.post(f"/auth/{page}", json=body)).status_code == 200


@contextmanager
def _deaf_port(port: int) -> Iterator[None]:
    """A port whose queue of connections is full: whoever comes now is not answered at all."""
    with socket.socket() as listening, socket.socket() as first:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(0)
        first.connect(("127.0.0.1", port))
        yield


def _connecting(process: WorkerProcess, port: int) -> int:
    """How many connections to a port a worker is opening."""
    found = psutil.Process(process.process.pid).net_connections("tcp")
    return sum(1 for c in found if c.status == psutil.CONN_SYN_SENT and c.raddr and c.raddr.port == port)
