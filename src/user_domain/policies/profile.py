"""What somebody wants to change about a profile: today's rules for its fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from user_domain.entities.audit_entry import FieldChange
from user_domain.policies.input_checks import InputChecks
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.locale import Locale
from user_domain.value_objects.mobile_number import MobileNumber
from user_domain.value_objects.person_name import PersonName

if TYPE_CHECKING:
    from user_domain.entities.user import User


class ProfileDetails(Protocol):
    """What somebody typed to change a profile, unchecked; None leaves a field as it is."""

    @property
    def name(self) -> str | None: ...
    @property
    def mobile(self) -> str | None: ...
    @property
    def locale(self) -> str | None: ...
    @property
    def email(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedProfile:
    """The fields to change, found good."""

    name: PersonName | None
    mobile: MobileNumber | None
    locale: Locale | None
    email: EmailAddress | None


def wanted(details: ProfileDetails) -> WantedProfile:
    """Check what is to be changed against today's rules.

    Raises:
        InvalidInput: every rule that is broken, in any field.
    """
    checks = InputChecks()
    profile = WantedProfile(
        name=checks.read(PersonName.parse, details.name),
        mobile=checks.read(MobileNumber.parse, details.mobile),
        locale=checks.read(Locale.parse, details.locale),
        email=checks.read(EmailAddress.parse, details.email),
    )
    checks.finish()
    return profile


def changes(before: User, after: User) -> tuple[FieldChange, ...]:
    """What differs between two states of a profile; the address, which changes in ways of its own, is not looked at."""
    fields = (
        ("name", before.name, after.name),
        ("mobile", before.mobile, after.mobile),
        ("locale", before.locale, after.locale),
    )
    return tuple(
        FieldChange(field, None if old is None else str(old), str(new)) for field, old, new in fields if old != new
    )
