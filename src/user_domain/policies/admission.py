"""Who may become a user: today's rules for the details of a new account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from user_domain.entities.user import NewUser
from user_domain.policies import password as password_policy
from user_domain.policies.input_checks import InputChecks
from user_domain.value_objects.email_address import EmailAddress
from user_domain.value_objects.locale import Locale
from user_domain.value_objects.mobile_number import MobileNumber
from user_domain.value_objects.password import Password
from user_domain.value_objects.person_name import PersonName

if TYPE_CHECKING:
    from datetime import datetime

    from user_domain.value_objects.role import Role


class AccountDetails(Protocol):
    """What somebody typed to open an account, unchecked."""

    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def mobile(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def locale(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Admission:
    """A new user and the password it chose, both found good."""

    user: NewUser
    password: Password


def admit(details: AccountDetails, *, role: Role, at: datetime, email_verified: bool) -> Admission:
    """Check the details of a new account against today's rules.

    Raises:
        InvalidInput: every rule that is broken, in any field.
    """
    checks = InputChecks()
    name = checks.read(PersonName.parse, details.name)
    email = checks.read(EmailAddress.parse, details.email)
    mobile = checks.read(MobileNumber.parse, details.mobile)
    locale = checks.read(Locale.parse, details.locale)
    password = Password.typed(details.password)
    checks.violations += password_policy.violations(password, name=name, email=email)
    checks.finish()
    user = NewUser(
        name=cast("PersonName", name),
        email=cast("EmailAddress", email),
        mobile=cast("MobileNumber", mobile),
        locale=locale,
        role=role,
        created_at=at,
        email_verified_at=at if email_verified else None,
    )
    return Admission(user, password)
