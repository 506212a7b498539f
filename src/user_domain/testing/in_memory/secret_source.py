"""Values that never come twice, but that anybody can guess."""

from __future__ import annotations

from itertools import count

from user_domain.ports.secret_source import SecretSource
from user_domain.value_objects.ids import MailId, OneTimeTokenId, SessionHandle


class InMemorySecretSource(SecretSource):
    """Counts. For tests only: nothing of it is secret."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def session_handle(self) -> SessionHandle:
        return SessionHandle(f"{next(self._numbers):032x}")

    def token_id(self) -> str:
        return f"token-{next(self._numbers)}"

    def one_time_token_id(self) -> OneTimeTokenId:
        return OneTimeTokenId(f"{next(self._numbers):032x}")

    def mail_id(self) -> MailId:
        return MailId(f"{next(self._numbers):032x}")

    def jitter(self) -> float:
        return 0.0
