"""Verifies access tokens of the user service, offline: no call per request. Copy this file into your service.

It needs PyJWT (`pip install "PyJWT[crypto]>=2.15,<3"`) and the standard library. Configure it by environment:

    USER_SERVICE_URL        where the user service is, with its prefix: https://shop.example.com/user
    REVOCATION_FEED_TOKEN   the user service's setting of that name; without it tokens live until they expire
    SECRET_KEY              the user service's, where it signs with HS256. Without it, its public keys are fetched
    ISSUER, AUDIENCE        JWT_ISSUER and JWT_AUDIENCE there. AUDIENCE is required with public keys
    FEED_MAX_AGE_SECONDS    how long the feed may have been out of reach (60)
    FEED_WHEN_STALE         `refuse` (the default) or `accept` tokens after that

and use it:

    verifier = Verifier.from_environment()
    verifier.start()                       # a thread that asks for revocations every second, and one for the keys
    try:
        claims = verifier.verify(token)    # a dictionary: sub, email, name, role, sid …
    except TokenRefused:                   # answer 401
    except VerifierStale:                  # answer 503

To try it: `python verifier.py < file_with_a_token_per_line`.
"""

from __future__ import annotations

import http.client
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt

_log = logging.getLogger("verifier")

POLL_SECONDS = 1.0
"""How soon a logout takes effect here, give or take the way to the user service."""

LEEWAY_SECONDS = 5
"""How far clocks may differ. ASVS 9.2.1 allows a minute; the feed remembers for one minute longer than tokens live."""

KEYS_MAX_AGE_SECONDS = 300.0
"""The user service publishes a key an hour before it signs with it."""

SOON_SECONDS = 30.0
"""Once there are keys, fetch them at most this often after a failure, or because a token names an unknown one: anybody
can make such tokens."""

ASYMMETRIC = ("ES256", "RS256", "EdDSA")
_TYPES = ("at+jwt", "application/at+jwt")
_MOST_BYTES = 8 * 1024 * 1024


class TokenRefused(Exception):
    """This token is not good. The message says why, for the log; tell the client no more than 401."""


class VerifierStale(Exception):
    """For too long nobody could say which tokens were taken back, or the keys were never fetched: answer 503."""


class SharedSecret:
    """HS256: whoever verifies could also sign. Prefer public keys where the user service has them."""

    required = ("iss", "sub", "exp", "iat", "jti", "sid")

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def key_for(self, header: Mapping[str, Any]) -> tuple[str, str]:
        """The key to check a token with, and the algorithm: fixed, whatever the header says (RFC 8725 3.1)."""
        del header
        return self._secret, "HS256"


class PublicKeys:
    """The user service's key set (RFC 7517), fetched now and then by a thread of its own, never by a request."""

    required = (*SharedSecret.required, "aud", "client_id")

    def __init__(self, service: UserService) -> None:
        self._service = service
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = False
        self._asked_at = float("-inf")
        self._soon = threading.Event()

    def key_for(self, header: Mapping[str, Any]) -> tuple[jwt.PyJWK, str]:
        """The key a token names. Its algorithm is the key's own: a token cannot choose another one."""
        if not self._fetched:
            raise VerifierStale("the keys were never fetched")
        key = self._keys.get(str(header.get("kid")))
        if key is None:
            self._soon.set()
            raise TokenRefused("signed with a key that is not known (yet)")
        return key, key.algorithm_name

    def refresh(self) -> bool:
        """Fetch the keys where it is time to: whether it was."""
        now = time.monotonic()
        if self._fetched and now - self._asked_at < (SOON_SECONDS if self._soon.is_set() else KEYS_MAX_AGE_SECONDS):
            return False
        self._asked_at = now
        self._soon.set()  # unless this succeeds
        found = [key for key in map(_public_key, self._service.keys()["keys"]) if key is not None]
        self._keys = {str(key.key_id): key for key in found}
        self._fetched = True
        self._soon.clear()
        return True


def _good_header(token: str) -> dict[str, Any]:
    header = jwt.get_unverified_header(token)
    if str(header.get("typ")).lower() not in _TYPES:
        raise TokenRefused("not an access token (RFC 9068 4)")
    if {"jku", "jwk", "x5u", "x5c"} & header.keys():
        raise TokenRefused("brings a key of its own (RFC 8725 3.10)")
    return header


def _public_key(jwk: Mapping[str, Any]) -> jwt.PyJWK | None:
    if jwk.get("alg") not in ASYMMETRIC or jwk.get("use", "sig") != "sig" or not isinstance(jwk.get("kid"), str):
        return None  # not for us: never a shared secret, never a key without an algorithm of its own
    try:
        return jwt.PyJWK(dict(jwk))
    except jwt.PyJWTError:
        _log.warning("the key set has a key that cannot be used")
        return None


