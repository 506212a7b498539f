"""The verifier that other teams copy: what it lets in, what it refuses, and what it asks the user service."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import verifier as example
from cryptography.hazmat.primitives import serialization
from verifier import PublicKeys, Revocations, SharedSecret, TokenRefused, UserService, Verifier, VerifierStale

from tests.unit.examples.stub_user_service import (
    AUDIENCE,
    FEED_TOKEN,
    ISSUER,
    SECRET,
    SID,
    Signer,
    Stub,
    b64,
    forged,
    serving,
    signed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ALGORITHMS = ["ES256", "RS256", "EdDSA"]
OTHER_SID = "f" * 32
KEYS = "/user/.well-known/jwks.json"
PATIENCE_SECONDS = 20


@pytest.fixture(scope="module")
def signers() -> dict[str, Signer]:
    return {algorithm: Signer.generate(algorithm, f"{algorithm}-key") for algorithm in ALGORITHMS}


@pytest.fixture
def stub(signers: dict[str, Signer]) -> Iterator[Stub]:
    with serving(Stub(keys=[signer.jwk for signer in signers.values()])) as stub:
        yield stub


@pytest.fixture
def shared(stub: Stub) -> Iterator[Verifier]:
    """One that checks with the shared secret, and knows what the feed said when it was made."""
    verifier = by_secret(stub)
    verifier.refresh()
    yield verifier
    verifier.stop()


@pytest.fixture
def public(stub: Stub) -> Iterator[Verifier]:
    """One that checks with public keys."""
    service = UserService(stub.url, None)
    verifier = Verifier(PublicKeys(service), service=service, issuer=ISSUER, audience=AUDIENCE)
    verifier.refresh()
    yield verifier
    verifier.stop()


def by_secret(stub: Stub, **how: Any) -> Verifier:
    service = UserService(stub.url, FEED_TOKEN)
    keys = SharedSecret(SECRET)
    return Verifier(keys, service=service, issuer=ISSUER, revocations=Revocations(service), **how)


def by_keys(stub: Stub, timeout: float = 5) -> Verifier:
    service = UserService(stub.url, FEED_TOKEN, timeout=timeout)
    keys, revocations = PublicKeys(service), Revocations(service)
    return Verifier(keys, service=service, issuer=ISSUER, audience=AUDIENCE, revocations=revocations)


def is_good(verifier: Verifier, token: str) -> bool:
    try:
        return bool(verifier.verify(token))
    except (TokenRefused, VerifierStale):
        return False


def until(so: Callable[[], bool]) -> None:
    """Wait until it is so, which takes milliseconds; give up where it never is."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not so():
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


def refused(verifier: Verifier, token: str, why: str = ".") -> None:
    with pytest.raises(TokenRefused, match=why):
        verifier.verify(token)


# --- What is let in -------------------------------------------------------------------------------------------------


def test_a_token_signed_with_the_shared_secret_is_good(shared: Verifier) -> None:
    claims = shared.verify(signed(SECRET))
    assert (claims["sub"], claims["email"], claims["role"]) == ("7", "john@example.com", "user")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_signed_with_a_published_key_is_good(
    public: Verifier, signers: dict[str, Signer], algorithm: str
) -> None:
    assert public.verify(signers[algorithm].sign())["sid"] == SID


def test_clocks_may_differ_a_little(shared: Verifier) -> None:
    now = int(time.time())
    assert shared.verify(signed(SECRET, exp=now - 2))
    assert shared.verify(signed(SECRET, iat=now + 50, nbf=now - 10))
    refused(shared, signed(SECRET, exp=now - 30), "Expired")
    refused(shared, signed(SECRET, nbf=now + 30), "Immature")


def test_the_type_may_be_written_in_full(shared: Verifier) -> None:
    assert shared.verify(signed(SECRET, header={"typ": "application/AT+jwt"}))


