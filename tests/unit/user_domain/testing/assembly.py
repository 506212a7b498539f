"""One test of a contract, run by hand over adapters of which one is not the intact one."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar

import pytest

from user_domain.errors import DomainError
from user_domain.ports.audit_queries import AuditCriteria
from user_domain.ports.mailer import MailDeferred
from user_domain.testing.contracts.breached_passwords import BREACHED
from user_domain.testing.contracts.mailer import Arrival
from user_domain.testing.contracts.password_hasher import RIGHT
from user_domain.testing.contracts.store import Store
from user_domain.testing.in_memory import (
    InMemoryAccessQueries,
    InMemoryAccessTokenCodec,
    InMemoryAuditEvidence,
    InMemoryAuditMonths,
    InMemoryAuditQueries,
    InMemoryAuditSigner,
    InMemoryBreachedPasswords,
    InMemoryClock,
    InMemoryDatabase,
    InMemoryDeviceParser,
    InMemoryMailer,
    InMemoryMailQueries,
    InMemoryMailQueue,
    InMemoryOldRecords,
    InMemoryOneTimeTokenCodec,
    InMemoryPasswordHasher,
    InMemoryPasswordStrength,
    InMemoryRefreshTokenCodec,
    InMemoryRevocationQueries,
    InMemorySecretSource,
    InMemorySessionActivity,
    InMemorySessionQueries,
    InMemorySessionRefreshes,
    InMemorySignatureVerifier,
    InMemorySigningKeyMaker,
    InMemorySigningKeyQueries,
    InMemoryStatisticsQueries,
    InMemoryStatisticsUpkeep,
    InMemoryStatusHistoryQueries,
    InMemoryUnitOfWork,
    InMemoryUserDirectory,
    InMemoryUserQueries,
)
from user_domain.testing.in_memory.admin_roster import InMemoryAdminRoster
from user_domain.testing.in_memory.audit_archive import InMemoryAuditArchive
from user_domain.testing.in_memory.audit_seals import InMemoryAuditSeals
from user_domain.testing.in_memory.audit_trail import InMemoryAuditTrail
from user_domain.testing.in_memory.cool_downs import InMemoryCoolDowns
from user_domain.testing.in_memory.mail_outbox import InMemoryMailOutbox
from user_domain.testing.in_memory.one_time_token_repository import InMemoryOneTimeTokenRepository
from user_domain.testing.in_memory.personal_keys import InMemoryPersonalKeys
from user_domain.testing.in_memory.session_repository import InMemorySessionRepository
from user_domain.testing.in_memory.signing_key_repository import InMemorySigningKeyRepository
from user_domain.testing.in_memory.status_history import InMemoryStatusHistory
from user_domain.testing.in_memory.user_repository import InMemoryUserRepository

if TYPE_CHECKING:
    from user_domain.entities.audit_entry import AuditEntry

ContractTest: TypeAlias = Callable[..., Any]
T = TypeVar("T")

PARTS_OF_A_UNIT_OF_WORK: dict[str, type[Any]] = {
    "users": InMemoryUserRepository,
    "tokens": InMemoryOneTimeTokenRepository,
    "outbox": InMemoryMailOutbox,
    "cool_downs": InMemoryCoolDowns,
    "signing_keys": InMemorySigningKeyRepository,
    "status_history": InMemoryStatusHistory,
    "audit": InMemoryAuditTrail,
    "personal_keys": InMemoryPersonalKeys,
    "seals": InMemoryAuditSeals,
}


async def outcomes_of(test: ContractTest, part: type) -> set[str]:
    """How a test ends, for all its parameters, with the part in the place of the adapter it derives from.

    A refusal where the contract allows none is a failure like any other.
    """
    return {await _outcome(test, {**await _fixtures(part), **parameters}) for parameters in _parameters(test)}


async def _outcome(test: ContractTest, values: dict[str, Any]) -> str:
    wanted = list(inspect.signature(test).parameters)[1:]  # without self
    try:
        async with asyncio.timeout(10):
            result = test(None, **{key: values[key] for key in wanted})
            if inspect.isawaitable(result):
                await result
    except (AssertionError, pytest.fail.Exception, DomainError, LookupError):
        return "failed"
    return "passed"


def _parameters(test: ContractTest) -> list[dict[str, Any]]:
    """What `pytest.mark.parametrize` would pass, one argument at most."""
    for mark in getattr(test, "pytestmark", []):
        argument, values = mark.args
        return [{argument: value} for value in values]
    return [{}]


async def _fixtures(part: type) -> dict[str, Any]:
    """Everything that a contract asks for."""

    def of(intact: type[T]) -> type[T]:
        return part if issubclass(part, intact) else intact

    class UnitOfWork(of(InMemoryUnitOfWork)):  # type: ignore[misc]  # known at run time only
        async def __aenter__(self) -> Self:
            await super().__aenter__()
            for name, intact in PARTS_OF_A_UNIT_OF_WORK.items():
                if issubclass(part, intact):
                    setattr(self, name, part(self._state))
            if issubclass(part, (InMemoryUserRepository, InMemorySessionRepository)):
                self.sessions = of(InMemorySessionRepository)(self._state, self.users)
            if issubclass(part, (InMemoryUserRepository, InMemoryAdminRoster)):
                self.admins = of(InMemoryAdminRoster)(self._state, self.users)
            return self

    async def audit_entries() -> list[AuditEntry]:
        found = await audit.page(AuditCriteria(), limit=1_000_000)
        return [recorded.entry for recorded in sorted(found, key=lambda recorded: recorded.id)]

    async def inbox() -> list[Arrival]:
        return [Arrival.of(letter) for letter in mailer.letters]

    database = InMemoryDatabase()
    audit = of(InMemoryAuditQueries)(database)
    mailer, unreachable_mailer = of(InMemoryMailer)(), of(InMemoryMailer)()
    unreachable_mailer.refuse(MailDeferred("no connection"))
    unreachable = of(InMemoryBreachedPasswords)(*BREACHED)
    unreachable.reachable = False
    full_archive = of(InMemoryAuditArchive)()
    full_archive.is_available = False
    return {
        "store": Store(
            unit_of_work=lambda: UnitOfWork(database),
            users=of(InMemoryUserQueries)(database),
            directory=of(InMemoryUserDirectory)(database),
            sessions=of(InMemorySessionQueries)(database),
            revocations=of(InMemoryRevocationQueries)(database),
            access=of(InMemoryAccessQueries)(database),
            refreshes=of(InMemorySessionRefreshes)(database),
            activity=lambda: of(InMemorySessionActivity)(database),
            mails=of(InMemoryMailQueries)(database),
            mail_queue=of(InMemoryMailQueue)(database),
            signing_keys=of(InMemorySigningKeyQueries)(database),
            status_history=of(InMemoryStatusHistoryQueries)(database),
            old_records=of(InMemoryOldRecords)(database),
            statistics=of(InMemoryStatisticsQueries)(database),
            upkeep=of(InMemoryStatisticsUpkeep)(database),
            audit=audit,
            evidence=of(InMemoryAuditEvidence)(database),
            audit_entries=audit_entries,
        ),
        "clock": of(InMemoryClock)(),
        "secrets": of(InMemorySecretSource)(),
        "codec": of(InMemoryAccessTokenCodec)(),
        "other_codec": of(InMemoryAccessTokenCodec)(),
        "hasher": of(InMemoryPasswordHasher)(generation=2),
        "mailer": mailer,
        "inbox": inbox,
        "unreachable_mailer": unreachable_mailer,
        "strength": of(InMemoryPasswordStrength)(),
        "breached": of(InMemoryBreachedPasswords)(*BREACHED),
        "unreachable": unreachable,
        "devices": of(InMemoryDeviceParser)(),
        "maker": of(InMemorySigningKeyMaker)("yesterday"),
        "later_maker": of(InMemorySigningKeyMaker)("today", "yesterday"),
        "strange_maker": of(InMemorySigningKeyMaker)("elsewhere"),
        "archive": of(InMemoryAuditArchive)(),
        "full_archive": full_archive,
        "months": of(InMemoryAuditMonths)(),
        "taken_months": of(InMemoryAuditMonths)(date(2026, 5, 1)),
        "signer": of(InMemoryAuditSigner)("a key"),
        "other_signer": of(InMemoryAuditSigner)("another key"),
        "strange_signer": of(InMemoryAuditSigner)("a strange key"),
        "signatures": of(InMemorySignatureVerifier)("a key", "another key"),
        "tokens": of(InMemoryOneTimeTokenCodec)(generation=1),
        "later_tokens": of(InMemoryOneTimeTokenCodec)(generation=2),
        "refresh_tokens": of(InMemoryRefreshTokenCodec)(key_number=1),
        "later_refresh_tokens": of(InMemoryRefreshTokenCodec)(key_number=2),
        "outdated_hash": await InMemoryPasswordHasher(generation=1).hash(RIGHT),
    }
