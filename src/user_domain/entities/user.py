"""The user."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from user_domain.errors import AlreadyAdmin
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
    pending_email: EmailAddress | None
    password_reset_required_at: datetime | None
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
            pending_email=None,
            password_reset_required_at=None,
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

    def with_profile(
        self,
        *,
        name: PersonName | None = None,
        mobile: MobileNumber | None = None,
        locale: Locale | None = None,
        at: datetime,
    ) -> User:
        """The user with another profile; None leaves a field as it is; no difference, the very same user."""
        return self._changed(at, name=name or self.name, mobile=mobile or self.mobile, locale=locale or self.locale)

    def with_pending_email(self, email: EmailAddress, *, at: datetime) -> User:
        """The user who wants another address; it becomes the user's when it has proven itself."""
        return self._changed(at, pending_email=email)

    def with_verified_email(self, email: EmailAddress, *, at: datetime) -> User:
        """The user with an address that is known to be the person's. With another address than before, no change of it
        is pending any more.
        """
        if email == self.email:
            return self._changed(at, email_verified_at=self.email_verified_at or at)
        return self._changed(at, email=email, email_verified_at=at, pending_email=None)

    def with_new_password(self, *, at: datetime) -> User:
        """The user after choosing another password: what somebody had asked for with the old one is off."""
        return self._changed(at, pending_email=None)

    def with_reset_required(self, *, at: datetime) -> User:
        """The user who gets in again only after a password reset; what somebody had asked for before is off."""
        return self._changed(at, password_reset_required_at=self.password_reset_required_at or at, pending_email=None)

    def with_password_reset(self, *, at: datetime) -> User:
        """The user after a password reset. It was mailed, so the address is the person's."""
        return self._changed(
            at,
            password_reset_required_at=None,
            email_verified_at=self.email_verified_at or at,
            pending_email=None,
        )

    def promoted(self, at: datetime) -> User:
        """The user as an admin.

        Raises:
            AlreadyAdmin: the user is one.
        """
        if self.is_admin:
            raise AlreadyAdmin
        return self.with_role(Role.ADMIN, at=at)

    def with_role(self, role: Role, *, at: datetime) -> User:
        """The user in another role; the very same user where that is the user's already."""
        return self._changed(at, role=role)

    def blocked(self, *, by: UserId, reason: str | None, at: datetime) -> User:
        """The user whom an admin has blocked, whether suspended or not. Once more for the same reason: the very same
        user. For another reason it is another block.
        """
        if self.block is not None and self.block.reason == reason:
            return self
        return self._changed(at, block=Block(at=at, by=by, reason=reason))

    def suspended(self, *, by: UserId, reason: str | None, until: datetime | None, at: datetime) -> User:
        """The user whom an admin has suspended. A block stays, and is the graver of the two. Once more for the same
        reason and as long: the very same user.
        """
        before = self.suspension_at(at)
        if before is not None and (before.reason, before.until) == (reason, until):
            return self
        return self._changed(at, suspension=Suspension(at=at, by=by, reason=reason, until=until))

    def unblocked(self, at: datetime) -> User:
        """The user without block and suspension; the very same user where neither holds."""
        if self.block is None and self.suspension_at(at) is None:
            return self
        return self._changed(at, block=None, suspension=None)

    def suspension_at(self, at: datetime) -> Suspension | None:
        """The suspension that is in force at a moment, if any."""
        return self.suspension if self.suspension is not None and self.suspension.holds(at) else None

    def logged_in(self, at: datetime) -> User:
        """The user after a login; no new version, since nothing that can be edited has changed."""
        return replace(self, last_login_at=at)

    def _changed(self, at: datetime, **facts: object) -> User:
        changed = replace(self, **facts)  # type: ignore[arg-type]  # the callers above name the facts
        return self if changed == self else replace(changed, updated_at=at, version=self.version + 1)
