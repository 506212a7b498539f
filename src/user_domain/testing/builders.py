"""Valid things to start a test from; name only what the test is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from user_domain.entities.audit_entry import AuditAction, AuditEntry, StoredEntry
from user_domain.entities.audit_seal import Leaf, Seal, SealedEntry
from user_domain.entities.mail import Mail
from user_domain.entities.one_time_token import OneTimeToken
from user_domain.entities.session import NewSession, Session
from user_domain.entities.signing_key import SigningKey
from user_domain.entities.status_change import NewStatusChange
from user_domain.entities.user import Block, NewUser, Suspension, User
from user_domain.policies.audit_proof import leaf_digest, next_statement
from user_domain.ports.audit_archive import Sheet
from user_domain.value_objects.access_token import AccessTokenClaims
from user_domain.value_objects.account_status import AccountStatus
from user_domain.value_objects.client_info import ClientInfo
from user_domain.value_objects.device import Device
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.ids import AuditEntryId, KeyId, MailId, OneTimeTokenId, SessionHandle, SessionId, UserId
from user_domain.value_objects.letter import Letter, MailKind
from user_domain.value_objects.mobile_number import MobileNumber
from user_domain.value_objects.one_time_token import TokenPurpose, digest
from user_domain.value_objects.person_name import PersonName
from user_domain.value_objects.role import Role

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
"""A moment to stand at."""

PASSWORD = "SecurePass123!"
"""A password that may be chosen by `John Doe <john@example.com>`."""

CLIENT = ClientInfo(ip_address="203.0.113.7", user_agent="Mozilla/5.0 (X11; Linux x86_64)", request_id="req-builder")
"""A request's origin (RFC 5737 documentation address)."""

_numbers = count(1)


def an_email() -> EmailAddress:
    """An address nobody else has."""
    return EmailAddress(f"john{next(_numbers)}@example.com")


def a_new_user(**facts: Any) -> NewUser:
    """A user about to be stored."""
    user = NewUser(
        name=PersonName("John Doe"),
        email=an_email(),
        mobile=MobileNumber("1234567890"),
        locale=None,
        role=Role.USER,
        created_at=NOW,
        email_verified_at=None,
    )
    return replace(user, **facts)


def a_user(**facts: Any) -> User:
    """A stored user."""
    return replace(User.admitted(UserId(next(_numbers)), a_new_user()), **facts)


def a_block(**facts: Any) -> Block:
    """A block by nobody in particular."""
    return replace(Block(at=NOW, by=None, reason="spam"), **facts)


def a_suspension(**facts: Any) -> Suspension:
    """A suspension for a day from NOW."""
    return replace(Suspension(at=NOW, by=None, reason="late payment", until=NOW + timedelta(days=1)), **facts)


def a_handle() -> SessionHandle:
    """A handle no other session has."""
    return SessionHandle(f"{next(_numbers):032x}")


def a_new_session(user_id: UserId, **facts: Any) -> NewSession:
    """A session about to be stored."""
    session = NewSession.start(a_handle(), user_id, at=NOW, lifetime=timedelta(days=30), client=CLIENT)
    return replace(session, **facts)


def a_session(**facts: Any) -> Session:
    """A stored session of somebody, which started NOW."""
    number = next(_numbers)
    return replace(Session.started(SessionId(number), a_new_session(UserId(number))), **facts)


def a_token(user: User, purpose: TokenPurpose = TokenPurpose.VERIFY_EMAIL, **facts: Any) -> OneTimeToken:
    """A token issued NOW for a user's address, with a digest no other token has."""
    number = next(_numbers)
    token = OneTimeToken(
        id=OneTimeTokenId(f"{number:032x}"),
        purpose=purpose,
        user_id=user.id,
        email=user.email,
        digest=digest(f"builder-token-{number}"),
        issued_at=NOW,
        expires_at=NOW + purpose.lifetime,
    )
    return replace(token, **facts)


def a_mail_id() -> MailId:
    """An id no other mail has, and that sorts after those made before."""
    return MailId(f"{next(_numbers):032x}")


