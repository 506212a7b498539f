"""The in-memory adapters are the reference: they keep the contract of every port."""

from functools import partial

import pytest

from user_domain.entities.audit_entry import AuditEntry
from user_domain.ports.access_token_codec import AccessTokenCodec
from user_domain.ports.audit_queries import AuditCriteria
from user_domain.ports.clock import Clock
from user_domain.ports.password_hasher import PasswordHash, PasswordHasher
from user_domain.ports.secret_source import SecretSource
from user_domain.testing.contracts.access_queries import AccessQueriesContract
from user_domain.testing.contracts.access_token_codec import AccessTokenCodecContract
from user_domain.testing.contracts.admin_roster import AdminRosterContract
from user_domain.testing.contracts.audit_evidence import AuditEvidenceContract
from user_domain.testing.contracts.audit_queries import AuditQueriesContract
from user_domain.testing.contracts.audit_seals import AuditSealsContract
from user_domain.testing.contracts.audit_trail import AuditTrailContract
from user_domain.testing.contracts.clock import ClockContract
from user_domain.testing.contracts.cool_downs import CoolDownsContract
from user_domain.testing.contracts.mail_outbox import MailOutboxContract
from user_domain.testing.contracts.mail_queries import MailQueriesContract
from user_domain.testing.contracts.mail_queue import MailQueueContract
from user_domain.testing.contracts.old_records import OldRecordsContract
from user_domain.testing.contracts.one_time_token_repository import OneTimeTokenRepositoryContract
from user_domain.testing.contracts.password_hasher import RIGHT, PasswordHasherContract
from user_domain.testing.contracts.personal_keys import PersonalKeysContract
from user_domain.testing.contracts.revocation_queries import RevocationQueriesContract
from user_domain.testing.contracts.secret_source import SecretSourceContract
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
from user_domain.testing.contracts.store import Store
from user_domain.testing.contracts.unit_of_work import UnitOfWorkContract
from user_domain.testing.contracts.user_directory import UserDirectoryContract
from user_domain.testing.contracts.user_queries import UserQueriesContract
from user_domain.testing.contracts.user_repository import UserRepositoryContract
from user_domain.testing.in_memory import (
    InMemoryAccessQueries,
    InMemoryAccessTokenCodec,
    InMemoryAuditEvidence,
    InMemoryAuditQueries,
    InMemoryClock,
    InMemoryDatabase,
    InMemoryMailQueries,
    InMemoryMailQueue,
    InMemoryOldRecords,
    InMemoryPasswordHasher,
    InMemoryRevocationQueries,
    InMemorySecretSource,
    InMemorySessionActivity,
    InMemorySessionQueries,
    InMemorySessionRefreshes,
    InMemorySigningKeyQueries,
    InMemoryStatisticsQueries,
    InMemoryStatisticsUpkeep,
    InMemoryStatusHistoryQueries,
    InMemoryUnitOfWork,
    InMemoryUserDirectory,
    InMemoryUserQueries,
)

# --- Over one database ----------------------------------------------------------------------------------------------


@pytest.fixture
def store() -> Store:
    database = InMemoryDatabase()

    trail = InMemoryAuditQueries(database)

    async def audit_entries() -> list[AuditEntry]:
        found = await trail.page(AuditCriteria(), limit=1_000_000)
        return [recorded.entry for recorded in sorted(found, key=lambda recorded: recorded.id)]

    return Store(
        unit_of_work=partial(InMemoryUnitOfWork, database),
        users=InMemoryUserQueries(database),
        directory=InMemoryUserDirectory(database),
        sessions=InMemorySessionQueries(database),
        revocations=InMemoryRevocationQueries(database),
        access=InMemoryAccessQueries(database),
        refreshes=InMemorySessionRefreshes(database),
        activity=partial(InMemorySessionActivity, database),
        mails=InMemoryMailQueries(database),
        mail_queue=InMemoryMailQueue(database),
        signing_keys=InMemorySigningKeyQueries(database),
        status_history=InMemoryStatusHistoryQueries(database),
        old_records=InMemoryOldRecords(database),
        statistics=InMemoryStatisticsQueries(database),
        upkeep=InMemoryStatisticsUpkeep(database),
        audit=trail,
        evidence=InMemoryAuditEvidence(database),
        audit_entries=audit_entries,
    )


class TestInMemoryUnitOfWork(UnitOfWorkContract):
    pass


class TestInMemoryUserRepository(UserRepositoryContract):
    pass


class TestInMemoryAdminRoster(AdminRosterContract):
    pass


class TestInMemoryStatusHistory(StatusHistoryContract):
    pass


class TestInMemoryStatusHistoryQueries(StatusHistoryQueriesContract):
    pass


class TestInMemorySessionRepository(SessionRepositoryContract):
    pass


class TestInMemoryOneTimeTokenRepository(OneTimeTokenRepositoryContract):
    pass


class TestInMemoryMailOutbox(MailOutboxContract):
    pass


class TestInMemoryCoolDowns(CoolDownsContract):
    pass


class TestInMemorySigningKeyRepository(SigningKeyRepositoryContract):
    pass


class TestInMemoryAuditTrail(AuditTrailContract):
    pass


class TestInMemoryPersonalKeys(PersonalKeysContract):
    pass


class TestInMemoryAuditQueries(AuditQueriesContract):
    pass


class TestInMemoryAuditSeals(AuditSealsContract):
    pass


class TestInMemoryAuditEvidence(AuditEvidenceContract):
    pass


class TestInMemoryUserQueries(UserQueriesContract):
    pass


class TestInMemoryUserDirectory(UserDirectoryContract):
    pass


class TestInMemorySessionQueries(SessionQueriesContract):
    pass


class TestInMemorySessionRefreshes(SessionRefreshesContract):
    pass


class TestInMemorySessionActivity(SessionActivityContract):
    pass


class TestInMemoryRevocationQueries(RevocationQueriesContract):
    pass


class TestInMemoryAccessQueries(AccessQueriesContract):
    pass


class TestInMemoryMailQueries(MailQueriesContract):
    pass


class TestInMemoryMailQueue(MailQueueContract):
    pass


class TestInMemoryOldRecords(OldRecordsContract):
    pass


class TestInMemorySigningKeyQueries(SigningKeyQueriesContract):
    pass


class TestInMemoryStatisticsQueries(StatisticsQueriesContract):
    pass


class TestInMemoryStatisticsUpkeep(StatisticsUpkeepContract):
    pass


# --- On their own ---------------------------------------------------------------------------------------------------


class TestInMemoryClock(ClockContract):
    @pytest.fixture
    def clock(self) -> Clock:
        return InMemoryClock()


class TestInMemorySecretSource(SecretSourceContract):
    @pytest.fixture
    def secrets(self) -> SecretSource:
        return InMemorySecretSource()


class TestInMemoryPasswordHasher(PasswordHasherContract):
    @pytest.fixture
    def hasher(self) -> PasswordHasher:
        return InMemoryPasswordHasher(generation=2)

    @pytest.fixture
    async def outdated_hash(self) -> PasswordHash:
        return await InMemoryPasswordHasher(generation=1).hash(RIGHT)


class TestInMemoryAccessTokenCodec(AccessTokenCodecContract):
    @pytest.fixture
    def codec(self) -> AccessTokenCodec:
        return InMemoryAccessTokenCodec()

    @pytest.fixture
    def other_codec(self) -> AccessTokenCodec:
        return InMemoryAccessTokenCodec()
