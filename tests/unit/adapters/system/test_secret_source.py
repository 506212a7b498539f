"""The machine's randomness keeps the contract."""

from __future__ import annotations

import pytest

from adapters.system.secret_source import SystemSecretSource
from user_domain.testing.contracts.secret_source import SecretSourceContract


class TestSystemSecretSource(SecretSourceContract):
    @pytest.fixture
    def secrets(self) -> SystemSecretSource:
        return SystemSecretSource()


def test_two_sources_never_agree() -> None:
    one, other = SystemSecretSource(), SystemSecretSource()
    assert one.session_handle() != other.session_handle()
    assert one.token_id() != other.token_id()


def test_a_token_id_has_128_random_bits() -> None:
    assert len(SystemSecretSource().token_id()) == 22  # 16 bytes in base64url (RFC 4648 5)
