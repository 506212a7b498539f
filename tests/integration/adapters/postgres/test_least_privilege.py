"""A service role with the grants that docs/how-to/run-on-your-postgres.md shows, as they are written there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from adapters.postgres.database import Database
from adapters.postgres.migrate import migrate
from tests.support.composition import compose, composed
from tests.support.roles import PASSWORD as PASSWORD_OF_ROLE
from tests.support.roles import granted, service_role
from user_domain.errors import InvalidCredentials, StorageUnavailable
from user_domain.ports.audit_queries import AuditCriteria
from user_domain.testing.builders import CLIENT, PASSWORD
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.use_cases.registration.register import RegisterCommand
from user_domain.value_objects.ids import UserId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entrypoints.application import Application

REGISTER = RegisterCommand(
    name="John Doe", email="john@example.com", mobile="1234567890", password=PASSWORD, client=CLIENT
)


@pytest.fixture
def role(empty_database: str) -> Iterator[str]:
    """A service role that may connect to a migrated database, and nothing more yet."""
    migrate(empty_database)
    with service_role(empty_database) as name:
        yield name


async def go_through(application: Application) -> None:
    """What people and the worker do."""
    await application.register.execute(REGISTER)
    tokens = await application.log_in.execute(LogInCommand(email=REGISTER.email, password=PASSWORD, client=CLIENT))
    with pytest.raises(InvalidCredentials):
        await application.log_in.execute(LogInCommand(email=REGISTER.email, password="wrong", client=CLIENT))
    await application.refresh_session.execute(refresh_token=tokens.refresh_token, client=CLIENT)
    login = await application.authenticate.execute(tokens.access_token, client=CLIENT)
    await application.log_out_everywhere.execute(login, keep_current=False, client=CLIENT)
    assert (await application.deliver_mail.execute()).found
    admin = await application.promote_to_admin.execute(email=REGISTER.email)
    totals = await application.get_statistics.execute(actor=admin)
    assert (totals.total_users, totals.logins_today, totals.failed_logins_today) == (1, 1, 1)
    await application.fold_statistics.execute()
    await application.settle_sessions.execute()
    assert (await application.recount_statistics.execute()).differences == []
    assert await application.get_statistics.execute(actor=admin) == totals
    assert (await application.seal_audit_trail.execute()).is_done
    verified = await application.verify_audit_trail.execute(heads={}, tell=lambda _progress: None)
    assert (verified.seals, verified.waiting, verified.faults) == (1, 0, ())
    page = await application.list_audit_entries.execute(actor=admin, criteria=AuditCriteria(), limit=200)
    assert page.entries[-1].entry.client == CLIENT
    assert await application.create_audit_months.execute() == []


async def test_with_these_grants_everything_works(empty_database: str, role: str) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        for statement in granted(role):
            connection.execute(statement)
    database = Database(make_conninfo(empty_database, user=role, password=PASSWORD_OF_ROLE))
    await database.open()
    try:
        container = composed(database)
        await go_through(container.application())
        async with container.unit_of_work() as work:
            await work.personal_keys.destroy(UserId(1))
            await work.commit()
    finally:
        await database.close()


async def test_where_those_of_the_statistics_are_missing_people_notice_nothing(empty_database: str, role: str) -> None:
    """As between a migration and the grants of its tables: the release before goes on, and so does this one."""
    with psycopg.connect(empty_database, autocommit=True) as connection:
        for statement in granted(role):
            if "stat_" not in statement:
                connection.execute(statement)
    database = Database(make_conninfo(empty_database, user=role, password=PASSWORD_OF_ROLE))
    await database.open()
    try:
        with pytest.raises(StorageUnavailable):
            await go_through(compose(database))
    finally:
        await database.close()
    with psycopg.connect(empty_database) as connection:
        query = "select metric, sum(amount)::int from stat_deltas group by metric"
        numbers: dict[str, int] = dict(connection.execute(query).fetchall())
        today = connection.execute("select max(bucket) from stat_deltas where metric = 'active_users'").fetchone()
    assert {name: numbers[name] for name in ("users", "admins", "logins", "failed_logins", "active_users")} == {
        "users": 1, "admins": 1, "logins": 1, "failed_logins": 1, "active_users": 1,
    }  # fmt: skip
    assert today is not None
    assert today[0].astimezone(UTC).date() == datetime.now(UTC).date()
