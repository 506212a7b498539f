"""The machine's randomness."""

from __future__ import annotations

import secrets

from user_domain.ports.secret_source import SecretSource
from user_domain.value_objects.ids import SessionHandle


class SystemSecretSource(SecretSource):
    """Takes from the operating system's cryptographic generator."""

    def session_handle(self) -> SessionHandle:
        return SessionHandle(secrets.token_hex(16))

    def token_id(self) -> str:
        return secrets.token_urlsafe(16)
