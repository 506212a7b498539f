"""Access tokens say what other services read, and nobody gets in with a token that this service did not write so."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.jwt.access_token_codec import JwtAccessTokenCodec
from adapters.jwt.key_set import KeySet
from adapters.jwt.signing_key_maker import CryptographySigningKeyMaker
from user_domain.errors import TokenExpired, TokenInvalid
from user_domain.testing.builders import NOW, token_claims
from user_domain.testing.contracts.access_token_codec import AccessTokenCodecContract
from user_domain.testing.in_memory import InMemoryDatabase, InMemorySigningKeyQueries
from user_domain.value_objects.access_token import TokenSubject
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.ids import SessionHandle, UserId
from user_domain.value_objects.person_name import PersonName

KEY = "made-up-key-for-tests-not-for-any-service-é"
OTHER_KEY = "another-made-up-key-for-tests-not-for-any-service"
ISSUER = "user-service"
AUDIENCE = "shop"
HANDLE = "0123456789abcdef" * 2
SUBJECT = TokenSubject(UserId(7), SessionHandle(HANDLE))
AT = NOW.replace(microsecond=0)
SECONDS = int(AT.timestamp())


def without_keys() -> KeySet:
    """A key set that is known to be empty."""
    key_set = KeySet(
        keys=InMemorySigningKeyQueries(InMemoryDatabase()),
        maker=CryptographySigningKeyMaker(keys=[bytes(32)]),
        algorithm=None,
        token_lifetime=timedelta(minutes=30),
    )
    loop = asyncio.new_event_loop()
    loop.run_until_complete(key_set.reload())
    loop.close()
    return key_set


NO_KEYS = without_keys()


def codec_of(*secret_keys: str, audience: str | None = None) -> JwtAccessTokenCodec:
    """A codec that signs with a shared secret."""
    return JwtAccessTokenCodec(
        algorithm="HS256", secret_keys=secret_keys, key_set=NO_KEYS, issuer=ISSUER, audience=audience
    )


CODEC = codec_of(KEY)
CODEC_WITH_AUDIENCE = codec_of(KEY, audience=AUDIENCE)

HEADER = {"alg": "HS256", "typ": "at+jwt"}
CLAIMS = {
    "iss": ISSUER,
    "sub": "7",
    "exp": SECONDS + 1800,
    "iat": SECONDS,
    "nbf": SECONDS - 60,
    "jti": "a-token",
    "sid": HANDLE,
    "email": "john@example.com",
    "name": "John Doe",
    "role": "user",
}
HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}

reproducibly = settings(derandomize=True, database=None, deadline=None)


def base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def forged(header: object, payload: object, *, key: bytes = KEY.encode(), algorithm: str = "HS256") -> str:
    """A token by hand, signed with the service's own key unless told otherwise: no library is asked if it may."""
    texts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)]
    signing_input = ".".join(base64url(text) for text in texts)
    return f"{signing_input}.{base64url(hmac.digest(key, signing_input.encode(), HASHES[algorithm]))}"


def with_claim(name: str, value: object) -> str:
    return forged(HEADER, {**CLAIMS, name: value})


def without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in claims.items() if key != name}


def assert_invalid(token: str, codec: JwtAccessTokenCodec = CODEC) -> None:
    with pytest.raises(TokenInvalid):
        codec.read(token, at=AT)


def part(token: str, number: int) -> dict[str, Any]:
    text = token.split(".")[number]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


# --- The contract -----------------------------------------------------------------------------------------------------


class TestJwtAccessTokenCodec(AccessTokenCodecContract):
    @pytest.fixture
    def codec(self) -> JwtAccessTokenCodec:
        return CODEC

    @pytest.fixture
    def other_codec(self) -> JwtAccessTokenCodec:
        return codec_of(OTHER_KEY)


class TestJwtAccessTokenCodecWithAudience(AccessTokenCodecContract):
    @pytest.fixture
    def codec(self) -> JwtAccessTokenCodec:
        return CODEC_WITH_AUDIENCE

    @pytest.fixture
    def other_codec(self) -> JwtAccessTokenCodec:
        return codec_of(OTHER_KEY, audience=AUDIENCE)


# --- What a token says ------------------------------------------------------------------------------------------------


def test_a_token_made_by_hand_is_read_so_that_the_ones_below_fail_for_what_is_wrong_with_them() -> None:
    assert CODEC.read(forged(HEADER, CLAIMS), at=AT) == SUBJECT
    assert CODEC_WITH_AUDIENCE.read(with_claim("aud", AUDIENCE), at=AT) == SUBJECT


