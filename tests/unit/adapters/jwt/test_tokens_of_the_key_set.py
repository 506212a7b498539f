"""Access tokens signed with a key set, and everything that only looks like one."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.jwt import access_token_codec
from tests.unit.adapters.jwt.keys import ISSUER, MONTH, TOKEN_LIFETIME, Keys
from user_domain.entities.signing_key import SKEW
from user_domain.errors import StorageUnavailable, TokenExpired, TokenInvalid
from user_domain.testing.builders import NOW, token_claims
from user_domain.testing.contracts.access_token_codec import AccessTokenCodecContract
from user_domain.value_objects.access_token import TokenSubject

if TYPE_CHECKING:
    from adapters.jwt.access_token_codec import JwtAccessTokenCodec
    from user_domain.entities.signing_key import SigningKey

SECRET = "made-up-secret-for-tests-shared-with-nobody-at-all"
PREVIOUS = "made-up-secret-for-tests-that-was-there-before-it"
AUDIENCE = "shop"
HOUR = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)
ALGORITHMS = ("ES256", "EdDSA", "RS256")
CLAIMS = token_claims()
SUBJECT = TokenSubject(CLAIMS.user_id, CLAIMS.session)
AT = CLAIMS.issued_at

each_algorithm = pytest.mark.parametrize("algorithm", ALGORITHMS)


@pytest.fixture
def keys() -> Keys:
    return Keys()


def base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def part(token: str, number: int) -> dict[str, Any]:
    text = token.split(".")[number]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def signed(
    keys: Keys, key: SigningKey, *, header: dict[str, Any] | None = None, payload: dict[str, Any] | None = None
) -> str:
    """A token by hand, with the service's own key; `None` takes a member away."""
    good = part(keys.codec().issue(CLAIMS), 1)
    members = {name: value for name, value in {**good, **(payload or {})}.items() if value is not None}
    headers = {"typ": "at+jwt", "kid": key.id, **(header or {})}
    texts = [{"alg": key.algorithm, **{name: value for name, value in headers.items() if value is not None}}, members]
    signing_input = ".".join(base64url(json.dumps(text).encode()) for text in texts).encode()
    algorithm = jwt.get_algorithm_by_name(key.algorithm)
    return f"{signing_input.decode()}.{base64url(algorithm.sign(signing_input, keys.maker.open(key)))}"


def assert_invalid(codec: JwtAccessTokenCodec, token: str, at: datetime = AT) -> None:
    for _ in range(2):  # a refusal is not remembered either
        with pytest.raises(TokenInvalid):
            codec.read(token, at=at)


# --- The contract -----------------------------------------------------------------------------------------------------


def loaded(algorithm: str) -> Keys:
    """A set with one key. In a loop of its own: the fixtures of a contract are plain."""
    keys, loop = Keys(), asyncio.new_event_loop()
    loop.run_until_complete(keys.add(algorithm))
    loop.close()
    return keys


LOADED = {algorithm: (loaded(algorithm), loaded(algorithm)) for algorithm in ALGORITHMS}


class TestJwtAccessTokenCodecWithKeys(AccessTokenCodecContract):
    @pytest.fixture(params=ALGORITHMS)
    def codec(self, request: pytest.FixtureRequest) -> JwtAccessTokenCodec:
        return LOADED[request.param][0].codec(request.param)

    @pytest.fixture(params=ALGORITHMS)
    def other_codec(self, request: pytest.FixtureRequest) -> JwtAccessTokenCodec:
        return LOADED[request.param][1].codec(request.param)


# --- What a token says ------------------------------------------------------------------------------------------------


@each_algorithm
@pytest.mark.parametrize(("audience", "written"), [(None, ISSUER), (AUDIENCE, AUDIENCE)])
async def test_a_token_is_shaped_by_rfc_9068(keys: Keys, algorithm: str, audience: str | None, written: str) -> None:
    key = await keys.add(algorithm)
    token = keys.codec(algorithm, audience=audience).issue(CLAIMS)
    assert part(token, 0) == {"alg": algorithm, "typ": "at+jwt", "kid": key.id}
    assert part(token, 1) == {
        "iss": ISSUER,
        "sub": "7",
        "exp": int(CLAIMS.expires_at.timestamp()),
        "iat": int(AT.timestamp()),
        "nbf": int(AT.timestamp()) - 60,
        "jti": CLAIMS.token_id,
        "sid": CLAIMS.session,
        "email": "john@example.com",
        "name": "John Doe",
        "role": "user",
        "aud": written,
        "client_id": ISSUER,
    }


