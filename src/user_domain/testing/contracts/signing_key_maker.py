"""The contract of `SigningKeyMaker`."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from user_domain.entities.signing_key import SigningKey
from user_domain.testing.builders import NOW
from user_domain.testing.contracts.contract import Contract

if TYPE_CHECKING:
    from user_domain.ports.signing_key_maker import SigningKeyMaker

PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}  # RFC 7518 6.2.2, 6.3.2, 6.4; RFC 8037 2


async def _a_key(maker: SigningKeyMaker, algorithm: str = "ES256") -> SigningKey:
    return SigningKey.admit(await maker.make(algorithm), at=NOW, activates_at=NOW, signs_for=timedelta(days=1))


class SigningKeyMakerContract(Contract):
    """Needs a fixture `maker`; a fixture `later_maker`, whose seal has replaced the maker's, which it still opens; and
    a fixture `strange_maker`, which has another seal and knows of no other.
    """

    @pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
    async def test_a_pair_is_for_the_algorithm_that_was_asked_for(self, maker: SigningKeyMaker, algorithm: str) -> None:
        pair = await maker.make(algorithm)
        assert pair.algorithm == algorithm
        assert maker.reseal(await _a_key(maker, algorithm)) is not None

    async def test_no_pair_comes_twice(self, maker: SigningKeyMaker) -> None:
        pairs = [await maker.make("ES256") for _ in range(3)]
        for facts in zip(*((pair.id, pair.public_jwk, pair.sealed_private_key) for pair in pairs), strict=True):
            assert len(set(facts)) == len(pairs)

    async def test_what_is_published_names_the_key_and_shows_nothing_private(self, maker: SigningKeyMaker) -> None:
        pair = await maker.make("ES256")
        published = json.loads(pair.public_jwk)
        assert published["kid"] == pair.id
        assert not PRIVATE_MEMBERS & set(published)

    async def test_what_is_under_the_seal_in_force_stays_as_it_is(self, maker: SigningKeyMaker) -> None:
        key = await _a_key(maker)
        assert maker.reseal(key) == maker.reseal(key) == key.sealed_private_key

    async def test_what_is_under_a_seal_that_was_replaced_is_sealed_anew(
        self, maker: SigningKeyMaker, later_maker: SigningKeyMaker
    ) -> None:
        key = await _a_key(maker)
        sealed = later_maker.reseal(key)
        assert sealed is not None
        assert sealed != key.sealed_private_key
        assert later_maker.reseal(key.sealed_as(sealed)) == sealed

    async def test_nobody_else_opens_it(
        self, maker: SigningKeyMaker, later_maker: SigningKeyMaker, strange_maker: SigningKeyMaker
    ) -> None:
        assert strange_maker.reseal(await _a_key(maker)) is None
        assert strange_maker.reseal(await _a_key(later_maker)) is None

    async def test_what_was_damaged_cannot_be_opened(
        self, maker: SigningKeyMaker, later_maker: SigningKeyMaker
    ) -> None:
        key = await _a_key(maker)
        sealed = key.sealed_private_key
        for damaged in (b"", sealed[:-1], sealed[1:], sealed + b"\0", bytes([sealed[0] ^ 1]) + sealed[1:]):
            assert later_maker.reseal(key.sealed_as(damaged)) is None

    async def test_the_private_half_of_one_key_is_not_taken_for_anothers(
        self, maker: SigningKeyMaker, later_maker: SigningKeyMaker
    ) -> None:
        key, other = await _a_key(maker), await _a_key(maker)
        assert later_maker.reseal(replace(key, sealed_private_key=other.sealed_private_key)) is None
