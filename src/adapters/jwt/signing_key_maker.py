"""Making and sealing the keys that tokens are signed with."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
from typing import TYPE_CHECKING, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from jwt.algorithms import get_default_algorithms

from user_domain.entities.signing_key import KeyPair
from user_domain.ports.signing_key_maker import SigningKeyMaker
from user_domain.value_objects.ids import KeyId

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from user_domain.entities.signing_key import SigningKey

PrivateKey: TypeAlias = EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey

_RSA_BITS = 2048
"""NIST SP 800-57 allows them until 2030. With 3072, which ASVS 5.0 wants, one signature keeps the event loop for 2 ms
instead of 0.7; and PKCS #1 v1.5, which is what RS256 is, ASVS does not want at all. Whoever can choose takes ES256."""

_GENERATORS: Mapping[str, Callable[[], PrivateKey]] = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),  # RFC 7518 3.4
    "EdDSA": Ed25519PrivateKey.generate,  # RFC 8037
    "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS),
}
_REQUIRED_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}
_NONCE_BYTES = 12  # NIST SP 800-38D 8.2.2; at random, for a handful of keys in all

ALGORITHMS = frozenset(_GENERATORS)
"""What tokens can be signed with."""


class CryptographySigningKeyMaker(SigningKeyMaker):
    """Private halves are PKCS #8, sealed by AES-256-GCM (NIST SP 800-38D) with the key's id as associated data, so
    that none can be put in the place of another. A key's id is its RFC 7638 thumbprint.

    `keys` begins with the one that seals; those it replaced follow. What was opened once stays open in this process
    until it is told to `forget` it: while processes with the old and the new master key run side by side, those that
    know only the old one go on with the keys they have, though the others have sealed them anew.
    """

    def __init__(self, *, keys: Sequence[bytes]) -> None:
        self._current, *self._replaced = (AESGCM(key) for key in keys)
        self._opened: dict[KeyId, PrivateKey] = {}

    async def make(self, algorithm: str) -> KeyPair:
        # RSA takes a second.
        private_key = await asyncio.to_thread(_GENERATORS[algorithm])
        public = get_default_algorithms()[algorithm].to_jwk(private_key.public_key(), as_dict=True)
        members = {name: public[name] for name in _REQUIRED_MEMBERS[public["kty"]]}
        key_id = thumbprint(members)
        return KeyPair(
            id=key_id,
            algorithm=algorithm,
            public_jwk=json.dumps({**members, "kid": key_id, "use": "sig", "alg": algorithm}),
            sealed_private_key=self._seal(key_id, _as_der(private_key)),
        )

    def reseal(self, key: SigningKey) -> bytes | None:
        if _unsealed(self._current, key) is not None:
            return key.sealed_private_key
        for replaced in self._replaced:
            content = _unsealed(replaced, key)
            if content is not None:
                return self._seal(key.id, content)
        return key.sealed_private_key if key.id in self._opened else None

    def open(self, key: SigningKey) -> PrivateKey | None:
        """The private half; None where this process cannot open it."""
        if key.id not in self._opened:
            for seal in (self._current, *self._replaced):
                content = _unsealed(seal, key)
                if content is not None:
                    self._opened[key.id] = _from_der(content)
                    break
        return self._opened.get(key.id)

    def forget(self, *, all_but: Collection[KeyId]) -> None:
        """Keep no other private halves open than these."""
        self._opened = {key_id: private for key_id, private in self._opened.items() if key_id in all_but}

    def _seal(self, key_id: KeyId, content: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._current.encrypt(nonce, content, key_id.encode())


def thumbprint(members: Mapping[str, str]) -> KeyId:
    """RFC 7638 3: of the required members, sorted by name, without white space."""
    text = json.dumps(dict(sorted(members.items())), separators=(",", ":"))
    return KeyId(base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("="))


def _unsealed(seal: AESGCM, key: SigningKey) -> bytes | None:
    nonce, content = key.sealed_private_key[:_NONCE_BYTES], key.sealed_private_key[_NONCE_BYTES:]
    try:
        return seal.decrypt(nonce, content, key.id.encode())
    except (InvalidTag, ValueError):  # of another key, altered, or cut off
        return None


def _as_der(private_key: PrivateKey) -> bytes:
    return private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _from_der(content: bytes) -> PrivateKey:
    # The seal says that it is what we have made. To find that out again would take 50 ms.
    private_key = load_der_private_key(content, None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(private_key, PrivateKey):  # the seal was ours, so this is another release's
        message = f"{type(private_key).__name__} signs no tokens here"
        raise TypeError(message)
    return private_key
