"""Checking signatures made with Ed25519 (RFC 8032)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature

from adapters.ed25519.keys import key_id_of
from user_domain.ports.signature_verifier import SignatureVerifier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Ed25519SignatureVerifier(SignatureVerifier):
    """Has public keys, of which each is asked for its own signatures only."""

    def __init__(self, public_keys: Iterable[Ed25519PublicKey]) -> None:
        self._public_keys = {key_id_of(key): key for key in public_keys}

    def is_genuine(self, text: bytes, signature: bytes, *, key_id: str) -> bool:
        public_key = self._public_keys.get(key_id)
        if public_key is None:
            return False
        try:
            public_key.verify(signature, text)
        except InvalidSignature:
            return False
        return True