def a_mail(**facts: Any) -> Mail:
    """A mail about to be queued, to whoever has an address nobody else has."""
    mail = Mail(
        id=a_mail_id(),
        kind=MailKind.RESET_PASSWORD,
        recipient=an_email(),
        user_id=None,
        token_ids=(),
        occurred_at=NOW,
        client=CLIENT,
    )
    return replace(mail, **facts)


def a_letter(kind: MailKind = MailKind.VERIFY_EMAIL, **facts: Any) -> Letter:
    """A letter about to be sent, with tokens no other letter has."""
    number = next(_numbers)
    letter = Letter(
        id=a_mail_id(),
        kind=kind,
        recipient=an_email(),
        name=PersonName("John Doe"),
        locale=None,
        tokens={purpose: f"{purpose}-token-{number}" for purpose in kind.purposes},
        occurred_at=NOW,
        ip_address=CLIENT.ip_address,
        device=Device("Firefox", "Linux"),
        registered_at=NOW,
        role=Role.USER,
        suspended_until=None,
    )
    return replace(letter, **facts)


def a_status_change(user_id: UserId, **facts: Any) -> NewStatusChange:
    """That somebody was blocked NOW, by nobody in particular."""
    change = NewStatusChange(
        user_id=user_id, status=AccountStatus.BLOCKED, since=NOW, until=None, by=None, reason="spam"
    )
    return replace(change, **facts)


def a_signing_key(**facts: Any) -> SigningKey:
    """A key that signs for a month from NOW, with an id no other key has. It stands for one: it is none."""
    key_id = KeyId(f"builder-key-{next(_numbers):06d}")
    key = SigningKey(
        id=key_id,
        algorithm="ES256",
        created_at=NOW,
        activates_at=NOW,
        retires_at=NOW + timedelta(days=30),
        public_jwk=f'{{"kid": "{key_id}"}}',
        sealed_private_key=f"sealed {key_id}".encode(),
    )
    return replace(key, **facts)


def an_audit_entry(**facts: Any) -> AuditEntry:
    """An entry about to be stored."""
    entry = AuditEntry(action=AuditAction.SESSION_LOGIN_FAILURE, at=NOW, actor_id=None, target_id=None, client=CLIENT)
    return replace(entry, **facts)


def a_stored_entry(**facts: Any) -> StoredEntry:
    """An entry as a store has it, with a number no other entry has. What is hidden in it is nothing."""
    entry = StoredEntry(
        id=AuditEntryId(next(_numbers)),
        at=NOW,
        action=AuditAction.USER_PROFILE_CHANGE.value,
        actor_id=UserId(7),
        target_id=None,
        reason=None,
        origin=b"an origin",
        changes=None,
        ip_tag=b"a tag",
        address_tag=None,
    )
    return replace(entry, **facts)


def a_sheet(*entries: StoredEntry, after: Seal | None = None) -> Sheet:
    """Entries of one month, at least one, under a seal that comes after another, which nobody has signed."""
    leaves = [Leaf(entry.id, entry.at, leaf_digest(entry)) for entry in entries]
    seal = Seal(next_statement(after, leaves, at=NOW, key_id="builder-key"), b"builder-signature")
    sealed = [
        SealedEntry(seal.statement.number, position, leaf, entry)
        for position, (leaf, entry) in enumerate(zip(leaves, entries, strict=True))
    ]
    return Sheet(seal, tuple(sealed))


def token_claims(**facts: Any) -> AccessTokenClaims:
    """The claims of a token issued NOW for half an hour."""

    claims = AccessTokenClaims(
        token_id="builder-token",
        user_id=UserId(7),
        session=a_handle(),
        email=EmailAddress("john@example.com"),
        name=PersonName("John Doe"),
        role=Role.USER,
        issued_at=NOW.replace(microsecond=0),
        expires_at=NOW.replace(microsecond=0) + timedelta(minutes=30),
    )
    return replace(claims, **facts)