@each_algorithm
async def test_whoever_has_the_published_keys_can_verify_a_token(keys: Keys, algorithm: str) -> None:
    issued_at = datetime.now(UTC)  # another service asks its own clock
    await keys.add(algorithm, begins=issued_at - NOW)
    token = keys.codec().issue(token_claims(issued_at=issued_at, expires_at=issued_at + HOUR))
    published = jwt.PyJWKSet.from_dict({"keys": keys.key_set.published(issued_at)})
    key = published[jwt.get_unverified_header(token)["kid"]]
    options: Any = {"require": ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"], "strict_aud": True}
    payload = jwt.decode(token, key, algorithms=[algorithm], audience=ISSUER, issuer=ISSUER, options=options)
    assert payload["role"] == "user"


async def test_the_key_signs_that_is_in_force_when_the_token_is_issued(keys: Keys) -> None:
    old, young = await keys.add("ES256"), await keys.add("RS256", begins=HOUR)
    codec = keys.codec("RS256")
    later = token_claims(issued_at=NOW + HOUR, expires_at=NOW + 2 * HOUR)
    before, after = codec.issue(CLAIMS), codec.issue(later)
    assert [part(token, 0)["kid"] for token in (before, after)] == [old.id, young.id]
    assert codec.read(before, at=AT) == SUBJECT
    assert codec.read(after, at=NOW + HOUR).user_id == later.user_id


async def test_before_the_keys_are_known_nothing_is_issued_and_nothing_of_theirs_is_read(keys: Keys) -> None:
    token = LOADED["ES256"][0].codec().issue(CLAIMS)
    codec = keys.codec(secret_keys=[PREVIOUS])
    with pytest.raises(StorageUnavailable):
        codec.issue(CLAIMS)
    with pytest.raises(StorageUnavailable):
        codec.read(token, at=AT)
    shared = Keys().codec("HS256", secret_keys=[PREVIOUS]).issue(CLAIMS)
    assert codec.read(shared, at=AT) == SUBJECT, "these need none"
    assert_invalid(codec, "forged")
    assert_invalid(codec, shared[:-4] + "AAAA")


# --- Changes ----------------------------------------------------------------------------------------------------------


async def test_after_a_change_of_the_secret_tokens_of_the_one_before_stay_good_and_no_others(keys: Keys) -> None:
    await keys.key_set.reload()
    old = keys.codec("HS256", secret_keys=[PREVIOUS]).issue(CLAIMS)
    changed = keys.codec("HS256", secret_keys=[SECRET, PREVIOUS])
    assert changed.read(old, at=AT) == changed.read(changed.issue(CLAIMS), at=AT) == SUBJECT
    assert jwt.get_unverified_header(changed.issue(CLAIMS)) == {"alg": "HS256", "typ": "at+jwt"}
    assert_invalid(keys.codec("HS256", secret_keys=[SECRET]), old)
    assert_invalid(keys.codec("HS256", secret_keys=[PREVIOUS]), changed.issue(CLAIMS))


@each_algorithm
async def test_after_a_change_to_keys_and_back_every_token_stays_good(keys: Keys, algorithm: str) -> None:
    await keys.add(algorithm)
    shared = keys.codec("HS256", secret_keys=[SECRET]).issue(CLAIMS)
    token = keys.codec(algorithm).issue(CLAIMS)
    assert keys.codec(algorithm, secret_keys=[SECRET]).read(shared, at=AT) == SUBJECT
    assert keys.codec("HS256", secret_keys=[SECRET]).read(token, at=AT) == SUBJECT
    assert_invalid(keys.codec(algorithm), shared)


async def test_a_retired_key_is_honoured_until_its_last_token_has_expired(keys: Keys) -> None:
    key = await keys.add("ES256")
    end = key.retires_at + TOKEN_LIFETIME + SKEW
    long = signed(keys, key, payload={"exp": int((end + MONTH).timestamp())})
    codec = keys.codec()
    assert codec.read(long, at=end - MOMENT) == SUBJECT
    assert_invalid(codec, long, at=end)
    assert_invalid(keys.codec(), long, at=end)


async def test_a_key_that_was_taken_away_is_not_believed_any_more_though_its_token_was_read_before(keys: Keys) -> None:
    key, other = await keys.add("ES256"), await keys.add("ES256", begins=-2 * HOUR)
    codec = keys.codec()
    token = codec.issue(CLAIMS)
    assert part(token, 0)["kid"] == key.id
    assert codec.read(token, at=AT) == SUBJECT
    await keys.remove(key)
    assert_invalid(codec, token)
    assert part(codec.issue(CLAIMS), 0)["kid"] == other.id


# --- Attacks ----------------------------------------------------------------------------------------------------------


async def test_a_token_made_by_hand_is_read_so_that_the_ones_below_fail_for_what_is_wrong_with_them(
    keys: Keys,
) -> None:
    for algorithm in ALGORITHMS:
        key = await keys.add(algorithm)
        assert keys.codec().read(signed(keys, key), at=AT) == SUBJECT
        for typ in ("AT+JWT", "application/at+jwt"):
            assert keys.codec().read(signed(keys, key, header={"typ": typ}), at=AT) == SUBJECT


@each_algorithm
@pytest.mark.parametrize("alg", ["none", "NONE", "", "HS256", "HS384", "ES256", "RS256", "PS256", "EdDSA", 1])
async def test_the_algorithm_is_the_keys_whatever_the_token_says(keys: Keys, algorithm: str, alg: object) -> None:
    key = await keys.add(algorithm)
    if alg == algorithm:
        return
    codec, token = keys.codec(), signed(keys, key, header={"alg": alg})
    assert_invalid(codec, token)
    assert_invalid(codec, token[: token.rindex(".") + 1])
    assert_invalid(keys.codec("HS256", secret_keys=[SECRET]), token)


@each_algorithm
@pytest.mark.parametrize("names_the_key", [True, False])
async def test_the_public_key_is_no_secret_to_sign_with(keys: Keys, algorithm: str, names_the_key: bool) -> None:
    """CVE-2015-9235: HS256 with the published key, however it is written down."""
    key = await keys.add(algorithm)
    private = keys.maker.open(key)
    assert private is not None
    public = private.public_key()
    header = {"alg": "HS256", "typ": "at+jwt"} | ({"kid": key.id} if names_the_key else {})
    payload = part(keys.codec().issue(CLAIMS), 1)
    signing_input = ".".join(base64url(json.dumps(text).encode()) for text in (header, payload))
    written = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).strip(),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        key.public_jwk.encode(),
        key.id.encode(),
    ]
    for secret in written:
        forged = f"{signing_input}.{base64url(hmac.digest(secret, signing_input.encode(), hashlib.sha256))}"
        for codec in (keys.codec(), keys.codec("HS256", secret_keys=[SECRET])):
            assert_invalid(codec, forged)


