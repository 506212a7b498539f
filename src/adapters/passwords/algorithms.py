"""The password hashing algorithms, one call deep. They block: only the hasher's threads call them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Protocol

import argon2
import bcrypt

_COST = r"(?:0[4-9]|[12][0-9]|3[01])"
_PLAIN_BCRYPT = re.compile(rf"\$2[aby]\${_COST}\$[./A-Za-z0-9]{{53}}")
_BCRYPT_SHA256 = re.compile(
    r"\$bcrypt-sha256\$v=2,t=2b,r=([4-9]|[12][0-9]|3[01])\$([./A-Za-z0-9]{22})\$([./A-Za-z0-9]{31})"
)
_BCRYPT_LIMIT = 72  # bytes plain bcrypt looks at; longer input is an error to the library


class HashAlgorithm(Protocol):
    """One way to hash, at one cost."""

    def hash(self, password: str) -> str:
        """A fresh hash."""

    def recognises(self, password_hash: str) -> bool:
        """Whether `matches` can read this hash."""

    def matches(self, password: str, password_hash: str) -> bool:
        """Whether the hash is of this password. False for one that cannot be read."""

    def is_current(self, password_hash: str) -> bool:
        """Whether a hash made now would have the same algorithm and cost."""


class Argon2id:
    """Argon2id (RFC 9106).

    Memory 19 MiB, 2 passes, 1 lane: the OWASP Password Storage Cheat Sheet's second choice, which costs as much as the
    first (46 MiB, 1 pass) in less memory. The library's own default starts four threads for each hash, which is no
    good on a server.
    """

    def __init__(self, *, memory_kib: int = 19_456, passes: int = 2) -> None:
        self._hasher = argon2.PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)

    def hash(self, password: str) -> str:
        return self._hasher.hash(_octets(password))

    def recognises(self, password_hash: str) -> bool:
        return password_hash.startswith("$argon2")

    def matches(self, password: str, password_hash: str) -> bool:
        try:
            return self._hasher.verify(password_hash, _octets(password))
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError, UnicodeEncodeError):
            return False

    def is_current(self, password_hash: str) -> bool:
        return self.recognises(password_hash) and not self._hasher.check_needs_rehash(password_hash)


class Bcrypt:
    """bcrypt over HMAC-SHA-256 (the format `bcrypt-sha256`, version 2, of passlib), so that every character of a long
    password counts: bcrypt by itself looks at 72 bytes.

    Reads the plain bcrypt hashes of other systems too; those stopped at 72 bytes, and are outdated by that alone.
    """

    def __init__(self, *, cost: int = 12) -> None:
        self._cost = cost

    def hash(self, password: str) -> str:
        salt = bcrypt.gensalt(self._cost).decode()[-22:]
        return f"$bcrypt-sha256$v=2,t=2b,r={self._cost}${salt}${_bcrypt_sha256(password, self._cost, salt)}"

    def recognises(self, password_hash: str) -> bool:
        return password_hash.startswith(("$bcrypt-sha256$", "$2"))

    def matches(self, password: str, password_hash: str) -> bool:
        try:
            return self._compare(password, password_hash)
        except ValueError:  # the salt's last character has bits that no salt has
            return False

    def is_current(self, password_hash: str) -> bool:
        return password_hash.startswith(f"$bcrypt-sha256$v=2,t=2b,r={self._cost}$")

    def _compare(self, password: str, password_hash: str) -> bool:
        if match := _BCRYPT_SHA256.fullmatch(password_hash):
            cost, salt, checksum = match.groups()
            return hmac.compare_digest(_bcrypt_sha256(password, int(cost), salt), checksum)
        if _PLAIN_BCRYPT.fullmatch(password_hash):
            return bcrypt.checkpw(_octets(password)[:_BCRYPT_LIMIT], password_hash.encode())
        return False


def _octets(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")  # any text can be tried, also what is no text


def _bcrypt_sha256(password: str, cost: int, salt: str) -> str:
    # Keyed with the salt, so that a plain SHA-256 leaked elsewhere cannot be tried against it.
    key = base64.b64encode(hmac.digest(salt.encode(), _octets(password), hashlib.sha256))
    return bcrypt.hashpw(key, f"$2b${cost:02d}${salt}".encode()).decode()[-31:]