# --- What is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ["none", "NONE", "nOnE", "", 7])
def test_an_unsigned_token_is_refused(
    shared: Verifier, public: Verifier, signers: dict[str, Signer], alg: object
) -> None:
    refused(shared, forged({"alg": alg, "typ": "at+jwt"}, signed(SECRET), None))
    header = {"alg": alg, "typ": "at+jwt", "kid": "RS256-key"}
    refused(public, forged(header, signers["RS256"].sign(), None))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_public_key_is_no_secret(public: Verifier, signers: dict[str, Signer], algorithm: str) -> None:
    """The classic: HS256, keyed with what everybody can read (RFC 8725 2.1)."""
    signer = signers[algorithm]
    key = signer.key.public_key()
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, pem.strip(), der, json.dumps(signer.jwk).encode()):
        refused(public, forged({"alg": "HS256", "typ": "at+jwt", "kid": signer.kid}, signer.sign(), secret))


def test_a_key_signs_with_its_own_algorithm_only(public: Verifier, signers: dict[str, Signer]) -> None:
    for named in ALGORITHMS:
        for used in set(ALGORITHMS) - {named}:
            token = signed(signers[used].key, used, {"kid": f"{named}-key"}, aud=AUDIENCE, client_id="x")
            refused(public, token)


def test_a_published_secret_is_not_taken(stub: Stub) -> None:
    """Nor a key that says nothing of its algorithm, or is for encryption, or damaged."""
    good = Signer.generate("ES256", "good")
    oct_key = {"kty": "oct", "k": b64(SECRET.encode()), "kid": "oct", "alg": "HS256"}
    stub.keys = [
        oct_key, oct_key | {"alg": "ES256"},
        {name: value for name, value in good.jwk.items() if name != "alg"} | {"kid": "no-alg"},
        good.jwk | {"use": "enc", "kid": "enc"}, good.jwk | {"x": "AA", "kid": "damaged"}, good.jwk | {"kid": 7},
        good.jwk | {"alg": "RS256", "kid": "mismatch"},
        good.jwk,
    ]  # fmt: skip
    service = UserService(stub.url, None)
    verifier = Verifier(PublicKeys(service), service=service, issuer=ISSUER, audience=AUDIENCE)
    verifier.refresh()
    verifier.stop()
    assert verifier.verify(good.sign())
    for kid in ("no-alg", "enc", "damaged", "7", "mismatch"):
        refused(verifier, signed(good.key, "ES256", {"kid": kid}, aud=AUDIENCE, client_id="x"), "not known")
    refused(verifier, signed(SECRET, header={"kid": "oct"}, aud=AUDIENCE, client_id="x"), "not known")


def test_a_token_brings_no_key_along(shared: Verifier, public: Verifier, signers: dict[str, Signer]) -> None:
    stranger = Signer.generate("ES256", "ES256-key")
    for header in ({"jwk": stranger.jwk}, {"jku": "https://evil.example/keys"}, {"x5u": "x"}, {"x5c": ["x"]}):
        key = {"kid": "ES256-key", **header}
        refused(public, signed(stranger.key, "ES256", key, aud=AUDIENCE, client_id="x"), "of its own")
        refused(public, signed(signers["ES256"].key, "ES256", key, aud=AUDIENCE, client_id="x"), "of its own")
        refused(shared, signed(SECRET, header=header), "of its own")
    refused(public, stranger.sign(), "Signature")


@pytest.mark.parametrize("typ", ["JWT", "id+jwt", "refresh+jwt", "", None, 7, ["at+jwt"]])
def test_a_token_of_another_type_is_refused(shared: Verifier, typ: object) -> None:
    refused(shared, forged({"alg": "HS256", "typ": typ}, signed(SECRET), SECRET.encode()))


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": "somebody-else"}, "Issuer"),
        ({"aud": AUDIENCE}, "Audience"),
        *(({name: None}, "Missing") for name in ("iss", "sub", "exp", "iat", "jti", "sid")),
        ({"sid": 7}, "wrong type"), ({"iat": True}, "."), ({"iat": "0"}, "."), ({"sub": 7}, "."),
        ({"exp": "never"}, "."), ({"exp": 10**30}, "."),
    ],
)  # fmt: skip
def test_claims_have_to_be_right(shared: Verifier, claims: dict[str, Any], why: str) -> None:
    if claims == {"exp": 10**30}:
        assert shared.verify(signed(SECRET, **claims))  # absurd, and genuine
    else:
        refused(shared, signed(SECRET, **claims), why)


