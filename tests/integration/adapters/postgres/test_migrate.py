"""Bringing a database to the schema this code needs."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import takewhile
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from adapters.postgres import migrate as migrate_module
from adapters.postgres.database import Database
from adapters.postgres.migrate import (
    Migration,
    MigrationEdited,
    MigrationError,
    migrate,
    migrations,
    pending,
    required_version,
)
from adapters.postgres.statistics_queries import PostgresStatisticsQueries
from adapters.postgres.statistics_upkeep import PostgresStatisticsUpkeep
from tests.support.composition import compose
from user_domain.testing.builders import CLIENT, PASSWORD
from user_domain.testing.in_memory import InMemoryPasswordHasher
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.value_objects.calendar import Calendar
from user_domain.value_objects.password import Password

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from user_domain.ports.statistics_queries import Totals
    from user_domain.ports.statistics_upkeep import Difference

# Everything a migration can make, functions and triggers included. Partitions by month vary.
_SCHEMA = """
    select relname, relkind::text, array_to_string(reloptions, ',') from pg_class c
     where relnamespace = 'public'::regnamespace and relname !~ '_[0-9]{4}_[0-9]{2}' order by 1;

    select table_name, column_name, ordinal_position, data_type, collation_name, is_nullable, column_default,
           is_identity, identity_generation, generation_expression from information_schema.columns
     where table_schema = 'public' and table_name !~ '_[0-9]{4}_[0-9]{2}' order by 1, 2;

    select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
     where connamespace = 'public'::regnamespace and conrelid::regclass::text !~ '_[0-9]{4}_[0-9]{2}' order by 1, 2;

    select indexdef from pg_indexes where schemaname = 'public' and tablename !~ '_[0-9]{4}_[0-9]{2}' order by 1;

    select sequencename, data_type::text, start_value, increment_by from pg_sequences
     where schemaname = 'public' order by 1;

    select pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace order by 1;

    select pg_get_triggerdef(oid) from pg_trigger
     where not tgisinternal and tgrelid::regclass::text !~ '_[0-9]{4}_[0-9]{2}' order by 1