def test_a_token_carries_exactly_the_claims_of_the_http_contract() -> None:
    claims = token_claims()
    issued_at = int(claims.issued_at.timestamp())
    assert part(CODEC.issue(claims), 1) == {
        "iss": ISSUER,
        "sub": "7",
        "exp": int(claims.expires_at.timestamp()),
        "iat": issued_at,
        "nbf": issued_at - 60,
        "jti": claims.token_id,
        "sid": claims.session,
        "email": "john@example.com",
        "name": "John Doe",
        "role": "user",
    }


def test_only_a_configured_audience_is_written() -> None:
    claims = token_claims()
    plain, addressed = part(CODEC.issue(claims), 1), part(CODEC_WITH_AUDIENCE.issue(claims), 1)
    assert addressed == {**plain, "aud": AUDIENCE}


def test_the_header_names_an_access_token_and_no_key() -> None:
    assert part(CODEC.issue(token_claims()), 0) == {"alg": "HS256", "typ": "at+jwt"}


def test_times_are_whole_seconds_and_none_is_rounded_up() -> None:
    part_of_a_second = timedelta(microseconds=999_999)
    claims = token_claims(issued_at=AT + part_of_a_second, expires_at=AT + timedelta(minutes=30) + part_of_a_second)
    payload = part(CODEC.issue(claims), 1)
    assert (payload["iat"], payload["nbf"], payload["exp"]) == (SECONDS, SECONDS - 60, SECONDS + 1800)


def test_another_service_verifies_a_token_with_the_raw_key_without_naming_an_audience_and_without_leeway() -> None:
    issued_at = datetime.now(UTC)  # another service asks its own clock
    claims = token_claims(issued_at=issued_at, expires_at=issued_at + timedelta(minutes=30))
    payload = jwt.decode(CODEC.issue(claims), KEY.encode(), algorithms=["HS256"])
    assert {name: payload[name] for name in ("sub", "email", "name", "role")} == {
        "sub": "7",
        "email": "john@example.com",
        "name": "John Doe",
        "role": "user",
    }


def test_the_longest_name_and_address_still_make_a_token_that_is_read() -> None:
    claims = token_claims(
        name=PersonName("𝔍" * PersonName.MAX_LENGTH), email=EmailAddress("j" * EmailAddress.MAX_LENGTH)
    )
    assert CODEC.read(CODEC.issue(claims), at=claims.issued_at) == TokenSubject(claims.user_id, claims.session)


def test_a_key_shorter_than_the_hash_signs_nothing() -> None:
    short = codec_of("k" * 31)
    with pytest.raises(jwt.InvalidKeyError):
        short.issue(token_claims())


# --- Algorithm and key ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
@pytest.mark.parametrize("signed", [False, True])
def test_a_token_without_an_algorithm_is_invalid(alg: str, signed: bool) -> None:
    token = forged({**HEADER, "alg": alg}, CLAIMS)
    assert_invalid(token if signed else token[: token.rindex(".") + 1])


@pytest.mark.parametrize("alg", ["HS384", "HS512"])
def test_another_hash_with_the_right_key_is_invalid(alg: str) -> None:
    assert_invalid(forged({**HEADER, "alg": alg}, CLAIMS, algorithm=alg))


@pytest.mark.parametrize(
    "alg", ["HS384", "HS512", "RS256", "PS256", "ES256", "EdDSA", "hs256", "HS256 ", "A256KW", None, 256, ["HS256"], {}]
)
def test_what_the_header_calls_the_algorithm_cannot_be_anything_else_than_ours(alg: object) -> None:
    assert_invalid(forged({**HEADER, "alg": alg}, CLAIMS))


def test_a_token_that_does_not_name_its_algorithm_is_invalid() -> None:
    assert_invalid(forged({"typ": "at+jwt"}, CLAIMS))


@pytest.mark.parametrize(
    "key",
    [
        b"",
        b"\0",
        ISSUER.encode(),
        OTHER_KEY.encode(),
        KEY.encode("utf-16"),
        base64.b64encode(KEY.encode()),
        KEY.encode().hex().encode(),
        hashlib.sha256(KEY.encode()).digest(),
        KEY.encode()[:-1],
        b"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n",
    ],
)
def test_a_token_signed_with_any_other_key_is_invalid(key: bytes) -> None:
    assert_invalid(forged(HEADER, CLAIMS, key=key))


@pytest.mark.parametrize(
    "header",
    [
        {"jwk": {"kty": "oct", "alg": "HS256", "k": base64url(OTHER_KEY.encode())}},
        {"jku": "https://attacker.example/keys"},
        {"x5u": "https://attacker.example/chain"},
        {"x5c": [base64.b64encode(OTHER_KEY.encode()).decode()]},
        {"kid": "../../../../dev/null"},
        {"kid": "x' union select 'another-made-up-key"},
    ],
    ids=["jwk", "jku", "x5u", "x5c", "a path", "a query"],
)
def test_a_token_cannot_bring_or_name_its_own_key(header: dict[str, object]) -> None:
    assert_invalid(forged({**HEADER, **header}, CLAIMS, key=OTHER_KEY.encode()))
    assert_invalid(forged({**HEADER, **header}, CLAIMS, key=b""))


