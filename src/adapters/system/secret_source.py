"""The machine's randomness."""

from __future__ import annotations

import secrets
import time

from user_domain.ports.secret_source import SecretSource
from user_domain.value_objects.ids import MailId, OneTimeTokenId, SessionHandle


class SystemSecretSource(SecretSource):
    """Takes from the operating system's cryptographic generator."""

    def session_handle(self) -> SessionHandle:
        return SessionHandle(secrets.token_hex(16))

    def token_id(self) -> str:
        return secrets.token_urlsafe(16)

    def one_time_token_id(self) -> OneTimeTokenId:
        return OneTimeTokenId(secrets.token_hex(16))

    def mail_id(self) -> MailId:
        milliseconds = time.time_ns() // 1_000_000
        return MailId(f"{milliseconds:012x}{secrets.token_hex(10)}")

    def jitter(self) -> float:
        return secrets.randbelow(1 << 32) / (1 << 32)
