"""Signing for the audit trail, in memory."""

from __future__ import annotations

import hashlib

from user_domain.ports.audit_signer import AuditSigner


class InMemoryAuditSigner(AuditSigner):
    """A digest with a name in it stands for a signature: it proves nothing to anybody who can read this."""

    def __init__(self, name: str = "a key") -> None:
        self._name = name

    def key_id(self) -> str:
        return hashlib.sha256(self._name.encode()).hexdigest()[:32]

    def sign(self, text: bytes) -> bytes:
        return hashlib.sha512(self.key_id().encode() + text).digest()