"""


NEVER_LOOKED_AT = datetime(1970, 1, 1, tzinfo=UTC)
"""Whether a session from before is over, for the number of active ones."""


def schema_of(conninfo: str) -> list[Any]:
    with psycopg.connect(conninfo) as connection:
        return [connection.execute(query).fetchall() for query in _SCHEMA.split(";")]


def test_every_migration_is_applied_once_and_in_order(empty_database: str) -> None:
    assert [step.version for step in pending(empty_database)] == [step.version for step in migrations()]
    assert migrate(empty_database) == list(migrations())
    assert migrate(empty_database) == []
    assert pending(empty_database) == []


def test_the_migrations_lead_to_exactly_the_schema_that_is_shown(postgres_admin: str, empty_database: str) -> None:
    from tests.support.postgres import cloned_database  # noqa: PLC0415 - a plugin, loaded by pytest before

    shown = (files("adapters.postgres") / "schema.sql").read_text()
    migrate(empty_database)
    with cloned_database(postgres_admin, "template0") as other:
        with psycopg.connect(other, autocommit=True) as connection:
            connection.execute(shown)
        assert schema_of(empty_database) == schema_of(other)


async def test_a_database_of_the_first_release_keeps_what_is_in_it(
    postgres_admin: str, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support.postgres import cloned_database  # noqa: PLC0415 - a plugin, loaded by pytest before

    first, *later = migrations()
    with as_of(monkeypatch, first):
        assert migrate(empty_database) == [first]
    tables = ("users", "passwords", "sessions", "audit_entries")
    with psycopg.connect(empty_database, autocommit=True) as connection:
        for email in ("john@example.com", "jane@example.com"):
            add_as_the_first_release_does(connection, email, await InMemoryPasswordHasher().hash(Password(PASSWORD)))
        before = {table: contents(connection, table) for table in tables}
        assert migrate(empty_database) == later
        after = {table: contents(connection, table) for table in tables}
        for table in tables:
            assert len(after[table]) == len(before[table]) == 2
            for old, new in zip(before[table], after[table], strict=True):
                assert new | old == new  # nothing but new columns
                derived = {"search"}
                assert {value for name, value in new.items() if name not in {*old, *derived}} <= {None, NEVER_LOOKED_AT}
        # The release before still runs on it, while replicas are replaced one by one.
        add_as_the_first_release_does(connection, "late@example.com", after["passwords"][0]["hash"])
    with cloned_database(postgres_admin) as anew:
        assert schema_of(empty_database) == schema_of(anew)
    await somebody_can_log_in(empty_database)


async def test_the_numbers_of_a_database_of_the_first_release_are_right(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *later = migrations()
    with as_of(monkeypatch, first):
        migrate(empty_database)
    with psycopg.connect(empty_database, autocommit=True) as connection:
        for number in range(10):
            add_as_the_first_release_does(connection, f"john{number}@example.com", "a hash")
        connection.execute("update users set role = 'admin', blocked_at = now() where id % 5 = 0")
        connection.execute("update users set email_verified_at = null where id % 2 = 0")
        connection.execute("update sessions set ended_at = now() where id % 3 = 0")
        connection.execute("insert into audit_entries (at, action) select now(), 'session:login:failure'")
        assert migrate(empty_database) == later
        known = next(step for step in later if step.name == "known_statistics")
        for statement in known.text.split(";\n"):  # as where it was interrupted, and begins anew
            connection.execute(statement)
    database = Database(empty_database)
    await database.open()
    try:
        now = datetime.now(UTC)
        days = Calendar().days_until(now, count=2)
        totals = await PostgresStatisticsQueries(database).totals(at=now, today=days[1], verified_email_required=True)
        assert (totals.total_users, totals.admins, totals.blocked_users, totals.verified_users) == (10, 2, 2, 5)
        assert (totals.pending_verification, totals.active_users, totals.active_sessions) == (4, 4, 7)
        counts = await PostgresStatisticsQueries(database).days(days)  # it may have been a little before midnight
        assert [sum(getattr(day, number) for day in counts) for number in ("registrations", "logins")] == [10, 10]
        assert sum(day.failed_logins for day in counts) == 1
        assert await PostgresStatisticsUpkeep(database).recount() == []
    finally:
        await database.close()


async def test_what_was_deleted_before_that_was_recorded_counts_as_taken_away(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = migrate_until("deleted_users", empty_database, monkeypatch)
    with psycopg.connect(empty_database, autocommit=True) as connection:
        for number in range(10):
            add_as_the_first_release_does(connection, f"john{number}@example.com", "a hash")
        connection.execute("delete from sessions where id % 2 = 0")
        connection.execute("delete from users where id % 5 = 0")
        later = migrate(empty_database)
        assert [*before, *later] == list(migrations())
        connection.execute("delete from users where id % 5 = 1")
        known = next(step for step in later if step.name == "known_deletions")
        connection.execute(known.text)  # as where it was interrupted, and begins anew
    assert await recount(empty_database) == []
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("truncate sessions")
    surplus = [one for one in await recount(empty_database) if one.number == "logins"]
    assert sum(one.recorded - one.counted for one in surplus) == 3


async def test_suspensions_of_before_are_counted(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate_until("suspensions", empty_database, monkeypatch)
    with psycopg.connect(empty_database, autocommit=True) as connection:
        for number in range(30):
            add_as_the_first_release_does(connection, f"john{number}@example.com", "a hash")
        connection.execute(
            "update users set suspended_at = now(), suspended_until = now() + (id - 10) * '1 hour'::interval"
        )
        connection.execute("update users set suspended_until = null where id % 5 = 0")
        connection.execute("update users set blocked_at = now() where id % 3 = 0")
        connection.execute("update users set suspended_at = null, suspended_until = null where id % 7 = 0")
        connection.execute("update users set email_verified_at = null where id % 2 = 0")
        later = migrate(empty_database)
        known = next(step for step in later if step.name == "known_suspensions")
        connection.execute(known.text)  # as where it was interrupted, and begins anew
        holds = connection.execute(
            "select count(*) from users where blocked_at is null"
            " and suspended_at is not null and coalesce(suspended_until, 'infinity') > now() + interval '30 minutes'"
        ).fetchone()
    totals = await totals_of(empty_database, at=datetime.now(UTC) + timedelta(minutes=30))
    assert holds == (totals.suspended_users,) != (0,)
    assert await recount(empty_database) == []


async def test_numbers_are_right_though_people_go_on_while_they_are_counted_first(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate_until("known_statistics", empty_database, monkeypatch)
    stop = threading.Event()

    def go_on(name: str) -> int:
        count = 0
        with psycopg.connect(empty_database, autocommit=True) as connection:
            while not stop.is_set():
                add_as_the_first_release_does(connection, f"{name}{count}@example.com", "a hash")
                count += 1
        return count

    count = sum(while_people_go_on(empty_database, go_on, stop))
    totals = await totals_of(empty_database, at=datetime.now(UTC))
    assert (totals.total_users, totals.verified_users, totals.active_sessions) == (count, count, count)
    assert await recount(empty_database) == []


async def test_who_is_deleted_or_suspended_while_that_begins_to_be_recorded_is_known_as_well(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate_until("deleted_users", empty_database, monkeypatch)
    stop = threading.Event()

    def go_on(name: str) -> int:
        count = 0
        with psycopg.connect(empty_database, autocommit=True) as connection:
            while not stop.is_set():
                email = f"{name}{count}@example.com"
                add_as_the_first_release_does(connection, email, "a hash")
                if count % 4 > 0:
                    connection.execute("update users set suspended_at = now() where email = %s", [email])
                if count % 3 == 0:
                    connection.execute("delete from users where email = %s", [email])
                if count % 3 == 1:
                    connection.execute(
                        "delete from sessions where user_id = (select id from users where email = %s)", [email]
                    )
                count += 1
        return count

    while_people_go_on(empty_database, go_on, stop)
    assert await recount(empty_database) == []


def migrate_until(name: str, conninfo: str, monkeypatch: pytest.MonkeyPatch) -> list[Migration]:
    """As the release did that had every migration before this one; which these are."""
    before = tuple(takewhile(lambda step: step.name != name, migrations()))
    with as_of(monkeypatch, *before):
        return migrate(conninfo)


def while_people_go_on(conninfo: str, go_on: Callable[[str], int], stop: threading.Event) -> list[int]:
    """Migrate beside three who write until they are told to stop; what each of them answers."""
    with ThreadPoolExecutor(3) as threads:
        people = [threads.submit(go_on, name) for name in ("john", "jane", "jack")]
        try:
            with psycopg.connect(conninfo, autocommit=True) as connection:
                while connection.execute("select count(*) < 50 from users").fetchone() == (True,):
                    pass
            migrate(conninfo)
        finally:
            stop.set()
        return [person.result() for person in people]


async def totals_of(conninfo: str, *, at: datetime) -> Totals:
    database = Database(conninfo)
    await database.open()
    try:
        today = Calendar().day(at.date())
        return await PostgresStatisticsQueries(database).totals(at=at, today=today, verified_email_required=False)
    finally:
        await database.close()


async def recount(conninfo: str) -> list[Difference]:
    database = Database(conninfo)
    await database.open()
    try:
        return await PostgresStatisticsUpkeep(database).recount()
    finally:
        await database.close()


@contextmanager
def as_of(monkeypatch: pytest.MonkeyPatch, *steps: Migration) -> Iterator[None]:
    """Within, these are all the migrations there are; months are made by one of the later ones."""
    with monkeypatch.context() as patched:
        patched.setattr(migrate_module, "migrations", lambda: steps)
        patched.setattr(migrate_module, "create_missing_audit_partitions", lambda _connection: None)
        yield


def add_as_the_first_release_does(connection: psycopg.Connection[Any], email: str, password_hash: str) -> None:
    """A user with a password, a session and a line in the trail."""
    connection.execute(
        """
        with added as (
            insert into users (name, email, mobile, locale, role, created_at, updated_at, email_verified_at, version)
            values ('John Doe', %(email)s, '1234567890', 'fr', 'user', now(), now(), now(), 3) returning id
        ), hashed as (
            insert into passwords (user_id, hash, changed_at) select id, %(hash)s, now() from added
        ), logged_in as (
            insert into sessions (handle, user_id, started_at, last_seen_at, refreshed_at, expires_at, ip_address,
                                  user_agent)
            select gen_random_uuid(), id, now(), now(), now(), now() + interval '1 day', '203.0.113.7', 'Storefront/2.1'
              from added
        )
        insert into audit_entries (at, action, actor_id, target_id, changes)
        select now(), 'user:register', id, id, sha256('what differs, encrypted') from added
        """,
        {"email": email, "hash": password_hash},
    )


def contents(connection: psycopg.Connection[Any], table: LiteralString) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(sql.SQL("select * from {} order by 1").format(sql.Identifier(table))).fetchall()


async def somebody_can_log_in(conninfo: str) -> None:
    """And do what is new, with today's code."""
    database = Database(conninfo)
    await database.open()
    try:
        application = compose(database)
        command = LogInCommand(email="john@example.com", password=PASSWORD, client=CLIENT)
        login = await application.authenticate.execute(
            (await application.log_in.execute(command)).access_token, client=CLIENT
        )
        assert (login.user.pending_email, login.user.password_reset_required_at) == (None, None)
        await application.forgot_password.execute(email="john@example.com", client=CLIENT)
        assert (await application.deliver_mail.execute()).found
    finally:
        await database.close()


