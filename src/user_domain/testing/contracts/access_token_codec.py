"""The contract of `AccessTokenCodec`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from user_domain.errors import TokenExpired, TokenInvalid
from user_domain.testing.builders import token_claims
from user_domain.testing.contracts.contract import Contract
from user_domain.value_objects.access_token import TokenSubject

if TYPE_CHECKING:
    from user_domain.ports.access_token_codec import AccessTokenCodec

MOMENT = timedelta(microseconds=1)


class AccessTokenCodecContract(Contract):
    """Needs a fixture `codec`, and a fixture `other_codec` with another key."""

    def test_reads_what_it_issued(self, codec: AccessTokenCodec) -> None:
        claims = token_claims()
        token = codec.issue(claims)
        assert codec.read(token, at=claims.issued_at) == TokenSubject(claims.user_id, claims.session)

    def test_a_token_fits_into_a_header(self, codec: AccessTokenCodec) -> None:
        assert re.fullmatch(r"[A-Za-z0-9._~+/=-]+", codec.issue(token_claims()))  # RFC 6750 2.1 b64token

    def test_a_token_is_good_until_it_expires(self, codec: AccessTokenCodec) -> None:
        claims = token_claims()
        token = codec.issue(claims)
        codec.read(token, at=claims.expires_at - MOMENT)
        with pytest.raises(TokenExpired):
            codec.read(token, at=claims.expires_at)

    @pytest.mark.parametrize("nonsense", ["", " ", ".", "..", "abc", "a.b.c", "é.é.é", "\0", "x" * 10_000])
    def test_nonsense_is_invalid(self, codec: AccessTokenCodec, nonsense: str) -> None:
        with pytest.raises(TokenInvalid):
            codec.read(nonsense, at=token_claims().issued_at)

    def test_an_altered_token_is_invalid(self, codec: AccessTokenCodec) -> None:
        claims = token_claims()
        token = codec.issue(claims)
        for altered in (token[1:], token + "A", token + ".", token.swapcase()):
            with pytest.raises(TokenInvalid):
                codec.read(altered, at=claims.issued_at)

    def test_somebody_elses_token_is_invalid(self, codec: AccessTokenCodec, other_codec: AccessTokenCodec) -> None:
        claims = token_claims()
        codec.issue(claims)
        with pytest.raises(TokenInvalid):
            codec.read(other_codec.issue(claims), at=claims.issued_at)
