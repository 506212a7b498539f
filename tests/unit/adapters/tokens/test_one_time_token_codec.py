"""One-time tokens by HMAC keep the contract, and are what their documentation says."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from adapters.tokens.one_time_token_codec import HmacOneTimeTokenCodec
from user_domain.testing.contracts.one_time_token_codec import ID, OneTimeTokenCodecContract
from user_domain.value_objects.ids import OneTimeTokenId
from user_domain.value_objects.one_time_token import digest

FIRST, SECOND, THIRD = b"first key" * 4, b"second key" * 4, b"third key" * 4


class TestHmacOneTimeTokenCodec(OneTimeTokenCodecContract):
    @pytest.fixture
    def tokens(self) -> HmacOneTimeTokenCodec:
        return HmacOneTimeTokenCodec(keys=[FIRST])

    @pytest.fixture
    def later_tokens(self) -> HmacOneTimeTokenCodec:
        return HmacOneTimeTokenCodec(keys=[SECOND, FIRST])


def test_a_token_is_the_code_of_its_id_in_43_characters() -> None:
    token = HmacOneTimeTokenCodec(keys=[FIRST]).derive(ID)
    code = hmac.new(FIRST, b"one-time-token\x00" + ID.encode(), hashlib.sha256).digest()
    assert len(token) == 43
    assert base64.urlsafe_b64decode(token + "=") == code


def test_tokens_that_are_in_the_mail_stay_good_from_release_to_release() -> None:
    """Changing how they are derived breaks every link that was sent."""
    assert HmacOneTimeTokenCodec(keys=[FIRST]).derive(ID) == "KwHVsOak04znn030YW4nwqm4rm73WsWUyXbKo5hg9Ks"


def test_every_key_that_was_replaced_is_tried() -> None:
    token = HmacOneTimeTokenCodec(keys=[FIRST]).derive(ID)
    codec = HmacOneTimeTokenCodec(keys=(THIRD, SECOND, FIRST))
    assert codec.derive_again(ID, digest(token)) == token
    assert codec.derive(ID) == HmacOneTimeTokenCodec(keys=[THIRD]).derive(ID)


def test_a_key_that_was_forgotten_gives_nothing() -> None:
    token = HmacOneTimeTokenCodec(keys=[FIRST]).derive(ID)
    assert HmacOneTimeTokenCodec(keys=[THIRD, SECOND]).derive_again(ID, digest(token)) is None


def test_there_is_no_codec_without_a_key() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        HmacOneTimeTokenCodec(keys=[])


def test_an_id_that_is_no_text_has_a_token_too() -> None:
    assert HmacOneTimeTokenCodec(keys=[FIRST]).derive(OneTimeTokenId("\ud800"))


def test_keys_are_not_shown() -> None:
    codec = HmacOneTimeTokenCodec(keys=[FIRST, SECOND])
    assert "key" not in f"{codec!r} {codec}".replace("one_time_token_codec", "")