def test_of_ten_replicas_that_start_at_once_one_migrates(empty_database: str) -> None:
    with ThreadPoolExecutor(10) as threads:
        applied = list(threads.map(migrate, [empty_database] * 10))
    assert sorted(applied, key=len) == [[]] * 9 + [list(migrations())]


def test_a_replica_killed_in_the_middle_leaves_nothing_half_done(empty_database: str) -> None:
    # The bookkeeping row is the last thing of a migration's transaction; die just before it.
    code = (
        "import os, sys, adapters.postgres.migrate as m\n"
        "m._SQL = {**m._SQL, 'record': 'select pg_sleep(60)'}\n"
        "import threading; threading.Timer(1, lambda: os.kill(os.getpid(), 9)).start()\n"
        "m.migrate(sys.argv[1])\n"
    )
    died = subprocess.run([sys.executable, "-c", code, empty_database], timeout=30, check=False)
    assert died.returncode == -9
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("select to_regclass('users')").fetchone() == (None,)
    # The server notices the dead client when the statement ends; until then it holds the lock, so end it.
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    assert migrate(empty_database) == list(migrations())


def test_an_applied_migration_that_was_edited_stops_the_start(empty_database: str) -> None:
    migrate(empty_database)
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("update schema_migrations set sha256 = 'other' where version = 1")
    with pytest.raises(MigrationEdited, match="0001_initial was edited"):
        migrate(empty_database)
    with pytest.raises(MigrationEdited):
        pending(empty_database)


