"""The contract of `SecretSource`."""

from __future__ import annotations

import asyncio
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

    def test_an_id_of_a_one_time_token_is_128_bits_in_hex(self, secrets: SecretSource) -> None:
        assert re.fullmatch(r"[0-9a-f]{32}", secrets.one_time_token_id())

    def test_a_mail_id_is_32_hex_digits(self, secrets: SecretSource) -> None:
        assert re.fullmatch(r"[0-9a-f]{32}", secrets.mail_id())

    async def test_mail_ids_sort_by_the_time_they_were_made(self, secrets: SecretSource) -> None:
        made = []
        for _ in range(20):
            made.append(secrets.mail_id())
            await asyncio.sleep(0.002)  # the order is promised to a millisecond
        assert made == sorted(made)

    def test_jitter_is_a_share(self, secrets: SecretSource) -> None:
        assert all(0 <= secrets.jitter() < 1 for _ in range(1000))

    def test_nothing_comes_twice(self, secrets: SecretSource) -> None:
        assert len({secrets.session_handle() for _ in range(1000)}) == 1000
        assert len({secrets.token_id() for _ in range(1000)}) == 1000
        assert len({secrets.one_time_token_id() for _ in range(1000)}) == 1000
        assert len({secrets.mail_id() for _ in range(1000)}) == 1000
