"""Mail that is due leaves, whatever the mail server says, and whoever else is at work."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.integration.entrypoints.worker.stage import (
    SENDERS,
    arrivals,
    letters_by_id,
    links_of,
    until,
    variables,
    worker,
)
from tests.support.http import JOHN
from tests.support.processes import run
from tests.support.proxy import Proxy
from user_domain.policies.mail_delivery import MAX_ATTEMPTS
from user_domain.value_objects.ids import OneTimeTokenId

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from subprocess import CompletedProcess
    from typing import Any

    from tests.integration.entrypoints.worker.stage import Queue
    from tests.support.http import Service
    from tests.support.smtp_server import SmtpServer


async def mail_command(cwd: Path, given: Mapping[str, str], *arguments: str) -> CompletedProcess[str]:
    """`user-service mail …`, which has to work."""
    ended = await asyncio.to_thread(run, "mail", *arguments, cwd=cwd, **given)
    assert ended.returncode == 0, ended.stderr
    return ended


def tokens_of(api: Service, mail: Mapping[str, Any]) -> list[str]:
    """What the links in a mail would hold."""
    codec = api.container.one_time_token_codec()
    return [codec.derive(OneTimeTokenId(token_id.hex)) for token_id in mail["token_ids"]]


# --- That it leaves ---------------------------------------------------------------------------------------------------


async def test_mail_that_another_process_queued_is_sent_at_once(
    tmp_path: Path, conninfo: str, server: SmtpServer, api: Service, queue: Queue
) -> None:
    """By itself this worker would not look again."""
    async with worker(tmp_path, conninfo, server, woken_only=True) as process:
        await queue.until_listening(process.name)
        for count in (1, 2, 3):
            await api.register(email=f"john{count}@example.com")
            await queue.until_empty()
            assert len(server.mails()) == count


async def test_what_was_rolled_back_is_not_mailed(
    tmp_path: Path, conninfo: str, server: SmtpServer, api: Service, queue: Queue
) -> None:
    _, jane = await api.enter(email="jane@example.com")
    await queue.tell("delete from outgoing_mails")
    await queue.tell(
        "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not today'; end $$"
    )
    await queue.tell(
        "create constraint trigger refuse after insert on users deferrable initially deferred"
        " for each row when (new.email = 'late@example.com') execute function refuse()"
    )
    try:
        taken = await api.client.post("/auth/register", json=JOHN | {"email": "jane@example.com"})
        at_commit = await api.client.post("/auth/register", json=JOHN | {"email": "late@example.com"})
        change = {"email": "new@example.com", "current_password": "Wrong-Pass-1"}
        me = (await api.client.get("/auth/me", headers=jane)).json()["id"]
        wrong = await api.client.put(f"/users/{me}", json=change, headers=jane)
        assert (taken.status_code, at_commit.status_code, wrong.status_code) == (409, 503, 403)
    finally:
        await queue.tell("drop trigger refuse on users")
        await queue.tell("drop function refuse()")
    nobody = await api.client.post("/auth/forgot-password", json={"email": "nobody@example.com"})
    assert nobody.status_code == 200
    await api.register(email="good@example.com")
    async with worker(tmp_path, conninfo, server, woken_only=True):
        await queue.until_empty()
    assert arrivals(server) == {"good@example.com": 1}


@pytest.mark.heavy
async def test_three_workers_send_every_mail_once(
    tmp_path: Path, conninfo: str, server: SmtpServer, api: Service, queue: Queue
) -> None:
    people = {f"person{number}@example.com" for number in range(60)}
    for email in people:
        await api.register(email=email)
    async with AsyncExitStack() as stack:
        async with queue.locked("lock table outgoing_mails"):  # until all of them are about to claim one
            workers = await asyncio.gather(
                *(stack.enter_async_context(worker(tmp_path, conninfo, server)) for _ in range(3))
            )
            for process in workers:
                await queue.until_blocked(process.name, SENDERS)
        await queue.until_empty()
    assert arrivals(server) == dict.fromkeys(people, 1)
    assert len(server.mails()) == 60


# --- What the mail server says ----------------------------------------------------------------------------------------


async def test_a_refusal_for_now_is_tried_again_within_five_seconds_then_less_and_less_often(
    tmp_path: Path, conninfo: str, server: SmtpServer, api: Service, queue: Queue
) -> None:
    await api.register(email="john-450@example.com")
    server.pause("rcpt")
    async with worker(tmp_path, conninfo, server) as process:
        for attempt in (1, 2, 3, 4, 5):
            # What is stored is compared with the times before and after the refusal, however far apart they are.
            await server.reached("rcpt")
            await queue.tell("update outgoing_mails set error = null")
            before = datetime.now(UTC)
            server.resume("rcpt")
            (mail,) = await queue.until(lambda mails: mails[0]["error"] is not None)
            server.pause("rcpt")
            after = datetime.now(UTC)
            assert (mail["attempts"], mail["error"], mail["dead_at"]) == (attempt, "450 4.1.1", None)
            assert before + timedelta(seconds=2**attempt) <= mail["next_attempt_at"]
            assert mail["next_attempt_at"] <= after + timedelta(seconds=2 ** (attempt + 1))
            if attempt == 5:
                await queue.tell("update outgoing_mails set attempts = %s", MAX_ATTEMPTS - 1)
            await queue.hurry()
        server.resume("rcpt")
        (mail,) = await queue.until(lambda mails: mails[0]["dead_at"] is not None)
        assert await process.stopped() == 0
        (token, _) = tokens_of(api, mail)
        assert process.output().count("mail not sent") == 6
        assert token not in process.output()
    assert server.mails() == []


async def test_a_refusal_for_good_is_dead_at_once_and_sent_when_an_operator_says_so(
    tmp_path: Path, conninfo: str, server: SmtpServer, api: Service, queue: Queue
) -> None:
    await api.register()
    given = variables(conninfo, server)
    async with worker(tmp_path, conninfo, server, MAIL_FROM="Shop <shop-550@example.com>") as process:
        (mail,) = await queue.until(lambda mails: mails[0]["dead_at"] is not None)
        assert await process.stopped() == 0
    assert mail["attempts"] == 1

    shown = (await mail_command(tmp_path, given, "list")).stdout
    (line,) = shown.splitlines()
    assert re.fullmatch(
        rf"{mail['id'].hex}  \S+ \S+Z  verify_email  john@example\.com  dead  tried 1 times  550 5\.1\.1", line
    )
    for secret in (*tokens_of(api, mail), "token", "http", "John Doe", "Hello"):
        assert secret not in shown

    async with worker(tmp_path, conninfo, server):  # the sender is right now, but a dead mail stays dead
        await api.register(email="jane@example.com")
        await queue.until(lambda mails: len(mails) == 1)
        assert arrivals(server) == {"jane@example.com": 1}
        await mail_command(tmp_path, given, "retry", mail["id"].hex)
        await queue.until_empty()
    assert arrivals(server) == {"jane@example.com": 1, "john@example.com": 1}
    (copies,) = [
        copies for copies in letters_by_id(server).values() if copies[0]["X-Envelope-To"] == "john@example.com"
    ]
    assert list(links_of(copies[0]).values()) == tokens_of(api, mail)


async def test_a_mail_server_that_is_down_gets_everything_later(
    tmp_path: Path, conninfo: str, server: SmtpServer, api: Service, queue: Queue
) -> None:
    server.stop()
    await api.register()
    await api.register(email="jane@example.com")
    async with worker(tmp_path, conninfo, server):
        mails = await queue.until(lambda mails: all(mail["error"] for mail in mails))
        assert {mail["error"] for mail in mails} == {"no connection"}
        server.start()
        await queue.until_empty()  # by itself
    assert arrivals(server) == {"john@example.com": 1, "jane@example.com": 1}


async def test_a_mail_that_hangs_keeps_no_other_waiting(
    tmp_path: Path, conninfo: str, server: SmtpServer, api: Service, queue: Queue
) -> None:
    slow = {f"slow@{number}.example.com" for number in range(SENDERS - 1)}
    quick = {f"person{number}@example.com" for number in range(8)}
    async with worker(tmp_path, conninfo, server):
        for email in slow:
            await api.register(email=email)
        await queue.until(lambda mails: len(mails) == len(slow) and all(mail["attempts"] for mail in mails))
        for email in quick:
            await api.register(email=email)
        mails = await queue.until(lambda mails: {mail["recipient"] for mail in mails} == slow)
    assert {(mail["attempts"], mail["error"]) for mail in mails} == {(1, None)}, "they still hang"
    assert arrivals(server) == dict.fromkeys(quick, 1)


@pytest.mark.heavy
async def test_a_mail_server_that_hangs_for_good_ends_no_worker_and_no_shutdown(
    tmp_path: Path, conninfo: str, server: SmtpServer, api: Service, queue: Queue
) -> None:
    """The mailer gives up; a worker that is told to stop does not even wait for that."""
    people = {f"slow@{number}.example.com" for number in range(SENDERS)}
    for email in people:
        await api.register(email=email)
    async with worker(tmp_path, conninfo, server) as process:
        mails = await queue.until(lambda mails: all(mail["error"] for mail in mails))
        assert {(mail["error"], mail["dead_at"]) for mail in mails} == {("timeout", None)}
        await queue.tell("update outgoing_mails set error = null")
        await queue.hurry()
        await queue.until(lambda mails: all(mail["attempts"] == 2 for mail in mails))
        assert await process.stopped() == 0
        assert "Stopped." in process.output()
        assert "Traceback" not in process.output()
    assert {mail["error"] for mail in await queue.mails()} == {None}, "cut off, with the lease running"
    assert len(await queue.mails()) == len(people)


# --- What the database does -------------------------------------------------------------------------------------------


@pytest.mark.heavy
async def test_the_worker_goes_on_when_the_database_is_back(
    tmp_path: Path, conninfo: str, server: SmtpServer, api: Service, queue: Queue
) -> None:
    parts = conninfo_to_dict(conninfo)
    async with Proxy(str(parts["host"]), int(str(parts["port"]))) as proxy:
        through_proxy = make_conninfo(conninfo, host="127.0.0.1", port=proxy.port)
        async with worker(tmp_path, through_proxy, server, DATABASE_TIMEOUT_SECONDS="2") as process:
            await queue.until_listening(process.name)
            server.pause("after-data")
            await api.register(email="during@example.com")
            await server.reached("after-data")
            await proxy.cut()
            await api.register(email="meanwhile@example.com")
            server.resume("after-data")
            await until(lambda: "no mail can be taken from the queue" in process.output())
            assert "not listening for mail" in process.output()
            await proxy.mend()
            await queue.until(lambda mails: {mail["recipient"] for mail in mails} <= {"during@example.com"})
            await queue.hurry()  # it could not say that this one had left
            await queue.until_empty()
            await queue.until_listening(process.name)
            assert await process.stopped() == 0
    assert arrivals(server) == {"during@example.com": 1, "meanwhile@example.com": 1}


@pytest.mark.heavy
async def test_connections_that_the_database_ends_cost_no_mail(
    tmp_path: Path, conninfo: str, server: SmtpServer, api: Service, queue: Queue
) -> None:
    """As its restart does, and a fail-over."""
    people = {f"person{number}@example.com" for number in range(20)}
    async with worker(tmp_path, conninfo, server) as process:
        await queue.until_listening(process.name)
        for email in sorted(people):
            await queue.cut(process.name)
            await api.register(email=email)
        while await queue.mails():
            await queue.hurry()
            await asyncio.sleep(0.5)
        assert await process.stopped() == 0
    assert arrivals(server) == dict.fromkeys(people, 1)
