"""Adapters that keep everything in memory: the reference for the contracts, and the quick way to test a use case.

One file per port. They honour the contracts fully, concurrency included, but keep nothing when the process ends and
do one unit of work at a time, so they say nothing about speed.
"""

from user_domain.testing.in_memory.access_queries import InMemoryAccessQueries
from user_domain.testing.in_memory.access_token_codec import InMemoryAccessTokenCodec
from user_domain.testing.in_memory.audit_evidence import InMemoryAuditEvidence
from user_domain.testing.in_memory.audit_months import InMemoryAuditMonths
from user_domain.testing.in_memory.audit_queries import InMemoryAuditQueries
from user_domain.testing.in_memory.audit_signer import InMemoryAuditSigner
from user_domain.testing.in_memory.breached_passwords import InMemoryBreachedPasswords
from user_domain.testing.in_memory.clock import InMemoryClock
from user_domain.testing.in_memory.database import InMemoryDatabase
from user_domain.testing.in_memory.device_parser import InMemoryDeviceParser
from user_domain.testing.in_memory.mail_queries import InMemoryMailQueries
from user_domain.testing.in_memory.mail_queue import InMemoryMailQueue
from user_domain.testing.in_memory.mailer import InMemoryMailer
from user_domain.testing.in_memory.old_records import InMemoryOldRecords
from user_domain.testing.in_memory.one_time_token_codec import InMemoryOneTimeTokenCodec
from user_domain.testing.in_memory.password_hasher import InMemoryPasswordHasher
from user_domain.testing.in_memory.password_strength import InMemoryPasswordStrength
from user_domain.testing.in_memory.refresh_token_codec import InMemoryRefreshTokenCodec
from user_domain.testing.in_memory.revocation_queries import InMemoryRevocationQueries
from user_domain.testing.in_memory.secret_source import InMemorySecretSource
from user_domain.testing.in_memory.session_activity import InMemorySessionActivity
from user_domain.testing.in_memory.session_queries import InMemorySessionQueries
from user_domain.testing.in_memory.session_refreshes import InMemorySessionRefreshes
from user_domain.testing.in_memory.signature_verifier import InMemorySignatureVerifier
from user_domain.testing.in_memory.signing_key_maker import InMemorySigningKeyMaker
from user_domain.testing.in_memory.signing_key_queries import InMemorySigningKeyQueries
from user_domain.testing.in_memory.statistics_queries import InMemoryStatisticsQueries
from user_domain.testing.in_memory.statistics_upkeep import InMemoryStatisticsUpkeep
from user_domain.testing.in_memory.status_history_queries import InMemoryStatusHistoryQueries
from user_domain.testing.in_memory.unit_of_work import InMemoryUnitOfWork
from user_domain.testing.in_memory.user_directory import InMemoryUserDirectory
from user_domain.testing.in_memory.user_queries import InMemoryUserQueries

__all__ = [
    "InMemoryAccessQueries",
    "InMemoryAccessTokenCodec",
    "InMemoryAuditEvidence",
    "InMemoryAuditMonths",
    "InMemoryAuditQueries",
    "InMemoryAuditSigner",
    "InMemoryBreachedPasswords",
    "InMemoryClock",
    "InMemoryDatabase",
    "InMemoryDeviceParser",
    "InMemoryMailQueries",
    "InMemoryMailQueue",
    "InMemoryMailer",
    "InMemoryOldRecords",
    "InMemoryOneTimeTokenCodec",
    "InMemoryPasswordHasher",
    "InMemoryPasswordStrength",
    "InMemoryRefreshTokenCodec",
    "InMemoryRevocationQueries",
    "InMemorySecretSource",
    "InMemorySessionActivity",
    "InMemorySessionQueries",
    "InMemorySessionRefreshes",
    "InMemorySignatureVerifier",
    "InMemorySigningKeyMaker",
    "InMemorySigningKeyQueries",
    "InMemoryStatisticsQueries",
    "InMemoryStatisticsUpkeep",
    "InMemoryStatusHistoryQueries",
    "InMemoryUnitOfWork",
    "InMemoryUserDirectory",
    "InMemoryUserQueries",
]
