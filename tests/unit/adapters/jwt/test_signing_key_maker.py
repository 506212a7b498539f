"""Signing keys as `cryptography` makes and seals them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from adapters.jwt.signing_key_maker import CryptographySigningKeyMaker, thumbprint
from user_domain.entities.signing_key import SigningKey
from user_domain.testing.builders import NOW
from user_domain.testing.contracts.signing_key_maker import SigningKeyMakerContract

if TYPE_CHECKING:
    from user_domain.ports.signing_key_maker import SigningKeyMaker

OLD, NEW, STRANGE = (bytes([number]) * 32 for number in (1, 2, 3))


class TestCryptographySigningKeyMaker(SigningKeyMakerContract):
    @pytest.fixture
    def maker(self) -> SigningKeyMaker:
        return CryptographySigningKeyMaker(keys=[OLD])

    @pytest.fixture
    def later_maker(self) -> SigningKeyMaker:
        return CryptographySigningKeyMaker(keys=[NEW, OLD])

    @pytest.fixture
    def strange_maker(self) -> SigningKeyMaker:
        return CryptographySigningKeyMaker(keys=[STRANGE])


async def a_key(maker: CryptographySigningKeyMaker, algorithm: str = "ES256") -> SigningKey:
    return SigningKey.admit(await maker.make(algorithm), at=NOW, activates_at=NOW, signs_for=timedelta(days=1))


@pytest.mark.parametrize(
    ("algorithm", "kty", "members"),
    [
        ("ES256", "EC", {"crv", "x", "y"}),
        ("EdDSA", "OKP", {"crv", "x"}),
        ("RS256", "RSA", {"n", "e"}),
    ],
)
async def test_what_is_published_has_exactly_the_members_of_its_type(
    algorithm: str, kty: str, members: set[str]
) -> None:
    pair = await CryptographySigningKeyMaker(keys=[NEW]).make(algorithm)
    published = json.loads(pair.public_jwk)
    assert set(published) == {"kty", "kid", "use", "alg"} | members
    assert (published["kty"], published["use"], published["alg"]) == (kty, "sig", algorithm)
    assert published["kid"] == thumbprint({name: published[name] for name in ("kty", *members)})


def test_a_key_is_called_by_its_thumbprint() -> None:
    """RFC 7638 3.1 and RFC 8037 A.3."""
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj"
        "hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ"
        "vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK"
        "nqDKgw"
    )
    assert thumbprint({"n": n, "kty": "RSA", "e": "AQAB"}) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert thumbprint({"crv": "Ed25519", "x": x, "kty": "OKP"}) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


async def test_the_keys_are_as_strong_as_they_have_to_be() -> None:
    maker = CryptographySigningKeyMaker(keys=[NEW])
    es256, eddsa, rs256 = [maker.open(await a_key(maker, name)) for name in ("ES256", "EdDSA", "RS256")]
    assert isinstance(es256, ec.EllipticCurvePrivateKey)
    assert isinstance(es256.curve, ec.SECP256R1)
    assert isinstance(eddsa, ed25519.Ed25519PrivateKey)
    assert isinstance(rs256, rsa.RSAPrivateKey)
    assert rs256.key_size >= 2048
    assert rs256.private_numbers().public_numbers.e == 65537


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
async def test_what_was_opened_signs_and_what_was_published_verifies(algorithm: str) -> None:
    key = await a_key(CryptographySigningKeyMaker(keys=[OLD]), algorithm)
    private = CryptographySigningKeyMaker(keys=[NEW, OLD]).open(key)
    assert private is not None
    token = jwt.encode({"sub": "7"}, private, algorithm)
    assert jwt.decode(token, jwt.PyJWK.from_json(key.public_jwk), algorithms=[algorithm]) == {"sub": "7"}


async def test_what_is_stored_shows_nothing_of_the_private_half() -> None:
    maker = CryptographySigningKeyMaker(keys=[NEW])
    key = await a_key(maker)
    private = maker.open(key)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    number = private.private_numbers().private_value.to_bytes(32, "big")
    assert number not in key.sealed_private_key
    assert repr(key.sealed_private_key) not in repr(key)
    with pytest.raises(KeyError):
        await maker.make("HS256")


async def test_the_same_key_is_never_sealed_the_same_way_twice() -> None:
    key = await a_key(CryptographySigningKeyMaker(keys=[OLD]))
    later = CryptographySigningKeyMaker(keys=[NEW, OLD])
    assert later.reseal(key) != later.reseal(key)


async def test_while_two_master_keys_are_in_use_a_process_goes_on_with_what_it_has_opened() -> None:
    old, new = CryptographySigningKeyMaker(keys=[OLD]), CryptographySigningKeyMaker(keys=[NEW, OLD])
    key = await a_key(old)
    private = old.open(key)
    sealed = new.reseal(key)
    assert sealed is not None
    resealed = key.sealed_as(sealed)
    assert old.open(resealed) is private
    assert old.reseal(resealed) == sealed, "and leaves it to those that can"
    started_later = CryptographySigningKeyMaker(keys=[OLD])
    assert started_later.open(resealed) is None
    assert started_later.reseal(resealed) is None


async def test_what_is_to_be_forgotten_is_open_no_more_and_the_rest_stays_open() -> None:
    old, new = CryptographySigningKeyMaker(keys=[OLD]), CryptographySigningKeyMaker(keys=[NEW, OLD])
    kept, gone = [await a_key(old), await a_key(old)]
    private, _ = [old.open(key) for key in (kept, gone)]
    resealed = [key.sealed_as(new.reseal(key) or b"") for key in (kept, gone)]
    old.forget(all_but={kept.id})
    assert [old.open(key) for key in resealed] == [private, None]