class Revocations:
    """What the feed has told. An entry is forgotten when no token can name it any more, so memory is bounded."""

    def __init__(self, service: UserService) -> None:
        self._service = service
        self._sessions: dict[str, float] = {}  # the sid, and when we were told; the oldest first
        self._users: dict[str, tuple[int, float]] = {}  # the sub, from which `iat` on tokens are good, when told
        self._since: dict[str, str] = {}
        self._etag: str | None = None
        self._told_at: float | None = None

    def age(self) -> float:
        """Seconds since the feed was last known to be complete."""
        return float("inf") if self._told_at is None else time.monotonic() - self._told_at

    def refuse(self, claims: Mapping[str, Any]) -> None:
        """Refuse a token that was taken back."""
        if claims["sid"] in self._sessions:
            raise TokenRefused("its session was ended")
        not_before, _ = self._users.get(claims["sub"], (0, 0.0))
        if claims["iat"] < not_before:
            raise TokenRefused("its user was cut off after it was issued")

    def refresh(self) -> bool:
        """Ask what is new, each time. Mostly nothing is (304)."""
        asked_at = time.monotonic()
        answer = self._service.revocations(self._since, self._etag)
        if answer is not None:
            first, etag = answer
            page = first
            self._learn(page, asked_at)
            while page["next_cursor"] is not None:
                page, _ = self._service.revocations({**self._since, "cursor": page["next_cursor"]}, None) or ({}, None)
                self._learn(page, asked_at)
            self._forget(asked_at - first["window_seconds"])
            # Entries of the last minute come again: their transactions may have committed after we asked.
            self._since, self._etag = {"since": first["next_since"]}, etag
        self._told_at = asked_at
        return True

    def _learn(self, page: Mapping[str, Any], now: float) -> None:
        for session in page["sessions"]:
            self._sessions.setdefault(session["sid"], now)
        for user in page["users"]:
            # `iat` has whole seconds. Tokens of the same second from before are named by their sessions.
            not_before = int(datetime.fromisoformat(user["not_before"]).timestamp())
            known, _ = self._users.get(user["sub"], (0, 0.0))
            self._users[user["sub"]] = (max(known, not_before), now)

    def _forget(self, before: float) -> None:
        self._sessions = {sid: told for sid, told in self._sessions.items() if told >= before}
        self._users = {sub: (moment, told) for sub, (moment, told) in self._users.items() if told >= before}


class Verifier:
    """Says whose a token is. `verify` only computes: threads do the asking, so it never waits for the network."""

    def __init__(
        self,
        keys: SharedSecret | PublicKeys,
        *,
        service: UserService | None = None,
        issuer: str,
        audience: str | None = None,
        revocations: Revocations | None = None,
        max_age: float = 60.0,
        refuse_when_stale: bool = True,
    ) -> None:
        if isinstance(keys, PublicKeys) and audience is None:
            raise ValueError("public keys need an audience: they verify tokens for others too (RFC 8725 3.9)")
        self._keys = keys
        self._service = service
        self._issuer = issuer
        self._audience = audience
        self._revocations = revocations
        self._max_age = max_age
        self._refuse_when_stale = refuse_when_stale
        self._jwt = jwt.PyJWT(
            {
                "require": list(keys.required),
                "enforce_minimum_key_length": True,
                "verify_iat": False,  # RFC 7519 does not make `iat` a bound, and `nbf` lies a minute before it
            }
        )
        # A thread for each: however long the keys take, a logout takes effect as soon as ever.
        self._parts = [part for part in (revocations, keys) if part and not isinstance(part, SharedSecret)]
        self._failing: set[Revocations | PublicKeys] = set()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    @classmethod
    def from_environment(cls) -> Verifier:
        """As the head of this file says."""
        env = os.environ
        service = UserService(env["USER_SERVICE_URL"], env.get("REVOCATION_FEED_TOKEN"))
        secret = env.get("SECRET_KEY")
        when_stale = env.get("FEED_WHEN_STALE", "refuse")
        if when_stale not in {"refuse", "accept"}:
            raise ValueError("FEED_WHEN_STALE is `refuse` or `accept`")
        return cls(
            SharedSecret(secret) if secret else PublicKeys(service),
            service=service,
            issuer=env.get("ISSUER", "user-service"),
            audience=env.get("AUDIENCE"),
            revocations=Revocations(service) if env.get("REVOCATION_FEED_TOKEN") else None,
            max_age=float(env.get("FEED_MAX_AGE_SECONDS", "60")),
            refuse_when_stale=when_stale == "refuse",
        )

    def start(self) -> None:
        """Ask for the first time, then go on asking in the background."""
        for part in self._parts:
            self._refresh(part)
            thread = threading.Thread(target=self._keep_up, args=(part,), name="verifier", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Ask no more, and hang up."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        if self._service is not None:
            self._service.close()

    def verify(self, token: str) -> dict[str, Any]:
        """The claims of a token that is genuine, current and not taken back; else TokenRefused or VerifierStale."""
        try:
            key, algorithm = self._keys.key_for(_good_header(token))
            claims: dict[str, Any] = self._jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
            )
        except (TokenRefused, VerifierStale):
            raise
        except Exception as error:  # PyJWT lets TypeError and others through on hostile tokens
            raise TokenRefused(f"{type(error).__name__}: {error}") from error
        if not isinstance(claims["sid"], str) or type(claims["iat"]) not in (int, float):
            raise TokenRefused("claims of the wrong type")
        if self._revocations is not None:
            if self._refuse_when_stale and self._revocations.age() > self._max_age:
                raise VerifierStale("the revocation feed is out of reach")
            self._revocations.refuse(claims)
        return claims

    def refresh(self) -> None:
        """Ask now for what is new, where no threads were started."""
        for part in self._parts:
            self._refresh(part)

    def _refresh(self, part: Revocations | PublicKeys) -> None:
        """A failure is logged once, until it is over; what we knew before still holds."""
        if part is self._keys:
            what, then = "fresh keys", "those known before, if any, still hold"
        else:
            fate = "refused" if self._refuse_when_stale else "accepted all the same"
            what, then = "news of revoked tokens", f"after {self._max_age:.0f} s tokens are {fate}"
        try:
            if part.refresh() and part in self._failing:
                self._failing.remove(part)
                _log.warning("the user service gives %s again", what)
        except Exception as error:  # noqa: BLE001 - whatever it was, the thread has to go on asking
            if part not in self._failing:
                self._failing.add(part)
                _log.warning("no %s; %s: %s: %s", what, then, type(error).__name__, error)

    def _keep_up(self, part: Revocations | PublicKeys) -> None:
        while not self._stopping.wait(POLL_SECONDS):
            self._refresh(part)