@pytest.mark.parametrize(
    "crit", [["exp"], ["http://example.com/unknown"], ["alg", "unknown"], [], "unknown", None, [1], {}]
)
def test_a_critical_extension_that_is_not_understood_is_not_ignored(crit: object) -> None:
    assert_invalid(forged({**HEADER, "crit": crit, "http://example.com/unknown": True}, CLAIMS))


def test_a_detached_payload_is_invalid() -> None:
    assert_invalid(forged({**HEADER, "b64": False, "crit": ["b64"]}, CLAIMS))


# --- What kind of token -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/at+JWT"])
def test_an_access_token_is_known_by_its_type(typ: str) -> None:
    assert CODEC.read(forged({**HEADER, "typ": typ}, CLAIMS), at=AT) == SUBJECT


@pytest.mark.parametrize(
    "typ", ["JWT", "", "jwt", "id+jwt", "logout+jwt", "refresh+jwt", "at+jwt ", "at", None, 1, ["at+jwt"], {"at": 1}]
)
def test_a_token_of_another_type_is_invalid(typ: object) -> None:
    assert_invalid(forged({**HEADER, "typ": typ}, CLAIMS))


def test_a_token_without_a_type_is_invalid() -> None:
    assert_invalid(forged({"alg": "HS256"}, CLAIMS))


def test_an_id_token_is_no_access_token() -> None:
    id_token = {**CLAIMS, "aud": AUDIENCE, "nonce": "n-0S6_WzA2Mj", "auth_time": SECONDS}
    assert_invalid(forged({"alg": "HS256", "typ": "JWT"}, id_token), CODEC_WITH_AUDIENCE)


# --- Issuer and audience ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("iss", ["somebody-else", "user-service ", "USER-SERVICE", "", [ISSUER], {ISSUER: 1}, 1, True])
def test_a_foreign_issuer_is_invalid(iss: object) -> None:
    assert_invalid(with_claim("iss", iss))


@pytest.mark.parametrize("aud", ["somebody-else", "SHOP", "", ["somebody-else"], [], [1], 1, {AUDIENCE: 1}, None])
def test_a_foreign_audience_is_invalid_where_one_is_configured(aud: object) -> None:
    assert_invalid(with_claim("aud", aud), CODEC_WITH_AUDIENCE)


def test_a_missing_audience_is_invalid_where_one_is_configured() -> None:
    assert_invalid(forged(HEADER, CLAIMS), CODEC_WITH_AUDIENCE)


@pytest.mark.parametrize("aud", [AUDIENCE, "somebody-else", [AUDIENCE], [AUDIENCE, "somebody-else"], 1])
def test_any_audience_is_invalid_where_none_is_configured(aud: object) -> None:
    assert_invalid(with_claim("aud", aud))


# --- Claims -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("claim", ["iss", "sub", "exp", "iat", "nbf", "jti", "sid"])
def test_a_token_that_lacks_a_required_claim_is_invalid(claim: str) -> None:
    assert_invalid(forged(HEADER, without(CLAIMS, claim)))
    assert_invalid(with_claim(claim, None))


@pytest.mark.parametrize("claim", ["email", "name", "role"])
def test_the_hints_for_other_services_are_not_read(claim: str) -> None:
    assert CODEC.read(forged(HEADER, without(CLAIMS, claim)), at=AT) == SUBJECT
    assert CODEC.read(with_claim(claim, ["anything"]), at=AT) == SUBJECT


@pytest.mark.parametrize(
    "sub",
    [
        7,
        7.0,
        True,
        ["7"],
        {"7": 7},
        "",
        "0",
        "-7",
        "+7",
        "07",
        "7.0",
        "7e1",
        "0x7",
        "7_0",
        " 7",
        "7 ",
        "7\n",
        "7\0",
        "12345678901",
        "٧",  # ARABIC-INDIC DIGIT SEVEN, which int() reads
        "７",  # FULLWIDTH DIGIT SEVEN
        "john",
    ],
    ids=repr,
)
def test_a_subject_that_is_no_user_number_is_invalid(sub: object) -> None:
    assert_invalid(with_claim("sub", sub))


@pytest.mark.parametrize(
    "sid",
    [
        "",
        HANDLE[:-1],
        HANDLE + "0",
        HANDLE.upper(),
        HANDLE[:-1] + "g",
        HANDLE + "\n",
        HANDLE[:-1] + " ",
        "٠" * 32,
        "01234567-89ab-cdef-0123-456789abcdef",
        42,
        True,
        [HANDLE],
        {HANDLE: 1},
    ],
)
def test_a_session_that_is_no_handle_is_invalid(sid: object) -> None:
    assert_invalid(with_claim("sid", sid))


