"""What is PostgreSQL's own about the directory of users: what people are found by, and which way a list is read."""

from __future__ import annotations

import unicodedata
from itertools import product
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
import pytest
from psycopg import sql

from adapters.postgres.database import Database, PoolSettings
from adapters.postgres.user_directory import PostgresUserDirectory
from adapters.postgres.user_listing import UserListing
from tests.support.pgbouncer import pgbouncer
from tests.support.store import store_on
from user_domain.errors import StorageUnavailable
from user_domain.ports.user_directory import StatusTerms, UserCriteria, UserOrder
from user_domain.ports.user_repository import Account
from user_domain.testing.builders import NOW, a_new_user
from user_domain.testing.contracts.store import HASH
from user_domain.testing.in_memory import InMemoryDatabase, InMemoryUserDirectory
from user_domain.value_objects.account_status import SHUT
from user_domain.value_objects.person_name import PersonName
from user_domain.value_objects.role import Role
from user_domain.value_objects.search_words import SearchWords, words_of

if TYPE_CHECKING:
    from user_domain.entities.user import User
    from user_domain.ports.user_directory import UserDirectory, UserPosition

TERMS = StatusTerms(at=NOW, verified_email_required=False)
EVERYBODY = UserCriteria()


async def people(database: Database, count: int, **facts: Any) -> list[User]:
    """Store many users at once."""
    async with store_on(database).unit_of_work() as work:
        users = [await work.users.add(a_new_user(**facts), HASH) for _ in range(count)]
        await work.commit()
    return users


async def test_people_are_found_by_the_words_that_the_domain_says(each_database: Database) -> None:
    # Those that both know: Python and PostgreSQL do not get new letters at the same time.
    letters = "".join(letter for letter in map(chr, range(1, 0x3100)) if unicodedata.category(letter) != "Cn")
    texts = [
        {"name": name, "email": email, "mobile": mobile}
        for name, email, mobile in (
            ("Jean-Luc  d\u2019ARC", "Jean.Luc+x@mail.example.com", "+33612345678"),
            *((letters[start : start + 400], "a@b.example", "1") for start in range(0, len(letters), 400)),
            ("\u00a0  \t", "@", ""),
            ("", "", ""),
            ("'\\''", "'@\\", "+"),
        )
    ]
    for text in texts:
        row = await each_database.fetch_one(
            "select tsvector_to_array(search_lexemes(lower(%(name)s), lower(%(email)s), %(mobile)s)) as words", text
        )
        assert row is not None
        assert set(row["words"]) == words_of(**text)


async def test_a_name_longer_than_any_of_today_can_be_stored(database: Database) -> None:
    """An import may bring one; a lexeme has room for 2 kB."""
    (user,) = await people(database, 1)
    endless = "\U00020000" * 5_000
    await database.execute("update users set name = %(name)s where id = %(id)s", {"name": endless, "id": user.id})
    found = await PostgresUserDirectory(database).page(
        UserCriteria(words=SearchWords.parse("\U00020000" * 254)), TERMS, order=UserOrder.ID, limit=2
    )
    assert [one.id for one in found] == [user.id]


async def test_a_dump_is_restored_whatever_the_search_path(conninfo: str) -> None:
    """pg_restore sets an empty one, and what is generated is generated anew."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("set search_path = ''")
        connection.execute("alter table public.users disable trigger all")
        found = connection.execute(
            "insert into public.users (name, email, mobile, role, created_at, updated_at, version)"
            " values ('ÉLODIE Roe', 'e@example.com', '12345678', 'user', now(), now(), 1)"
            " returning search @@ 'élodie'::tsquery"
        ).fetchall()
        connection.execute("alter table public.users enable trigger all")
    assert found == [(True,)]


@pytest.mark.parametrize("order", list(UserOrder))
@pytest.mark.parametrize(
    "criteria",
    [UserCriteria(words=SearchWords.parse("doe")), UserCriteria(role=Role.ADMIN), UserCriteria(statuses=SHUT)],
    ids=["words", "role", "statuses"],
)
async def test_what_is_not_found_on_the_way_is_gathered(
    database: Database, order: UserOrder, criteria: UserCriteria, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those who meet the criteria lie behind more users than are looked at."""
    for field in ("id", "created_at", "last_login", "email"):
        monkeypatch.setitem(UserListing.REACH, field, 10)
    await people(database, 30, name=PersonName("Jane Roe"))
    users = await people(database, 5, role=Role.ADMIN)
    await people(database, 30, name=PersonName("Jane Roe"))
    store = store_on(database)
    if criteria.statuses == SHUT:
        await database.execute("update users set blocked_at = now() where role = 'admin'", {})
    directory = PostgresUserDirectory(database)
    first = await directory.page(criteria, TERMS, order=order, limit=3)
    rest = await directory.page(criteria, TERMS, order=order, limit=3, after=order.position_of(first[-1]))
    expected = [user.id for user in (reversed(users) if order.is_descending else users)]
    assert [user.id for user in (*first, *rest)] == expected
    assert await store.directory.count(criteria, TERMS) == 5


