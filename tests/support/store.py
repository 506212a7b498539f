"""The adapters of PostgreSQL, as the contracts ask for them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from adapters.postgres.access_queries import PostgresAccessQueries
from adapters.postgres.audit_evidence import PostgresAuditEvidence
from adapters.postgres.audit_queries import PostgresAuditQueries
from adapters.postgres.mail_queries import PostgresMailQueries
from adapters.postgres.mail_queue import PostgresMailQueue
from adapters.postgres.old_records import PostgresOldRecords
from adapters.postgres.revocation_queries import PostgresRevocationQueries
from adapters.postgres.session_activity import PostgresSessionActivity
from adapters.postgres.session_queries import PostgresSessionQueries
from adapters.postgres.session_refreshes import PostgresSessionRefreshes
from adapters.postgres.signing_key_queries import PostgresSigningKeyQueries
from adapters.postgres.statistics_queries import PostgresStatisticsQueries
from adapters.postgres.statistics_upkeep import PostgresStatisticsUpkeep
from adapters.postgres.status_history_queries import PostgresStatusHistoryQueries
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.postgres.user_directory import PostgresUserDirectory
from adapters.postgres.user_queries import PostgresUserQueries
from tests.support.audit import audit_keys, read_audit_trail
from user_domain.testing.contracts.store import Store
from user_domain.value_objects.calendar import Calendar

if TYPE_CHECKING:
    from adapters.postgres.database import Database


def store_on(database: Database) -> Store:
    """The store on one database."""
    keys = audit_keys(database)
    return Store(
        unit_of_work=partial(
            PostgresUnitOfWork, database, audit_keys=keys, name_key=b"a key for tests", calendar=Calendar()
        ),
        users=PostgresUserQueries(database, keys),
        directory=PostgresUserDirectory(database),
        sessions=PostgresSessionQueries(database),
        revocations=PostgresRevocationQueries(database),
        access=PostgresAccessQueries(database, keys),
        refreshes=PostgresSessionRefreshes(database),
        activity=partial(PostgresSessionActivity, database, Calendar()),
        mails=PostgresMailQueries(database),
        mail_queue=PostgresMailQueue(database),
        signing_keys=PostgresSigningKeyQueries(database),
        status_history=PostgresStatusHistoryQueries(database),
        old_records=PostgresOldRecords(database),
        statistics=PostgresStatisticsQueries(database),
        upkeep=PostgresStatisticsUpkeep(database),
        audit=PostgresAuditQueries(database, keys),
        evidence=PostgresAuditEvidence(database),
        audit_entries=partial(read_audit_trail, database),
    )
