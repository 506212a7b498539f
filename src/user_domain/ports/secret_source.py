"""Unguessable values."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from user_domain.value_objects.ids import MailId, OneTimeTokenId, SessionHandle


class SecretSource(Protocol):
    """Makes values nobody can guess and that never come twice."""

    @abstractmethod
    def session_handle(self) -> SessionHandle:
        """A fresh handle: 128 random bits as 32 lower-case hex digits (ASVS 5.0 7.2.3)."""

    @abstractmethod
    def token_id(self) -> str:
        """A fresh token id (`jti`, RFC 7519 4.1.7): at most 64 URL-safe characters."""

    @abstractmethod
    def one_time_token_id(self) -> OneTimeTokenId:
        """A fresh id of a one-time token: 128 random bits as 32 lower-case hex digits."""

    @abstractmethod
    def mail_id(self) -> MailId:
        """A fresh id of a mail: 32 lower-case hex digits, later ones sorting after earlier ones, to a millisecond."""

    @abstractmethod
    def jitter(self) -> float:
        """A random share, from 0 up to and not including 1."""
