"""The contract of `SecretSource`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from user_domain.testing.contracts.contract import Contract

if TYPE_CHECKING:
    from user_domain.ports.secret_source import SecretSource


class SecretSourceContract(Contract):
    """Needs a fixture `secrets`."""

    def test_a_session_handle_is_128_bits_in_hex(self, secrets: SecretSource) -> None:
        assert re.fullmatch(r"[0-9a-f]{32}", secrets.session_handle())

    def test_a_token_id_is_short_and_url_safe(self, secrets: SecretSource) -> None:
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", secrets.token_id())

    def test_nothing_comes_twice(self, secrets: SecretSource) -> None:
        assert len({secrets.session_handle() for _ in range(1000)}) == 1000
        assert len({secrets.token_id() for _ in range(1000)}) == 1000