class UserService:
    """Talks to the user service. Follows no redirects: a secret goes along.

    It keeps two connections open, as two threads use it: one asks for keys, one for revocations.
    """

    def __init__(self, url: str, feed_token: str | None, *, timeout: float = 5.0) -> None:
        parts = urlsplit(url)
        kinds = {"https": http.client.HTTPSConnection, "http": http.client.HTTPConnection}
        self._to_keys, self._to_feed = (kinds[parts.scheme](parts.netloc, timeout=timeout) for _ in range(2))
        self._prefix = parts.path.rstrip("/")
        self._feed_token = feed_token

    def keys(self) -> Mapping[str, Any]:
        """The key set."""
        answer = self._get(self._to_keys, "/.well-known/jwks.json", {})
        keys: Mapping[str, Any] = json.loads(answer[0]) if answer else {}
        return keys

    def revocations(self, parameters: Mapping[str, str], etag: str | None) -> tuple[Any, str | None] | None:
        """A page of the feed and its ETag; None where it is the same as that ETag's."""
        headers = {"Authorization": f"Bearer {self._feed_token}"} | ({"If-None-Match": etag} if etag else {})
        answer = self._get(self._to_feed, f"/revocations?{urlencode(parameters)}", headers)
        return answer and (json.loads(answer[0]), answer[1])

    def close(self) -> None:
        """Hang up; the next question opens a connection anew."""
        self._to_keys.close()
        self._to_feed.close()

    def _get(
        self, connection: http.client.HTTPConnection, path: str, headers: Mapping[str, str]
    ) -> tuple[bytes, str | None] | None:
        try:
            connection.request("GET", self._prefix + path, headers=dict(headers))
            response = connection.getresponse()
            body = response.read(_MOST_BYTES)
        except BaseException:
            connection.close()
            raise
        if not response.isclosed():
            connection.close()
            raise http.client.HTTPException(f"too long an answer for {path.partition('?')[0]}")
        if response.status == http.client.NOT_MODIFIED:
            return None
        if response.status != http.client.OK:
            raise http.client.HTTPException(f"{response.status} for {path.partition('?')[0]}")
        return body, response.headers["ETag"]


def main() -> None:
    """Verify the tokens on standard input, one per line."""
    logging.basicConfig()
    verifier = Verifier.from_environment()
    verifier.start()
    for line in sys.stdin:
        try:
            print(json.dumps(verifier.verify(line.strip())))
        except (TokenRefused, VerifierStale) as refusal:
            print(f"{type(refusal).__name__}: {refusal}")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
