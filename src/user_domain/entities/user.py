"""The user."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from user_domain.errors import AlreadyAdmin
from user_domain.value_objects.account_status import AccountStatus
from user_domain.value_objects.role import Role

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.value_objects.email_address import EmailAddress
    from user_domain.value_objects.ids import UserId
    from user_domain.value_objects.locale import Locale
    from user_domain.value_objects.mobile_number import MobileNumber
    from user_domain.value_objects.person_name import PersonName


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """A user as admitted, before the store has given a number."""

    name: PersonName
    email: EmailAddress
    mobile: MobileNumber
    locale: Locale | None
    role: Role
    created_at: datetime
    email_verified_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """An admin shut the account until an admin opens it again."""

    at: datetime
    by: UserId | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """An admin shut the account for a while: up to (not including) `until`, or until lifted where that is None."""

    at: datetime
    by: UserId | None
    reason: str | None
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether the suspension is in force at a moment; it lifts itself, no job has to run."""
        return self.until is None or at < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody with an account.

    Calling the class restores a stored user as it was, under whatever rules it was admitted; today's rules for new
    ones are in `policies.admission`. `version` counts the changes a reader can see in the profile or in the account's
    standing; a login is not one.
    """

    id: UserId
    name: PersonName
    email: EmailAddress
    mobile: MobileNumber
    locale: Locale | None
    role: Role
    created_at: datetime
    updated_at: datetime
    email_verified_at: datetime | None
    last_login_at: datetime | None
    block: Block | None
    suspension: Suspension | None
    version: int

    @classmethod
    def admitted(cls, user_id: UserId, new: NewUser) -> User:
        """The user that a new one becomes when the store has given it a number."""
        return cls(
            id=user_id,
            name=new.name,
            email=new.email,
            mobile=new.mobile,
            locale=new.locale,
            role=new.role,
            created_at=new.created_at,
            updated_at=new.created_at,
            email_verified_at=new.email_verified_at,
            last_login_at=None,
            block=None,
            suspension=None,
            version=1,
        )

    @property
    def is_admin(self) -> bool:
        """Whether the user administers others."""
        return self.role is Role.ADMIN

    @property
    def is_email_verified(self) -> bool:
        """Whether the address is known to be the person's."""
        return self.email_verified_at is not None

    def status(self, at: datetime) -> AccountStatus:
        """How the account stands at a moment."""
        if self.block is not None:
            return AccountStatus.BLOCKED
        if self.suspension is not None and self.suspension.holds(at):
            return AccountStatus.SUSPENDED
        return AccountStatus.ACTIVE

    def with_profile(
        self,
        *,
        name: PersonName | None = None,
        mobile: MobileNumber | None = None,
        locale: Locale | None = None,
        at: datetime,
    ) -> User:
        """The user with another profile; None leaves a field as it is; no difference, the very same user."""
        changed = replace(self, name=name or self.name, mobile=mobile or self.mobile, locale=locale or self.locale)
        return self if changed == self else replace(changed, updated_at=at, version=self.version + 1)

    def promoted(self, at: datetime) -> User:
        """The user as an admin.

        Raises:
            AlreadyAdmin: the user is one.
        """
        if self.is_admin:
            raise AlreadyAdmin
        return replace(self, role=Role.ADMIN, updated_at=at, version=self.version + 1)

    def logged_in(self, at: datetime) -> User:
        """The user after a login; no new version, since nothing that can be edited has changed."""
        return replace(self, last_login_at=at)
