"""What an access token says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import SessionHandle, UserId
    from user_domain.value_objects.person_name import PersonName
    from user_domain.value_objects.role import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTokenClaims:
    """The content of an access token at the moment it is issued.

    E-mail, name and role are hints for other services that verify the token themselves; this service believes only
    `user_id` and `session`, and reads the rest anew.
    """

    token_id: str
    user_id: UserId
    session: SessionHandle
    email: EmailAddress
    name: PersonName
    role: Role
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenSubject:
    """Whom a genuine, current access token speaks for: the user, and the session it lives and dies with."""

    user_id: UserId
    session: SessionHandle