@pytest.mark.parametrize("claims", [{"aud": "another-shop"}, {"aud": None}, {"client_id": None}, {"aud": 7}])
def test_with_public_keys_the_audience_has_to_be_us(
    public: Verifier, signers: dict[str, Signer], claims: dict[str, Any]
) -> None:
    refused(public, signers["ES256"].sign(**claims))


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "a.b.c.d", "é.é.é", "\x00", "a" * 100_000], ids=lambda token: repr(token[:8])
)
def test_nonsense_is_refused(shared: Verifier, public: Verifier, token: str) -> None:
    refused(shared, token)
    refused(public, token)


def test_an_altered_or_foreign_token_is_refused(shared: Verifier) -> None:
    header, payload, signature = signed(SECRET).split(".")
    refused(shared, f"{header}.{b64({'sub': '1'})}.{signature}")
    refused(shared, f"{header}.{payload}.{signature[:-4]}")
    refused(shared, signed("another secret that nobody shares with us"))
    refused(shared, forged({"alg": "HS256", "typ": "at+jwt", "crit": ["x"], "x": 1}, signed(SECRET), SECRET.encode()))


def test_a_secret_that_can_be_guessed_is_not_used() -> None:
    refused(
        Verifier(SharedSecret("short"), issuer=ISSUER),
        forged({"alg": "HS256", "typ": "at+jwt"}, signed(SECRET), b"short"),
    )


def test_public_keys_need_an_audience(stub: Stub) -> None:
    with pytest.raises(ValueError, match="audience"):
        Verifier(PublicKeys(UserService(stub.url, None)), issuer=ISSUER)


# --- Keys that change -----------------------------------------------------------------------------------------------


