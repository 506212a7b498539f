"""The audit trail on PostgreSQL: only added to, the same to SQL and to Python, and about nobody without the keys."""

from __future__ import annotations

import base64
import subprocess
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, LiteralString
from urllib.parse import quote

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from structlog.testing import capture_logs

from adapters.postgres.audit_keys import AuditKeys
from adapters.postgres.audit_queries import PostgresAuditQueries
from adapters.postgres.database import Database, PoolSettings
from adapters.postgres.embedded.binaries import find_binaries
from adapters.postgres.embedded.errors import BinariesMissing
from adapters.system.key_ring import KeyRing
from tests.support.audit import audit_keys, read_audit_trail
from tests.support.composition import MASTER_KEY, compose
from tests.support.roles import PASSWORD as PASSWORD_OF_ROLE
from tests.support.roles import granted, service_role
from tests.support.sealing import SealedTrail, partitions_of
from user_domain.entities.audit_entry import FieldChange, StoredEntry
from user_domain.errors import InvalidCredentials, StorageUnavailable
from user_domain.policies.audit_proof import leaf_digest
from user_domain.ports.audit_queries import AuditCriteria
from user_domain.testing.builders import CLIENT, NOW, PASSWORD
from user_domain.testing.contracts.store import together
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.use_cases.profile.change_profile import ChangeProfileCommand
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.ids import AuditEntryId, UserId

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from user_domain.entities.user import User

TABLES = ("audit_entries", "audit_leaves", "audit_seals", "audit_retirements")
KEPT = (*TABLES, "audit_unsealed", "audit_keys", "audit_months", "audit_trail_key")


@pytest.fixture
def trail(each_database: Database) -> SealedTrail:
    return SealedTrail.of(each_database)


# --- Only ever added to -----------------------------------------------------------------------------------------------

CHANGE: dict[str, LiteralString] = {
    "audit_entries": "update {} set reason = 'another'",
    "audit_leaves": "update {} set position = position + 1",
    "audit_seals": "update {} set entries = entries + 1",
    "audit_retirements": "update {} set entries = entries + 1",
}


@pytest.fixture
async def filled(trail: SealedTrail) -> SealedTrail:
    """With something in every table: of this month, in its partition; and of one that has none."""
    await trail.write(2, at=datetime.now(UTC))
    await trail.write(2, at=datetime(1999, 12, 31, tzinfo=UTC))
    await trail.seal_all()
    await trail.write(1)
    await trail.database.execute(
        "insert into audit_retirements (month, retired_at, last_seal, entries, archive_digest, key_id, signature)"
        " values ('1999-11-01', now(), 0, 0, '', '', '')",
        {},
    )
    return trail


async def refused(connection: psycopg.AsyncConnection[Any], statement: sql.Composed) -> bool:
    """Whether a statement is, for want of a privilege; it has no effect in any case."""
    try:
        async with connection.transaction(force_rollback=True):
            await connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


@pytest.mark.parametrize("table", TABLES)
async def test_the_owner_is_refused_every_change_to_what_is_there(filled: SealedTrail, table: str) -> None:
    """Who is a superuser in tests, and asks as the owner would: triggers know no difference."""
    async with filled.database.connection() as connection:
        for part in await partitions_of(connection, table):
            count = await connection.execute(sql.SQL("select count(*) as rows from {}").format(part))
            (row,) = await count.fetchall()
            if row["rows"]:
                assert await refused(connection, sql.SQL(CHANGE[table]).format(part)), part
                assert await refused(connection, sql.SQL("delete from {}").format(part)), part
            assert await refused(connection, sql.SQL("truncate {}").format(part)), part


async def test_no_partition_of_the_trail_goes_unwatched(filled: SealedTrail) -> None:
    async with filled.database.connection() as connection:
        parts = [await partitions_of(connection, table) for table in ("audit_entries", "audit_leaves")]
    assert [len(found) for found in parts] == [15, 15]
    assert await filled.rows(
        "select count(distinct tableoid) as partitions from audit_entries where at < now() + interval '1 day'"
    ) in ([{"partitions": 2}], [{"partitions": 3}])