async def test_the_secret_signs_nothing_in_the_name_of_a_key_and_keys_nothing_without_their_name(keys: Keys) -> None:
    key = await keys.add("ES256")
    payload = part(keys.codec().issue(CLAIMS), 1)
    named = jwt.encode(payload, SECRET, "HS256", headers={"typ": "at+jwt", "kid": key.id})
    codec = keys.codec(secret_keys=[SECRET])
    assert_invalid(codec, named)
    assert_invalid(codec, signed(keys, key, header={"kid": None}))


async def test_the_present_secret_signs_nothing_under_another_algorithm(keys: Keys) -> None:
    await keys.add("ES256")
    token = keys.codec("HS256", secret_keys=[SECRET]).issue(CLAIMS)
    assert_invalid(keys.codec(secret_keys=[PREVIOUS]), token)


@each_algorithm
async def test_the_name_of_another_key_does_not_help(keys: Keys, algorithm: str) -> None:
    key = await keys.add(algorithm)
    for other in [await keys.add(name) for name in ALGORITHMS]:
        assert_invalid(keys.codec(), signed(keys, key, header={"kid": other.id}))
        assert_invalid(keys.codec(), signed(keys, key, header={"kid": other.id, "alg": other.algorithm}))


@pytest.mark.parametrize("kid", ["", "x", "../../dev/null", "' or 1=1 --", None, 7, ["x"], {"x": 1}, True])
async def test_a_key_that_is_not_in_the_set_signs_nothing(keys: Keys, kid: object) -> None:
    await keys.key_set.reload()
    foreign = Keys()
    key = await foreign.add("ES256")
    assert_invalid(keys.codec(), foreign.codec().issue(CLAIMS))
    token = signed(foreign, key)
    header = {**part(token, 0), "kid": kid}
    assert_invalid(keys.codec(), ".".join([base64url(json.dumps(header).encode()), *token.split(".")[1:]]))


@pytest.mark.parametrize("header", ["jku", "jwk", "x5u", "x5c", "crit"])
@pytest.mark.parametrize("value", ["https://attacker.example/keys", [], ["exp"], {"kty": "EC"}, False])
async def test_a_token_brings_no_key_and_no_extension_however_well_it_is_signed(
    keys: Keys, header: str, value: object
) -> None:
    key = await keys.add("ES256")
    assert_invalid(keys.codec(), signed(keys, key, header={header: value}))


async def test_a_token_that_brings_its_own_key_is_not_verified_with_it(keys: Keys) -> None:
    foreign, key = Keys(), await keys.add("ES256")
    attacker = await foreign.add("ES256")
    await keys.key_set.reload()
    jwk = json.loads(attacker.public_jwk)
    for kid in (key.id, attacker.id, None):
        assert_invalid(keys.codec(), signed(foreign, attacker, header={"jwk": jwk, "kid": kid}))


