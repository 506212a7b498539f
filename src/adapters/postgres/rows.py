"""Rows ⇄ entities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from user_domain.entities.audit_entry import AuditAction, AuditEntry, RecordedEntry, StoredEntry
from user_domain.entities.audit_seal import (
    Leaf,
    Retirement,
    RetirementStatement,
    Seal,
    SealedEntry,
    SealStatement,
)
from user_domain.entities.mail import Mail, UnsentMail
from user_domain.entities.one_time_token import OneTimeToken
from user_domain.entities.session import EndReason, Session
from user_domain.entities.signing_key import SigningKey
from user_domain.entities.status_change import StatusChange
from user_domain.entities.user import Block, Suspension, User
from user_domain.ports.access_queries import LoginAttempt, LoginOutcome
from user_domain.ports.revocation_queries import CutOffUser, EndedSession
from user_domain.ports.user_repository import Account
from user_domain.value_objects.account_status import AccountStatus
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.ids import KeyId, MailId, OneTimeTokenId, SessionHandle
from user_domain.value_objects.letter import MailKind
from user_domain.value_objects.locale import Locale
from user_domain.value_objects.mobile_number import MobileNumber
from user_domain.value_objects.one_time_token import TokenPurpose
from user_domain.value_objects.person_name import PersonName
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from adapters.postgres.audit_cipher import AuditCipher
    from adapters.postgres.database import Row
    from user_domain.entities.session import NewSession
    from user_domain.entities.status_change import NewStatusChange
    from user_domain.entities.user import NewUser
    from user_domain.ports.revocation_queries import Revocation


KINDS = [kind.value for kind in MailKind]
"""The mails this release can read. A newer one beside it may queue others; those are for its own workers."""


def to_user(row: Row) -> User:
    """A user, from the columns `{user}`."""
    return User(
        id=row["id"],
        name=PersonName(row["name"]),
        email=EmailAddress(row["email"]),
        mobile=MobileNumber(row["mobile"]),
        locale=Locale(row["locale"]) if row["locale"] else None,
        role=Role(row["role"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        email_verified_at=row["email_verified_at"],
        pending_email=EmailAddress(row["pending_email"]) if row["pending_email"] else None,
        password_reset_required_at=row["password_reset_required_at"],
        last_login_at=row["last_login_at"],
        block=row["blocked_at"] and Block(at=row["blocked_at"], by=row["blocked_by"], reason=row["blocked_reason"]),
        suspension=row["suspended_at"]
        and Suspension(
            at=row["suspended_at"],
            by=row["suspended_by"],
            reason=row["suspended_reason"],
            until=row["suspended_until"],
        ),
        version=row["version"],
    )


def to_account(row: Row) -> Account:
    """An account, from the columns `{user}` and a password hash."""
    return Account(to_user(row), row["hash"])


def to_session(row: Row) -> Session:
    """A session, from the columns `{session}`."""
    return Session(
        id=row["session_id"],
        handle=SessionHandle(row["handle"].hex),
        user_id=row["user_id"],
        started_at=row["started_at"],
        expires_at=row["expires_at"],
        last_seen_at=row["last_seen_at"],
        refresh_generation=row["refresh_generation"],
        refreshed_at=row["refreshed_at"],
        ended_at=row["ended_at"],
        end_reason=EndReason(row["end_reason"]) if row["end_reason"] else None,
        ip_address=row["ip_address"],
        user_agent=row["user_agent"],
    )


def to_revocation(row: Row) -> Revocation:
    """A revocation, from a row of `revocations.after`."""
    if row["handle"] is None:
        return CutOffUser(row["user_id"], row["at"])
    return EndedSession(SessionHandle(row["handle"].hex), row["at"])


def to_login_attempt(row: Row, cipher: AuditCipher) -> LoginAttempt:
    """An attempt to log in, from a row of `access.record_of`."""
    return LoginAttempt(
        at=row["attempted_at"],
        outcome=LoginOutcome(row["action"].rpartition(":")[2]),
        client=_origin(row, row["origin_salt"], cipher) or ClientInfo(),
        reason=row["reason"],
    )


def to_recorded_entry(row: Row, cipher: AuditCipher) -> RecordedEntry:
    """An audit entry that can be read, from the columns `{audit_entry}`."""
    origin_salt = row["month_salt"] if row["actor_id"] is None and row["target_id"] is None else row["origin_salt"]
    changes_salt = row["month_salt"] if row["actor_id"] is None and row["target_id"] is None else row["changes_salt"]
    origin = _origin(row, origin_salt, cipher)
    changes = row["changes"] and changes_salt and cipher.decrypt_changes(row["changes"], changes_salt.bytes)
    entry = AuditEntry(
        action=AuditAction(row["action"]),
        at=row["at"],
        actor_id=row["actor_id"],
        target_id=row["target_id"],
        client=origin or ClientInfo(),
        reason=row["reason"],
        changes=changes or (),
    )
    return RecordedEntry(
        id=row["id"],
        entry=entry,
        address_digest=row["address_tag"] and row["address_tag"].hex(),
        is_erased=(row["origin"] is not None and origin is None) or (row["changes"] is not None and not changes),
    )


def to_stored_entry(row: Row) -> StoredEntry:
    """An audit entry as it is stored, from the columns `{stored_entry}`."""
    return StoredEntry(**{field: row[field] for field in StoredEntry.__slots__})


def to_seal(row: Row) -> Seal:
    """A seal, from the columns `{seal}`."""
    statement = SealStatement(
        number=row["number"],
        month=row["month"],
        sealed_at=row["sealed_at"],
        entries=row["entries"],
        root=row["root"],
        previous=row["previous"],
        key_id=row["key_id"],
    )
    return Seal(statement, row["signature"])


def to_sealed_entry(row: Row) -> SealedEntry:
    """What is under a seal, from a row of `audit_seals.sealed_entries`."""
    return SealedEntry(
        seal=row["seal"],
        position=row["position"],
        leaf=Leaf(row["entry_id"], row["leaf_at"], row["leaf"]),
        entry=None if row["id"] is None else to_stored_entry(row),
    )


def to_retirement(row: Row) -> Retirement:
    """A month that was given up, from the columns `{retirement}`."""
    statement = RetirementStatement(
        month=row["month"],
        retired_at=row["retired_at"],
        last_seal=row["last_seal"],
        entries=row["entries"],
        archive_digest=row["archive_digest"],
        key_id=row["key_id"],
    )
    return Retirement(statement, row["signature"])


def _origin(row: Row, salt: UUID | None, cipher: AuditCipher) -> ClientInfo | None:
    return cipher.decrypt_origin(row["origin"], salt.bytes) if row["origin"] is not None and salt else None


def to_token(row: Row) -> OneTimeToken:
    """A one-time token, from the columns `{token}`."""
    return OneTimeToken(
        id=OneTimeTokenId(row["token_id"].hex),
        purpose=TokenPurpose(row["purpose"]),
        user_id=row["token_user_id"],
        email=EmailAddress(row["token_email"]),
        digest=row["digest"],
        issued_at=row["issued_at"],
        expires_at=row["expires_at"],
        used_at=row["used_at"],
        voided_at=row["voided_at"],
    )


def to_mail(row: Row) -> Mail:
    """A mail, from the columns `{mail}`."""
    return Mail(
        id=MailId(row["mail_id"].hex),
        kind=MailKind(row["kind"]),
        recipient=EmailAddress(row["recipient"]),
        user_id=row["user_id"],
        token_ids=tuple(OneTimeTokenId(token_id.hex) for token_id in row["token_ids"]),
        occurred_at=row["occurred_at"],
        client=ClientInfo(ip_address=row["ip_address"], user_agent=row["user_agent"], request_id=row["request_id"]),
    )


def to_unsent_mail(row: Row) -> UnsentMail:
    """How a mail stands, from the columns `{mail}` and those of its delivery."""
    return UnsentMail(
        mail=to_mail(row),
        attempts=row["attempts"],
        next_attempt_at=row["next_attempt_at"],
        dead_at=row["dead_at"],
        error=row["error"],
    )


def to_signing_key(row: Row) -> SigningKey:
    """A signing key, from the columns `{signing_key}`."""
    return SigningKey(
        id=KeyId(row["kid"]),
        algorithm=row["algorithm"],
        created_at=row["created_at"],
        activates_at=row["activates_at"],
        retires_at=row["retires_at"],
        public_jwk=row["public_jwk"],
        sealed_private_key=row["sealed_private_key"],
    )


def to_status_change(row: Row) -> StatusChange:
    """A status change, from the columns `{status_change}`."""
    return StatusChange(
        id=row["id"],
        user_id=row["user_id"],
        status=AccountStatus(row["status"]),
        since=row["since"],
        until=row["until"],
        by=row["changed_by"],
        reason=row["reason"],
    )


def from_new_user(new: NewUser) -> dict[str, Any]:
    """The parameters of `users.add`, less the password hash."""
    return {
        "name": new.name.value,
        "email": new.email.value,
        "mobile": new.mobile.value,
        "locale": new.locale and new.locale.value,
        "role": new.role.value,
        "created_at": new.created_at,
        "email_verified_at": new.email_verified_at,
    }


def from_user(user: User) -> dict[str, Any]:
    """The parameters of `users.save`; when the user logged in is none of them."""
    block, suspension = user.block, user.suspension
    return {
        "id": user.id,
        "name": user.name.value,
        "mobile": user.mobile.value,
        "locale": user.locale and user.locale.value,
        "role": user.role.value,
        "updated_at": user.updated_at,
        "email_verified_at": user.email_verified_at,
        "pending_email": user.pending_email and user.pending_email.value,
        "password_reset_required_at": user.password_reset_required_at,
        "blocked_at": block and block.at,
        "blocked_by": block and block.by,
        "blocked_reason": block and block.reason,
        "suspended_at": suspension and suspension.at,
        "suspended_by": suspension and suspension.by,
        "suspended_reason": suspension and suspension.reason,
        "suspended_until": suspension and suspension.until,
        "version": user.version,
    }


def from_hex(name: SessionHandle | OneTimeTokenId | MailId) -> UUID:
    """32 hex digits as they are stored: 16 bytes."""
    return UUID(hex=name)


def from_token(token: OneTimeToken) -> dict[str, Any]:
    """The parameters of `one_time_tokens.add`."""
    return {
        "id": from_hex(token.id),
        "purpose": token.purpose.value,
        "user_id": token.user_id,
        "email": token.email.value,
        "digest": token.digest,
        "issued_at": token.issued_at,
        "expires_at": token.expires_at,
        "used_at": token.used_at,
        "voided_at": token.voided_at,
    }


def from_mail(mail: Mail) -> dict[str, Any]:
    """The parameters of `outgoing_mails.add` and `address`."""
    return {
        "id": from_hex(mail.id),
        "kind": mail.kind.value,
        "recipient": mail.recipient.value,
        "user_id": mail.user_id,
        "token_ids": [from_hex(token_id) for token_id in mail.token_ids],
        "occurred_at": mail.occurred_at,
        "ip_address": mail.client.ip_address,
        "user_agent": mail.client.user_agent,
        "request_id": mail.client.request_id,
    }


def from_new_session(session: NewSession) -> dict[str, Any]:
    """The parameters of `sessions.add`."""
    return {
        "handle": from_hex(session.handle),
        "user_id": session.user_id,
        "started_at": session.started_at,
        "expires_at": session.expires_at,
        "ip_address": session.ip_address,
        "user_agent": session.user_agent,
    }


def from_new_status_change(change: NewStatusChange) -> dict[str, Any]:
    """The parameters of `status_changes.add`."""
    return {
        "user_id": change.user_id,
        "status": change.status.value,
        "since": change.since,
        "until": change.until,
        "changed_by": change.by,
        "reason": change.reason,
    }


def from_signing_key(key: SigningKey) -> dict[str, Any]:
    """The parameters of `signing_keys.add` and `save`."""
    return {
        "kid": key.id,
        "algorithm": key.algorithm,
        "created_at": key.created_at,
        "activates_at": key.activates_at,
        "retires_at": key.retires_at,
        "public_jwk": key.public_jwk,
        "sealed_private_key": key.sealed_private_key,
    }


def from_seal(seal: Seal) -> dict[str, Any]:
    """The parameters of `audit_seals.add`."""
    statement = seal.statement
    return {
        "number": statement.number,
        "month": statement.month,
        "sealed_at": statement.sealed_at,
        "entries": statement.entries,
        "root": statement.root,
        "previous": statement.previous,
        "key_id": statement.key_id,
        "signature": seal.signature,
    }


def from_retirement(retirement: Retirement) -> dict[str, Any]:
    """The parameters of `audit_seals.retire` and `add_retirement`."""
    statement = retirement.statement
    return {
        "month": statement.month,
        "retired_at": statement.retired_at,
        "last_seal": statement.last_seal,
        "entries": statement.entries,
        "archive_digest": statement.archive_digest,
        "key_id": statement.key_id,
        "signature": retirement.signature,
    }


def from_audit_entry(entry: AuditEntry) -> dict[str, Any]:
    """The parameters of `audit.append`, less what is encrypted."""
    return {
        "at": entry.at,
        "action": entry.action.value,
        "actor_id": entry.actor_id,
        "target_id": entry.target_id,
        "reason": entry.reason,
    }
