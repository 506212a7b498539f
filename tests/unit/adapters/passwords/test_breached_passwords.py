"""Without a collection everything in the contract holds but that it finds something."""

from __future__ import annotations

from typing import ClassVar

import pytest

from adapters.passwords.breached_passwords import UncheckedBreachedPasswords
from user_domain.testing.contracts.breached_passwords import BreachedPasswordsContract


class TestUncheckedBreachedPasswords(BreachedPasswordsContract):
    known_gaps: ClassVar[dict[str, str]] = {
        "test_a_password_of_a_breach_is_among_them": "there is no collection to look into",
        "test_many_can_ask_at_once": "the same",
    }

    @pytest.fixture
    def breached(self) -> UncheckedBreachedPasswords:
        return UncheckedBreachedPasswords()

    @pytest.fixture
    def unreachable(self) -> UncheckedBreachedPasswords:
        return UncheckedBreachedPasswords()