@pytest.fixture
async def service(filled: SealedTrail) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """A connection with the grants of the manual."""
    async with filled.database.connection() as connection:
        parameters, admin = connection.info.get_parameters(), connection.info.password
        conninfo = make_conninfo(**parameters, password=admin)
    with service_role(conninfo) as role:
        with psycopg.connect(conninfo, autocommit=True) as owner:
            for statement in granted(role):
                owner.execute(statement)
        async with await psycopg.AsyncConnection.connect(
            make_conninfo(conninfo, user=role, password=PASSWORD_OF_ROLE), autocommit=True
        ) as connection:
            yield connection


@pytest.mark.parametrize("table", TABLES)
async def test_the_services_own_role_is_refused_every_change(
    filled: SealedTrail, service: psycopg.AsyncConnection[Any], table: str
) -> None:
    async with filled.database.connection() as connection:
        parts = await partitions_of(connection, table)
    for part in parts:
        for change in (
            CHANGE[table],
            "delete from {}",
            "truncate {}",
            "drop table {}",
            "alter table {} disable trigger all",
        ):
            assert await refused(service, sql.SQL(change).format(part)), (change, part)


OTHER_THINGS: dict[str, LiteralString] = {
    "past the triggers": "set session_replication_role = replica",
    "what waits, altered": "update audit_unsealed set at = now()",
    "everything that waits": "truncate audit_unsealed",
    "another salt": "update audit_keys set salt = gen_random_uuid()",
    "another salt for the month": "update audit_months set salt = gen_random_uuid()",
    "no salt for the month": "delete from audit_months",
    "no key of the trail": "delete from audit_trail_key",
    "a month given up": "insert into audit_retirements values ('2026-01-01', now(), 9, 9, '', '', '')",
    "a month taken out": "select retire_audit_month('1999-12-01', 99)",
    "a function replaced": "create or replace function refuse_change() returns trigger language plpgsql"
    " as 'begin return new; end'",
    "numbers again": "select setval('audit_entries_id_seq', 1)",
}


@pytest.mark.parametrize("statement", OTHER_THINGS.values(), ids=OTHER_THINGS)
async def test_nor_may_it_do_anything_else_to_what_is_there(
    service: psycopg.AsyncConnection[Any], statement: LiteralString
) -> None:
    assert await refused(service, sql.SQL(statement).format())


async def test_an_entry_cannot_come_with_a_digest_of_ones_own(service: psycopg.AsyncConnection[Any]) -> None:
    with pytest.raises(psycopg.errors.GeneratedAlways):
        await service.execute("insert into audit_entries (at, action, leaf) values (now(), 'user:block', '')")


# --- SQL and Python agree ---------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200)
INTEGER = st.integers(-(2**31), 2**31 - 1)
MOMENT = st.datetimes(timezones=st.just(UTC))
BYTES = st.binary(max_size=300)
ENTRIES = st.builds(
    StoredEntry,
    id=st.integers(-(2**63), 2**63 - 1).map(AuditEntryId),
    at=MOMENT,
    action=TEXT,
    actor_id=st.none() | INTEGER.map(UserId),
    target_id=st.none() | INTEGER.map(UserId),
    reason=st.none() | TEXT,
    origin=st.none() | BYTES,
    changes=st.none() | BYTES,
    ip_tag=st.none() | BYTES,
    address_tag=st.none() | BYTES,
)
LEAF: LiteralString = """
    select audit_leaf(%(id)s, %(at)s, %(action)s, %(actor_id)s, %(target_id)s, %(reason)s, %(origin)s, %(changes)s,
                      %(ip_tag)s, %(address_tag)s)
"""


