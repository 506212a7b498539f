"""The in-memory adapters that need no database: what looks at passwords and devices, and what derives tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from user_domain.testing.contracts.breached_passwords import BREACHED, BreachedPasswordsContract
from user_domain.testing.contracts.device_parser import DeviceParserContract
from user_domain.testing.contracts.one_time_token_codec import OneTimeTokenCodecContract
from user_domain.testing.contracts.password_strength import PasswordStrengthContract
from user_domain.testing.contracts.refresh_token_codec import RefreshTokenCodecContract
from user_domain.testing.contracts.signing_key_maker import SigningKeyMakerContract
from user_domain.testing.in_memory.breached_passwords import InMemoryBreachedPasswords
from user_domain.testing.in_memory.device_parser import InMemoryDeviceParser
from user_domain.testing.in_memory.one_time_token_codec import InMemoryOneTimeTokenCodec
from user_domain.testing.in_memory.password_strength import InMemoryPasswordStrength
from user_domain.testing.in_memory.refresh_token_codec import InMemoryRefreshTokenCodec
from user_domain.testing.in_memory.signing_key_maker import InMemorySigningKeyMaker

if TYPE_CHECKING:
    from user_domain.ports.breached_passwords import BreachedPasswords
    from user_domain.ports.device_parser import DeviceParser
    from user_domain.ports.one_time_token_codec import OneTimeTokenCodec
    from user_domain.ports.password_strength import PasswordStrength
    from user_domain.ports.refresh_token_codec import RefreshTokenCodec
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