async def test_a_page_of_everybody_reads_the_index_and_no_more(database: Database) -> None:
    await people(database, 300)
    await database.execute("vacuum analyze users", {})
    for order in UserOrder:
        statement, parameters = UserListing(EVERYBODY, TERMS).page(order, None, limit=3)
        assert await rows_read(database, statement, parameters) <= 3 * 4


async def rows_read(database: Database, statement: sql.Composed, parameters: dict[str, Any]) -> float:
    """How many rows all the scans of tables and indexes gave."""
    explain = sql.SQL("explain (analyze, format json) ").format() + statement
    row = await database.fetch_one(explain, parameters)
    assert row is not None
    return scanned(row["QUERY PLAN"][0]["Plan"])


def scanned(node: dict[str, Any]) -> float:
    """The rows of a plan's scans, executed ones only."""
    here = node["Actual Rows"] * node["Actual Loops"] if "Relation Name" in node else 0
    return float(here + sum(scanned(child) for child in node.get("Plans", [])))


async def test_what_takes_too_long_is_given_up(conninfo: str, database: Database) -> None:
    await people(database, 1)
    hasty = Database(conninfo, PoolSettings(min_size=1, max_size=1, timeout=0.5))
    await hasty.open()
    try:
        async with database.connection() as connection, connection.transaction():
            await connection.execute("lock table users in access exclusive mode")
            with pytest.raises(StorageUnavailable):
                await PostgresUserDirectory(hasty).page(EVERYBODY, TERMS, order=UserOrder.ID, limit=1)
    finally:
        await hasty.close()


# --- On every version, and behind a pooler ----------------------------------------------------------------------------

ADD_PEOPLE: LiteralString = """
    insert into users (id, name, email, mobile, role, created_at, updated_at, version, email_verified_at, blocked_at,
                       suspended_at, suspended_until)
    select n, case when n %% 3 = 0 then 'Jane Roe' else 'John Doe' end, n * 7919 %% 101 || '@example.com', '1234567890',
           case when n %% 10 = 0 then 'admin' else 'user' end, %(now)s - n * 31 %% 50 * interval '1 hour', %(now)s, 1,
           case when n %% 2 = 0 then %(now)s end, case when n %% 7 = 0 then %(now)s end,
           case when n %% 5 = 0 then %(now)s end, case when n %% 10 = 0 then %(now)s end
      from generate_series(1, 100) n
"""
LOG_SOME_IN: LiteralString = (
    "update user_activity set last_login_at = %(now)s - user_id %% 20 * interval '1 minute' where user_id %% 4 > 0"
)
LISTS = (
    EVERYBODY,
    UserCriteria(words=SearchWords.parse("jane")),
    UserCriteria(words=SearchWords.parse("doe example"), is_verified=True),
    UserCriteria(statuses=SHUT),
    UserCriteria(role=Role.ADMIN),
)


@pytest.mark.heavy
async def test_every_version_gives_the_same_pages_and_so_it_does_behind_a_pooler(
    each_database: Database, each_conninfo: str
) -> None:
    for statement in (ADD_PEOPLE, LOG_SOME_IN):
        await each_database.execute(statement, {"now": NOW})
    memory = InMemoryDatabase()  # which goes through everybody, and is the same for each version
    for user in await PostgresUserDirectory(each_database).page(EVERYBODY, TERMS, order=UserOrder.ID, limit=200):
        memory.committed.accounts[user.id] = Account(user, HASH)
    assert len(memory.committed.accounts) == 100
    with pgbouncer(each_conninfo) as pooled:
        behind = Database(pooled, PoolSettings(min_size=2, max_size=8, transaction_pooler=True))
        await behind.open()
        try:
            for criteria, order in product(LISTS, UserOrder):
                expected = await pages_of(InMemoryUserDirectory(memory), criteria, order)
                assert await pages_of(PostgresUserDirectory(each_database), criteria, order) == expected
                assert await pages_of(PostgresUserDirectory(behind), criteria, order) == expected
                assert len(expected) > 1
        finally:
            await behind.close()


async def pages_of(directory: UserDirectory, criteria: UserCriteria, order: UserOrder) -> list[list[int]]:
    """The numbers of those on each page, to the last one."""
    pages: list[list[int]] = []
    after: UserPosition | None = None
    while page := await directory.page(criteria, TERMS, order=order, limit=7, after=after):
        pages.append([user.id for user in page])
        after = order.position_of(page[-1])
    return pages
