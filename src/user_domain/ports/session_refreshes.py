"""Sessions, for refreshing."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from user_domain.ports.session_queries import Login
    from user_domain.value_objects.refresh_token import RefreshToken


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshTerms:
    """When a token is spent, and what the policies make of it: how long the session lives from then on and in all,
    since when it must have been used (None: no matter when), and whether its user must have verified the address.
    """

    at: datetime
    sliding: timedelta
    absolute: timedelta
    seen_after: datetime | None
    verified_email_required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """Whether a session has advanced by a token; and the session and its user, in that case as they are after it."""

    has_advanced: bool
    login: Login


class SessionRefreshes(Protocol):
    """Spends refresh tokens: one operation that stands by itself, in no unit of work."""

    @abstractmethod
    async def advance(self, token: RefreshToken, terms: RefreshTerms) -> Refresh | None:
        """Spend a token: its session goes on to the next generation, is refreshed and seen at the moment of the terms,
        and lives for `sliding` from then on, in all for `absolute` at most, and never shorter than before. None: there
        is no such session.

        It advances only where the session is live at that moment and was seen after another, the token's generation is
        its own, and nothing keeps the user out: a block, a suspension that holds, a required reset, or where that
        counts an address that is not verified. (What that means for the person is for the access policy to say;
        here it only keeps a token from being spent for nothing.) Otherwise nothing changes.

        Of any number of callers with one token, at the same instant too, it advances for exactly one. The others may be
        shown the session as it was before that; whoever asks again is shown what it is since.
        """