@pytest.mark.parametrize("typ", [None, "JWT", "", "at", "id+jwt", "logout+jwt", "at+jwt ", 1, ["at+jwt"]])
async def test_a_token_of_another_type_is_invalid(keys: Keys, typ: object) -> None:
    key = await keys.add("ES256")
    assert_invalid(keys.codec(), signed(keys, key, header={"typ": typ}))


@pytest.mark.parametrize("claim", ["iss", "sub", "exp", "iat", "nbf", "jti", "sid", "aud", "client_id"])
async def test_a_token_that_lacks_a_required_claim_is_invalid(keys: Keys, claim: str) -> None:
    key = await keys.add("ES256")
    assert_invalid(keys.codec(), signed(keys, key, payload={claim: None}))


@pytest.mark.parametrize("aud", ["somebody-else", "", [ISSUER], [ISSUER, "x"], AUDIENCE, 1, {ISSUER: 1}, True])
async def test_a_foreign_audience_is_invalid(keys: Keys, aud: object) -> None:
    key = await keys.add("ES256")
    assert_invalid(keys.codec(), signed(keys, key, payload={"aud": aud}))
    assert_invalid(keys.codec(audience=AUDIENCE), signed(keys, key, payload={"aud": ISSUER}))


@pytest.mark.parametrize("iss", ["somebody-else", "", "USER-SERVICE", [ISSUER], 1])
async def test_a_foreign_issuer_is_invalid(keys: Keys, iss: object) -> None:
    key = await keys.add("ES256")
    assert_invalid(keys.codec(), signed(keys, key, payload={"iss": iss}))


async def test_times_hold_for_what_was_read_before_too(keys: Keys) -> None:
    await keys.add("ES256")
    codec = keys.codec()
    token = codec.issue(CLAIMS)
    for at in (AT, CLAIMS.expires_at - MOMENT, AT - timedelta(seconds=60)):
        assert codec.read(token, at=at) == SUBJECT
    for reader in (codec, keys.codec()):
        with pytest.raises(TokenExpired):
            reader.read(token, at=CLAIMS.expires_at)
        assert_invalid(reader, token, at=AT - timedelta(seconds=60) - MOMENT)


@each_algorithm
async def test_an_oversize_token_is_invalid_however_genuine(keys: Keys, algorithm: str) -> None:
    key = await keys.add(algorithm)
    assert_invalid(keys.codec(), signed(keys, key, payload={"name": "x" * 4096}))


async def test_a_signature_of_another_token_is_invalid(keys: Keys) -> None:
    key = await keys.add("ES256")
    one, other = signed(keys, key), signed(keys, key, payload={"sub": "8"})
    codec = keys.codec()
    assert codec.read(one, at=AT) == SUBJECT
    assert_invalid(codec, one.rpartition(".")[0] + "." + other.rpartition(".")[2])


# --- Remembering ------------------------------------------------------------------------------------------------------


async def test_a_token_is_verified_once(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    await keys.add("ES256")
    codec = keys.codec()
    token = codec.issue(CLAIMS)
    codec.read(token, at=AT)
    monkeypatch.setattr(codec, "_verify", lambda *_: pytest.fail("verified again"))
    assert codec.read(token, at=AT) == SUBJECT


async def test_no_token_is_kept_and_no_more_are_known_than_fit(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_token_codec, "_REMEMBERED", 3)
    codec = keys.codec("HS256", secret_keys=[SECRET])
    tokens = [codec.issue(token_claims(token_id=str(number))) for number in range(4)]
    for token in tokens:
        codec.read(token, at=AT)
    codec.read(tokens[1], at=AT)  # used again, so it stays
    codec.read(tokens[0], at=AT)
    kept = vars(codec)["_verified"]
    assert list(kept) == [hashlib.sha256(tokens[number].encode()).digest() for number in (3, 1, 0)]
    assert not any(token in repr(kept) for token in tokens)


async def test_what_was_refused_is_not_remembered(keys: Keys) -> None:
    key = await keys.add("ES256")
    codec = keys.codec()
    token = codec.issue(CLAIMS)
    await keys.remove(key)
    assert_invalid(codec, token)
    await keys.store(key)
    assert codec.read(token, at=AT) == SUBJECT
    with pytest.raises(TokenExpired):
        keys.codec().read(token, at=CLAIMS.expires_at)
    assert_invalid(codec, token[:-1])
    assert len(vars(codec)["_verified"]) == 1


async def test_a_token_that_is_known_is_not_verified_again(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    await keys.add("ES256")
    codec = keys.codec()
    token = codec.issue(CLAIMS)
    codec.read(token, at=AT)
    monkeypatch.setattr(codec, "_verify", lambda *_: pytest.fail("it was verified again"))
    assert codec.read(token, at=AT) == SUBJECT
