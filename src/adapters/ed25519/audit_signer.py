"""Signing for the audit trail with Ed25519 (RFC 8032)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.ed25519.keys import key_id_of
from user_domain.ports.audit_signer import AuditSigner

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Ed25519AuditSigner(AuditSigner):
    """Has the private key, which came from a file."""

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key
        self._key_id = key_id_of(private_key.public_key())

    def key_id(self) -> str:
        return self._key_id

    def sign(self, text: bytes) -> bytes:
        return self._private_key.sign(text)