@pytest.fixture(scope="module")
def asking(postgres_admin: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection for many questions."""
    from tests.support.postgres import cloned_database  # noqa: PLC0415 - a plugin, loaded by pytest before

    with cloned_database(postgres_admin) as conninfo, psycopg.connect(conninfo, autocommit=True) as connection:
        yield connection


@settings(derandomize=True, database=None, deadline=None)
@given(entry=ENTRIES)
def test_the_digest_of_an_entry_is_the_same_in_sql_and_in_python(
    asking: psycopg.Connection[Any], entry: StoredEntry
) -> None:
    parameters = {field.name: getattr(entry, field.name) for field in fields(entry)}
    for zone in ("UTC", "Asia/Kathmandu"):
        asking.execute("select set_config('timezone', %s, false)", [zone])
        assert asking.execute(LEAF, parameters).fetchone() == (leaf_digest(entry),)


async def test_it_is_the_same_for_what_is_really_stored(trail: SealedTrail) -> None:
    user = await trail.store.with_user()
    changes = (FieldChange("name", None, "Zoë\n\u202e\U0001f600"), FieldChange("locale", "", "x" * 5000))
    for at in (NOW, datetime(1, 1, 2, tzinfo=UTC), datetime(9998, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)):
        await trail.write(at=at, actor_id=user.id, target_id=user.id, changes=changes)
        await trail.write(at=at, client=ClientInfo(), unknown_address="\U0001f600@example.com", reason="")
        await trail.write(at=at, client=ClientInfo(ip_address="::ffff:203.0.113.7", user_agent="", request_id=""))
    await trail.seal_all()
    found = await trail.verify()
    assert (found.entries, found.faults) == (9, ())


# --- The key of the trail ---------------------------------------------------------------------------------------------

OTHER_MASTER_KEY = MASTER_KEY[::-1]


def keys_of(database: Database, *master_keys: str) -> AuditKeys:
    return AuditKeys(database, keys=KeyRing(master_keys).keys("audit-trail"))


async def sealed_keys(database: Database) -> list[bytes]:
    return [row["sealed"] for row in await database.fetch_all("select sealed from audit_trail_key", {})]


async def readable(database: Database, keys: AuditKeys) -> set[str | None]:
    """From where everything came, as far as it can be read."""
    page = await PostgresAuditQueries(database, keys).page(AuditCriteria(), limit=200)
    return {recorded.entry.client.ip_address for recorded in page}


async def test_processes_that_start_together_agree_on_one_key(trail: SealedTrail) -> None:
    database = trail.database
    processes = [keys_of(database, MASTER_KEY) for _ in range(8)]
    ciphers = await together(*(process.cipher() for process in processes))
    assert len(await sealed_keys(database)) == 1
    encrypted = [cipher.encrypt_origin(CLIENT, b"salt") for cipher in ciphers]
    for cipher in [*ciphers, await keys_of(database, MASTER_KEY).cipher()]:
        assert all(cipher.decrypt_origin(one, b"salt") == CLIENT for one in encrypted if one)
    assert all(encrypted)


async def test_the_key_outlives_the_master_key_it_was_sealed_with(trail: SealedTrail) -> None:
    await trail.write()
    database, (before,) = trail.database, await sealed_keys(trail.database)
    assert await readable(database, keys_of(database, OTHER_MASTER_KEY, MASTER_KEY)) == {CLIENT.ip_address}
    (after,) = await sealed_keys(database)
    assert after != before
    assert await readable(database, keys_of(database, OTHER_MASTER_KEY)) == {CLIENT.ip_address}
    assert await readable(database, keys_of(database, MASTER_KEY, OTHER_MASTER_KEY)) == {CLIENT.ip_address}
    assert len(await sealed_keys(database)) == 1


async def test_processes_with_the_two_in_either_order_go_on_together(trail: SealedTrail) -> None:
    """As while replicas are given another master key one by one."""
    await trail.write()
    database = trail.database
    for _ in range(5):
        orders = [(MASTER_KEY, OTHER_MASTER_KEY), (OTHER_MASTER_KEY, MASTER_KEY)] * 3
        found = await together(*(readable(database, keys_of(database, *order)) for order in orders))
        assert found == [{CLIENT.ip_address}] * 6


async def test_with_an_unknown_master_key_nothing_is_written_and_it_is_said_why(trail: SealedTrail) -> None:
    await trail.write()
    before = await sealed_keys(trail.database)
    application = compose(trail.database, master_key=OTHER_MASTER_KEY)
    with capture_logs() as logs, pytest.raises(StorageUnavailable):
        await application.register.execute(REGISTER)
    assert [log["log_level"] for log in logs] == ["error"]
    assert "MASTER_KEY_PREVIOUS" in logs[0]["event"]
    assert MASTER_KEY not in str(logs)
    assert await sealed_keys(trail.database) == before
    assert await trail.rows("select id from users") == []
    assert len(await trail.rows("select id from audit_entries")) == 1
    assert await trail.faults() == []


# --- What a dump tells ------------------------------------------------------------------------------------------------

JANES_NETWORK = ClientInfo(
    ip_address="198.51.100.201", user_agent="JanesOwnBrowser/4.2", request_id="Zq8vJ3nTx5Rb2LwKc7Hd9Fm4Sy6Pg1Ae"
)
REGISTER = RegisterCommand(
    name="Jane Unmistakable",
    email="jane.unmistakable@example.net",
    mobile="+491701234567",
    password=PASSWORD,
    client=JANES_NETWORK,
)
TYPED_BY_MISTAKE = "MyPassw0rdInTheWrongField!"
OF_JANE = (
    JANES_NETWORK.ip_address,
    JANES_NETWORK.user_agent,
    JANES_NETWORK.request_id,
    REGISTER.name,
    "Jane Remarkable",
    REGISTER.email,
    REGISTER.mobile,
    TYPED_BY_MISTAKE,
)


async def live(database: Database) -> User:
    """What Jane does, and what is done to her."""
    application = compose(database)
    jane = await application.register.execute(REGISTER)
    await application.log_in.execute(LogInCommand(email=REGISTER.email, password=PASSWORD, client=JANES_NETWORK))
    for email in (REGISTER.email, TYPED_BY_MISTAKE, "jane.unmistakable@example.org"):
        with pytest.raises(InvalidCredentials):
            await application.log_in.execute(LogInCommand(email=email, password="wrong", client=JANES_NETWORK))
    await application.change_profile.execute(
        ChangeProfileCommand(actor=jane, user_id=jane.id, name="Jane Remarkable", client=JANES_NETWORK)
    )
    return jane


async def dump(trail: SealedTrail) -> str:
    """Everything in the tables of the trail, as it is written in files of it."""
    lines = []
    async with trail.database.connection() as connection:
        for table in KEPT:
            found = await connection.execute(sql.SQL("select t::text as line from {} t").format(sql.Identifier(table)))
            lines += [row["line"] for row in await found.fetchall()]
    return "\n".join(lines).lower()


def traces(text: str) -> set[str]:
    """How a text can be written: as it is, in hex, in base64 however it is cut, and in a URL."""
    raw = text.encode()
    cut = [base64.b64encode(b"\x00" * shift + raw)[(0, 4, 4)[shift] :].rstrip(b"=")[:-1].decode() for shift in range(3)]
    return {form.lower() for form in (text, raw.hex(), text[::-1], quote(text), *cut)}


async def test_a_dump_of_the_trail_tells_of_nobody(trail: SealedTrail) -> None:
    jane = await live(trail.database)
    await trail.seal_all()
    dumped = await dump(trail)
    assert "user:profile-change" in dumped
    assert f",{jane.id},{jane.id}," in dumped
    for value in OF_JANE:
        assert value is not None
        assert not [trace for trace in traces(value) if trace in dumped], value
    entries = await read_audit_trail(trail.database)
    assert {entry.client for entry in entries} == {JANES_NETWORK}, "which those who have the keys can read"
    assert FieldChange("name", REGISTER.name, "Jane Remarkable") in [change for e in entries for change in e.changes]


async def test_whose_key_was_destroyed_nobody_can_read_about_any_more_whoever_has_the_master_key(
    trail: SealedTrail,
) -> None:
    john = await trail.store.with_user()
    jane = await live(trail.database)
    await trail.write(actor_id=john.id, target_id=jane.id, changes=(FieldChange("name", "Jane", "Janet"),))
    heads = await trail.seal_all()
    async with trail.store.unit_of_work() as work:
        await work.personal_keys.destroy(jane.id)
        await work.commit()

    recorded = await PostgresAuditQueries(trail.database, audit_keys(trail.database)).page(AuditCriteria(), limit=200)
    hers = [one for one in recorded if jane.id in (one.entry.actor_id, one.entry.target_id)]
    assert len(hers) == 5
    assert all(one.is_erased for one in hers)
    assert {one.entry.client for one in hers} == {ClientInfo(), CLIENT}, "from where John acted is told of John"
    assert {one.entry.changes for one in hers} == {()}

    cipher = await audit_keys(trail.database).cipher()
    salts = await trail.rows("select salt from audit_keys union all select salt from audit_months")
    for row in await trail.rows(
        "select origin, changes, actor_id from audit_entries where target_id = %(id)s", id=jane.id
    ):
        for salt in (row["salt"].bytes for row in salts):
            assert row["changes"] is None or cipher.decrypt_changes(row["changes"], salt) is None
            assert row["actor_id"] == john.id or cipher.decrypt_origin(row["origin"], salt) is None

    found = await trail.verify(heads)
    assert (found.waiting, found.faults) == (0, ())
    await trail.write(actor_id=jane.id, target_id=jane.id, client=JANES_NETWORK)  # she is still logged in somewhere
    (newest,) = await trail.rows("select origin, changes, ip_tag from audit_entries order by id desc limit 1")
    assert set(newest.values()) == {None}, "and nothing more is kept of her"


# --- A dump that becomes a database -----------------------------------------------------------------------------------


@asynccontextmanager
async def opened(conninfo: str) -> AsyncIterator[Database]:
    """A pool that is closed when the block ends, so that the database can be dropped."""
    database = Database(conninfo, PoolSettings(min_size=1, max_size=5))
    await database.open()
    try:
        yield database
    finally:
        await database.close()


@pytest.mark.heavy
async def test_a_trail_that_was_dumped_and_restored_is_proven_and_goes_on(conninfo: str, postgres_admin: str) -> None:
    from tests.support.postgres import cloned_database  # noqa: PLC0415 - a plugin, loaded by pytest before

    try:
        binaries = find_binaries(18) / "bin"
    except BinariesMissing:
        pytest.skip("no pg_dump")
    heads: dict[int, bytes] = {}
    async with opened(conninfo) as database:
        trail = SealedTrail.of(database)
        jane = await live(database)
        await trail.write(3, at=NOW)
        heads |= await trail.seal_all()
        await trail.write(2)  # and these wait
    environment = {"PGPASSWORD": str(conninfo_to_dict(conninfo).get("password") or "")}
    dumped = subprocess.run(  # noqa: ASYNC221 - nothing else is going on
        [binaries / "pg_dump", "--no-owner", f"--dbname={conninfo}"],
        check=True,
        capture_output=True,
        timeout=60,
        env=environment,
    ).stdout
    with cloned_database(postgres_admin, "template0") as other:
        subprocess.run(  # noqa: ASYNC221 - as above
            [binaries / "psql", "--set=ON_ERROR_STOP=1", f"--dbname={other}"],
            check=True,
            capture_output=True,
            timeout=60,
            input=dumped,
            env=environment,
        )
        async with opened(other) as database:
            restored = SealedTrail.of(database)
            found = await restored.verify(heads)
            assert (found.waiting, found.faults) == (2, ())
            await restored.write(2, actor_id=jane.id, target_id=jane.id)
            await restored.seal_all()
            found = await restored.verify(heads)
            assert (found.entries, found.waiting, found.faults) == (6 + 3 + 2 + 2, 0, ())
            assert JANES_NETWORK in {entry.client for entry in await read_audit_trail(database)}
            async with database.connection() as connection:
                for part in await partitions_of(connection, "audit_entries"):
                    assert await refused(connection, sql.SQL("truncate {}").format(part))
