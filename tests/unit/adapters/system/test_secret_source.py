"""The machine's randomness keeps the contract."""

from __future__ import annotations

import secrets
import time

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
    assert one.one_time_token_id() != other.one_time_token_id()
    assert one.mail_id() != other.mail_id()


def test_a_token_id_has_128_random_bits() -> None:
    assert len(SystemSecretSource().token_id()) == 22  # 16 bytes in base64url (RFC 4648 5)


def test_a_mail_id_begins_with_the_milliseconds_and_80_random_bits_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_773_500_966_535_897_000)
    ids = {SystemSecretSource().mail_id() for _ in range(100)}
    assert {int(mail_id[:12], 16) for mail_id in ids} == {1_773_500_966_535}
    assert len({mail_id[12:] for mail_id in ids}) == 100


def test_mail_ids_sort_as_the_milliseconds_do(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for milliseconds in (1, 9, 10, 255, 256, 1_773_500_966_535, 2**47, 2**48 - 1):
        monkeypatch.setattr(time, "time_ns", lambda at=milliseconds: at * 1_000_000 + 999_999)
        made.append(SystemSecretSource().mail_id())
    assert made == sorted(made)
    assert {len(mail_id) for mail_id in made} == {32}


@pytest.mark.parametrize(("drawn", "jitter"), [(0, 0.0), (1 << 31, 0.5), ((1 << 32) - 1, 1 - 2**-32)])
def test_jitter_reaches_from_zero_to_just_below_one(monkeypatch: pytest.MonkeyPatch, drawn: int, jitter: float) -> None:
    monkeypatch.setattr(secrets, "randbelow", {1 << 32: drawn}.__getitem__)
    assert SystemSecretSource().jitter() == jitter


def test_jitter_differs() -> None:
    assert len({SystemSecretSource().jitter() for _ in range(100)}) > 90
