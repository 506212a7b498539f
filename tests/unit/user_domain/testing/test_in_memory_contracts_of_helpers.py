"""The in-memory adapters that need no database: what looks at passwords and devices, what derives tokens, and what
signs and keeps the audit trail.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from user_domain.testing.contracts.audit_archive import AuditArchiveContract
from user_domain.testing.contracts.audit_months import AuditMonthsContract
from user_domain.testing.contracts.audit_signer import AuditSignerContract
from user_domain.testing.contracts.breached_passwords import BREACHED, BreachedPasswordsContract
from user_domain.testing.contracts.device_parser import DeviceParserContract
from user_domain.testing.contracts.one_time_token_codec import OneTimeTokenCodecContract
from user_domain.testing.contracts.password_strength import PasswordStrengthContract
from user_domain.testing.contracts.refresh_token_codec import RefreshTokenCodecContract
from user_domain.testing.contracts.signature_verifier import SignatureVerifierContract
from user_domain.testing.contracts.signing_key_maker import SigningKeyMakerContract
from user_domain.testing.in_memory.audit_archive import InMemoryAuditArchive
from user_domain.testing.in_memory.audit_months import InMemoryAuditMonths
from user_domain.testing.in_memory.audit_signer import InMemoryAuditSigner
from user_domain.testing.in_memory.breached_passwords import InMemoryBreachedPasswords
from user_domain.testing.in_memory.device_parser import InMemoryDeviceParser
from user_domain.testing.in_memory.one_time_token_codec import InMemoryOneTimeTokenCodec
from user_domain.testing.in_memory.password_strength import InMemoryPasswordStrength
from user_domain.testing.in_memory.refresh_token_codec import InMemoryRefreshTokenCodec
from user_domain.testing.in_memory.signature_verifier import InMemorySignatureVerifier
from user_domain.testing.in_memory.signing_key_maker import InMemorySigningKeyMaker

if TYPE_CHECKING:
    from user_domain.ports.audit_archive import AuditArchive
    from user_domain.ports.audit_months import AuditMonths
    from user_domain.ports.audit_signer import AuditSigner
    from user_domain.ports.breached_passwords import BreachedPasswords
    from user_domain.ports.device_parser import DeviceParser
    from user_domain.ports.one_time_token_codec import OneTimeTokenCodec
    from user_domain.ports.password_strength import PasswordStrength
    from user_domain.ports.refresh_token_codec import RefreshTokenCodec
    from user_domain.ports.signature_verifier import SignatureVerifier
    from user_domain.ports.signing_key_maker import SigningKeyMaker


class TestInMemoryPasswordStrength(PasswordStrengthContract):
    @pytest.fixture
    def strength(self) -> PasswordStrength:
        return InMemoryPasswordStrength()


class TestInMemoryBreachedPasswords(BreachedPasswordsContract):
    @pytest.fixture
    def breached(self) -> BreachedPasswords:
        return InMemoryBreachedPasswords(*BREACHED)

    @pytest.fixture
    def unreachable(self) -> BreachedPasswords:
        collection = InMemoryBreachedPasswords(*BREACHED)
        collection.reachable = False
        return collection


class TestInMemoryDeviceParser(DeviceParserContract):
    @pytest.fixture
    def devices(self) -> DeviceParser:
        return InMemoryDeviceParser()


class TestInMemoryOneTimeTokenCodec(OneTimeTokenCodecContract):
    @pytest.fixture
    def tokens(self) -> OneTimeTokenCodec:
        return InMemoryOneTimeTokenCodec(generation=1)

    @pytest.fixture
    def later_tokens(self) -> OneTimeTokenCodec:
        return InMemoryOneTimeTokenCodec(generation=2)


class TestInMemorySigningKeyMaker(SigningKeyMakerContract):
    @pytest.fixture
    def maker(self) -> SigningKeyMaker:
        return InMemorySigningKeyMaker("yesterday")

    @pytest.fixture
    def later_maker(self) -> SigningKeyMaker:
        return InMemorySigningKeyMaker("today", "yesterday")

    @pytest.fixture
    def strange_maker(self) -> SigningKeyMaker:
        return InMemorySigningKeyMaker("elsewhere")


class TestInMemoryRefreshTokenCodec(RefreshTokenCodecContract):
    @pytest.fixture
    def refresh_tokens(self) -> RefreshTokenCodec:
        return InMemoryRefreshTokenCodec(key_number=1)

    @pytest.fixture
    def later_refresh_tokens(self) -> RefreshTokenCodec:
        return InMemoryRefreshTokenCodec(key_number=2)


class TestInMemoryAuditSigner(AuditSignerContract):
    @pytest.fixture
    def signer(self) -> AuditSigner:
        return InMemoryAuditSigner()

    @pytest.fixture
    def other_signer(self) -> AuditSigner:
        return InMemoryAuditSigner("another key")

    @pytest.fixture
    def signatures(self) -> SignatureVerifier:
        return InMemorySignatureVerifier("a key", "another key")


class TestInMemorySignatureVerifier(SignatureVerifierContract):
    @pytest.fixture
    def signatures(self) -> SignatureVerifier:
        return InMemorySignatureVerifier("a key", "another key")

    @pytest.fixture
    def signer(self) -> AuditSigner:
        return InMemoryAuditSigner()

    @pytest.fixture
    def other_signer(self) -> AuditSigner:
        return InMemoryAuditSigner("another key")

    @pytest.fixture
    def strange_signer(self) -> AuditSigner:
        return InMemoryAuditSigner("a strange key")


class TestInMemoryAuditMonths(AuditMonthsContract):
    @pytest.fixture
    def months(self) -> AuditMonths:
        return InMemoryAuditMonths()

    @pytest.fixture
    def taken_months(self) -> AuditMonths:
        return InMemoryAuditMonths(date(2026, 5, 1))


class TestInMemoryAuditArchive(AuditArchiveContract):
    @pytest.fixture
    def archive(self) -> AuditArchive:
        return InMemoryAuditArchive()

    @pytest.fixture
    def full_archive(self) -> AuditArchive:
        archive = InMemoryAuditArchive()
        archive.is_available = False
        return archive