def test_a_database_ahead_of_the_code_is_fine_so_that_a_deployment_can_be_rolled_back(empty_database: str) -> None:
    migrate(empty_database)
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("insert into schema_migrations values (%s, 'later', 'x')", [required_version() + 1])
    assert migrate(empty_database) == []


def test_a_failing_migration_leaves_nothing_and_can_be_tried_again(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Migration(len(migrations()) + 1, "broken", "create table half (id int); select 1/0;")
    steps = (*migrations(), broken)
    monkeypatch.setattr(migrate_module, "migrations", lambda: steps)
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(empty_database)
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("select to_regclass('half')").fetchone() == (None,)
    assert pending(empty_database) == [broken]


def test_an_index_is_built_without_a_transaction_while_others_wait(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    concurrently = Migration(
        len(migrations()) + 1,
        "index",
        "-- migrate: no-transaction\ndrop index concurrently if exists users_mobile;\n"
        "create index concurrently users_mobile on users (mobile);\n",
    )
    steps = (*migrations(), concurrently)
    monkeypatch.setattr(migrate_module, "migrations", lambda: steps)
    with ThreadPoolExecutor(4) as threads:  # those who wait must not deadlock with it
        applied = list(threads.map(migrate, [empty_database] * 4))
    assert sorted(applied, key=len) == [[], [], [], list(steps)]


def test_an_index_that_failed_half_way_is_built_anew(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "-- migrate: no-transaction\n"
        "drop index concurrently if exists one_mobile;\n"
        "create unique index concurrently one_mobile on users (mobile);\n"
    )
    step = Migration(len(migrations()) + 1, "index", text)
    migrate(empty_database)
    steps = (*migrations(), step)
    monkeypatch.setattr(migrate_module, "migrations", lambda: steps)
    with psycopg.connect(empty_database, autocommit=True) as connection:
        for email in ("a@example.com", "b@example.com"):
            connection.execute(
                "insert into users (name, email, mobile, role, created_at, updated_at, version)"
                " values ('John', %s, '12345678', 'user', now(), now(), 1)",
                [email],
            )
        with pytest.raises(psycopg.errors.UniqueViolation):
            migrate(empty_database)
        connection.execute("delete from users where email = 'b@example.com'")
        assert migrate(empty_database) == [step]
        valid = connection.execute("select indisvalid from pg_index where indexrelid = 'one_mobile'::regclass")
        assert valid.fetchone() == (True,)


def test_a_statement_that_cannot_get_its_lock_gives_way_and_tries_again(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(empty_database)
    step = Migration(len(migrations()) + 1, "column", "set local lock_timeout = '50ms'; alter table users add x int")
    steps = (*migrations(), step)
    monkeypatch.setattr(migrate_module, "migrations", lambda: steps)
    reader = psycopg.connect(empty_database)
    reader.execute("select from users")  # an open transaction holds its lock
    waits: list[float] = []

    def no_sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            reader.close()

    monkeypatch.setattr("time.sleep", no_sleep)
    assert migrate(empty_database) == [step]
    assert len(waits) == 2


def test_files_are_numbered_without_gaps() -> None:
    assert [step.version for step in migrations()] == list(range(1, len(migrations()) + 1))


def test_months_of_the_audit_trail_are_created_ahead(empty_database: str) -> None:
    migrate(empty_database)
    now = datetime.now(UTC)
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("insert into audit_entries (at, action) values (%s, 'user:register')", [now])
        place = connection.execute("select tableoid::regclass::text from audit_entries").fetchone()
        months = connection.execute(
            "select count(*) from pg_inherits where inhparent = 'audit_entries'::regclass"
        ).fetchone()
    assert place == (f"audit_entries_{now:%Y_%m}",)
    assert months == (14,)  # this one, twelve ahead, and the default


def test_a_month_that_already_has_entries_in_the_default_partition_is_left_there(empty_database: str) -> None:
    migrate(empty_database)
    now = datetime.now(UTC)
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(f"drop table audit_entries_{now:%Y_%m}")  # as if nobody had migrated for a year
        connection.execute("insert into audit_entries (at, action) values (%s, 'user:register')", [now])
        migrate(empty_database)
        assert connection.execute("select count(*) from audit_entries").fetchone() == (1,)


def test_a_reader_of_the_trail_keeps_months_from_being_made_and_nobody_from_writing(empty_database: str) -> None:
    migrate(empty_database)
    with psycopg.connect(empty_database, autocommit=True) as connection:
        newest = connection.execute(
            "select max(inhrelid::regclass::text) from pg_inherits"
            " where inhparent = 'audit_entries'::regclass and inhrelid::regclass::text <> 'audit_entries_default'"
        ).fetchone()
        assert newest is not None
        connection.execute(f"drop table {newest[0]}")
        with psycopg.connect(empty_database) as reader:
            reader.execute("select count(*) from audit_entries")  # and its transaction stays open
            migrate(empty_database)
            assert connection.execute("select to_regclass(%s)", newest).fetchone() == (None,)
        migrate(empty_database)
        assert connection.execute("select to_regclass(%s) is not null", newest).fetchone() == (True,)


def test_whoever_migrates_for_ever_is_named(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate_module, "_LOCK_WAIT", 0.0)
    with psycopg.connect(empty_database, autocommit=True) as other:
        other.execute("select pg_advisory_lock(%s)", [migrate_module.LOCK_KEY])
        with pytest.raises(MigrationError, match="pg_stat_activity"):
            migrate(empty_database)