def test_keys_are_fetched_again_when_they_are_old_or_a_token_names_another(
    stub: Stub, public: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetches() -> int:
        public.refresh()
        return stub.asked.count(KEYS)

    start = time.monotonic()
    ahead = 0.0
    monkeypatch.setattr(example, "time", SimpleNamespace(monotonic=lambda: start + ahead))
    assert fetches() == 1
    new = Signer.generate("ES256", "new")
    stub.keys = [new.jwk]
    refused(public, new.sign(), "not known")
    assert fetches() == 1  # not yet: anybody can name keys
    ahead = example.SOON_SECONDS + 1
    assert fetches() == 2
    assert public.verify(new.sign())
    refused(public, Signer.generate("ES256", "newer").sign(), "not known")
    assert fetches() == 2
    ahead = example.KEYS_MAX_AGE_SECONDS + 2 * example.SOON_SECONDS
    assert (fetches(), fetches()) == (3, 3)


def test_without_keys_there_is_no_answer_and_old_ones_hold(stub: Stub, signers: dict[str, Signer]) -> None:
    stub.broken = True
    service = UserService(stub.url, None)
    verifier = Verifier(PublicKeys(service), service=service, issuer=ISSUER, audience=AUDIENCE)
    verifier.refresh()
    with pytest.raises(VerifierStale):
        verifier.verify(signers["ES256"].sign())
    stub.broken = False
    verifier.refresh()
    stub.broken = True
    verifier.refresh()
    assert verifier.verify(signers["ES256"].sign())
    verifier.stop()


def test_while_the_keys_hang_the_feed_is_asked_all_the_same(
    stub: Stub, signers: dict[str, Signer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(example, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(example, "SOON_SECONDS", 0.0)
    verifier = by_keys(stub, timeout=60)  # a hanging answer outlasts this test
    token, new = signers["ES256"].sign(), Signer.generate("ES256", "new")
    verifier.start()
    assert verifier.verify(token)
    stub.keys_hang = threading.Event()
    try:
        refused(verifier, new.sign(), "not known")  # anybody can have the keys fetched
        assert stub.keys_awaited.wait(PATIENCE_SECONDS)
        asked = len(stub.asked)
        until(lambda: len(stub.asked) >= asked + 3)
        assert KEYS not in stub.asked[asked:]
        stub.sessions.append(SID)
        until(lambda: not is_good(verifier, token))
        refused(verifier, token, "session was ended")
        stub.keys.append(new.jwk)
    finally:
        stub.keys_hang.set()
    until(lambda: is_good(verifier, new.sign(sid=OTHER_SID)))
    verifier.stop()


def test_keys_that_fail_are_asked_for_now_and_then_and_the_feed_each_time(
    stub: Stub, signers: dict[str, Signer], monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier, start, ahead = by_keys(stub), time.monotonic(), 0.0
    monkeypatch.setattr(example, "time", SimpleNamespace(monotonic=lambda: start + ahead))
    stranger = Signer.generate("ES256", "stranger").sign()

    def asks() -> tuple[int, int]:
        """How often it asks for keys, and for revocations, in three rounds; strangers name keys meanwhile."""
        stub.asked.clear()
        for _ in range(3):
            verifier.refresh()
            assert not is_good(verifier, stranger)
        return stub.asked.count(KEYS), len(stub.asked) - stub.asked.count(KEYS)

    stub.keys_broken = True
    assert asks() == (3, 3)  # nobody gets in without keys
    stub.keys_broken = False
    assert asks() == (1, 3)
    stub.keys_broken = True
    for seconds in (example.SOON_SECONDS + 1, example.SOON_SECONDS + 1, example.KEYS_MAX_AGE_SECONDS + 1):
        ahead += seconds
        assert asks() == (1, 3)
        assert asks() == (0, 3)
    assert verifier.verify(signers["ES256"].sign())
    verifier.stop()


def test_the_log_says_whether_keys_or_revocations_are_missing(
    stub: Stub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    verifier, start, ahead = by_keys(stub), time.monotonic(), 0.0
    monkeypatch.setattr(example, "time", SimpleNamespace(monotonic=lambda: start + ahead))

    def logs() -> list[str]:
        caplog.clear()
        for _ in range(3):
            verifier.refresh()
        return [record.message for record in caplog.records]

    no_keys = "no fresh keys; those known before, if any, still hold: HTTPException: 500 for /.well-known/jwks.json"
    no_news = "no news of revoked tokens; after 60 s tokens are refused: HTTPException: 500 for /revocations"
    keys_again, news_again = (
        f"the user service gives {what} again" for what in ("fresh keys", "news of revoked tokens")
    )
    assert logs() == []
    stub.keys_broken, ahead = True, example.KEYS_MAX_AGE_SECONDS
    assert logs() == [no_keys]
    ahead += example.SOON_SECONDS
    assert logs() == []
    stub.broken = True
    assert logs() == [no_news]
    stub.broken = stub.keys_broken = False
    assert logs() == [news_again]
    ahead += example.SOON_SECONDS
    assert logs() == [keys_again]
    stub.broken, ahead = True, ahead + example.KEYS_MAX_AGE_SECONDS
    assert logs() == [no_news, no_keys]
    verifier.stop()


# --- What was taken back --------------------------------------------------------------------------------------------


def test_a_token_of_an_ended_session_is_refused(stub: Stub, shared: Verifier) -> None:
    token, other = signed(SECRET), signed(SECRET, sid=OTHER_SID)
    assert shared.verify(token)
    stub.sessions.append(SID)
    shared.refresh()
    refused(shared, token, "session was ended")
    assert shared.verify(other)


def test_a_user_who_was_cut_off_can_come_back(stub: Stub, shared: Verifier) -> None:
    """Blocked, unblocked, logged in again: within the same second, too."""
    now = int(time.time())
    stub.users["7"] = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%S}.900000Z"
    shared.refresh()
    refused(shared, signed(SECRET, iat=now - 1, sid=OTHER_SID), "cut off")
    assert shared.verify(signed(SECRET, iat=now, sid=OTHER_SID))
    assert shared.verify(signed(SECRET, iat=now - 1, sub="8", sid=OTHER_SID))
    del stub.users["7"]  # unblocked
    shared.refresh()
    refused(shared, signed(SECRET, iat=now - 1, sid=OTHER_SID), "cut off")
    stub.users["7"] = f"{datetime.fromtimestamp(now - 60, UTC):%Y-%m-%dT%H:%M:%S}Z"  # an earlier fact is left
    shared.refresh()
    refused(shared, signed(SECRET, iat=now - 1, sid=OTHER_SID), "cut off")


def test_it_asks_for_what_is_new_and_hears_that_nothing_is(stub: Stub, shared: Verifier) -> None:
    shared.refresh()
    shared.refresh()
    assert stub.asked == ["/user/revocations?", *["/user/revocations?since=2026-03-14T15%3A08%3A26.535897Z"] * 2]
    assert stub.statuses == [200, 304, 304]


def test_many_pages_are_read_to_the_end(stub: Stub) -> None:
    stub.sessions, stub.page = [f"{number:032x}" for number in range(1, 8)], 3
    verifier = by_secret(stub)
    verifier.refresh()
    verifier.stop()
    for sid in stub.sessions:
        refused(verifier, signed(SECRET, sid=sid), "session was ended")
    assert len(stub.asked) == 3


def test_what_no_token_can_name_any_more_is_forgotten(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    stub.sessions, stub.users = [SID], {"8": "2026-03-14T15:09:26.535897Z"}
    verifier, start, ahead = by_secret(stub), time.monotonic(), 0.0
    monkeypatch.setattr(example, "time", SimpleNamespace(monotonic=lambda: start + ahead))
    verifier.refresh()
    stub.sessions, stub.users = [OTHER_SID], {}
    ahead = stub.window_seconds - 1
    verifier.refresh()
    refused(verifier, signed(SECRET), "session was ended")
    ahead = stub.window_seconds + 1
    stub.sessions = []
    verifier.refresh()
    verifier.stop()
    assert verifier.verify(signed(SECRET))
    assert verifier.verify(signed(SECRET, sub="8", iat=1))
    refused(verifier, signed(SECRET, sid=OTHER_SID), "session was ended")


@pytest.mark.parametrize("refuse", [True, False])
def test_how_stale_the_feed_may_be_is_for_the_service_to_say(
    stub: Stub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, refuse: bool
) -> None:
    verifier, start, ahead = by_secret(stub, max_age=60, refuse_when_stale=refuse), time.monotonic(), 0.0
    monkeypatch.setattr(example, "time", SimpleNamespace(monotonic=lambda: start + ahead))

    def answers() -> bool:
        verifier.refresh()
        try:
            return bool(verifier.verify(signed(SECRET)))
        except VerifierStale:
            return False

    stub.broken = True
    assert answers() is not refuse  # never asked successfully: nothing is known
    stub.broken = False
    assert answers()
    stub.broken, ahead = True, 59.0
    assert answers()
    ahead = 61.0
    assert answers() is not refuse
    stub.broken = False
    assert answers()
    verifier.stop()
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "no news of revoked tokens; after 60 s tokens are " + ("refused" if refuse else "accepted all the same"),
        "the user service gives news of revoked tokens again",
    ] * 2


def test_a_wrong_feed_token_is_an_outage(stub: Stub) -> None:
    service = UserService(stub.url, "another token")
    verifier = Verifier(SharedSecret(SECRET), service=service, issuer=ISSUER, revocations=Revocations(service))
    verifier.refresh()
    verifier.stop()
    with pytest.raises(VerifierStale):
        verifier.verify(signed(SECRET))


def test_a_thread_keeps_up_and_requests_ask_nothing(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example, "POLL_SECONDS", 0.01)
    for name, value in {
        "USER_SERVICE_URL": stub.url + "/", "REVOCATION_FEED_TOKEN": FEED_TOKEN, "SECRET_KEY": SECRET,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    for name in ("ISSUER", "AUDIENCE", "FEED_MAX_AGE_SECONDS", "FEED_WHEN_STALE"):
        monkeypatch.delenv(name, raising=False)
    verifier = Verifier.from_environment()
    verifier.start()
    assert verifier.verify(signed(SECRET))
    stub.sessions.append(SID)
    asked = len(stub.asked)
    while len(stub.asked) < asked + 3:  # the answer before the last one was read
        time.sleep(0.01)
    verifier.stop()
    asked = len(stub.asked)
    for _ in range(100):
        refused(verifier, signed(SECRET))
    assert len(stub.asked) == asked


def test_the_environment_decides_between_secret_and_public_keys(
    stub: Stub, signers: dict[str, Signer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USER_SERVICE_URL", stub.url)
    monkeypatch.setenv("AUDIENCE", AUDIENCE)
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("REVOCATION_FEED_TOKEN", raising=False)
    verifier = Verifier.from_environment()
    verifier.refresh()
    verifier.stop()
    assert verifier.verify(signers["EdDSA"].sign())
    monkeypatch.setenv("FEED_WHEN_STALE", "maybe")
    with pytest.raises(ValueError, match="FEED_WHEN_STALE"):
        Verifier.from_environment()
