"""What it takes to read the audit trail: `python bench/audit_csv.py`.

Makes an embedded PostgreSQL in a temporary folder, fills a trail over fourteen months with SQL, and asks the adapter
for pages: the newest, one deep inside, by each filter. Then starts the service as people do, has an admin export the
whole trail as CSV, and says how fast that went and how much memory the service had at its peak, before and after.
ENTRIES is how many there are (1000000), ROUNDS how often each page is asked for (7). Needs 2 GB of disk and some
minutes. Take ratios, not absolutes: service, client and database share the machine.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import psutil
import psycopg

from adapters.postgres.audit_keys import AuditKeys
from adapters.postgres.audit_queries import PostgresAuditQueries
from adapters.postgres.database import Database, PoolSettings
from adapters.postgres.embedded import EmbeddedPostgres
from adapters.postgres.migrate import migrate
from adapters.system.key_ring import KeyRing
from user_domain.entities.audit_entry import AuditAction, FieldChange
from user_domain.ports.audit_queries import AuditCriteria, AuditPosition
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.ids import AuditEntryId, UserId

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

ENTRIES = int(os.environ.get("ENTRIES", "1000000"))
ROUNDS = int(os.environ.get("ROUNDS", "7"))
USERS = 2000
MONTHS = 14
PAGE = 201  # as the use case asks, to see whether there is more

PORT = "9398"
URL = f"http://127.0.0.1:{PORT}"
MASTER_KEY = "a key for measuring, from which others are derived"
PASSWORD = "SecurePass123!"  # noqa: S105 - of nobody
COMMAND = str(Path(sys.executable).with_name("user-service"))
NOW = datetime.now(UTC)
SPAN = timedelta(days=30 * MONTHS - 15)
ADDRESSES = [f"203.0.{number // 200}.{number % 200}" for number in range(2000)]
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0"

ADD_MONTHS = "select create_audit_month(m::date) from generate_series(%(begins)s, %(now)s, interval '1 month') m"
ADD_USERS = """
    insert into users (name, email, mobile, role, created_at, updated_at, version)
    select 'John Doe', n || '@example.net', '1234567890', 'user', now(), now(), 1 from generate_series(1, %(users)s) n
"""
ADD_SAMPLES = "create temporary table samples (user_id integer primary key, origin bytea, changes bytea)"
ADD_TAGS = "create temporary table tags (month date, number integer, tag bytea, primary key (month, number))"
# By everybody to oneself; half of it from one address, a gateway's; changes in every second entry.
FILL = """
    with events as (
        select n, %(now)s - (n::float8 / %(entries)s) * %(span)s::interval as at,
               1 + (hashint4(n) & 2147483647) %% %(users)s as user_id,
               case when n %% 2 = 0 then 0 else (hashint4(n + 5) & 2147483647) %% %(addresses)s end as address
          from generate_series(1, %(entries)s::integer) n
    )
    insert into audit_entries (at, action, actor_id, target_id, reason, origin, changes, ip_tag)
    select e.at,
           (array['session:login:success', 'session:logout', 'user:profile-change', 'session:revoke'])[1 + n %% 4],
           s.user_id, s.user_id, case when n %% 10 = 0 then 'a_reason' end, s.origin,
           case when n %% 2 = 0 then s.changes end, t.tag
      from events e
      join samples s on s.user_id = e.user_id
      join tags t on t.month = date_trunc('month', e.at at time zone 'UTC')::date and t.number = e.address
     order by e.at
