"""The PostgreSQL adapters keep the contracts of their ports, on every version of PostgreSQL there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.store import store_on
from user_domain.testing.contracts.access_queries import AccessQueriesContract
from user_domain.testing.contracts.admin_roster import AdminRosterContract
from user_domain.testing.contracts.audit_evidence import AuditEvidenceContract
from user_domain.testing.contracts.audit_queries import AuditQueriesContract
from user_domain.testing.contracts.audit_seals import AuditSealsContract
from user_domain.testing.contracts.audit_trail import AuditTrailContract
from user_domain.testing.contracts.cool_downs import CoolDownsContract
from user_domain.testing.contracts.mail_outbox import MailOutboxContract
from user_domain.testing.contracts.mail_queries import MailQueriesContract
from user_domain.testing.contracts.mail_queue import MailQueueContract
from user_domain.testing.contracts.old_records import OldRecordsContract
from user_domain.testing.contracts.one_time_token_repository import OneTimeTokenRepositoryContract
from user_domain.testing.contracts.personal_keys import PersonalKeysContract
from user_domain.testing.contracts.revocation_queries import RevocationQueriesContract
from user_domain.testing.contracts.session_activity import SessionActivityContract
from user_domain.testing.contracts.session_queries import SessionQueriesContract
from user_domain.testing.contracts.session_refreshes import SessionRefreshesContract
from user_domain.testing.contracts.session_repository import SessionRepositoryContract
from user_domain.testing.contracts.signing_key_queries import SigningKeyQueriesContract
from user_domain.testing.contracts.signing_key_repository import SigningKeyRepositoryContract
from user_domain.testing.contracts.statistics_queries import StatisticsQueriesContract
from user_domain.testing.contracts.statistics_upkeep import StatisticsUpkeepContract
from user_domain.testing.contracts.status_history import StatusHistoryContract
from user_domain.testing.contracts.status_history_queries import StatusHistoryQueriesContract
from user_domain.testing.contracts.unit_of_work import UnitOfWorkContract
from user_domain.testing.contracts.user_directory import UserDirectoryContract
from user_domain.testing.contracts.user_queries import UserQueriesContract
from user_domain.testing.contracts.user_repository import UserRepositoryContract

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from user_domain.testing.contracts.store import Store


@pytest.fixture
def store(each_database: Database) -> Store:
    return store_on(each_database)


class TestPostgresUnitOfWork(UnitOfWorkContract):
    pass


class TestPostgresUserRepository(UserRepositoryContract):
    pass


class TestPostgresAdminRoster(AdminRosterContract):
    pass


class TestPostgresStatusHistory(StatusHistoryContract):
    pass


class TestPostgresStatusHistoryQueries(StatusHistoryQueriesContract):
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


class TestPostgresPersonalKeys(PersonalKeysContract):
    pass


class TestPostgresAuditQueries(AuditQueriesContract):
    pass


class TestPostgresAuditSeals(AuditSealsContract):
    pass


class TestPostgresAuditEvidence(AuditEvidenceContract):
    pass


class TestPostgresUserQueries(UserQueriesContract):
    pass


class TestPostgresUserDirectory(UserDirectoryContract):
    pass


class TestPostgresSessionQueries(SessionQueriesContract):
    pass


class TestPostgresSessionRefreshes(SessionRefreshesContract):
    pass


class TestPostgresSessionActivity(SessionActivityContract):
    pass


class TestPostgresRevocationQueries(RevocationQueriesContract):
    pass


class TestPostgresAccessQueries(AccessQueriesContract):
    pass


class TestPostgresMailQueries(MailQueriesContract):
    pass


class TestPostgresMailQueue(MailQueueContract):
    pass


class TestPostgresOldRecords(OldRecordsContract):
    pass


class TestPostgresSigningKeyQueries(SigningKeyQueriesContract):
    pass


class TestPostgresStatisticsQueries(StatisticsQueriesContract):
    pass


class TestPostgresStatisticsUpkeep(StatisticsUpkeepContract):
    pass