@pytest.mark.parametrize("jti", [1, True, ["a-token"], {}])
def test_a_token_id_that_is_no_text_is_invalid(jti: object) -> None:
    assert_invalid(with_claim("jti", jti))


@pytest.mark.parametrize("claim", ["exp", "nbf"])
@pytest.mark.parametrize(
    "value",
    [
        "true",
        "false",
        f'"{SECONDS}"',
        '"tomorrow"',
        '""',
        "[]",
        f"[{SECONDS}]",
        "{}",
        "Infinity",
        "-Infinity",
        "NaN",
        "1e400",
        "-1e400",
        "1e30",
        "253402300800",  # the year 10000
        str(2**63),
        "-" + str(2**63),
        "9" * 1000,
    ],
)
def test_a_time_that_is_no_moment_is_invalid(claim: str, value: str) -> None:
    payload = json.dumps({**CLAIMS, claim: 0}).replace(f'"{claim}": 0', f'"{claim}": {value}')
    assert f'"{claim}": {value}' in payload
    assert_invalid(forged(HEADER, payload.encode()))


def test_a_time_may_have_a_fraction() -> None:
    token = with_claim("exp", SECONDS + 0.5)
    assert CODEC.read(token, at=AT) == SUBJECT
    with pytest.raises(TokenExpired):
        CODEC.read(token, at=AT + timedelta(seconds=0.5))


@pytest.mark.parametrize("exp", [SECONDS, SECONDS - 1, 0, -1])
def test_a_token_whose_time_is_over_has_expired(exp: int) -> None:
    with pytest.raises(TokenExpired):
        CODEC.read(with_claim("exp", exp), at=AT)


def test_a_token_that_is_not_good_yet_is_invalid() -> None:
    assert_invalid(with_claim("nbf", SECONDS + 1))
    assert CODEC.read(with_claim("nbf", SECONDS), at=AT) == SUBJECT


# --- The form ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [b"", b"null", b"[]", b'"text"', b"7", b"{", b"\xff\xfe", b'{"a":1}{', b"[" * 2500, b'{"a":' * 500]
)
def test_a_header_or_payload_that_is_no_json_object_is_invalid(text: bytes) -> None:
    assert_invalid(forged(text, CLAIMS))
    assert_invalid(forged(HEADER, text))


def test_a_token_of_more_than_4096_characters_is_invalid_however_genuine() -> None:
    assert_invalid(with_claim("name", "x" * 4096))


def test_half_a_character_is_invalid() -> None:
    assert_invalid(forged(HEADER, CLAIMS) + "\ud800")


@pytest.mark.parametrize("junk", ["=", "==", "!!!!", "====", "\n\n\n\n", "    ", "!", "AAAA", ".", ".AAAA"])
def test_what_is_added_to_a_token_makes_it_invalid(junk: str) -> None:
    token = forged(HEADER, CLAIMS)
    assert_invalid(token + junk)
    assert_invalid(token[:-5] + junk + token[-5:])
    assert_invalid(junk + token)


@reproducibly
@given(st.text(st.characters()))
def test_any_text_is_invalid(text: str) -> None:
    assert_invalid(text)


@reproducibly
@given(st.binary())
def test_any_octets_are_invalid(octets: bytes) -> None:
    assert_invalid(octets.decode("latin-1"))  # as headers are


@reproducibly
@given(st.tuples(st.binary(), st.binary(), st.binary()))
def test_any_three_parts_are_invalid(parts: tuple[bytes, bytes, bytes]) -> None:
    assert_invalid(".".join(map(base64url, parts)))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
JSON = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=5), SCALARS, max_size=3)


@reproducibly
@given(name=st.sampled_from([*CLAIMS, "aud", "crit", "unknown"]), value=JSON)
def test_whatever_a_claim_holds_a_token_is_read_or_refused(name: str, value: object) -> None:
    for codec in (CODEC, CODEC_WITH_AUDIENCE):
        with suppress(TokenInvalid, TokenExpired):
            subject = codec.read(with_claim(name, value), at=AT)
            assert re.fullmatch("[0-9a-f]{32}", subject.session)
            assert subject.user_id > 0


@reproducibly
@given(
    name=st.sampled_from(["alg", "typ", "kid", "crit", "b64", "cty", "zip", "enc", "jku", "jwk", "x5u", "x5c", "x5t"]),
    value=JSON,
)
def test_whatever_a_header_holds_a_token_is_read_or_refused(name: str, value: object) -> None:
    with suppress(TokenInvalid):
        assert CODEC.read(forged({**HEADER, name: value}, CLAIMS), at=AT) == SUBJECT
