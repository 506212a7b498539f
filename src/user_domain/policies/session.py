"""How long sessions live, how many a person may have, and from where they may be used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from user_domain.errors import SessionLimitReached
from user_domain.value_objects.client_info import ClientInfo

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.entities.session import Session

SEEN_TO = timedelta(minutes=1)
"""How exactly it is known when a session was used: one write a minute is enough for people to recognise it by."""


class LimitPolicy(StrEnum):
    """What happens to whoever logs in once more than allowed."""

    EVICT_OLDEST = "evict_oldest"
    DENY = "deny"


class IpBinding(StrEnum):
    """How near to where it started a session has to be used."""

    OFF = "off"
    SUBNET = "subnet"
    STRICT = "strict"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPolicy:
    """The rules, as whoever runs the service has set them.

    A session lives on for `sliding` after each refresh, in all for `absolute` at most, and where `idle` is set only
    for as long as it is used that often. All three are what ASVS 5.0 7.3 asks for, where they are set.
    """

    sliding: timedelta
    absolute: timedelta
    access_token: timedelta
    idle: timedelta | None = None
    limit: int = 5
    limit_policy: LimitPolicy = LimitPolicy.EVICT_OLDEST
    ip_binding: IpBinding = IpBinding.OFF

    @property
    def token_lifetime(self) -> timedelta:
        """How long an access token is good: not beyond the moment its session would lie idle for too long, so that it
        dies with its session also where nobody is asked about that.
        """
        return self.access_token if self.idle is None else min(self.access_token, self.idle)

    @property
    def lifetime(self) -> timedelta:
        """How long a session lives that is never refreshed."""
        return min(self.sliding, self.absolute)

    def ends_at(self, expires_at: datetime, *, last_seen_at: datetime) -> datetime:
        """When a session ends that is neither refreshed nor used from now on."""
        return expires_at if self.idle is None else min(expires_at, last_seen_at + self.idle)

    @property
    def longest_idle(self) -> timedelta | None:
        """How long after it was seen a session is live; None where it may lie idle. Lenient by as much as is not known
        of it: nobody is logged out too early.
        """
        return None if self.idle is None else self.idle + SEEN_TO

    def seen_after(self, at: datetime) -> datetime | None:
        """The moment since which a session must have been seen to be live; None where it may lie idle."""
        return None if self.longest_idle is None else at - self.longest_idle

    def is_live(self, session: Session, at: datetime) -> bool:
        """Whether tokens of a session are honoured at a moment."""
        seen_after = self.seen_after(at)
        return session.is_live(at) and (seen_after is None or session.last_seen_at > seen_after)

    def is_worth_noting(self, session: Session, at: datetime) -> bool:
        """Whether the session was last seen so long ago that its use now should be written down."""
        return at - session.last_seen_at >= SEEN_TO

    def has_moved(self, session: Session, client: ClientInfo) -> bool:
        """Whether a session is used from too far away. A request without an address is from elsewhere than one with."""
        if self.ip_binding is IpBinding.OFF:
            return False
        if self.ip_binding is IpBinding.SUBNET:
            return client.network != ClientInfo(ip_address=session.ip_address).network
        return client.ip_address != session.ip_address

    @property
    def kept(self) -> int:
        """How many sessions have a place beside one that starts."""
        return self.limit - 1

    def refusal(self, *, surplus: int) -> SessionLimitReached | None:
        """Why another session may not start where so many would have to go for it; None where it may."""
        is_full = self.limit_policy is LimitPolicy.DENY and surplus > 0
        return SessionLimitReached() if is_full else None
