"""Refresh tokens by HMAC keep the contract, and are what their documentation says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.tokens.one_time_token_codec import HmacOneTimeTokenCodec
from adapters.tokens.refresh_token_codec import HmacRefreshTokenCodec
from user_domain.errors import RefreshTokenInvalid
from user_domain.testing.contracts.refresh_token_codec import HANDLE, TOKEN, RefreshTokenCodecContract
from user_domain.value_objects.ids import OneTimeTokenId, SessionHandle
from user_domain.value_objects.refresh_token import RefreshToken

FIRST, SECOND, THIRD = b"first key" * 4, b"second key" * 4, b"third key" * 4
CONTENT = bytes.fromhex(HANDLE) + (7).to_bytes(4, "big")
ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"

TOKENS = st.builds(
    RefreshToken, st.binary(min_size=16, max_size=16).map(bytes.hex).map(SessionHandle), st.integers(0, 2**31 - 1)
)
ANY_TEXT = st.text(st.characters())  # lone surrogates too
ANY_70_CHARACTERS = st.text(ALPHABET, min_size=70, max_size=70)


def written(content: bytes, *, label: bytes = b"refresh-token\0", key: bytes = FIRST, digest: str = "sha256") -> str:
    """Content and code as the codec writes them, with whatever key and label."""
    code = hmac.new(key, label + content, digest).digest()
    return base64.urlsafe_b64encode(content + code).decode().rstrip("=")


class TestHmacRefreshTokenCodec(RefreshTokenCodecContract):
    @pytest.fixture
    def refresh_tokens(self) -> HmacRefreshTokenCodec:
        return HmacRefreshTokenCodec(keys=[FIRST])

    @pytest.fixture
    def later_refresh_tokens(self) -> HmacRefreshTokenCodec:
        return HmacRefreshTokenCodec(keys=[SECOND, FIRST])


def test_a_token_is_session_and_generation_and_their_code_in_70_characters() -> None:
    text = HmacRefreshTokenCodec(keys=[FIRST]).issue(TOKEN)
    code = hmac.new(FIRST, b"refresh-token\x00" + CONTENT, hashlib.sha256).digest()
    assert len(text) == 70
    assert base64.urlsafe_b64decode(text + "==") == CONTENT + code
    assert text == written(CONTENT)


def test_tokens_that_were_handed_out_stay_good_from_release_to_release() -> None:
    """Changing how they are written logs everybody out."""
    text = "ASNFZ4mrze8BI0VniavN7wAAAAfEWjMbWHZgPukair-wKHHaz4K4s3PixeJ0tFjC7DywQA"
    assert HmacRefreshTokenCodec(keys=[FIRST]).issue(TOKEN) == text


@given(TOKENS)
def test_whatever_it_writes_it_reads(token: RefreshToken) -> None:
    codec = HmacRefreshTokenCodec(keys=[FIRST])
    assert codec.read(codec.issue(token)) == token
    assert HmacRefreshTokenCodec(keys=[THIRD, SECOND, FIRST]).read(codec.issue(token)) == token


@given(TOKENS, TOKENS)
def test_tokens_that_differ_are_written_differently(one: RefreshToken, other: RefreshToken) -> None:
    codec = HmacRefreshTokenCodec(keys=[FIRST])
    assert (codec.issue(one) == codec.issue(other)) is (one == other)


@given(ANY_TEXT | ANY_70_CHARACTERS)
def test_what_somebody_makes_up_is_invalid(text: str) -> None:
    with pytest.raises(RefreshTokenInvalid):
        HmacRefreshTokenCodec(keys=[FIRST, SECOND]).read(text)


@given(TOKENS, st.integers(0, 69), st.characters())
def test_a_token_with_any_character_changed_is_invalid(token: RefreshToken, place: int, other: str) -> None:
    codec = HmacRefreshTokenCodec(keys=[FIRST])
    text = codec.issue(token)
    altered = text[:place] + other + text[place + 1 :]
    if altered != text:
        with pytest.raises(RefreshTokenInvalid):
            codec.read(altered)


@given(st.binary(min_size=20, max_size=20), st.binary(min_size=32, max_size=32))
def test_a_code_that_somebody_makes_up_is_invalid(content: bytes, code: bytes) -> None:
    with pytest.raises(RefreshTokenInvalid):
        HmacRefreshTokenCodec(keys=[FIRST]).read(base64.urlsafe_b64encode(content + code).decode().rstrip("="))


def test_the_bits_that_the_last_character_has_to_spare_are_not_read() -> None:
    """Sixteen spellings decode to the same bytes; one of them is the token."""
    text = HmacRefreshTokenCodec(keys=[FIRST]).issue(TOKEN)
    spellings = [text[:-1] + last for last in ALPHABET]
    same = [s for s in spellings if base64.urlsafe_b64decode(s + "==") == base64.urlsafe_b64decode(text + "==")]
    assert len(same) == 16
    for spelling in same:
        if spelling != text:
            with pytest.raises(RefreshTokenInvalid):
                HmacRefreshTokenCodec(keys=[FIRST]).read(spelling)


@pytest.mark.parametrize("label", [b"", b"refresh-token", b"one-time-token\0", b"access-token\0", b"Refresh-token\0"])
def test_a_code_that_means_something_else_is_invalid(label: bytes) -> None:
    with pytest.raises(RefreshTokenInvalid):
        HmacRefreshTokenCodec(keys=[FIRST]).read(written(CONTENT, label=label))


@pytest.mark.parametrize("digest", ["sha3_256", "blake2s"])
def test_a_code_by_another_function_is_invalid(digest: str) -> None:
    with pytest.raises(RefreshTokenInvalid):
        HmacRefreshTokenCodec(keys=[FIRST]).read(written(CONTENT, digest=digest))


@pytest.mark.parametrize("content", [b"", CONTENT[:-1], CONTENT + b"\0", CONTENT * 2])
def test_a_code_over_content_of_another_length_is_invalid(content: bytes) -> None:
    with pytest.raises(RefreshTokenInvalid):
        HmacRefreshTokenCodec(keys=[FIRST]).read(written(content))


def test_a_one_time_token_is_no_refresh_token_under_the_same_key_either() -> None:
    mailed = HmacOneTimeTokenCodec(keys=[FIRST]).derive(OneTimeTokenId(HANDLE))
    code = base64.urlsafe_b64decode(mailed + "=")
    for text in (mailed, base64.urlsafe_b64encode(CONTENT + code).decode().rstrip("=")):
        with pytest.raises(RefreshTokenInvalid):
            HmacRefreshTokenCodec(keys=[FIRST]).read(text)


def test_every_key_that_was_replaced_is_tried() -> None:
    text = HmacRefreshTokenCodec(keys=[FIRST]).issue(TOKEN)
    codec = HmacRefreshTokenCodec(keys=(THIRD, SECOND, FIRST))
    assert codec.read(text) == TOKEN
    assert codec.issue(TOKEN) == HmacRefreshTokenCodec(keys=[THIRD]).issue(TOKEN)


def test_a_key_that_was_forgotten_reads_nothing() -> None:
    text = HmacRefreshTokenCodec(keys=[FIRST]).issue(TOKEN)
    with pytest.raises(RefreshTokenInvalid):
        HmacRefreshTokenCodec(keys=[THIRD, SECOND]).read(text)


def test_keys_are_not_shown() -> None:
    codec = HmacRefreshTokenCodec(keys=[FIRST, SECOND])
    assert "key" not in f"{codec!r} {codec}".replace("refresh_token_codec", "")
