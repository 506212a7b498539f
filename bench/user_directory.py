"""How long the list of users takes with a million of them: `python bench/user_directory.py`.

Makes an embedded PostgreSQL in a temporary folder, fills it, and asks the adapter for pages: by words that are rare,
frequent, or nobody's, in each order, first and deep in the list, by each filter; and for counts. USERS is how many
there are (1000000), ROUNDS how often each page is asked for (7). Needs 2 GB of disk. Each of its two parts, making the
users and asking, may take MINUTES (15).
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import psycopg

from adapters.postgres.database import Database, PoolSettings
from adapters.postgres.embedded import EmbeddedPostgres
from adapters.postgres.migrate import migrate
from adapters.postgres.user_directory import PostgresUserDirectory
from user_domain.ports.user_directory import Period, StatusTerms, UserCriteria, UserOrder, UserPosition
from user_domain.value_objects.account_status import SHUT, AccountStatus
from user_domain.value_objects.ids import UserId
from user_domain.value_objects.role import Role
from user_domain.value_objects.search_words import SearchWords

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

USERS = int(os.environ.get("USERS", "1000000"))
ROUNDS = int(os.environ.get("ROUNDS", "7"))
MINUTES = int(os.environ.get("MINUTES", "15"))

AT = datetime(2026, 11, 24, tzinfo=UTC)
TERMS = StatusTerms(at=AT, verified_email_required=True)
NEWEST = UserOrder.ID_DESCENDING
PAGE = 201  # as the use case asks, to see whether there is more

FILL = """
    with people as (
        select number, 'user' || number as account, hashint4(number) & 2147483647 as one,
               hashint4(number + 7) & 2147483647 as two,
               array['John', 'Jane', 'Mary', 'Amélie', 'Élodie', 'Ahmed', 'Fatima', 'Jean-Luc', 'Wei', 'Olga', 'Peter',
                     'Paul', 'Anna', 'Maria', 'José', 'Lars', 'Ingrid', 'Tom', 'Tim', 'Zoë'] as given,
               array['Doe', 'Roe', 'Smith', 'Müller', 'García', 'O''Neill', 'Ivanova', 'Nguyen', 'Khan', 'Rossi',
                     'Martin', 'Bernard', 'Dubois', 'Schmidt', 'Weber', 'Silva', 'Costa', 'Kim', 'Park',
                     'Sato'] as family
          from generate_series(%(first)s::integer, %(last)s) number
    )
    insert into users (name, email, mobile, role, created_at, updated_at, email_verified_at, blocked_at, suspended_at,
                       suspended_until, version)
    select given[1 + one %% 20] || ' ' || family[1 + two %% 20]
               || case when number %% 50000 = 77 then ' Featherstonehaugh' else '' end,
           account || '.' || md5(account) || '@' || case
               when number <= %(last)s::integer / 10 then 'legacy.example.net' -- all of them far down in the list
               when one / 20 %% 2 = 0 then 'gmail.com'
               when number %% 100 = 5 then 'percent.example.org'
               when number %% 1000 = 9 then 'mille.example.org'
               else 'example.com' end,
           '+33' || 600000000 + number, case when number %% 100000 = 1 then 'admin' else 'user' end,
           timestamptz '2020-01-01' + number * interval '3 minutes', now(),
           case when two / 20 %% 10 <> 0 then now() end,
           case when number %% 1000 = 13 then now() end,
           case when number %% 500 = 17 then now() end,
           case when number %% 1000 = 17 then timestamptz '2026-01-01' end, 1
      from people
"""
LOG_IN = """
    update user_activity
       set last_login_at = timestamptz '2026-01-01'
                           + (hashint4(user_id + 5) & 2147483647) % 400000 * interval '1 minute'
     where user_id % 4 <> 0
