"""What each operation costs in round trips to the database; docs/architecture.md shows the same numbers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from adapters.postgres.database import Database, PoolSettings
from adapters.postgres.session_queries import PostgresSessionQueries
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.postgres.user_queries import PostgresUserQueries
from tests.support.composition import compose
from tests.support.protocol import traffic
from user_domain.errors import EmailAlreadyRegistered, InvalidCredentials
from user_domain.testing.builders import CLIENT, PASSWORD
from user_domain.use_cases.authentication.log_in import LogInCommand
from user_domain.use_cases.profile.change_profile import ChangeProfileCommand
from user_domain.use_cases.registration.register import RegisterCommand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from entrypoints.application import Application

REGISTER = RegisterCommand(
    name="John Doe", email="john@example.com", mobile="1234567890", password=PASSWORD, client=CLIENT
)
LOG_IN = LogInCommand(email="john@example.com", password=PASSWORD, client=CLIENT)


@pytest.fixture
async def database(conninfo: str) -> AsyncIterator[Database]:
    """One connection, so that all traffic is on it."""
    database = Database(conninfo, PoolSettings(min_size=1, max_size=1))
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def application(database: Database) -> Application:
    return compose(
        unit_of_work=partial(PostgresUnitOfWork, database),
        users=PostgresUserQueries(database),
        sessions=PostgresSessionQueries(database),
    )


async def test_registering_takes_two(application: Application, database: Database) -> None:
    async with traffic(database) as seen:
        await application.register.execute(REGISTER)
    assert seen.round_trips == 2  # claim and insert, which answers the number; audit entry and commit


async def test_a_refused_registration_takes_no_more(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    async with traffic(database) as seen:
        with pytest.raises(EmailAlreadyRegistered):
            await application.register.execute(REGISTER)
    assert seen.round_trips == 2


async def test_logging_in_takes_three(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    async with traffic(database) as seen:
        await application.log_in.execute(LOG_IN)
    assert seen.round_trips == 3  # read the account; lock it; session, last login, audit entry and commit


async def test_a_failed_login_takes_two_whether_the_account_exists_or_not(
    application: Application, database: Database
) -> None:
    await application.register.execute(REGISTER)
    async with traffic(database) as known:
        with pytest.raises(InvalidCredentials):
            await application.log_in.execute(LogInCommand(email="john@example.com", password="wrong", client=CLIENT))
    async with traffic(database) as unknown:
        with pytest.raises(InvalidCredentials):
            await application.log_in.execute(LogInCommand(email="jane@example.com", password="wrong", client=CLIENT))
    assert known.round_trips == unknown.round_trips == 2
    assert known.statements == unknown.statements


async def test_recognising_a_caller_takes_one(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    token = (await application.log_in.execute(LOG_IN)).access_token
    async with traffic(database) as seen:
        await application.authenticate.execute(token)
    assert seen.round_trips == 1
    assert all("hash" not in statement for statement in seen.statements)


async def test_a_forged_token_takes_none(application: Application, database: Database) -> None:
    async with traffic(database) as seen:
        with pytest.raises(Exception, match="not valid"):
            await application.authenticate.execute("a.b.c")
    assert seen.round_trips == 0


async def test_logging_out_takes_two(application: Application, database: Database) -> None:
    await application.register.execute(REGISTER)
    login = await application.authenticate.execute((await application.log_in.execute(LOG_IN)).access_token)
    async with traffic(database) as seen:
        await application.log_out.execute(login, client=CLIENT)
    assert seen.round_trips == 2


async def test_seeing_oneself_takes_none_and_changing_ones_profile_two(
    application: Application, database: Database
) -> None:
    user = await application.register.execute(REGISTER)
    async with traffic(database) as seen:
        await application.get_user.execute(actor=user, user_id=user.id)
    assert seen.round_trips == 0  # the caller was just read
    change = ChangeProfileCommand(actor=user, user_id=user.id, name="Jane Roe", client=CLIENT)
    async with traffic(database) as seen:
        await application.change_profile.execute(change)
    assert seen.round_trips == 2
    async with traffic(database) as seen:
        await application.change_profile.execute(change)
    assert seen.round_trips == 2  # nothing differs: lock, look, give the lock back
