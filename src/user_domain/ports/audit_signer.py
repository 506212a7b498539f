"""Signing for the audit trail."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class AuditSigner(Protocol):
    """Signs with a key that is not in the database. Neither waits nor fails."""

    @abstractmethod
    def key_id(self) -> str:
        """What verifiers know the key by."""

    @abstractmethod
    def sign(self, text: bytes) -> bytes:
        """A signature that `SignatureVerifier` knows for genuine; the same for the same text."""
