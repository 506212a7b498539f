"""Checking what stands for signatures of the audit trail, in memory."""

from __future__ import annotations

from user_domain.ports.signature_verifier import SignatureVerifier
from user_domain.testing.in_memory.audit_signer import InMemoryAuditSigner


class InMemorySignatureVerifier(SignatureVerifier):
    """Knows the keys of these names."""

    def __init__(self, *names: str) -> None:
        self._signers = {signer.key_id(): signer for signer in map(InMemoryAuditSigner, names or ("a key",))}

    def is_genuine(self, text: bytes, signature: bytes, *, key_id: str) -> bool:
        signer = self._signers.get(key_id)
        return signer is not None and signer.sign(text) == signature