"""


async def fill(url: str) -> None:
    """Make people, and a trail of what they did, which the service can read."""
    database = Database(url, PoolSettings(min_size=1, max_size=1, timeout=600))
    await database.open()
    keys = AuditKeys(database, keys=KeyRing([MASTER_KEY]).keys("audit-trail"))
    cipher = await keys.cipher()
    await database.close()
    with psycopg.connect(url) as connection:
        connection.execute(ADD_MONTHS, {"begins": NOW - SPAN - timedelta(days=31), "now": NOW})
        connection.execute(ADD_USERS, {"users": USERS})
        connection.execute(ADD_SAMPLES)
        connection.execute(ADD_TAGS)
        salts = connection.execute("select user_id, salt from audit_keys").fetchall()
        changes = [FieldChange("name", "John Doe", "John Roe"), FieldChange("mobile", "1234567890", "+33600000000")]
        with connection.cursor().copy("copy samples from stdin") as copy:
            for number, salt in salts:
                client = ClientInfo(
                    ip_address=ADDRESSES[number % len(ADDRESSES)], user_agent=AGENT, request_id="0" * 32
                )
                origin = cipher.encrypt_origin(client, salt.bytes)
                copy.write_row([number, origin, cipher.encrypt_changes(changes, salt.bytes)])
        months = connection.execute("select month, salt from audit_months").fetchall()
        with connection.cursor().copy("copy tags from stdin") as copy:
            for month, salt in months:
                for number, address in enumerate(ADDRESSES):
                    copy.write_row([month, number, cipher.tag_ip_address(address, salt.bytes)])
        facts = {"now": NOW, "entries": ENTRIES, "span": SPAN, "users": USERS, "addresses": len(ADDRESSES)}
        connection.execute(FILL, facts)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")


def pages() -> dict[str, tuple[AuditCriteria, AuditPosition | None]]:
    """What is asked for."""
    deep = AuditPosition(NOW - SPAN * 0.7, AuditEntryId(1))
    address = ADDRESSES[3]
    return {
        "newest": (AuditCriteria(), None),
        "deep inside": (AuditCriteria(), deep),
        "by an actor": (AuditCriteria(actor_id=UserId(7)), None),
        "by an actor, deep inside": (AuditCriteria(actor_id=UserId(7)), deep),
        "about a target": (AuditCriteria(target_id=UserId(7)), None),
        "by nobody there is": (AuditCriteria(actor_id=UserId(1_000_000)), None),
        "frequent action": (AuditCriteria(action=AuditAction.SESSION_LOGIN_SUCCESS), None),
        "frequent action, deep inside": (AuditCriteria(action=AuditAction.SESSION_LOGIN_SUCCESS), deep),
        "action that never was": (AuditCriteria(action=AuditAction.KEY_REMOVE), None),
        "actor and action": (AuditCriteria(actor_id=UserId(7), action=AuditAction.SESSION_LOGOUT), None),
        "a week": (AuditCriteria(since=NOW - timedelta(days=200), until=NOW - timedelta(days=193)), None),
        "an address, all months": (AuditCriteria(ip_address=address), None),
        "an address, deep inside": (AuditCriteria(ip_address=address), deep),
        "half of all addresses": (AuditCriteria(ip_address=ADDRESSES[0]), None),
        "half of all addresses, deep": (AuditCriteria(ip_address=ADDRESSES[0]), deep),
        "an address, a week": (
            AuditCriteria(since=NOW - timedelta(days=200), until=NOW - timedelta(days=193), ip_address=address),
            None,
        ),
        "an address nobody had": (AuditCriteria(ip_address="192.0.2.1"), None),
        "an address and an actor": (AuditCriteria(ip_address=address, actor_id=UserId(7)), None),
    }


async def measure(url: str) -> None:
    """Ask for everything."""
    database = Database(url, PoolSettings(min_size=1, max_size=1, timeout=60))
    await database.open()
    queries = PostgresAuditQueries(database, AuditKeys(database, keys=KeyRing([MASTER_KEY]).keys("audit-trail")))
    try:
        for title, (criteria, after) in pages().items():
            await timed(title, lambda criteria=criteria, after=after: queries.page(criteria, limit=PAGE, after=after))
        await timed("newest thousand", lambda: queries.page(AuditCriteria(), limit=1000))
    finally:
        await database.close()


async def timed(title: str, ask: Callable[[], Awaitable[list[Any]]]) -> None:
    """Ask some times, and print what that took."""
    took = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        found = len(await ask())
        took.append((time.perf_counter() - begun) * 1000)
    best, usual, worst = min(took), median(took), max(took)
    print(f"{title:32} {found:6} found   best {best:7.1f}   median {usual:7.1f}   worst {worst:7.1f} ms", flush=True)


def export(url: str, folder: Path) -> None:
    """Have the service write the whole trail, and print what that took."""
    facts = {"PORT": PORT, "DATA_DIR": str(folder), "DATABASE_URL": url, "MASTER_KEY": MASTER_KEY}
    facts |= {"ENVIRONMENT": "development", "LOG_LEVEL": "warning", "RUN_WORKER": "false"}
    settings = {**os.environ, **facts}
    admin = ["create-admin", "--email", "ada@example.com", "--name", "Ada Min", "--mobile", "1234567890"]
    subprocess.run([COMMAND, *admin, "--password-stdin"], env=settings, input=PASSWORD.encode(), check=True)
    service = subprocess.Popen([COMMAND, "serve"], env=settings)
    try:
        wait_until_ready()
        token = log_in()
        before = peak(service.pid)
        begun = time.perf_counter()
        rows, size = count(token)
        took = time.perf_counter() - begun
        print(f"{rows} rows, {size / 1e6:.0f} MB in {took:.1f} s: {rows / took:.0f} rows/s", flush=True)
        print(f"peak memory of the service: {before:.1f} MB before, {peak(service.pid):.1f} MB after", flush=True)
    finally:
        service.terminate()
        service.wait(30)


def count(token: str) -> tuple[int, int]:
    """Read the whole export as it comes, as a reader of CSV does: rows below the names, and bytes."""
    headers = {"Accept": "text/csv", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"{URL}/admin/audit", headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        size = 0

        def lines() -> Iterator[str]:
            nonlocal size
            for line in answer:
                size += len(line)
                yield line.decode()

        rows = sum(1 for _ in csv.reader(lines())) - 1
    return rows, size


def peak(pid: int) -> float:
    """The most memory that a process and those it started have had, each for itself, in MB."""
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    lines = [Path(f"/proc/{process.pid}/status").read_text() for process in processes]
    return max(int(text.partition("VmHWM:")[2].split()[0]) / 1024 for text in lines)


def log_in() -> str:
    """An access token of the admin."""
    body = json.dumps({"email": "ada@example.com", "password": PASSWORD}).encode()
    request = urllib.request.Request(f"{URL}/auth/login", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        token: str = json.load(answer)["access_token"]
    return token


def wait_until_ready() -> None:
    """Ask until it is."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{URL}/health/ready", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    sys.exit("bench: the service did not start")


def main() -> None:
    """Fill a database, ask it, and export it."""
    with tempfile.TemporaryDirectory(prefix="user-service-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with EmbeddedPostgres(folder / "postgres", durable=False) as server:
            migrate(server.url)
            begun = time.monotonic()
            asyncio.run(fill(server.url))
            print(f"{ENTRIES} entries made in {time.monotonic() - begun:.0f} s", flush=True)
            asyncio.run(measure(server.url))
            export(server.url, folder / "data")


if __name__ == "__main__":
    main()
