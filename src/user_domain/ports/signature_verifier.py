"""Checking signatures of the audit trail."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class SignatureVerifier(Protocol):
    """Knows public keys, and no other. Neither waits nor fails."""

    @abstractmethod
    def is_genuine(self, text: bytes, signature: bytes, *, key_id: str) -> bool:
        """Whether the key that is known by this id has signed the text; whatever the signature looks like."""
