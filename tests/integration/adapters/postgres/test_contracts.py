"""The PostgreSQL adapters keep the contracts of their ports, on every version of PostgreSQL there is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from adapters.postgres.mail_queries import PostgresMailQueries
from adapters.postgres.mail_queue import PostgresMailQueue
from adapters.postgres.revocation_queries import PostgresRevocationQueries
from adapters.postgres.session_activity import PostgresSessionActivity
from adapters.postgres.session_queries import PostgresSessionQueries
from adapters.postgres.session_refreshes import PostgresSessionRefreshes
from adapters.postgres.signing_key_queries import PostgresSigningKeyQueries
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.postgres.user_queries import PostgresUserQueries
from tests.support.audit import read_audit_trail
from user_domain.testing.contracts.audit_trail import AuditTrailContract
from user_domain.testing.contracts.cool_downs import CoolDownsContract
from user_domain.testing.contracts.mail_outbox import MailOutboxContract
from user_domain.testing.contracts.mail_queries import MailQueriesContract
from user_domain.testing.contracts.mail_queue import MailQueueContract
from user_domain.testing.contracts.one_time_token_repository import OneTimeTokenRepositoryContract
from user_domain.testing.contracts.revocation_queries import RevocationQueriesContract
from user_domain.testing.contracts.session_activity import SessionActivityContract
from user_domain.testing.contracts.session_queries import SessionQueriesContract
from user_domain.testing.contracts.session_refreshes import SessionRefreshesContract
from user_domain.testing.contracts.session_repository import SessionRepositoryContract
from user_domain.testing.contracts.signing_key_queries import SigningKeyQueriesContract
from user_domain.testing.contracts.signing_key_repository import SigningKeyRepositoryContract
from user_domain.testing.contracts.store import Store
from user_domain.testing.contracts.unit_of_work import UnitOfWorkContract
from user_domain.testing.contracts.user_queries import UserQueriesContract
from user_domain.testing.contracts.user_repository import UserRepositoryContract

if TYPE_CHECKING:
    from adapters.postgres.database import Database


@pytest.fixture
def store(each_database: Database) -> Store:
    return Store(
        unit_of_work=partial(PostgresUnitOfWork, each_database, name_key=b"a key for tests"),
        users=PostgresUserQueries(each_database),
        sessions=PostgresSessionQueries(each_database),
        revocations=PostgresRevocationQueries(each_database),
        refreshes=PostgresSessionRefreshes(each_database),
        activity=partial(PostgresSessionActivity, each_database),
        mails=PostgresMailQueries(each_database),
        mail_queue=PostgresMailQueue(each_database),
        signing_keys=PostgresSigningKeyQueries(each_database),
        audit_entries=partial(read_audit_trail, each_database),
    )


class TestPostgresUnitOfWork(UnitOfWorkContract):
    pass


class TestPostgresUserRepository(UserRepositoryContract):
    pass


class TestPostgresSessionRepository(SessionRepositoryContract):
    pass


class TestPostgresOneTimeTokenRepository(OneTimeTokenRepositoryContract):
    pass


class TestPostgresMailOutbox(MailOutboxContract):
    pass


class TestPostgresCoolDowns(CoolDownsContract):
    pass


class TestPostgresSigningKeyRepository(SigningKeyRepositoryContract):
    pass


class TestPostgresAuditTrail(AuditTrailContract):
    pass


class TestPostgresUserQueries(UserQueriesContract):
    pass


class TestPostgresSessionQueries(SessionQueriesContract):
    pass


class TestPostgresSessionRefreshes(SessionRefreshesContract):
    pass


class TestPostgresSessionActivity(SessionActivityContract):
    pass


class TestPostgresRevocationQueries(RevocationQueriesContract):
    pass


class TestPostgresMailQueries(MailQueriesContract):
    pass


class TestPostgresMailQueue(MailQueueContract):
    pass


class TestPostgresSigningKeyQueries(SigningKeyQueriesContract):
    pass