"""


def words(text: str) -> UserCriteria:
    """Who is found by them."""
    return UserCriteria(words=SearchWords.parse(text))


def status(*wanted: AccountStatus) -> UserCriteria:
    """Whose account stands so."""
    return UserCriteria(statuses=frozenset(wanted))


SEARCHES = {
    "one person's address": words(f"user{USERS * 7 // 10}."),
    "nobody": words("zzzz"),
    "rare (20 in a million)": words("feather"),
    "one in a thousand": words("mille"),
    "one in a hundred": words("percent"),
    "one in twenty": words("john"),
    "every second": words("gmail"),
    "everybody, by a word": words("user"),
    "two words": words("john smith"),
    "frequent and rare": words("john feather"),
    "four letters": words("a b c d"),
    "a tenth, the oldest": words("legacy"),
    "230 words of two letters": words(" ".join(f"{a}{b}" for a in "abcdefghij" for b in "abcdefghijklmnopqrstuvw")),
}

FILTERS = {
    "active": status(AccountStatus.ACTIVE),
    "blocked": status(AccountStatus.BLOCKED),
    "suspended": status(AccountStatus.SUSPENDED),
    "pending verification": status(AccountStatus.PENDING_VERIFICATION),
    "not shut": status(*(frozenset(AccountStatus) - SHUT)),
    "admins": UserCriteria(role=Role.ADMIN),
    "unverified": UserCriteria(is_verified=False),
    "of a month long ago": UserCriteria(
        created=Period(datetime(2020, 2, 1, tzinfo=UTC), datetime(2020, 3, 1, tzinfo=UTC))
    ),
    "there on a day": UserCriteria(
        last_login=Period(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC))
    ),
    "blocked, every second": replace(words("gmail"), statuses=frozenset({AccountStatus.BLOCKED})),
}


def deep(order: UserOrder) -> UserPosition:
    """What stands before page 5,000 of the whole list, or about as deep where fewer fit."""
    number = max(1, USERS - 5_000 * 200) if order.is_descending else min(USERS, 5_000 * 200) - 200
    number = min(max(number, USERS // 100), USERS * 99 // 100)
    values: dict[str, Any] = {
        "id": None,
        "created_at": datetime(2020, 1, 1, tzinfo=UTC) + number * timedelta(minutes=3),
        "last_login": datetime(2026, 1, 3, tzinfo=UTC),
        "email": "user99",
    }
    return UserPosition(UserId(number), values[order.field])


async def timed(title: str, ask: Callable[[], Awaitable[Any]]) -> None:
    """Ask some times, and print what that took."""
    took = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        answer = await ask()
        took.append((time.perf_counter() - begun) * 1000)
    found = answer if isinstance(answer, int) else len(answer)
    best, usual, worst = min(took), median(took), max(took)
    print(f"{title:50} {found:8} found   best {best:7.1f}   median {usual:7.1f}   worst {worst:7.1f} ms", flush=True)


async def measure(url: str) -> None:
    """Ask for everything."""
    database = Database(url, PoolSettings(min_size=1, max_size=1, timeout=30))
    await database.open()
    directory = PostgresUserDirectory(database)

    async def pages(title: str, criteria: UserCriteria, order: UserOrder = NEWEST) -> None:
        await timed(f"{title}, by {order}", lambda: directory.page(criteria, TERMS, order=order, limit=PAGE))

    try:
        for order in UserOrder:
            await pages("everybody", UserCriteria(), order)
            await timed(
                f"everybody, by {order}, page 5,000 or so",
                lambda order=order: directory.page(UserCriteria(), TERMS, order=order, limit=PAGE, after=deep(order)),
            )
        for order in (NEWEST, UserOrder.LAST_LOGIN_DESCENDING, UserOrder.EMAIL):
            for title, criteria in {**SEARCHES, **FILTERS}.items():
                await pages(title, criteria, order)
        for title, criteria in {"everybody": UserCriteria(), **SEARCHES, **FILTERS}.items():
            await timed(f"count: {title}", lambda criteria=criteria: directory.count(criteria, TERMS))
            await timed(f"estimate: {title}", lambda criteria=criteria: directory.estimate(criteria, TERMS))
    finally:
        await database.close()


def main() -> None:
    """Fill a database and ask it."""
    with tempfile.TemporaryDirectory(prefix="user-service-bench-") as name:
        Path(name).chmod(0o755)
        with EmbeddedPostgres(Path(name) / "postgres", durable=False) as server:
            migrate(server.url)
            begun = time.monotonic()
            with psycopg.connect(server.url, autocommit=True) as connection:
                connection.execute(f"set statement_timeout = '{MINUTES}min'".encode())
                search = connection.execute(
                    "select indexdef from pg_indexes where indexname = 'users_search'"
                ).fetchone()
                connection.execute("drop index users_search")
                connection.execute(FILL, {"first": 1, "last": USERS})
                connection.execute(search[0].encode())  # much quicker than entry by entry
                print(f"{USERS} users made in {time.monotonic() - begun:.0f} s", flush=True)
                connection.execute(LOG_IN)
                connection.execute("vacuum analyze")
                begun = time.monotonic()
                connection.execute(FILL, {"first": USERS + 1, "last": USERS + 1000})
                print(f"another thousand: {(time.monotonic() - begun):.2f} ms each, search index and all", flush=True)
                begun = time.monotonic()
                with connection.transaction(force_rollback=True):
                    connection.execute("drop index users_search")
                    connection.execute(FILL, {"first": USERS + 1001, "last": USERS + 2000})
                    print(f"without that index: {(time.monotonic() - begun):.2f} ms each", flush=True)
                sizes = connection.execute(
                    "select relname, pg_size_pretty(pg_relation_size(oid)) from pg_class"
                    " where relname like 'users%' and relkind in ('r', 'i') order by pg_relation_size(oid) desc"
                ).fetchall()
            print(", ".join(f"{relation} {size}" for relation, size in sizes), flush=True)
            try:
                asyncio.run(asyncio.wait_for(measure(server.url), MINUTES * 60))
            except TimeoutError:
                sys.exit(f"bench: not done after {MINUTES} minutes")


if __name__ == "__main__":
    main()
