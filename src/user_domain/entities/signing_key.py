"""The signing key: one of the keys that access tokens are signed with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.value_objects.ids import KeyId

SKEW = timedelta(seconds=60)
"""How far the clocks of those who sign and those who verify may be apart."""


class KeyState(StrEnum):
    """How a key stands: known to verifiers ahead of its time, in use, or kept for the tokens it has signed."""

    PUBLISHED = "published"
    SIGNING = "signing"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A key that was just made. `public_jwk` is what verifiers get (RFC 7517), as JSON; the private half is sealed:
    of no use to whoever reads the store.
    """

    id: KeyId
    algorithm: str
    public_jwk: str
    sealed_private_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key pair and its time: it signs from `activates_at` until `retires_at`. It is published, and its tokens are
    honoured, from the moment it exists until the last of them has expired. `algorithm` is its name in JOSE headers.
    """

    id: KeyId
    algorithm: str
    created_at: datetime
    activates_at: datetime
    retires_at: datetime
    public_jwk: str
    sealed_private_key: bytes = field(repr=False)

    @classmethod
    def admit(cls, pair: KeyPair, *, at: datetime, activates_at: datetime, signs_for: timedelta) -> SigningKey:
        """A key that begins to sign at a moment, and does so for a while."""
        return cls(
            id=pair.id,
            algorithm=pair.algorithm,
            created_at=at,
            activates_at=activates_at,
            retires_at=activates_at + signs_for,
            public_jwk=pair.public_jwk,
            sealed_private_key=pair.sealed_private_key,
        )

    def signs(self, at: datetime) -> bool:
        """Whether tokens may be signed with it at a moment."""
        return self.activates_at <= at < self.retires_at

    def honoured_until(self, token_lifetime: timedelta) -> datetime:
        """When the last of its tokens is gone, and nobody needs it any more."""
        return self.retires_at + token_lifetime + SKEW

    def state(self, at: datetime) -> KeyState:
        """How it stands at a moment."""
        if self.signs(at):
            return KeyState.SIGNING
        return KeyState.PUBLISHED if at < self.activates_at else KeyState.RETIRED

    def retired_by(self, moment: datetime) -> SigningKey:
        """The key, signing no longer than until a moment."""
        return replace(self, retires_at=min(self.retires_at, moment))

    def sealed_as(self, sealed_private_key: bytes) -> SigningKey:
        """The same key, its private half sealed anew."""
        return replace(self, sealed_private_key=sealed_private_key)
