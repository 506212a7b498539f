"""Unguessable values."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from user_domain.value_objects.ids import SessionHandle


class SecretSource(Protocol):
    """Makes values nobody can guess and that never come twice."""

    @abstractmethod
    def session_handle(self) -> SessionHandle:
        """A fresh handle: 128 random bits as 32 lower-case hex digits (ASVS 5.0 7.2.3)."""

    @abstractmethod
    def token_id(self) -> str:
        """A fresh token id (`jti`, RFC 7519 4.1.7): at most 64 URL-safe characters."""
