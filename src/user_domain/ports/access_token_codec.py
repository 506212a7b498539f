"""Access tokens."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.value_objects.access_token import AccessTokenClaims, TokenSubject


class AccessTokenCodec(Protocol):
    """Writes and reads access tokens that nobody else can write. Plain, not async: it computes, and never waits."""

    @abstractmethod
    def require_ready(self, *, at: datetime) -> None:
        """Make sure that a token could be issued at a moment, before anything is done for it that cannot be undone.

        Raises:
            StorageUnavailable: there is no key to sign with.
        """

    @abstractmethod
    def issue(self, claims: AccessTokenClaims) -> str:
        """The token that says so: printable ASCII without spaces, fit for an Authorization header.

        Raises:
            StorageUnavailable: as `require_ready` says.
        """

    @abstractmethod
    def read(self, token: str, *, at: datetime) -> TokenSubject:
        """Whom a token speaks for, at a moment. Whether its session still lives is not known here.

        Raises:
            TokenExpired: genuine, but `at` is `expires_at` or later.
            TokenInvalid: anything else than a genuine, current access token of this service.
        """
