"""What the in-memory adapters share: the committed state."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from user_domain.value_objects.ids import AuditEntryId, SessionId
from user_domain.value_objects.one_time_token import TokenPurpose

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.audit_entry import AuditEntry
    from user_domain.entities.audit_seal import Retirement, Seal, SealedEntry
    from user_domain.entities.mail import UnsentMail
    from user_domain.entities.one_time_token import OneTimeToken
    from user_domain.entities.session import Session
    from user_domain.entities.signing_key import SigningKey
    from user_domain.entities.status_change import StatusChange
    from user_domain.ports.user_repository import Account
    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import KeyId, MailId, OneTimeTokenId, SessionHandle, UserId


@dataclass(slots=True)
class State:
    """Everything stored. Entities are immutable, so copying the containers copies the state."""

    accounts: dict[UserId, Account] = field(default_factory=dict)
    sessions: dict[SessionHandle, Session] = field(default_factory=dict)
    tokens: dict[OneTimeTokenId, OneTimeToken] = field(default_factory=dict)
    mails: dict[MailId, UnsentMail] = field(default_factory=dict)
    cool_downs: dict[str, datetime] = field(default_factory=dict)
    signing_keys: dict[KeyId, SigningKey] = field(default_factory=dict)
    status_changes: list[StatusChange] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)
    address_digests: dict[AuditEntryId, str] = field(default_factory=dict)
    erased: set[UserId] = field(default_factory=set)
    seals: list[Seal] = field(default_factory=list)
    leaves: dict[AuditEntryId, SealedEntry] = field(default_factory=dict)
    retirements: list[Retirement] = field(default_factory=list)
    given_up: set[int] = field(default_factory=set)
    presence: set[tuple[UserId, datetime]] = field(default_factory=set)
    lapsed: set[SessionHandle] = field(default_factory=set)

    def copy(self) -> State:
        """A state that can be changed without changing this one."""
        return State(
            dict(self.accounts),
            dict(self.sessions),
            dict(self.tokens),
            dict(self.mails),
            dict(self.cool_downs),
            dict(self.signing_keys),
            list(self.status_changes),
            list(self.audit),
            dict(self.address_digests),
            set(self.erased),
            list(self.seals),
            dict(self.leaves),
            list(self.retirements),
            set(self.given_up),
            set(self.presence),
            set(self.lapsed),
        )

    def numbered_audit(self) -> list[tuple[AuditEntryId, AuditEntry]]:
        """The audit trail but for what was given up, with the numbers that entries have by the order of writing."""
        numbered = enumerate(self.audit, start=1)
        return [(AuditEntryId(number), entry) for number, entry in numbered if number not in self.given_up]

    def next_session_id(self) -> SessionId:
        """A number no session has, and above all of theirs."""
        return SessionId(max((session.id for session in self.sessions.values()), default=0) + 1)

    def email_is_taken(self, email: EmailAddress, *, by_others_than: UserId | None = None, at: datetime) -> bool:
        """Whether somebody else has the address or can still take it back."""
        owners = {account.user.id for account in self.accounts.values() if account.user.email == email}
        reserved_for = {
            token.user_id
            for token in self.tokens.values()
            if token.purpose is TokenPurpose.UNDO_EMAIL_CHANGE and token.email == email and token.is_good(at)
        }
        return bool((owners | reserved_for) - {by_others_than})

    def live_sessions(self, user_id: UserId, *, at: datetime, seen_after: datetime | None) -> list[Session]:
        """The sessions of a user that are live at a moment and were seen after another."""
        return [
            session
            for session in self.sessions.values()
            if session.user_id == user_id
            and session.is_live(at)
            and (seen_after is None or session.last_seen_at > seen_after)
        ]


class InMemoryDatabase:
    """The committed state, and the lock that lets one unit of work at a time change it."""

    def __init__(self) -> None:
        self.committed = State()
        self.lock = asyncio.Lock()
