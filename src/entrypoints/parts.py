"""Parts that are made from settings: what has more to it than a name of a setting for each parameter."""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.ed25519.audit_signer import Ed25519AuditSigner
from adapters.http.breached_passwords import HttpBreachedPasswords
from adapters.mail.folder_mailer import FolderMailer
from adapters.mail.links import MailLinks
from adapters.mail.rendering import LetterWriter
from adapters.mail.smtp import SmtpMailer
from adapters.mail.smtp_settings import SmtpSettings
from adapters.passwords.algorithms import Argon2id, Bcrypt
from adapters.passwords.breached_passwords import UncheckedBreachedPasswords
from adapters.passwords.hasher import ThreadedPasswordHasher
from adapters.postgres.database import PoolSettings
from entrypoints import setting_rules
from user_domain.policies.access import AccessPolicy
from user_domain.policies.retention import RetentionPolicy
from user_domain.policies.session import IpBinding, LimitPolicy, SessionPolicy
from user_domain.value_objects.calendar import Calendar

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from adapters.mail.folder import MailFolder
    from adapters.passwords.algorithms import HashAlgorithm
    from entrypoints.settings import Settings
    from user_domain.ports.breached_passwords import BreachedPasswords
    from user_domain.ports.mailer import Mailer


def password_hasher(settings: Settings) -> ThreadedPasswordHasher:
    """What hashes new passwords as PASSWORD_HASHER says, and verifies those of the others."""
    algorithms: dict[str, HashAlgorithm] = {"argon2id": Argon2id(), "bcrypt": Bcrypt()}
    return ThreadedPasswordHasher(
        current=algorithms.pop(settings.password_hasher),
        others=list(algorithms.values()),
        concurrency=settings.hash_concurrency,
        queue_seconds=settings.hash_queue_seconds,
    )


def breached_passwords(settings: Settings) -> BreachedPasswords:
    """The list of BREACHED_PASSWORDS_URL, or none."""
    url = settings.breached_passwords_url
    return HttpBreachedPasswords(url=url) if url else UncheckedBreachedPasswords()


def mailer(settings: Settings, folder: MailFolder) -> Mailer:
    """What mail leaves by: SMTP_URL, or the mailbox of development."""
    writer = LetterWriter(settings.mail_sender, MailLinks(settings.public_url, settings.frontend_url))
    if settings.smtp_url is not None:
        return SmtpMailer(settings=SmtpSettings.parse(settings.smtp_url.get_secret_value()), writer=writer)
    return FolderMailer(folder=folder, writer=writer, announce=say)


def say(line: str) -> None:
    """Print a line, as far as the terminal can; the mail is kept, telling of it is a courtesy."""
    with suppress(OSError, ValueError):  # closed, or a pipe that nobody reads any more
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        sys.stdout.flush()


def pool_settings(settings: Settings) -> PoolSettings:
    """How many connections there are, and how long anybody waits."""
    return PoolSettings(
        min_size=settings.database_pool_min,
        max_size=settings.database_pool_max,
        timeout=settings.database_timeout_seconds,
        transaction_pooler=settings.database_pooler == "transaction",
    )


def session_policy(settings: Settings) -> SessionPolicy:
    """How long sessions live, how many there may be, and from where."""
    idle = settings.session_idle_timeout_minutes
    return SessionPolicy(
        sliding=timedelta(days=settings.refresh_token_expire_days),
        absolute=timedelta(days=settings.session_max_lifetime_days),
        access_token=timedelta(minutes=settings.access_token_expire_minutes),
        idle=None if idle is None else timedelta(minutes=idle),
        limit=settings.max_sessions_per_user,
        limit_policy=LimitPolicy(settings.session_limit_policy),
        ip_binding=IpBinding(settings.session_ip_binding),
    )


def revocation_margin(settings: Settings) -> timedelta:
    """How long after the moment it carries a revocation can be committed: a wait for a connection and up to ten
    statements, each as long as it may take; and how far the clocks of replicas may be apart.
    """
    return timedelta(seconds=max(60, 12 * settings.database_timeout_seconds))


def retention_policy(settings: Settings, sessions: SessionPolicy) -> RetentionPolicy:
    """What is kept how long, and never less than the revocation feed tells of it."""
    window = sessions.access_token + revocation_margin(settings)
    return RetentionPolicy(longest_session=sessions.absolute, revocation_window=window)


def audit_signer(settings: Settings) -> Ed25519AuditSigner | None:
    """What seals the audit trail; None where AUDIT_SIGNING_KEY is not set."""
    key = settings.audit_private_key
    return None if key is None else Ed25519AuditSigner(key)


def audit_public_keys(settings: Settings) -> tuple[Ed25519PublicKey, ...]:
    """What seals are verified with where nothing else is said: the public half of AUDIT_SIGNING_KEY."""
    key = settings.audit_private_key
    return () if key is None else (key.public_key(),)


def key_algorithm(settings: Settings) -> str | None:
    """What keys of the set are for; None where tokens are signed with the shared secret."""
    return None if settings.algorithm == "HS256" else settings.algorithm


def access_policy(settings: Settings) -> AccessPolicy:
    """Who gets in."""
    return AccessPolicy(verified_email_required=settings.email_verification == "required")


def calendar(settings: Settings) -> Calendar:
    """The days of STATS_TIMEZONE."""
    return Calendar(setting_rules.time_zone(settings.stats_timezone))
